//! Posts that wait are written together, and so are settlements of leases. A transaction takes as
//! many commits as there are, so that their statements, their locks and their disk wait are shared.
//! Each succeeds or fails by itself.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{driver::Server, invalidation_log::InvalidationLog, transaction::write_changes};
use crate::storage::{
    Change, Changes, Expect, Result, StorageError,
    sql::{
        pool::Pool,
        request::{Reply, describe, reply, request},
    },
};

/// Maximum commits in one transaction.
const MAX_BATCH_SIZE: usize = 64;

/// Channel capacity; senders block when it is full.
const CHANNEL_CAPACITY: usize = 1024;

/// Maximum changes, and maximum persons of a delivery, of a commit that is batched.
const MAX_BATCHABLE_CHANGES: usize = 64;

/// Handle for submitting commits.
#[derive(Clone, Debug)]
pub(super) struct CommitBatcher(mpsc::Sender<PendingCommit>);

/// A commit with the channel for its result.
#[derive(Debug)]
struct PendingCommit {
    changes: Changes,
    reply: Reply<Result<()>>,
}

/// Returns whether a commit is small enough for a batch.
pub(super) fn is_batchable(changes: &[Change]) -> bool {
    let is_small = |change: &Change| match change {
        Change::PutObject { expect, .. } => *expect == Expect::Absent,
        Change::Deliver(delivery) => {
            delivery.direct.len() + delivery.persons.len() <= MAX_BATCHABLE_CHANGES
        }
        Change::Push { .. }
        | Change::RemoveItem { .. }
        | Change::PassOn(_)
        | Change::PutRemoteAccount(_)
        | Change::PutJob { .. } => true,
        _ => false,
    };
    changes.len() <= MAX_BATCHABLE_CHANGES && changes.iter().all(is_small)
}

/// Returns whether a commit settles a lease of a host. Such commits have a batcher of their own:
/// posts among them would not be inserted in bulk. One by one they would take all connections.
pub(super) fn is_settlement(changes: &[Change]) -> bool {
    let settles = |change: &Change| matches!(change, Change::SettleHost(_));
    let is_of_lease =
        |change: &Change| settles(change) || matches!(change, Change::PutRemoteAccount(_));
    changes.iter().any(settles) && changes.iter().all(is_of_lease)
}

impl CommitBatcher {
    /// Starts the task on the current runtime. It ends with the last handle.
    pub(super) fn start(pool: &Pool<Server>, log: &Arc<InvalidationLog>) -> Self {
        let (sender, receiver) = mpsc::channel(CHANNEL_CAPACITY);
        tokio::spawn(run(pool.clone(), Arc::clone(log), receiver));
        Self(sender)
    }

    /// Submits a commit and waits for its result.
    pub(super) async fn submit(&self, changes: Changes) -> Result<()> {
        request(&self.0, |reply| PendingCommit { changes, reply }).await?
    }
}

/// Writes one batch after the other. Two at once would be smaller each, and wait for each other's
/// inboxes.
async fn run(
    pool: Pool<Server>,
    log: Arc<InvalidationLog>,
    mut commits: mpsc::Receiver<PendingCommit>,
) {
    let mut batch = Vec::new();
    while commits.recv_many(&mut batch, MAX_BATCH_SIZE).await > 0 {
        let commits: Vec<&Changes> = batch.iter().map(|commit| &commit.changes).collect();
        let all: Vec<&Change> = commits.iter().copied().flatten().collect();
        let done = match write_changes(&pool, &log, &all).await {
            Ok(()) => commits.iter().map(|_| Ok(())).collect(),
            Err(error) => commit_individually(&pool, &log, &commits, error).await,
        };
        for (commit, result) in batch.drain(..).zip(done) {
            reply(commit.reply, result);
        }
    }
}

/// Applies commits one by one after the batch failed. If the database was lost it may have done all
/// of it, so nothing is tried again.
async fn commit_individually(
    pool: &Pool<Server>,
    log: &InvalidationLog,
    batch: &[&Changes],
    error: StorageError,
) -> Vec<Result<()>> {
    let mut done = Vec::with_capacity(batch.len());
    match (batch, error) {
        ([_], error) => done.push(Err(error)),
        (_, error @ StorageError::Unavailable(_)) => {
            let cause = describe(&error);
            let failure = || StorageError::Unavailable(cause.clone().into());
            done.extend(batch.iter().map(|_| Err(failure())));
        }
        _ => {
            for changes in batch {
                done.push(write_changes(pool, log, &changes.iter().collect::<Vec<_>>()).await);
            }
        }
    }
    done
}
