//! Doing things: every activity, whoever asks for it, comes through [`perform`] or `plan`.
//!
//! A planner works out an activity, verb by verb. One commit then writes the object, the activity,
//! its streams and the inboxes that it reaches.

mod audience;
mod avatar;
mod change_audience;
mod compose;
mod coverage;
mod draft;
mod edit;
mod fetched;
mod foreign_groups;
mod group_shares;
mod groups;
mod hashtags;
mod hooks;
mod lists;
mod make;
mod membership;
mod origin;
mod origin_rules;
mod plan;
mod planner;
mod publish;
mod received;
mod recipients;
mod silenced;
mod size;
mod social;
mod things;
mod update;
mod verbs;
mod vote;

use std::{
    iter,
    sync::atomic::{AtomicBool, Ordering},
};

use serde_json::Value;
use tracing::{Instrument, debug_span};

#[cfg(feature = "web")]
pub(crate) use self::fetched::named_elsewhere;
use self::{
    audience::AddressingContext, origin::Origin, planner::Planner, size::MAX_NAMED_BYTES,
    verbs::apply_verb,
};
pub(crate) use self::{
    coverage::bring,
    draft::MAX_RECIPIENTS,
    origin::{ReceivedActivity, ReceivingInbox},
    planner::MAX_THREAD_DEPTH,
    received::receive,
};
pub use self::{
    edit::{edit, retract},
    plan::Plan,
};
use super::{
    Error, Result, barriers, delivery, generators, lookup, notices, present::WriteOverlay,
    retry::retry_on_conflict,
};
pub(crate) use crate::model::{Draft, Recipients};
use crate::{
    Context,
    model::{Account, Class, Object, Stream},
    protocol::as1::{MAX_DEPTH, is_flat_enough},
    storage::{Change, Changes, Delivery, Duplicate, Expect},
};

/// Does what an activity says, as a client would send it, in the name of the caller: its shape is
/// checked and its HTML sanitised. This is how an application that hosts this does on its own pages
/// what people could have done with a client, so that their followers hear of it.
///
/// ```
/// # use hydraulics::{App, model::Nickname, service::{Result, accounts, activity}};
/// # use serde_json::json;
/// # async fn example(app: &App) -> Result<()> {
/// let alice = Nickname::parse("alice").expect("a fine name");
/// let ctx = accounts::signed_in(app, &alice).await?;
/// let note = json!({ "objectType": "note", "content": "Hello!" });
/// let done = activity::perform_json(&ctx, json!({ "verb": "post", "object": note })).await?;
/// println!("{} was posted", done.object.expect("the note").id);
/// # Ok(())
/// # }
/// ```
pub async fn perform_json(ctx: &Context, activity: Value) -> Result<Plan> {
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
    let span = debug_span!("perform");
    let performed = |ctx| async move { perform_inner(&ctx, draft).await }.instrument(span);
    hooks::run_uncancelled(ctx, performed).await
}

async fn perform_inner(ctx: &Context, mut draft: Draft) -> Result<Plan> {
    let account = ctx.account().ok_or_else(Error::not_logged_in)?;
    draft.respell(ctx).await?;
    fetched::complete_named(ctx, account, &mut draft).await?;
    let draft = hooks::run_before(ctx, draft).await?;
    barriers::require_welcome(ctx, &account.person, &draft).await?;
    let first = AtomicBool::new(true);
    let plan = retry_on_conflict(ctx, || async {
        let planner =
            prepare_planner(ctx, account, &draft, first.swap(false, Ordering::Relaxed)).await?;
        finish(ctx, build_plan(planner, draft.clone()).await?).await
    })
    .await?;
    hooks::notify_performed(ctx, &plan);
    if plan.object.as_ref().is_some_and(|object| object.deleted) {
        ctx.app().request_cleanup();
    }
    Ok(plan)
}

/// Takes the changes out of a plan, with those that hooks add.
async fn finish(ctx: &Context, mut plan: Plan) -> Result<(Changes, Plan)> {
    let mut changes = std::mem::take(&mut plan.changes);
    let along = hooks::additional_changes(ctx, &plan).await?;
    // Changes that a hook adds may concern the same objects; and a store without change
    // tracking need not have them as they were given.
    if !along.is_empty() || ctx.storage().modification_clock().is_none() {
        plan.overlay = WriteOverlay::default();
    }
    changes.extend(along);
    Ok((changes, plan))
}

