//! Posts that wait are written together: a transaction takes as many commits as there are, so that their statements,
//! their locks and their disk wait are shared. Each succeeds or fails by itself.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::{commit::write, connections::Connections, ledger::Ledger};
use crate::storage::{Change, Changes, Expect, Result, StorageError};

/// The most commits in one transaction.
const BATCH: usize = 64;

/// How many may wait before those who come have to wait to wait.
const WAITING: usize = 1024;

/// The most changes, and the most persons of a delivery, of a commit that is written with others.
const FEW: usize = 64;

/// Where commits are handed in.
#[derive(Clone, Debug)]
pub(super) struct Desk(mpsc::Sender<Order>);

/// A commit, and whom to answer.
#[derive(Debug)]
struct Order {
    changes: Changes,
    answer: oneshot::Sender<Result<()>>,
}

/// Whether a commit takes so little that others can wait for it.
pub(super) fn is_light(changes: &[Change]) -> bool {
    let light = |change: &Change| match change {
        Change::PutObject { expect, .. } => *expect == Expect::Absent,
        Change::Deliver(delivery) => delivery.direct.len() + delivery.persons.len() <= FEW,
        Change::Push { .. } | Change::Pull { .. } | Change::PutJob { .. } => true,
        _ => false,
    };
    changes.len() <= FEW && changes.iter().all(light)
}

impl Desk {
    /// Begins to write, on the runtime this is called from. It ends with the last handle.
    pub(super) fn start(pool: &Connections, ledger: &Arc<Ledger>) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::spawn(work(pool.clone(), Arc::clone(ledger), receiver));
        Self(sender)
    }

    /// Has a commit written.
    pub(super) async fn ask(&self, changes: Changes) -> Result<()> {
        let (answer, answered) = oneshot::channel();
        let gone = || StorageError::Unavailable("the store was closed".into());
        let sent = self.0.send(Order { changes, answer }).await;
        sent.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

/// Writes one batch after the other. Two at once would take their commits from each other, and wait for each other's
/// inboxes.
async fn work(pool: Connections, ledger: Arc<Ledger>, mut orders: mpsc::Receiver<Order>) {
    let mut batch = Vec::new();
    while orders.recv_many(&mut batch, BATCH).await > 0 {
        let commits: Vec<&Changes> = batch.iter().map(|order| &order.changes).collect();
        let all: Vec<&Change> = commits.iter().copied().flatten().collect();
        let done = match write(&pool, &ledger, &all).await {
            Ok(()) => commits.iter().map(|_| Ok(())).collect(),
            Err(error) => apart(&pool, &ledger, &commits, error).await,
        };
        for (order, result) in batch.drain(..).zip(done) {
            // Who does not wait any more needs no answer.
            let _ = order.answer.send(result);
        }
    }
}

/// What becomes of each commit when they could not be written together. If the database was lost it may have done
/// all of it, so nothing is tried again.
async fn apart(
    pool: &Connections,
    ledger: &Ledger,
    batch: &[&Changes],
    error: StorageError,
) -> Vec<Result<()>> {
    let mut done = Vec::with_capacity(batch.len());
    match (batch, error) {
        ([_], error) => done.push(Err(error)),
        (_, StorageError::Unavailable(cause)) => {
            let cause = cause.to_string();
            let failure = || StorageError::Unavailable(cause.clone().into());
            done.extend(batch.iter().map(|_| Err(failure())));
        }
        _ => {
            for changes in batch {
                done.push(write(pool, ledger, &changes.iter().collect::<Vec<_>>()).await);
            }
        }
    }
    done
}
