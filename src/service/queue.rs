//! Doing what was put off: jobs are rows that are written with the change that causes them, and are taken
//! from the store by one worker at a time, on whatever node.
//!
//! A worker takes a job by moving its time on. If the worker ends before the job does, the job is due again
//! at that time: so a job is done at least once, and more than once only if a worker ended between doing it
//! and saying so.

use async_trait::async_trait;
use chrono::TimeDelta;

use serde_json::{Map, Value};

use super::Result;
use crate::{
    Context,
    model::Job,
    storage::{Change, Changes, Expect, StorageError},
};

/// How long a worker has for a job, in seconds, before another one takes it.
const LEASE: i64 = 300;

/// How many jobs are looked at for one that nobody else takes.
const LOOK_AT: u32 = 8;

/// How a job ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It is done, or there is nothing left to do.
    Done,
    /// A part of it is to be written, with where to go on, which is the new payload: both in one commit, so that
    /// no part is lost or done twice. The job is due again at once, after those that are due longer.
    Part(Changes, Map<String, Value>),
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
    async fn perform(&self, ctx: &Context, job: &Job) -> Outcome;
}

/// Does one job that is due; `false` if there is none.
pub async fn next(ctx: &Context, worker: &dyn Worker) -> Result<bool> {
    let due = ctx
        .storage()
        .list_due_jobs(worker.queue(), ctx.now(), LOOK_AT)
        .await?;
    for job in due {
        if let Some(job) = take(ctx, job).await? {
            let outcome = worker.perform(ctx, &job).await;
            finish(ctx, worker, job, outcome).await?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Does all that is due, until nothing is; returns how much that was.
pub async fn settle(ctx: &Context, worker: &dyn Worker) -> Result<usize> {
    let mut done = 0;
    while next(ctx, worker).await? {
        done += 1;
    }
    Ok(done)
}

/// Takes a job, unless someone else did.
async fn take(ctx: &Context, job: Job) -> Result<Option<Job>> {
    let expect = Expect::Version(job.version);
    let mut job = Job {
        due: ctx.now() + TimeDelta::seconds(LEASE),
        attempts: job.attempts.saturating_add(1),
        ..job
    };
    let change = Change::PutJob {
        job: job.clone(),
        expect,
    };
    if !won(ctx.storage().commit(vec![change]).await)? {
        return Ok(None);
    }
    job.version += 1;
    Ok(Some(job))
}

async fn finish(ctx: &Context, worker: &dyn Worker, job: Job, outcome: Outcome) -> Result<()> {
    let tries = usize::try_from(job.attempts).unwrap_or(usize::MAX);
    let wait = worker.retry_after(ctx).get(tries.saturating_sub(1));
    let mut changes = Changes::new();
    let change = match (outcome, wait) {
        (Outcome::Part(part, payload), _) => {
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
        (Outcome::Retry(reason), Some(wait)) => {
            tracing::info!(job = job.id, reason, wait, "a job is tried again later");
            Change::PutJob {
                expect: Expect::Version(job.version),
                job: Job {
                    due: ctx.now() + TimeDelta::seconds(*wait),
                    ..job
                },
            }
        }
        (outcome, _) => {
            if let Outcome::Retry(reason) | Outcome::Fail(reason) = outcome {
                tracing::warn!(job = job.id, reason, tries, "a job is given up");
            }
            Change::RemoveJob {
                id: job.id,
                version: job.version,
            }
        }
    };
    changes.push(change);
    // Who put it in again meanwhile wants it done again.
    won(ctx.storage().commit(changes).await).map(drop)
}

/// Whether a commit went through, or someone else was quicker.
fn won(committed: crate::storage::Result<()>) -> Result<bool> {
    match committed {
        Ok(()) => Ok(true),
        Err(StorageError::Conflict(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
