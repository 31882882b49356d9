//! Doing things: every activity, whoever asks for it, comes through [`perform`] or [`plan`].
//!
//! An activity is worked out on a [`Planner`](planner::Planner), verb by verb, then written in one
//! commit: the object, the activity, the streams it is in and the inboxes it reaches.

mod audience;
mod change;
mod draft;
mod membership;
mod planner;
mod publish;
mod recipients;
mod social;

use serde_json::{Map, Value, json};

pub use self::draft::{Draft, Recipients};
use self::planner::Planner;
use super::{Error, ErrorKind, Result, generators};
use crate::{
    Context,
    model::{ACTIVITY, Class, Object, Stream},
    protocol::as1::sentence,
    storage::{Change, Changes, Duplicate, Expect},
};

/// How often an activity is planned anew when others change the same things at the same time.
const ATTEMPTS: usize = 5;

/// What an activity comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What to write.
    pub changes: Changes,
    /// The activity, as it will be stored.
    pub activity: Object,
    /// Its object, as it will be stored.
    pub object: Option<Object>,
}

/// Does what `draft` says in the name of the caller: plans it, writes it, and returns what was
/// written. Fails without a trace.
pub async fn perform(ctx: &Context, draft: Draft) -> Result<Plan> {
    let account = ctx
        .account()
        .ok_or_else(|| Error::unauthorized("Not logged in."))?;
    for _ in 0..ATTEMPTS {
        let actor = ctx
            .storage()
            .find_objects(&[&account.person])
            .await?
            .pop()
            .flatten();
        let actor =
            actor.ok_or_else(|| Error::internal(format!("{} has no person", account.nickname)))?;
        let plan = plan(ctx, actor, draft.clone(), Vec::new()).await?;
        match ctx
            .storage()
            .commit(plan.changes.clone())
            .await
            .map_err(Error::from)
        {
            Ok(()) => return Ok(plan),
            // Somebody else was quicker: what they did may change what this comes to.
            Err(error) if error.kind() == ErrorKind::Conflict => {}
            Err(error) => return Err(error),
        }
    }
    Err(Error::new(
        ErrorKind::Conflict,
        "This is being changed by others all the time; try again.",
    ))
}

/// Works out what an activity of `actor` comes to, without writing anything. `known` are things
/// that will be stored by the same commit, before the plan's changes.
pub async fn plan(
    ctx: &Context,
    actor: Object,
    mut draft: Draft,
    known: Vec<Object>,
) -> Result<Plan> {
    let mut planner = Planner::new(ctx, actor, known);
    load(&mut planner, &draft).await?;
    let generator = match ctx.client() {
        Some(client) => Some(planner.generator(generators::describe(client)).await?),
        None => None,
    };
    let object = apply(&mut planner, &mut draft).await?;
    if draft.recipients.is_empty() {
        draft.recipients = recipients::defaults(&planner, &draft, object.as_ref())?;
        let ids: Vec<_> = draft
            .recipients
            .iter()
            .map(|(reference, _)| reference.id.clone())
            .collect();
        planner.load(ids).await?;
    }
    let parent = object
        .as_ref()
        .and_then(|object| object.refers("inReplyTo"));
    let parent = parent.and_then(|parent| planner.find(&parent.id)).cloned();
    let publishes = matches!(draft.verb.as_str(), "post" | "create");
    let audience = audience::resolve(
        &mut planner,
        &draft.recipients,
        parent.as_ref().filter(|_| publishes),
    )?;

    let mut activity = compose(
        &planner,
        &draft,
        object.as_ref(),
        parent.as_ref(),
        generator.as_ref(),
    );
    activity.audience.clone_from(&audience.addresses);
    let object = object.map(|mut object| {
        if publishes || planner.is_new(&object.id) && object.author.is_some() {
            object.audience.clone_from(&audience.addresses);
            object.post = Some(activity.id.clone());
            planner.amend(object.clone());
        }
        object
    });
    let kind = object.as_ref().map(|object| object.object_type.as_str());
    let major = draft::is_major(&draft.verb, kind);
    let (actor, id) = (planner.actor.id.clone(), activity.id.clone());
    let mut delivery = audience.delivery;
    (delivery.activity, delivery.major) = (id.clone(), major);
    let mut changes = planner.into_changes();
    changes.push(Change::PutObject {
        object: activity.clone(),
        expect: Expect::Absent,
    });
    let direct = delivery.direct.contains(&actor);
    for (stream, direct) in [
        (Stream::Outbox(actor.clone()), false),
        (Stream::Inbox(actor), direct),
    ] {
        let class = Some(Class { major, direct });
        changes.push(Change::Push {
            stream,
            item: id.clone(),
            class,
            duplicate: Duplicate::Ignore,
        });
    }
    changes.push(Change::Deliver(delivery));
    Ok(Plan {
        changes,
        activity,
        object,
    })
}

