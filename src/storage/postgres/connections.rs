//! The connections to the database.
//!
//! Not a pool of sqlx: that asks a connection whether it is well whenever it comes back, which takes as long as most
//! reads. Here it is asked when there is reason to doubt it: its last statement was given up or failed, or
//! it was idle for a while.

use std::{
    io::ErrorKind,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{
    FutureExt, StreamExt, TryStreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use sqlx::{
    ConnectOptions, Connection, Describe, Either, Error, Execute, Executor, PgConnection, Postgres,
    Result,
    postgres::{PgArguments, PgConnectOptions, PgQueryResult, PgRow, PgStatement, PgTypeInfo},
    query::Query,
};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep, timeout},
};

use super::{PATIENCE, SESSION, error};
use crate::storage::StorageError;

/// How long a connection may have been idle and still be taken for well.
const FRESH: Duration = Duration::from_secs(1);

/// How long one is kept that nobody needs, and how long any is kept.
const IDLE: Duration = Duration::from_mins(10);
const OLD: Duration = Duration::from_mins(30);

/// How long to wait for a database that is about to start or has no connection left, before it is tried again.
const BETWEEN: Duration = Duration::from_millis(100);

/// So many connections, which are made when they are needed and kept. A reference to them executes statements, each on
/// whichever is free.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    turns: Arc<Semaphore>,
    home: Arc<Home>,
    count: u32,
}

/// Where connections are that nobody uses.
#[derive(Debug)]
struct Home {
    options: PgConnectOptions,
    /// Whose turn comes takes the last one, so that those that are too many grow old at the other end.
    idle: Mutex<Vec<Idle>>,
}

#[derive(Debug)]
struct Idle {
    connection: PgConnection,
    made: Instant,
    since: Instant,
}

/// A connection that is in use.
pub(super) struct Taken {
    home: Arc<Home>,
    connection: Option<PgConnection>,
    made: Instant,
    turn: Option<OwnedSemaphorePermit>,
}

impl Connections {
    /// Connects to nothing yet.
    pub(super) fn new(options: PgConnectOptions, count: u32) -> Self {
        let idle = Mutex::default();
        Self {
            turns: Arc::new(Semaphore::new(count as usize)),
            home: Arc::new(Home { options, idle }),
            count,
        }
    }

    /// How they are made.
    pub(super) fn options(&self) -> &PgConnectOptions {
        &self.home.options
    }

    /// Whether they were closed.
    pub(super) fn are_closed(&self) -> bool {
        self.turns.is_closed()
    }

    /// Waits for what was asked for, and lets go of the database. What is asked later fails.
    pub(super) async fn close(&self) {
        let Ok(_all) = self.turns.acquire_many(self.count).await else {
            return;
        };
        self.turns.close();
        let idle = std::mem::take(&mut *self.home.idle());
        for Idle { connection, .. } in idle {
            // In vain or not: nothing is lost with it.
            let _ = timeout(PATIENCE, connection.close()).await;
        }
    }

    /// Hands each row that a query finds on, one after the other, so that no more than one is held.
    pub(super) async fn each(
        &self,
        query: Query<'_, Postgres, PgArguments>,
        mut take: impl FnMut(&PgRow) -> Result<(), StorageError> + Send,
    ) -> Result<(), StorageError> {
        let mut taken = self.take().await.map_err(error::failed)?;
        let connection = taken.connection().map_err(error::failed)?;
        let mut rows = query.fetch(connection);
        while let Some(row) = rows.try_next().await.map_err(error::failed)? {
            take(&row)?;
        }
        drop(rows);
        taken.give_back();
        Ok(())
    }

    /// Takes one, and nobody else has it until it is dropped.
    pub(super) async fn take(&self) -> Result<Taken> {
        let taken = timeout(PATIENCE, async {
            let turn = Arc::clone(&self.turns).acquire_owned().await;
            let turn = turn.map_err(|_| Error::PoolClosed)?;
            let (connection, made) = self.home.connection().await?;
            Ok(Taken {
                home: Arc::clone(&self.home),
                connection: Some(connection),
                made,
                turn: Some(turn),
            })
        });
        taken.await.unwrap_or(Err(Error::PoolTimedOut))
    }
}

