//! The one writer. It takes all the work that waits and does it in one transaction, so that a disk
//! wait is shared by all who wait for it; each piece of work succeeds or fails by itself.

use sqlx::{Connection, SqliteConnection, sqlite::SqliteSynchronous};
use tokio::sync::{mpsc, oneshot};

use super::{commit::apply, credentials};
use crate::storage::{Changes, Result, StorageError};

/// The most pieces of work in one transaction.
const BATCH: usize = 256;

/// How many may wait before those who come have to wait to wait.
const WAITING: usize = 1024;

/// A handle on the writer.
#[derive(Debug)]
pub(super) struct Writer(mpsc::Sender<Job>);

/// A piece of work, and whom to answer.
struct Job {
    work: Work,
    answer: oneshot::Sender<Result<bool>>,
}

/// What can be asked for.
pub(super) enum Work {
    /// Changes, to be durable when answered.
    Commit(Changes),
    /// A nonce, by timestamp and digest; answered with whether it is new.
    Nonce(i64, Vec<u8>),
    /// To forget what is older.
    Forget(i64),
    /// To end, after all that came before.
    Close,
}

impl Writer {
    /// Starts the writer, on the runtime this is called from. It ends with the last handle.
    pub(super) fn start(connection: SqliteConnection, durable: SqliteSynchronous) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        let desk = Desk {
            connection,
            durable,
            current: durable,
        };
        tokio::spawn(desk.work(receiver));
        Self(sender)
    }

    /// Has a piece of work done.
    pub(super) async fn ask(&self, work: Work) -> Result<bool> {
        let (answer, answered) = oneshot::channel();
        let gone = || StorageError::Unavailable("the store was closed".into());
        let sent = self.0.send(Job { work, answer }).await;
        sent.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

/// Takes out the wish to close, if there is one. What came together with it is still done.
fn take_close(jobs: &mut Vec<Job>) -> Option<Job> {
    let at = jobs
        .iter()
        .position(|job| matches!(job.work, Work::Close))?;
    Some(jobs.remove(at))
}

/// Where the writer works.
struct Desk {
    connection: SqliteConnection,
    durable: SqliteSynchronous,
    current: SqliteSynchronous,
}

impl Desk {
    async fn work(mut self, mut receiver: mpsc::Receiver<Job>) {
        let mut jobs = Vec::new();
        let mut last = None;
        while last.is_none() && receiver.recv_many(&mut jobs, BATCH).await > 0 {
            last = take_close(&mut jobs);
            let (commits, light): (Vec<Job>, Vec<Job>) = jobs
                .drain(..)
                .partition(|job| matches!(job.work, Work::Commit(_)));
            // In the write-ahead log and not synced: it outlives the process, without a disk wait.
            let light_mode = match self.durable {
                SqliteSynchronous::Off => SqliteSynchronous::Off,
                _ => SqliteSynchronous::Normal,
            };
            self.batch(light, light_mode).await;
            self.batch(commits, self.durable).await;
        }
        // The last connection to close brings the log home into the file.
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "the store was not closed cleanly");
        }
        if let Some(last) = last {
            // Who does not wait any more needs no answer.
            let _ = last.answer.send(Ok(true));
        }
    }

    /// Does jobs in one transaction, and answers them when it is through.
    async fn batch(&mut self, jobs: Vec<Job>, mode: SqliteSynchronous) {
        if jobs.is_empty() {
            return;
        }
        let (works, answers): (Vec<Work>, Vec<_>) =
            jobs.into_iter().map(|job| (job.work, job.answer)).unzip();
        let done = match self.transact(works, mode).await {
            Ok(done) => done,
            Err(error) => {
                // Perhaps SQLite has ended the transaction by itself; then there is nothing to undo.
                let _ = self.execute("ROLLBACK").await;
                let message = error.to_string();
                let failure = || StorageError::Unavailable(message.clone().into());
                answers.iter().map(|_| Err(failure())).collect()
            }
        };
        for (answer, result) in answers.into_iter().zip(done) {
            // Who does not wait any more needs no answer.
            let _ = answer.send(result);
        }
    }

    /// Does all of it or, on an error of the database itself, nothing. Of the parts some may fail.
    async fn transact(
        &mut self,
        works: Vec<Work>,
        mode: SqliteSynchronous,
    ) -> sqlx::Result<Vec<Result<bool>>> {
        if self.current != mode {
            self.execute(match mode {
                SqliteSynchronous::Off => "PRAGMA synchronous = OFF",
                SqliteSynchronous::Normal => "PRAGMA synchronous = NORMAL",
                SqliteSynchronous::Full => "PRAGMA synchronous = FULL",
                SqliteSynchronous::Extra => "PRAGMA synchronous = EXTRA",
            })
            .await?;
            self.current = mode;
        }
        self.execute("BEGIN IMMEDIATE").await?;
        let mut done = Vec::with_capacity(works.len());
        for work in works {
            self.execute("SAVEPOINT part").await?;
            let result = self.part(work).await;
            if result.is_err() {
                self.execute("ROLLBACK TO part").await?;
            }
            self.execute("RELEASE part").await?;
            done.push(result);
        }
        self.execute("COMMIT").await?;
        Ok(done)
    }

    async fn part(&mut self, work: Work) -> Result<bool> {
        match work {
            Work::Commit(changes) => {
                for change in changes {
                    apply(&mut self.connection, change).await?;
                }
                Ok(true)
            }
            Work::Nonce(timestamp, digest) => {
                credentials::use_nonce(&mut self.connection, timestamp, &digest).await
            }
            Work::Forget(timestamp) => {
                credentials::forget(&mut self.connection, timestamp).await?;
                Ok(true)
            }
            // Taken out before; nothing is to be done for it here.
            Work::Close => Ok(true),
        }
    }

    async fn execute(&mut self, statement: &'static str) -> sqlx::Result<()> {
        sqlx::query(statement)
            .execute(&mut self.connection)
            .await
            .map(drop)
    }
}