/// Reads all that an activity names, then the activities that published what it names.
async fn load(planner: &mut Planner<'_>, draft: &Draft) -> Result<()> {
    let named = [draft.object_id(), draft.target_id()]
        .into_iter()
        .flatten()
        .map(str::to_owned);
    let parent = draft.parent().map(|parent| parent.id);
    let recipients = draft
        .recipients
        .iter()
        .map(|(reference, _)| reference.id.clone());
    let ids: Vec<String> = named.chain(parent.clone()).chain(recipients).collect();
    planner.load(ids).await?;
    let object = draft.object_id().and_then(|id| planner.find(id));
    // An update or delete of a reply, or a post of an upload, has its parent in the stored object.
    let stored_parent = object
        .and_then(|object| object.refers("inReplyTo"))
        .map(|parent| parent.id);
    let post = object.and_then(|object| object.post.clone());
    planner.load(post.into_iter().chain(stored_parent)).await?;
    let parent = parent
        .and_then(|id| planner.find(&id))
        .and_then(|parent| parent.post.clone());
    planner.load(parent).await
}

/// The effects of the verb; other verbs have none, and their object is taken as it is.
async fn apply(planner: &mut Planner<'_>, draft: &mut Draft) -> Result<Option<Object>> {
    let object = match draft.verb.as_str() {
        "post" | "create" => publish::apply(planner, draft).await?,
        "update" => change::update(planner, draft)?,
        "delete" => change::delete(planner, draft).await?,
        "follow" => social::follow(planner, draft).await?,
        "stop-following" => social::unfollow(planner, draft).await?,
        "favorite" | "like" => social::favorite(planner, draft).await?,
        "unfavorite" | "unlike" => social::unfavorite(planner, draft).await?,
        "share" => social::share(planner, draft).await?,
        "unshare" => social::unshare(planner, draft).await?,
        "add" => membership::add_existing(planner, draft).await?,
        "remove" => membership::remove(planner, draft).await?,
        _ => return mentioned(planner, draft).await,
    };
    Ok(Some(object))
}

/// The object of a verb without effects: something stored, or something new.
async fn mentioned(planner: &mut Planner<'_>, draft: &Draft) -> Result<Option<Object>> {
    let Some(body) = &draft.object else {
        return Ok(None);
    };
    if draft.object_id().is_some() {
        let object = planner.existing_or_foreign(Some(body), "object")?;
        planner.require_readable(&object).await?;
        return Ok(Some(object));
    }
    let object = planner.make(body.clone());
    planner.put(object.clone(), Expect::Absent);
    Ok(Some(object))
}

/// The activity itself (pump-api 7.3), with references to what is stored elsewhere.
fn compose(
    planner: &Planner<'_>,
    draft: &Draft,
    object: Option<&Object>,
    parent: Option<&Object>,
    generator: Option<&Object>,
) -> Object {
    let urls = planner.ctx.urls();
    let uuid = planner.ctx.app().entropy().uuid();
    let id = urls.object(ACTIVITY, &uuid);
    let json = |object: &Object| Value::Object(object.body.clone());
    let mut body = Map::new();
    body.insert("verb".into(), draft.verb.clone().into());
    body.insert("actor".into(), planner.actor.reference().to_value());
    if let Some(object) = object {
        body.insert("object".into(), object.reference().to_value());
    }
    if let Some(target) = &draft.target {
        let known = draft.target_id().and_then(|id| planner.find(id));
        let target = known.map_or_else(
            || Value::Object(target.clone()),
            |target| target.reference().to_value(),
        );
        body.insert("target".into(), target);
    }
    draft.recipients.write(&mut body);
    if let Some(generator) = generator {
        body.insert("generator".into(), generator.reference().to_value());
    }
    body.insert("id".into(), id.clone().into());
    body.insert("links".into(), json!({ "self": { "href": id } }));
    let nickname = planner.actor.text("preferredUsername");
    body.insert(
        "url".into(),
        urls.object_page(nickname.unwrap_or("main"), ACTIVITY, &uuid)
            .into(),
    );
    body.insert("published".into(), planner.now.clone().into());
    body.insert("updated".into(), planner.now.clone().into());
    let (actor, object) = (json(&planner.actor), object.map(json));
    let content = sentence(
        &actor,
        &draft.verb,
        object.as_ref(),
        parent.map(json).as_ref(),
    );
    body.insert("content".into(), content.into());
    body.extend(draft.rest.clone());
    Object {
        id,
        uuid,
        object_type: ACTIVITY.into(),
        author: Some(planner.actor.id.clone()),
        audience: Vec::new(),
        post: None,
        deleted: false,
        version: 0,
        body,
    }
}
