//! Doing things: every activity, whoever asks for it, comes through [`perform`] or [`plan`].
//!
//! An activity is worked out on a desk of its own, verb by verb, then written in one
//! commit: the object, the activity, the streams it is in and the inboxes it reaches.

mod amend;
mod audience;
mod avatar;
mod change;
mod compose;
mod draft;
mod groups;
mod hooks;
mod make;
mod membership;
mod plan;
mod planner;
mod publish;
mod readdress;
mod recipients;
mod size;
mod social;
mod tombstone;

use std::{
    iter,
    sync::atomic::{AtomicBool, Ordering},
};

use serde_json::Value;

pub(super) use self::tombstone::{bury, counted};
pub use self::{
    amend::{amend, take_back},
    plan::Plan,
};
use self::{audience::Setting, planner::Planner, size::MAX_NAMED_BYTES};
use super::{
    Error, Result, attempt::attempt, delivery, generators, mail::notices, people, present::Fresh,
};
pub use crate::model::{Draft, Recipients};
use crate::{
    Context,
    model::{Account, Class, Object, Stream},
    protocol::as1::{MAX_DEPTH, is_flat_enough},
    storage::{Change, Changes, Delivery, Duplicate, Expect},
};

/// Does what an activity says, as a client would send it, in the name of the caller: its shape is checked and its HTML
/// sanitised. This is how an application that hosts this does on its own pages what people could have done with a
/// client, so that their followers hear of it.
///
/// ```
/// # use hydraulics::{App, model::Nickname, service::{Result, accounts, activity}};
/// # use serde_json::json;
/// # async fn example(app: &App) -> Result<()> {
/// let alice = Nickname::parse("alice").expect("a fine name");
/// let ctx = accounts::signed_in(app, &alice).await?;
/// let note = json!({ "objectType": "note", "content": "Hello!" });
/// let done = activity::act(&ctx, json!({ "verb": "post", "object": note })).await?;
/// println!("{} was posted", done.object.expect("the note").id);
/// # Ok(())
/// # }
/// ```
pub async fn act(ctx: &Context, activity: Value) -> Result<Plan> {
    let actor = ctx.person().ok_or_else(Error::not_logged_in)?;
    if !is_flat_enough(&activity) {
        return Err(Error::bad_request(format!(
            "JSON may be nested {MAX_DEPTH} levels deep and no deeper."
        )));
    }
    let Value::Object(activity) = activity else {
        return Err(Error::bad_request("An activity is an object"));
    };
    perform(ctx, Draft::parse(ctx.urls(), activity, actor)?).await
}

/// Does what `draft` says in the name of the caller: plans it, writes it, and returns what was
/// written. Fails without a trace.
pub async fn perform(ctx: &Context, draft: Draft) -> Result<Plan> {
    hooks::to_the_end(ctx, |ctx| async move { carry_out(&ctx, draft).await }).await
}

async fn carry_out(ctx: &Context, mut draft: Draft) -> Result<Plan> {
    let account = ctx.account().ok_or_else(Error::not_logged_in)?;
    draft.respell(ctx).await?;
    let draft = hooks::review(ctx, draft).await?;
    let first = AtomicBool::new(true);
    let plan = attempt(ctx, || async {
        let planner = begin(ctx, account, &draft, first.swap(false, Ordering::Relaxed)).await?;
        let mut plan = work_out(planner, draft.clone()).await?;
        let mut changes = std::mem::take(&mut plan.changes);
        let along = hooks::along(ctx, &plan).await?;
        // What others write beside it may be of the same things; and a store that can't tell when something changes
        // need not have it as it was given.
        if !along.is_empty() || ctx.storage().marks().is_none() {
            plan.fresh = Fresh::default();
        }
        changes.extend(along);
        Ok((changes, plan))
    })
    .await?;
    hooks::tell_done(ctx, &plan);
    if plan.object.as_ref().is_some_and(|object| object.deleted) {
        ctx.app().sweep_soon();
    }
    Ok(plan)
}

/// Works out what an activity of `actor` comes to, without writing anything. `known` are things
/// that will be stored by the same commit, before the plan's changes.
pub async fn plan(ctx: &Context, actor: Object, draft: Draft, known: Vec<Object>) -> Result<Plan> {
    work_out(Planner::new(ctx, actor.into(), known), draft).await
}

