//! Moves of actors to other accounts, where their followers here follow them from then on.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Context,
    federation::FetchBudget,
    model::{Draft, Job, Object, Recipients, Reference, Stream, host_of_id},
    service::{
        Error, ErrorKind, Result, activity,
        barriers::{names_of, require_welcome},
        queue::{self, JobOutcome, Worker},
        remote::{self, FetchedActor},
        retry::retry_on_conflict,
    },
    storage::{Change, Changes, Expect},
};

/// The queue of moves.
const QUEUE: &str = "moves";

/// How long to wait after a failure, in seconds.
const RETRY_DELAYS_SECONDS: &[i64] = &[1, 5, 30, 60, 300, 3600, 86_400];

/// Time within which an actor moves only once.
const COOLDOWN: TimeDelta = TimeDelta::days(7);

/// Maximum followers who are moved in one commit.
const BATCH_SIZE: u32 = 50;

/// Maximum requests to other servers for the new account.
const MAX_REQUESTS: u32 = 3;

/// Properties of an actor who moved: a reference to the new account, and the time.
const MOVED_TO: &str = "movedTo";
const MOVED_AT: &str = "movedAt";

/// Remaining part of a move.
#[derive(Debug, Deserialize, Serialize)]
struct MoveJob {
    old: String,
    new: String,
    /// Place of the last follower who was moved.
    after: u64,
}

/// Moves the followers of an actor to the account with a URL, if that names the actor as another
/// one of theirs. Followers are moved by a job. Nothing happens if nobody here follows the actor,
/// or if they moved a short time ago.
///
/// Errors: 503 if the new account can't be fetched now.
pub(super) async fn receive(ctx: &Context, actor: &str, target: &str) -> Result<()> {
    let storage = ctx.storage();
    let followers = Stream::Followers(actor.to_owned());
    let may_move = async || {
        let old = storage.find_objects(&[actor]).await?.pop().flatten();
        Ok::<_, Error>(old.filter(|old| !old.deleted && !is_recent(ctx, old)))
    };
    let has_followers = !storage.items_after(&followers, 0, 1).await?.is_empty();
    if !has_followers || may_move().await?.is_none() {
        return Ok(());
    }
    let account = storage.find_remote_accounts(&[actor]).await?.pop();
    let account = account.flatten();
    let Some(url) = account.as_ref().and_then(|account| account.actor_id()) else {
        return Ok(());
    };
    let Some(new) = account_that_names(ctx, url, target).await? else {
        tracing::info!(
            actor,
            target,
            "move refused: the new account does not name it"
        );
        return Ok(());
    };
    retry_on_conflict(ctx, || async {
        let old = may_move().await?;
        let changes = old.map(|old| changes_of(ctx, &old, (&new, target)));
        Ok((changes.unwrap_or_default(), ()))
    })
    .await
}

/// Returns the changes by which an actor has moved to the account with an id and a URL, and their
/// followers here are moved.
pub(crate) fn changes_of(ctx: &Context, old: &Object, (new, url): (&str, &str)) -> Changes {
    let mut old = old.clone();
    let reference = json!({ "objectType": "person", "id": new, "url": url });
    old.body.insert(MOVED_TO.into(), reference);
    old.body.insert(MOVED_AT.into(), ctx.timestamp().into());
    let task = MoveJob {
        old: old.id.clone(),
        new: new.to_owned(),
        after: 0,
    };
    let job = Job {
        id: format!("move {}", old.id),
        queue: QUEUE.into(),
        payload: queue::payload(&task),
        due: ctx.now(),
        attempts: 0,
        version: 0,
    };
    let moved = Change::PutObject {
        expect: Expect::Version(old.version),
        object: old,
    };
    let expect = Expect::Any;
    vec![moved, Change::PutJob { job, expect }]
}

/// Whether an actor moved so short a time ago that they can't move again.
pub(crate) fn is_recent(ctx: &Context, old: &Object) -> bool {
    let moved = old.text_property(MOVED_AT);
    let moved = moved.and_then(|time| DateTime::parse_from_rfc3339(time).ok());
    moved.is_some_and(|time| ctx.now() - time.with_timezone(&Utc) < COOLDOWN)
}

