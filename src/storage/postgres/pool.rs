//! The connections to the database.
//!
//! Not a pool of sqlx: that asks a connection whether it is well whenever it comes back, which
//! takes as long as most reads. Here it is asked when there is reason to doubt it: its last
//! statement was given up or failed, or it was idle for a while.

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

use super::{ACQUIRE_TIMEOUT, SESSION_SQL, error};
use crate::storage::StorageError;

/// Idle time after which a connection is pinged before use.
const PING_AFTER_IDLE: Duration = Duration::from_secs(1);

/// Idle timeout, and maximum lifetime.
const IDLE_TIMEOUT: Duration = Duration::from_mins(10);
const MAX_LIFETIME: Duration = Duration::from_mins(30);

/// Delay before connecting again to a database that is starting or full.
const RETRY_INTERVAL: Duration = Duration::from_millis(100);

/// So many connections, which are made when they are needed and kept. A reference to them executes
/// statements, each on whichever is free.
#[derive(Clone, Debug)]
pub(super) struct ConnectionPool {
    permits: Arc<Semaphore>,
    inner: Arc<PoolInner>,
    count: u32,
}

/// Idle connections.
#[derive(Debug)]
struct PoolInner {
    options: PgConnectOptions,
    /// The most recently used connection is reused first, so that surplus ones expire.
    idle: Mutex<Vec<IdleConnection>>,
}

#[derive(Debug)]
struct IdleConnection {
    connection: PgConnection,
    created_at: Instant,
    idle_since: Instant,
}

/// A connection in use.
pub(super) struct PooledConnection {
    pool: Arc<PoolInner>,
    connection: Option<PgConnection>,
    created_at: Instant,
    permit: Option<OwnedSemaphorePermit>,
}

impl ConnectionPool {
    /// Creates the pool without connecting.
    pub(super) fn new(options: PgConnectOptions, count: u32) -> Self {
        let idle = Mutex::default();
        Self {
            permits: Arc::new(Semaphore::new(count as usize)),
            inner: Arc::new(PoolInner { options, idle }),
            count,
        }
    }

    /// How they are made.
    pub(super) fn options(&self) -> &PgConnectOptions {
        &self.inner.options
    }

    /// Whether they were closed.
    pub(super) fn is_closed(&self) -> bool {
        self.permits.is_closed()
    }

    /// Waits for what was asked for, and lets go of the database. Later calls fail.
    pub(super) async fn close(&self) {
        let Ok(_all) = self.permits.acquire_many(self.count).await else {
            return;
        };
        self.permits.close();
        let idle = std::mem::take(&mut *self.inner.idle());
        for IdleConnection { connection, .. } in idle {
            // In vain or not: nothing is lost with it.
            let _ = timeout(ACQUIRE_TIMEOUT, connection.close()).await;
        }
    }

    /// Hands each row that a query finds on, one after the other, so that no more than one is held.
    pub(super) async fn each(
        &self,
        query: Query<'_, Postgres, PgArguments>,
        mut take: impl FnMut(&PgRow) -> Result<(), StorageError> + Send,
    ) -> Result<(), StorageError> {
        let mut taken = self.acquire().await.map_err(error::map_error)?;
        let connection = taken.connection().map_err(error::map_error)?;
        let mut rows = query.fetch(connection);
        while let Some(row) = rows.try_next().await.map_err(error::map_error)? {
            take(&row)?;
        }
        drop(rows);
        taken.release();
        Ok(())
    }

    /// Acquires a connection exclusively until it is dropped.
    pub(super) async fn acquire(&self) -> Result<PooledConnection> {
        let taken = timeout(ACQUIRE_TIMEOUT, async {
            let turn = Arc::clone(&self.permits).acquire_owned().await;
            let turn = turn.map_err(|_| Error::PoolClosed)?;
            let (connection, made) = self.inner.connection().await?;
            Ok(PooledConnection {
                pool: Arc::clone(&self.inner),
                connection: Some(connection),
                created_at: made,
                permit: Some(turn),
            })
        });
        taken.await.unwrap_or(Err(Error::PoolTimedOut))
    }
}

impl PoolInner {
    /// One that is well, with the time at which it was made.
    async fn connection(&self) -> Result<(PgConnection, Instant)> {
        loop {
            let Some(mut idle) = self.idle().pop() else {
                return Ok((self.connect().await?, Instant::now()));
            };
            if idle.idle_since.elapsed() < PING_AFTER_IDLE || idle.connection.ping().await.is_ok() {
                return Ok((idle.connection, idle.created_at));
            }
        }
    }

    async fn connect(&self) -> Result<PgConnection> {
        loop {
            let connected = async {
                let mut connection = self.options.connect().await?;
                connection.execute(SESSION_SQL).await?;
                Ok(connection)
            };
            match connected.await {
                Err(Error::Io(error)) if error.kind() == ErrorKind::ConnectionRefused => {}
                Err(error) if error::is_not_ready(&error) => {}
                outcome => return outcome,
            }
            sleep(RETRY_INTERVAL).await;
        }
    }

    /// Returns a good connection to the pool.
    fn put_back(&self, connection: PgConnection, made: Instant) {
        if made.elapsed() >= MAX_LIFETIME {
            return;
        }
        let since = Instant::now();
        let mut all = self.idle();
        // Those that are let go close when they are dropped.
        all.retain(|idle| idle.idle_since.elapsed() < IDLE_TIMEOUT);
        all.push(IdleConnection {
            connection,
            created_at: made,
            idle_since: since,
        });
    }

    fn idle(&self) -> MutexGuard<'_, Vec<IdleConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PooledConnection {
    /// The connection.
    pub(super) fn connection(&mut self) -> Result<&mut PgConnection> {
        self.connection.as_mut().ok_or(Error::PoolClosed)
    }

    /// Returns it to the pool, outside of a transaction and in good state.
    pub(super) fn release(mut self) {
        if let Some(connection) = self.connection.take() {
            self.pool.put_back(connection, self.created_at);
        }
    }
}

/// One that was not given back is asked how it is, which also ends what it was doing; nobody waits
/// for that but who would be next.
impl Drop for PooledConnection {
    fn drop(&mut self) {
        let (Some(mut connection), Ok(runtime)) = (self.connection.take(), Handle::try_current())
        else {
            return;
        };
        let (home, made, turn) = (Arc::clone(&self.pool), self.created_at, self.permit.take());
        runtime.spawn(async move {
            if let Ok(Ok(())) = timeout(ACQUIRE_TIMEOUT, connection.ping()).await {
                home.put_back(connection, made);
            }
            drop(turn);
        });
    }
}

impl<'c> Executor<'c> for &'c ConnectionPool {
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
            let mut taken = self.acquire().await?;
            let rows = taken.connection()?.fetch_many(query);
            let rows: Vec<_> = rows.try_collect().await?;
            taken.release();
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
            let mut taken = self.acquire().await?;
            let row = taken.connection()?.fetch_optional(query).await?;
            taken.release();
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
            let mut taken = self.acquire().await?;
            let statement = taken.connection()?.prepare_with(sql, parameters).await?;
            taken.release();
            Ok(statement)
        }
        .boxed()
    }

    fn describe<'e, 'q: 'e>(self, sql: &'q str) -> BoxFuture<'e, Result<Describe<Postgres>>>
    where
        'c: 'e,
    {
        async move {
            let mut taken = self.acquire().await?;
            let described = taken.connection()?.describe(sql).await?;
            taken.release();
            Ok(described)
        }
        .boxed()
    }
}
