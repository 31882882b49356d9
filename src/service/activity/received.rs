//! Activities of other servers: planned as those of people here, committed once however often they
//! come.

use std::{
    iter,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use chrono::SubsecRound;
use serde_json::{Map, Value};

use super::{
    Plan, build_plan, coverage, finish, hooks,
    origin::{Origin, ReceivedActivity},
    planner::Planner,
    referenced_ids,
    size::{MAX_NAMED_BYTES, check_size, too_much_named},
};
use crate::{
    Context,
    model::{ACTOR_TYPES, AudienceMember, OTHER, Object},
    service::{
        Error, Result,
        remote::{self, account_of},
        retry::retry_on_conflict,
    },
    storage::{Change, Expect},
};

/// Does what a received activity says, in the name of its actor. One that is stored already is
/// brought to the inbox, and nothing else happens.
pub(crate) async fn receive(ctx: &Context, received: ReceivedActivity) -> Result<Plan> {
    let performed = |ctx: Context| async move { receive_inner(&ctx, &received).await };
    hooks::run_uncancelled(ctx, performed).await
}

async fn receive_inner(ctx: &Context, received: &ReceivedActivity) -> Result<Plan> {
    let first = AtomicBool::new(true);
    let (plan, is_new) = retry_on_conflict(ctx, || async {
        let mut known = read(ctx, received, first.swap(false, Ordering::Relaxed)).await?;
        if let Some(activity) = known.activity.take() {
            let plan = coverage::cover_received(ctx, activity, received).await?;
            return finish(ctx, plan)
                .await
                .map(|(changes, plan)| (changes, (plan, false)));
        }
        let planner = planner_of(ctx, received, known)?;
        let plan = build_plan(planner, received.draft.clone()).await?;
        let (changes, plan) = finish(ctx, plan).await?;
        Ok((changes, (plan, true)))
    })
    .await?;
    if is_new {
        hooks::notify_received(ctx, &plan);
    }
    if plan.object.as_ref().is_some_and(|object| object.deleted) {
        ctx.app().request_cleanup();
    }
    Ok(plan)
}

/// Objects that are stored.
struct Known {
    activity: Option<Arc<Object>>,
    actor: Option<Arc<Object>>,
    ids: Vec<String>,
    others: Vec<Arc<Object>>,
}

/// Reads the activity, its actor and all that it names, in one query. The first attempt may use
/// cached objects.
async fn read(ctx: &Context, received: &ReceivedActivity, first: bool) -> Result<Known> {
    let ids = referenced_ids(ctx, &received.draft);
    let id = received.id.as_deref().unwrap_or_default();
    let all = iter::once(id).chain(iter::once(received.actor_id()));
    let all: Vec<&str> = all.chain(ids.iter().map(String::as_str)).collect();
    let found = if first {
        let recent = ctx.app().recent_reads();
        recent.find_objects_within(&all, MAX_NAMED_BYTES).await?
    } else {
        ctx.storage()
            .find_objects_within(&all, MAX_NAMED_BYTES)
            .await?
    };
    let mut found = found.ok_or_else(too_much_named)?.into_iter();
    Ok(Known {
        activity: found.next().flatten(),
        actor: found.next().flatten(),
        others: found.flatten().collect(),
        ids,
    })
}

fn planner_of<'a>(
    ctx: &'a Context,
    received: &'a ReceivedActivity,
    known: Known,
) -> Result<Planner<'a>> {
    let (stored, said) = (known.actor, &received.actor);
    let mut actor = match &stored {
        Some(actor) if actor.deleted => {
            return Err(Error::forbidden(format!("{} was deleted", actor.id)));
        }
        Some(actor) => Object::clone(actor),
        None => new_actor(ctx, said, &received.published),
    };
    if stored.is_none() {
        admit_actor(ctx, &received.host)?;
    }
    let updated = remote::updated_of(said, &received.published);
    let is_fuller = remote::says_more(&actor, said) && remote::is_newer(&actor, updated);
    if let (Some(_), true) = (&stored, is_fuller) {
        refresh_actor(ctx, &mut actor, said.clone(), &received.published);
    }
    if !ACTOR_TYPES.contains(&actor.object_type.as_str()) || actor.object_type == "collection" {
        return Err(Error::bad_request(format!("{} can't act", actor.id)));
    }
    check_size(&actor)?;
    let mut planner = Planner::new(ctx, actor.clone().into(), Vec::new());
    planner.origin = Origin::Received(received);
    planner.preload(known.ids, known.others.into_iter());
    match stored {
        None => {
            if let Some(mut account) = account_of(ctx, &actor) {
                // A profile that comes from its own server is as good as fetched.
                let is_told = !remote::is_stub(&actor);
                account.fetched = is_told.then(|| ctx.now().trunc_subsecs(0));
                planner.add_change(Change::PutRemoteAccount(account));
            }
            planner.put(actor, Expect::Absent);
        }
        Some(_) if is_fuller => planner.replace(actor),
        Some(_) => {}
    }
    Ok(planner)
}

/// Counts an actor who was not seen before: a host can make up as many as it likes.
fn admit_actor(ctx: &Context, host: &str) -> Result<()> {
    let admitted = ctx.app().peers().admit_actor(host, ctx.now());
    admitted.map_err(|wait| {
        Error::too_many_requests("Too many new actors of one host. Try again later.", wait)
    })
}

fn new_actor(ctx: &Context, said: &Map<String, Value>, published: &str) -> Object {
    let mut said = said.clone();
    if remote::object_type_of(&said) == OTHER {
        said.insert("objectType".into(), "person".into());
    }
    let mut actor = remote::object_of(ctx, said, None, published);
    actor.audience = vec![AudienceMember::Public];
    actor
}

/// Takes over what the server of an actor says of it.
fn refresh_actor(ctx: &Context, actor: &mut Object, said: Map<String, Value>, published: &str) {
    let says_type = said.contains_key("objectType");
    if remote::is_stub(actor) && says_type && !actor.id.starts_with("acct:") {
        remote::object_type_of(&said).clone_into(&mut actor.object_type);
        let object_type = actor.object_type.clone();
        actor.body.insert("objectType".into(), object_type.into());
    }
    remote::refresh(ctx, actor, said, published);
}

impl Planner<'_> {
    /// Takes over what the actor's server says of the actor in an `update`.
    pub(super) fn update_actor(&mut self, said: Map<String, Value>, published: &str) -> Result<()> {
        let mut actor = Object::clone(&self.actor);
        if remote::is_current(&actor, remote::updated_of(&said, published)) {
            refresh_actor(self.ctx, &mut actor, said, published);
            check_size(&actor)?;
            self.replace(actor.clone());
            self.actor = actor.into();
        }
        Ok(())
    }
}