/// A desk for something of the caller's, with all on it that it names, read in one go with the caller. The first time
/// what was read lately will do: if it changed since, so that it matters, there will be another.
async fn begin<'a>(
    ctx: &'a Context,
    account: &Account,
    draft: &Draft,
    first: bool,
) -> Result<Planner<'a>> {
    let ids = named(ctx, draft);
    let all = iter::once(&account.person).chain(&ids);
    let all: Vec<&str> = all.map(String::as_str).collect();
    let found = if first {
        let kept = ctx.app().kept();
        kept.find_objects_within(&all, MAX_NAMED_BYTES).await?
    } else {
        let storage = ctx.storage();
        storage.find_objects_within(&all, MAX_NAMED_BYTES).await?
    };
    let mut found = found.ok_or_else(size::too_much_named)?.into_iter();
    let actor = found.next().flatten();
    let actor = actor.ok_or_else(|| people::no_person(account))?;
    // Whom a host's tables have lost does nothing any more.
    if actor.deleted {
        return Err(Error::forbidden(format!("{} has left", account.nickname)));
    }
    let mut planner = Planner::new(ctx, actor, Vec::new());
    planner.given(ids, found.flatten());
    Ok(planner)
}

async fn work_out(mut planner: Planner<'_>, mut draft: Draft) -> Result<Plan> {
    let ctx = planner.ctx;
    load(&mut planner, &draft).await?;
    let generator = match ctx.client() {
        Some(client) => Some(planner.generator(generators::describe(client)).await?),
        None => None,
    };
    let object = Some(apply(&mut planner, &mut draft).await?);
    let parent = planner.readable_parent(object.as_ref()).await?;
    let named = !draft.recipients.is_empty();
    if !named {
        draft.recipients =
            recipients::defaults(&planner, &draft, object.as_ref(), parent.as_ref()).await?;
        let named = draft
            .recipients
            .iter()
            .map(|(reference, _)| reference.id.clone());
        planner.load(named.collect::<Vec<_>>()).await?;
    }
    if let (true, "update", Some(object)) = (named, draft.verb.as_str(), &object) {
        readdress::widen(&mut planner, object, &draft.recipients).await?;
    }
    let publishes = matches!(draft.verb.as_str(), "post" | "create");
    let changes = matches!(draft.verb.as_str(), "update" | "delete");
    let before = object.as_ref().filter(|_| changes);
    let setting = Setting {
        parent: parent.as_ref().filter(|_| publishes || changes),
        before: before.map_or(&[], |object| &object.audience),
        named,
    };
    let audience = audience::resolve(&mut planner, &draft.recipients, setting).await?;
    // What was done can be undone to things that were hidden since.
    let hidden = match &object {
        Some(object) => !planner.may_read(object).await?,
        None => false,
    };
    let parts = compose::Parts {
        object: object.as_ref(),
        hidden,
        parent: parent.as_ref(),
        generator: generator.as_ref(),
    };
    let activity = compose::activity(&planner, &draft, parts, audience.addresses.clone());
    let object = object.map(|mut object| {
        if publishes || planner.is_new(&object.id) && object.author.is_some() {
            object.audience = audience::of(&object, audience.addresses);
            object.post = Some(activity.id.clone());
            planner.amend(object.clone());
        }
        object
    });
    let direct = &audience.delivery.direct;
    let letters = notices::caused(ctx, &activity, object.as_ref(), parent.as_ref(), direct).await?;
    let kind = object.as_ref().map(|object| object.object_type.as_str());
    let major = draft::is_major(&draft.verb, kind);
    let (mut changes, known) = planner.into_changes()?;
    changes.extend(filing(ctx, &activity, major, audience.delivery, audience.groups).await?);
    changes.extend(letters);
    Ok(Plan {
        fresh: Fresh::of(known, &changes),
        changes,
        activity,
        object,
    })
}