/// Works out what an activity of `actor` comes to, without writing anything. `known` are things
/// that will be stored by the same commit, before the plan's changes.
pub(crate) async fn plan(
    ctx: &Context,
    actor: Object,
    draft: Draft,
    known: Vec<Object>,
) -> Result<Plan> {
    build_plan(Planner::new(ctx, actor.into(), known), draft).await
}

/// Creates the planner and loads the actor and all referenced objects in one query. The first
/// attempt may use cached objects; a version conflict makes the retry read the database.
async fn prepare_planner<'a>(
    ctx: &'a Context,
    account: &Account,
    draft: &Draft,
    first: bool,
) -> Result<Planner<'a>> {
    let ids = referenced_ids(ctx, draft);
    let all = iter::once(&account.person).chain(&ids);
    let all: Vec<&str> = all.map(String::as_str).collect();
    let found = if first {
        let recent = ctx.app().recent_reads();
        recent.find_objects_within(&all, MAX_NAMED_BYTES).await?
    } else {
        let storage = ctx.storage();
        storage.find_objects_within(&all, MAX_NAMED_BYTES).await?
    };
    let mut found = found.ok_or_else(size::too_much_named)?.into_iter();
    let actor = found.next().flatten();
    let actor = actor.ok_or_else(|| lookup::missing_person(account))?;
    // Reject activities of an actor whose row the host has deleted.
    if actor.deleted {
        return Err(
            Error::forbidden(format!("{} has left", account.nickname)).phrased("failure-left")
        );
    }
    let mut planner = Planner::new(ctx, actor, Vec::new());
    planner.preload(ids, found.flatten());
    Ok(planner)
}

async fn build_plan(mut planner: Planner<'_>, mut draft: Draft) -> Result<Plan> {
    let ctx = planner.ctx;
    load_referenced(&mut planner, &draft).await?;
    let generator = match ctx.client() {
        Some(client) if !planner.origin.is_received() => {
            Some(planner.generator(generators::client_object(client)).await?)
        }
        _ => None,
    };
    let object = Some(apply_verb(&mut planner, &mut draft).await?);
    let parent = planner.readable_parent(object.as_ref()).await?;
    let named = !draft.recipients.is_empty();
    if !named {
        draft.recipients =
            recipients::default_recipients(&planner, &draft, object.as_ref(), parent.as_ref())
                .await?;
        let named = draft
            .recipients
            .iter()
            .map(|(reference, _)| reference.id.clone());
        planner.load(named.collect::<Vec<_>>()).await?;
    }
    if let (true, "update", Some(object)) = (named, draft.verb.as_str(), &object) {
        change_audience::add_recipients(&mut planner, object, &draft.recipients).await?;
    }
    let publishes = matches!(draft.verb.as_str(), "post" | "create");
    let changes = matches!(draft.verb.as_str(), "update" | "delete");
    let before = object.as_ref().filter(|_| changes);
    if let Some(object) = before {
        update::add_remote_reactors(&mut planner, object).await?;
    }
    let setting = AddressingContext {
        parent: parent.as_ref().filter(|_| publishes || changes),
        before: before.map_or(&[], |object| &object.audience),
        named: named && !planner.origin.is_received(),
    };
    let mut audience = audience::resolve(&mut planner, &draft.recipients, setting).await?;
    planner
        .fit_origin(&mut audience, &draft.verb, object.as_ref())
        .await?;
    let is_silenced = silenced::limit_delivery(&planner, &mut audience, &draft.verb).await?;
    let excepted = barriers::excepted_streams(ctx, &planner.actor.id).await?;
    let passed_on = planner
        .passed_on(&mut audience, &draft, object.as_ref())
        .await?;
    // An activity can be undone when its object was hidden since.
    let hidden = match &object {
        Some(object) => !planner.may_read(object).await?,
        None => false,
    };
    let parts = compose::ActivityParts {
        object: object.as_ref(),
        hidden,
        parent: parent.as_ref(),
        generator: generator.as_ref(),
    };
    let activity = compose::compose_activity(&planner, &draft, parts, audience.addresses.clone());
    let object = object.map(|mut object| {
        let is_published = object.published_by.is_some() || object.deleted;
        let publishes = publishes && !is_published && planner.is_actors(&object);
        let is_new = planner.is_new(&object.id) && !object.deleted || planner.is_first_sight;
        if publishes || is_new && object.author.is_some() {
            object.audience = audience::with_membership(&object, audience.addresses);
            object.published_by = Some(activity.id.clone());
            planner.update_planned(object.clone());
        }
        object
    });
    let direct = &audience.delivery.direct;
    let about = (object.as_ref(), parent.as_ref());
    let notices = if is_silenced {
        Changes::new()
    } else {
        notices::for_activity(ctx, &activity, about, direct, &excepted).await?
    };
    let shares = group_shares::changes(&mut planner, &audience.groups, &activity, about.0).await?;
    audience.delivery.except_members = excepted;
    let major = draft::is_major(&draft.verb, about.0.map(|object| &*object.object_type));
    let origin = planner.origin;
    let (mut changes, known) = planner.into_changes().await?;
    let delivered = audience.delivery.clone();
    changes.extend(
        delivery_changes(
            ctx,
            origin,
            &activity,
            major,
            audience.delivery,
            audience.groups,
        )
        .await?,
    );
    changes.extend(delivery::passing_on(ctx, &activity.id, passed_on, delivered).await?);
    changes.extend(shares.into_iter().chain(notices));
    Ok(Plan {
        overlay: WriteOverlay::new(known, &changes),
        changes,
        activity,
        object,
    })
}