impl Home {
    /// One that is well, with the time at which it was made.
    async fn connection(&self) -> Result<(PgConnection, Instant)> {
        loop {
            let Some(mut idle) = self.idle().pop() else {
                return Ok((self.connect().await?, Instant::now()));
            };
            if idle.since.elapsed() < FRESH || idle.connection.ping().await.is_ok() {
                return Ok((idle.connection, idle.made));
            }
        }
    }

    async fn connect(&self) -> Result<PgConnection> {
        loop {
            let connected = async {
                let mut connection = self.options.connect().await?;
                connection.execute(SESSION).await?;
                Ok(connection)
            };
            match connected.await {
                Err(Error::Io(error)) if error.kind() == ErrorKind::ConnectionRefused => {}
                Err(error) if error::is_not_ready(&error) => {}
                outcome => return outcome,
            }
            sleep(BETWEEN).await;
        }
    }

    /// Takes one back that is well.
    fn keep(&self, connection: PgConnection, made: Instant) {
        if made.elapsed() >= OLD {
            return;
        }
        let since = Instant::now();
        let mut all = self.idle();
        // Those that are let go close when they are dropped.
        all.retain(|idle| idle.since.elapsed() < IDLE);
        all.push(Idle {
            connection,
            made,
            since,
        });
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// The connection.
    pub(super) fn connection(&mut self) -> Result<&mut PgConnection> {
        self.connection.as_mut().ok_or(Error::PoolClosed)
    }

    /// Gives it back, in no transaction, after all that was done with it went well.
    pub(super) fn give_back(mut self) {
        if let Some(connection) = self.connection.take() {
            self.home.keep(connection, self.made);
        }
    }
}

/// One that was not given back is asked how it is, which also ends what it was doing; nobody waits for that but
/// who would be next.
impl Drop for Taken {
    fn drop(&mut self) {
        let (Some(mut connection), Ok(runtime)) = (self.connection.take(), Handle::try_current())
        else {
            return;
        };
        let (home, made, turn) = (Arc::clone(&self.home), self.made, self.turn.take());
        runtime.spawn(async move {
            if let Ok(Ok(())) = timeout(PATIENCE, connection.ping()).await {
                home.keep(connection, made);
            }
            drop(turn);
        });
    }
}

impl<'c> Executor<'c> for &'c Connections {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, Result<Either<PgQueryResult, PgRow>>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let all = async move {
            let mut taken = self.take().await?;
            let rows = taken.connection()?.fetch_many(query);
            let rows: Vec<_> = rows.try_collect().await?;
            taken.give_back();
            Ok::<_, Error>(stream::iter(rows.into_iter().map(Ok)))
        };
        stream::once(all).try_flatten().boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        async move {
            let mut taken = self.take().await?;
            let row = taken.connection()?.fetch_optional(query).await?;
            taken.give_back();
            Ok(row)
        }
        .boxed()
    }

    fn prepare_with<'e, 'q: 'e>(
        self,
        sql: &'q str,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, Result<PgStatement<'q>>>
    where
        'c: 'e,
    {
        async move {
            let mut taken = self.take().await?;
            let statement = taken.connection()?.prepare_with(sql, parameters).await?;
            taken.give_back();
            Ok(statement)
        }
        .boxed()
    }

    fn describe<'e, 'q: 'e>(self, sql: &'q str) -> BoxFuture<'e, Result<Describe<Postgres>>>
    where
        'c: 'e,
    {
        async move {
            let mut taken = self.take().await?;
            let described = taken.connection()?.describe(sql).await?;
            taken.give_back();
            Ok(described)
        }
        .boxed()
    }
}
