//! Answers of others to things of people here, passed on as they came (`ActivityPub` 7.1.2).
//!
//! Deliveries are enqueued with the answer, as for Pump servers. The bytes that came are kept until
//! they are sent, since only the answer's own server can sign it.

use bytes::Bytes;
use chrono::TimeDelta;
use serde_json::{Map, Value};

use crate::{
    Context,
    model::{Job, PUBLIC},
    protocol::as1::received_references,
    service::Result,
    storage::{Change, Expect, StorageError},
};

/// Queue of what is kept. No worker takes it: a job is due when it may be forgotten.
const QUEUE: &str = "forwarding";

/// Property of a job with what came, and with the id of the activity.
const BODY: &str = "body";
const ACTIVITY: &str = "activity";

/// Maximum bytes of what is kept. Misskey takes no more.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// Maximum activities that are kept in a minute.
const MAX_PER_MINUTE: u32 = 120;

/// Time for which an activity is kept, and how often that is prolonged while it waits for a host.
const RETENTION: TimeDelta = TimeDelta::hours(1);
const MAX_PROLONGATIONS: u32 = 24;

/// Activities that are looked at in one commit.
const BATCH_SIZE: u32 = 20;

/// Verbs of what is passed on.
const VERBS: [&str; 2] = ["post", "update"];

/// Keeps the bytes of an activity in ActivityStreams 1 that is about to be taken. It must be new,
/// about an answer to a thing of somebody here, and for everyone or for their followers.
#[cfg_attr(not(feature = "web"), allow(dead_code, reason = "for the router only"))]
pub(crate) async fn keep(ctx: &Context, activity: &Map<String, Value>, body: &Bytes) -> Result<()> {
    let text = |name: &str| activity.get(name).and_then(Value::as_str);
    let is_kind = text("verb").is_some_and(|verb| VERBS.contains(&verb));
    let Some(id) = text("id").filter(|_| is_kind && body.len() <= MAX_BODY_BYTES) else {
        return Ok(());
    };
    let (true, Ok(body)) = (answers_us(ctx, id, activity).await?, str::from_utf8(body)) else {
        return Ok(());
    };
    if !ctx.app().peers().count(QUEUE, MAX_PER_MINUTE, ctx.now()) {
        tracing::warn!(id, "too many answers: not passed on");
        return Ok(());
    }
    let payload = [(BODY, body), (ACTIVITY, id)];
    let payload = payload.map(|(name, value)| (name.to_owned(), value.into()));
    let job = Job {
        id: job_id(id),
        queue: QUEUE.into(),
        payload: payload.into_iter().collect(),
        due: ctx.now() + RETENTION,
        attempts: 0,
        version: 0,
    };
    let expect = Expect::Absent;
    match ctx
        .storage()
        .commit(vec![Change::PutJob { job, expect }])
        .await
    {
        // It was delivered twice.
        Err(StorageError::AlreadyExists(_)) => Ok(()),
        kept => Ok(kept?),
    }
}

/// Whether a new activity is about an answer to a thing of somebody here, and for everyone or for
/// that person's followers.
async fn answers_us(ctx: &Context, id: &str, activity: &Map<String, Value>) -> Result<bool> {
    let urls = ctx.urls();
    let reference = |thing: &Value| Some(thing.get("id")?.as_str()?.to_owned());
    let Some(object) = activity.get("object") else {
        return Ok(false);
    };
    let object_id = reference(object).unwrap_or_default();
    let found = ctx.storage().find_objects(&[id, &object_id]).await?;
    let [known, stored] = <[_; 2]>::try_from(found).unwrap_or_default();
    if known.is_some() {
        return Ok(false);
    }
    let parent = object.get("inReplyTo").and_then(reference);
    let parent = parent.or_else(|| Some(stored?.reference_property("inReplyTo")?.id));
    let Some(parent) = parent.map(|id| urls.canonical_id(&id).into_owned()) else {
        return Ok(false);
    };
    let parent = ctx
        .storage()
        .find_objects(&[&parent])
        .await?
        .pop()
        .flatten();
    let author = parent.and_then(|parent| parent.author.clone());
    let Some(nickname) = author.and_then(|author| urls.nickname_of(&author)) else {
        return Ok(false);
    };
    let followers = urls.user(&nickname, "/followers");
    let lists = ["to", "cc"]
        .into_iter()
        .filter_map(|list| activity.get(list));
    let mut named = lists.flat_map(received_references);
    Ok(named.any(|named| named.id == PUBLIC || urls.canonical_id(&named.id) == *followers))
}

/// Returns an activity as it came, if it is kept.
pub(super) async fn find(ctx: &Context, activity: &str) -> Result<Option<String>> {
    let job = ctx.storage().find_job(&job_id(activity)).await?;
    Ok(job.and_then(|job| Some(job.payload.get(BODY)?.as_str()?.to_owned())))
}

/// Forgets what waits for no host any more. To be called now and then.
pub(crate) async fn delete_sent(ctx: &Context) -> Result<()> {
    loop {
        let due = ctx
            .storage()
            .list_due_jobs(QUEUE, ctx.now(), BATCH_SIZE)
            .await?;
        if due.is_empty() {
            return Ok(());
        }
        let mut changes = Vec::new();
        for mut job in due {
            let id = job.payload.get(ACTIVITY).and_then(Value::as_str);
            let waiting = ctx.storage().list_outgoing_of(id.unwrap_or_default(), 1);
            let waits = !waiting.await?.is_empty() && job.attempts < MAX_PROLONGATIONS;
            let version = job.version;
            changes.push(if waits {
                job.due = ctx.now() + RETENTION;
                job.attempts += 1;
                let expect = Expect::Version(version);
                Change::PutJob { job, expect }
            } else {
                Change::RemoveJob {
                    id: job.id,
                    version,
                }
            });
        }
        match ctx.storage().commit(changes).await {
            Ok(()) => {}
            // Another node is at it.
            Err(StorageError::Conflict(_)) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

fn job_id(activity: &str) -> String {
    format!("{QUEUE} {activity}")
}
