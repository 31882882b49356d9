//! Poolers that give each transaction another session, as `PgBouncer` does with
//! `pool_mode = transaction`. Settings of a session, and all that is listened to and
//! prepared in it, would be another client's the next moment.

use async_trait::async_trait;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, Row, postgres::PgConnectOptions};

use crate::storage::{Result, StorageError};

/// How often it is tried: other clients of the pooler may take the sessions in between.
const ROUNDS: usize = 3;

const REFUSAL: &str = "\
    the connections go through a pooler that gives each transaction another session (PgBouncer \
    with 'pool_mode = transaction' or 'statement'): set 'pool_mode = session' for this database \
    there, or connect to PostgreSQL itself";

/// A session, as far as the other end shows which one it is.
#[async_trait]
trait Session {
    /// The number of the server process, outside of transactions.
    async fn process(&mut self) -> sqlx::Result<i32>;

    /// Begins a transaction; the number of its server process.
    async fn begin(&mut self) -> sqlx::Result<i32>;

    /// Ends the transaction.
    async fn end(&mut self) -> sqlx::Result<()>;
}

/// Texts are sent in the simple protocol, since what is prepared may be gone.
#[async_trait]
impl Session for PgConnection {
    async fn process(&mut self) -> sqlx::Result<i32> {
        let row = self.fetch_one("SELECT pg_backend_pid()").await?;
        row.try_get(0)
    }

    async fn begin(&mut self) -> sqlx::Result<i32> {
        self.execute("BEGIN").await?;
        self.process().await
    }

    async fn end(&mut self) -> sqlx::Result<()> {
        self.execute("ROLLBACK").await.map(drop)
    }
}

/// Refuses a pooler of that kind. The connection is one of those that are made with these options.
pub(super) async fn refuse(
    connection: &mut PgConnection,
    options: &PgConnectOptions,
) -> Result<()> {
    let mut other = options.connect().await?;
    let share = share_sessions(connection, &mut other).await?;
    other.close().await?;
    if share {
        return Err(StorageError::Backend(REFUSAL.into()));
    }
    Ok(())
}

/// Whether two connections have no sessions of their own: one changes its process from one
/// statement to the next, or the other gets the same, or takes it away.
async fn share_sessions(one: &mut impl Session, other: &mut impl Session) -> sqlx::Result<bool> {
    for _ in 0..ROUNDS {
        let process = one.process().await?;
        if one.process().await? != process {
            return Ok(true);
        }
        let held = other.begin().await?;
        // With a pool of one there would be none left to ask.
        let shared = held == process || one.process().await? != process;
        other.end().await?;
        if shared {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use std::{
        collections::VecDeque,
        sync::{Arc, Mutex},
    };

    use super::*;

    /// A connection to a pool of idle processes, which a statement takes from the front.
    struct Pooled {
        idle: Arc<Mutex<VecDeque<i32>>>,
        /// Where a process goes that is given back: to the front, or to the end.
        last_first: bool,
        held: Option<i32>,
    }

    impl Pooled {
        fn take(&self) -> i32 {
            self.idle
                .lock()
                .unwrap()
                .pop_front()
                .expect("a process is left")
        }

        fn give_back(&self, process: i32) {
            let mut idle = self.idle.lock().unwrap();
            if self.last_first {
                idle.push_front(process);
            } else {
                idle.push_back(process);
            }
        }
    }

    #[async_trait]
    impl Session for Pooled {
        async fn process(&mut self) -> sqlx::Result<i32> {
            let process = self.take();
            self.give_back(process);
            Ok(process)
        }

        async fn begin(&mut self) -> sqlx::Result<i32> {
            let process = self.take();
            self.held = Some(process);
            Ok(process)
        }

        async fn end(&mut self) -> sqlx::Result<()> {
            if let Some(process) = self.held.take() {
                self.give_back(process);
            }
            Ok(())
        }
    }

    #[tokio::test]
    async fn pooled_sessions_are_found_however_they_are_dealt() {
        for size in 1..5 {
            for last_first in [true, false] {
                let idle = Arc::new(Mutex::new((0..size).collect()));
                let [mut one, mut other] = [(); 2].map(|()| Pooled {
                    idle: Arc::clone(&idle),
                    last_first,
                    held: None,
                });
                let shared = share_sessions(&mut one, &mut other).await.unwrap();
                assert!(shared, "{size} sessions, the last first: {last_first}");
            }
        }
    }

    #[tokio::test]
    async fn own_sessions_are_not_taken_for_pooled_ones() {
        let [mut one, mut other] = [1, 2].map(|process| Pooled {
            idle: Arc::new(Mutex::new(VecDeque::from([process]))),
            last_first: true,
            held: None,
        });
        assert!(!share_sessions(&mut one, &mut other).await.unwrap());
    }
}