/// The activity in the store, in its actor's own feeds, in the inboxes of the groups it reaches,
/// and on its way to those of persons. The inbox of an actor elsewhere is there.
async fn delivery_changes(
    ctx: &Context,
    origin: Origin<'_>,
    activity: &Object,
    major: bool,
    delivery: Delivery,
    groups: Vec<Stream>,
) -> Result<Changes> {
    // It writes the JSON, which is copied with it.
    size::check_size(activity)?;
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
    ];
    if !origin.is_received() {
        changes.push(push(Stream::Inbox(actor), direct));
    }
    changes.extend(groups.into_iter().map(|group| push(group, false)));
    let delivery = Delivery {
        activity: activity.id.clone(),
        major,
        enqueued: ctx.now(),
        ..delivery
    };
    changes.extend(delivery::delivery_changes(ctx, delivery).await?);
    Ok(changes)
}

/// Returns the ids that an activity refers to, its generator included.
fn referenced_ids(ctx: &Context, draft: &Draft) -> Vec<String> {
    let things = [draft.object_id(), draft.target_id()];
    let things = things.into_iter().flatten().map(str::to_owned);
    let recipients = draft.recipients.iter();
    let recipients = recipients.map(|(reference, _)| reference.id.clone());
    let parent = draft.parent().map(|parent| parent.id);
    let client = ctx.client();
    let generator = client.map(|client| generators::client_object_id(&client.id));
    let others = parent.into_iter().chain(generator);
    things.chain(others).chain(recipients).collect()
}

/// Reads all that an activity names, then what that replies to, and the activities that published
/// these.
async fn load_referenced(planner: &mut Planner<'_>, draft: &Draft) -> Result<()> {
    planner.load(referenced_ids(planner.ctx, draft)).await?;
    let parent = draft.parent().map(|parent| parent.id);
    let object = draft.object_id().and_then(|id| planner.find(id));
    // A stored object may be a reply, and have been published.
    let post = object.and_then(|object| object.published_by.clone());
    let parent = parent.or_else(|| Some(object?.reference_property("inReplyTo")?.id));
    planner
        .load(post.into_iter().chain(parent.clone()).collect::<Vec<_>>())
        .await?;
    let parent = parent.and_then(|id| planner.find(&id));
    planner
        .load(parent.and_then(|parent| parent.published_by.clone()))
        .await
}
