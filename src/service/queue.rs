//! Job queue. A job is written in the commit that causes it, and is leased by one worker at a time
//! on any node.
//!
//! A worker takes a job by moving its time on. If the worker dies, the job is due again when its
//! lease expires. So a job is done at least once, and repeated only if a worker dies between doing
//! and removing it.

use async_trait::async_trait;
use chrono::TimeDelta;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use tracing::{Instrument, debug_span};

use super::Result;
use crate::{
    Context,
    model::{Job, Nickname},
    storage::{Change, Changes, Expect, StorageError},
};

/// Lease of a job, in seconds, after which another worker may take it.
const LEASE_SECONDS: i64 = 300;

/// Maximum due jobs to try to lease.
const MAX_CANDIDATES: u32 = 8;

/// How a job ended.
#[derive(Clone, Debug, PartialEq)]
pub enum JobOutcome {
    /// It is done, or there is nothing left to do.
    Done,
    /// One batch is done: its changes and the payload for the rest are written in one commit, so no
    /// part is lost or repeated. The job is due again at once, after those that are due longer.
    Continue(Changes, Map<String, Value>),
    /// It did not work, and may work later; with why, for the log.
    Retry(String),
    /// It will never work; with why, for the log.
    Fail(String),
}

/// Does the jobs of one queue.
#[async_trait]
pub trait Worker: Send + Sync {
    /// The name of the queue.
    fn queue(&self) -> &'static str;

    /// How long to wait before each new try, in seconds. At the end of the list a job is given up.
    fn retry_after<'a>(&self, ctx: &'a Context) -> &'a [i64];

    /// Does a job. It may have been done before.
    async fn perform(&self, ctx: &Context, job: &Job) -> JobOutcome;
}

/// Returns a task, which is a struct or a tagged enum of structs, as the payload of its job.
pub(super) fn payload(task: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(task) {
        Ok(Value::Object(payload)) => payload,
        _ => Map::new(),
    }
}

/// Returns the task of a job; `None` if it is of another kind.
pub(super) fn task<T: DeserializeOwned>(job: &Job) -> Option<T> {
    serde_json::from_value(Value::Object(job.payload.clone())).ok()
}

/// Performs the next part of a task. An error leads to another attempt.
pub(super) async fn perform_part<T, F>(job: &Job, next: impl FnOnce(T) -> F) -> JobOutcome
where
    T: DeserializeOwned,
    F: Future<Output = Result<JobOutcome>>,
{
    match task(job) {
        Some(task) => next(task)
            .await
            .unwrap_or_else(|error| JobOutcome::Retry(error.to_string())),
        None => JobOutcome::Fail("it is not understood".into()),
    }
}

/// Returns the id of the job that keeps the archive of an account until it expires.
pub(super) fn archive_id(user: &Nickname) -> String {
    format!("archive {user}")
}

/// Returns the id of the job that imports a list for an account, and keeps the report then.
pub(super) fn import_id(user: &Nickname) -> String {
    format!("import {user}")
}

/// Returns the changes by which a job, if there is one, is due now.
pub(super) async fn bring_forward(ctx: &Context, id: &str) -> Result<Changes> {
    let job = ctx.storage().find_job(id).await?;
    let now = |job: Job| Change::PutJob {
        expect: Expect::Version(job.version),
        job: Job {
            due: ctx.now(),
            ..job
        },
    };
    Ok(job.map(now).into_iter().collect())
}

/// Performs one due job; returns `false` if there is none.
pub async fn run_next(ctx: &Context, worker: &dyn Worker) -> Result<bool> {
    let due = ctx
        .storage()
        .list_due_jobs(worker.queue(), ctx.now(), MAX_CANDIDATES)
        .await?;
    for job in due {
        if let Some(job) = lease(ctx, job).await? {
            let span = debug_span!("job", id = job.id, queue = job.queue, tries = job.attempts);
            let outcome = worker.perform(ctx, &job).instrument(span).await;
            finish(ctx, worker, job, outcome).await?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Performs due jobs until there are none; returns their number.
pub async fn run_until_idle(ctx: &Context, worker: &dyn Worker) -> Result<usize> {
    let mut done = 0;
    while run_next(ctx, worker).await? {
        done += 1;
    }
    Ok(done)
}

/// Leases a job, unless another worker did.
async fn lease(ctx: &Context, job: Job) -> Result<Option<Job>> {
    let expect = Expect::Version(job.version);
    let mut job = Job {
        due: ctx.now() + TimeDelta::seconds(LEASE_SECONDS),
        attempts: job.attempts.saturating_add(1),
        ..job
    };
    let change = Change::PutJob {
        job: job.clone(),
        expect,
    };
    if !is_won(ctx.storage().commit(vec![change]).await)? {
        return Ok(None);
    }
    job.version += 1;
    Ok(Some(job))
}

async fn finish(ctx: &Context, worker: &dyn Worker, job: Job, outcome: JobOutcome) -> Result<()> {
    let tries = usize::try_from(job.attempts).unwrap_or(usize::MAX);
    let wait = worker.retry_after(ctx).get(tries.saturating_sub(1));
    let mut changes = Changes::new();
    let change = match (outcome, wait) {
        (JobOutcome::Continue(part, payload), _) => {
            changes = part;
            Change::PutJob {
                expect: Expect::Version(job.version),
                job: Job {
                    payload,
                    due: ctx.now(),
                    attempts: 0,
                    ..job
                },
            }
        }
        (JobOutcome::Retry(reason), Some(wait)) => {
            tracing::info!(job = job.id, reason, wait, "job failed and will be retried");
            Change::PutJob {
                expect: Expect::Version(job.version),
                job: Job {
                    due: ctx.now() + TimeDelta::seconds(*wait),
                    ..job
                },
            }
        }
        (outcome, _) => {
            if let JobOutcome::Retry(reason) | JobOutcome::Fail(reason) = outcome {
                tracing::warn!(job = job.id, reason, tries, "job abandoned");
            }
            Change::RemoveJob {
                id: job.id,
                version: job.version,
            }
        }
    };
    let delivers = changes
        .iter()
        .any(|part| matches!(part, Change::Deliver(_)));
    changes.push(change);
    // If it was put in again meanwhile, it has to be done again.
    is_won(ctx.storage().commit(changes).await)?;
    if delivers {
        ctx.app().wake_sender();
    }
    Ok(())
}

/// Returns whether a commit succeeded, rather than lost a race.
fn is_won(committed: crate::storage::Result<()>) -> Result<bool> {
    match committed {
        Ok(()) => Ok(true),
        Err(StorageError::Conflict(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