/// The activity in the store, in its actor's own feeds, in the inboxes of the groups it reaches, and on its way to those
/// of persons.
async fn filing(
    ctx: &Context,
    activity: &Object,
    major: bool,
    delivery: Delivery,
    groups: Vec<Stream>,
) -> Result<Changes> {
    // It writes the JSON, which is copied with it.
    size::require_room(activity)?;
    let actor = activity.author.clone().unwrap_or_default();
    let direct = delivery.direct.contains(&actor);
    let push = |stream, direct| Change::Push {
        stream,
        item: activity.id.clone(),
        class: Some(Class { major, direct }),
        duplicate: Duplicate::Ignore,
    };
    let mut changes = vec![
        Change::PutObject {
            object: activity.clone(),
            expect: Expect::Absent,
        },
        push(Stream::Outbox(actor.clone()), false),
        push(Stream::Inbox(actor), direct),
    ];
    changes.extend(groups.into_iter().map(|group| push(group, false)));
    let delivery = Delivery {
        activity: activity.id.clone(),
        major,
        ..delivery
    };
    changes.extend(delivery::changes(ctx, delivery).await?);
    Ok(changes)
}

/// What an activity names, and what it is made with.
fn named(ctx: &Context, draft: &Draft) -> Vec<String> {
    let things = [draft.object_id(), draft.target_id()];
    let things = things.into_iter().flatten().map(str::to_owned);
    let recipients = draft.recipients.iter();
    let recipients = recipients.map(|(reference, _)| reference.id.clone());
    let parent = draft.parent().map(|parent| parent.id);
    let client = ctx.client();
    let generator = client.map(|client| generators::id_of(&client.id));
    let others = parent.into_iter().chain(generator);
    things.chain(others).chain(recipients).collect()
}

/// Reads all that an activity names, then what that replies to, and the activities that published these.
async fn load(planner: &mut Planner<'_>, draft: &Draft) -> Result<()> {
    planner.load(named(planner.ctx, draft)).await?;
    let parent = draft.parent().map(|parent| parent.id);
    let object = draft.object_id().and_then(|id| planner.find(id));
    // What is stored already may be a reply, and have been published.
    let post = object.and_then(|object| object.post.clone());
    let parent = parent.or_else(|| Some(object?.refers("inReplyTo")?.id));
    planner
        .load(post.into_iter().chain(parent.clone()).collect::<Vec<_>>())
        .await?;
    let parent = parent.and_then(|id| planner.find(&id));
    planner
        .load(parent.and_then(|parent| parent.post.clone()))
        .await
}

/// The effects of the verb; other verbs have none, and their object is taken as it is.
async fn apply(planner: &mut Planner<'_>, draft: &mut Draft) -> Result<Object> {
    match draft.verb.as_str() {
        "post" | "create" => publish::apply(planner, draft).await,
        "update" => {
            let object = change::update(planner, draft)?;
            if object.id == planner.actor.id {
                avatar::show(planner, &object).await?;
            }
            Ok(object)
        }
        "delete" => change::delete(planner, draft).await,
        "follow" => social::follow(planner, draft).await,
        "stop-following" => social::undo(planner, draft, social::following).await,
        "favorite" | "like" => social::favorite(planner, draft).await,
        "unfavorite" | "unlike" => social::undo(planner, draft, social::liking).await,
        "share" => social::share(planner, draft).await,
        "unshare" => social::undo(planner, draft, social::sharing).await,
        "add" => membership::add_existing(planner, draft).await,
        "remove" => membership::remove(planner, draft).await,
        "join" if groups::is_about_group(planner, draft) => groups::join(planner, draft).await,
        "leave" if groups::is_about_group(planner, draft) => {
            social::undo(planner, draft, social::belonging).await
        }
        _ => mentioned(planner, draft).await,
    }
}

/// The object of a verb without effects: something stored, or something new.
async fn mentioned(planner: &mut Planner<'_>, draft: &Draft) -> Result<Object> {
    let body = draft.object.as_ref();
    let body = body.ok_or_else(|| Error::bad_request("Activity has no object"))?;
    if draft.object_id().is_some() {
        let object = planner.existing_or_foreign(Some(body), "object")?;
        planner.require_readable(&object).await?;
        return Ok(object);
    }
    // Only a post answers anything.
    let mut body = body.clone();
    body.shift_remove("inReplyTo");
    let object = planner.make(body)?;
    planner.put(object.clone(), Expect::Absent);
    Ok(object)
}