/// Returns the id of the account with a URL, if it has the other URL among its aliases.
async fn account_that_names(ctx: &Context, url: &str, target: &str) -> Result<Option<String>> {
    if ctx.urls().is_own_address(target) {
        let id = ctx.urls().canonical_id(target).into_owned();
        let found = ctx.storage().find_objects(&[&id]).await?.pop().flatten();
        let aliases = found.as_ref().filter(|person| !person.deleted);
        let aliases = aliases.and_then(|person| person.body.get("alsoKnownAs"));
        let aliases = aliases.and_then(Value::as_array);
        let names = aliases.is_some_and(|aliases| aliases.iter().any(|alias| alias == url));
        return Ok(Some(id).filter(|_| names));
    }
    let budget = FetchBudget::new(MAX_REQUESTS).caused_by(host_of_id(url));
    let fetched = match remote::fetch_actor(ctx, target, &budget).await {
        Err(error) if error.is_temporary() => {
            let message = format!("'{target}' can't be fetched now: {error}");
            return Err(Error::new(ErrorKind::Unavailable, message));
        }
        fetched => fetched.ok().flatten(),
    };
    let names = |actor: &FetchedActor| actor.also_known_as.iter().any(|alias| alias == url);
    match fetched.filter(names) {
        Some(actor) => Ok(Some(remote::store_actor(ctx, actor).await?.id)),
        None => Ok(None),
    }
}

/// Moves followers of actors of other servers to their new accounts.
#[derive(Clone, Copy, Debug, Default)]
pub struct MoveWorker;

#[async_trait]
impl Worker for MoveWorker {
    fn queue(&self) -> &'static str {
        QUEUE
    }

    fn retry_after<'a>(&self, _: &'a Context) -> &'a [i64] {
        RETRY_DELAYS_SECONDS
    }

    async fn perform(&self, ctx: &Context, job: &Job) -> JobOutcome {
        queue::perform_part(job, |remaining| move_next_batch(ctx, remaining)).await
    }
}

/// Moves the next followers, all in one commit.
async fn move_next_batch(ctx: &Context, mut remaining: MoveJob) -> Result<JobOutcome> {
    let followers = Stream::Followers(remaining.old.clone());
    let storage = ctx.storage();
    let items = storage.items_after(&followers, remaining.after, BATCH_SIZE);
    let items = items.await?;
    let Some((last, _)) = items.last() else {
        return Ok(JobOutcome::Done);
    };
    remaining.after = *last;
    let ids: Vec<&str> = items.iter().map(|(_, id)| id.as_str()).collect();
    let mut changes = Changes::new();
    for follower in storage.find_objects(&ids).await?.into_iter().flatten() {
        if ctx.urls().is_local(&follower.id) && !follower.deleted {
            changes.extend(move_follower(ctx, &follower, &remaining).await?);
        }
    }
    Ok(JobOutcome::Continue(changes, queue::payload(&remaining)))
}

/// Returns the changes by which a person here follows the new account and no more the old one. They
/// are told to these two only. A person who blocks the new account, or is blocked by it, only stops
/// following the old one.
async fn move_follower(ctx: &Context, follower: &Object, task: &MoveJob) -> Result<Changes> {
    let id = &*follower.id;
    let mut pairs = vec![(Stream::Following(id.to_owned()), task.new.as_str())];
    let names = names_of(ctx.urls(), &task.new);
    let blocked = names
        .iter()
        .map(|name| (Stream::Blocked(id.to_owned()), name.as_str()));
    pairs.extend(blocked);
    let is_held = ctx.storage().contains(&pairs).await?.contains(&true);
    let follow = draft("follow", &task.new);
    let is_welcome = match require_welcome(ctx, id, &follow).await {
        Err(error) if error.kind() == ErrorKind::Forbidden => false,
        result => result.map(|()| true)?,
    };
    let mut drafts = vec![draft("stop-following", &task.old)];
    if !is_held && is_welcome && id != task.new {
        drafts.insert(0, follow);
    }
    let mut changes = Changes::new();
    for draft in drafts {
        let verb = draft.verb.clone();
        match activity::plan(ctx, follower.clone(), draft, Vec::new()).await {
            Ok(plan) => changes.extend(plan.changes),
            Err(error) if error.kind() == ErrorKind::Internal => return Err(error),
            Err(error) => tracing::info!(follower = id, verb, %error, "follower is not moved"),
        }
    }
    Ok(changes)
}

fn draft(verb: &str, person: &str) -> Draft {
    let reference = Reference::new("person", person);
    let object = json!({ "objectType": "person", "id": person });
    Draft {
        verb: verb.into(),
        object: object.as_object().cloned(),
        target: None,
        recipients: Recipients::to(vec![reference]),
        other_properties: serde_json::Map::new(),
    }
}
