//! Pool of connections to either database.
//!
//! Not a pool of sqlx: that pings a connection whenever it comes back, which takes as long as most
//! reads. A file is always well. A server is pinged when there is reason to doubt a connection: its
//! last statement was given up or failed, or it was idle for a while.

use std::{fmt::Debug, sync::Arc, time::Duration};

use parking_lot::Mutex;
use sqlx::Error;
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};

use super::driver::{Argument, Column, SqlConnection};
use crate::storage::Result;

/// Timeout of acquiring a connection to a server.
pub(crate) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Idle time after which a connection to a server is pinged before use.
const PING_AFTER_IDLE: Duration = Duration::from_secs(1);

/// Idle timeout, and maximum lifetime, of a connection to a server.
const IDLE_TIMEOUT: Duration = Duration::from_mins(10);
const MAX_LIFETIME: Duration = Duration::from_mins(30);

/// Way to make a connection.
pub(crate) trait Connector: Debug + Send + Sync + 'static {
    /// Whether connections may break: then they are pinged, expire, and are waited for with a
    /// timeout.
    const IS_REMOTE: bool;

    type Connection: SqlConnection + sqlx::Connection + Debug + 'static;

    /// Makes one.
    fn connect(&self) -> impl Future<Output = sqlx::Result<Self::Connection>> + Send;
}

/// Rows of a connector's connections.
pub(crate) type RowOf<C> = <<C as Connector>::Connection as SqlConnection>::Row;

/// So many connections, which are made when they are needed and kept.
#[derive(Debug)]
pub(crate) struct Pool<C: Connector> {
    permits: Arc<Semaphore>,
    inner: Arc<PoolInner<C>>,
    count: u32,
}

#[derive(Debug)]
struct PoolInner<C: Connector> {
    connector: C,
    /// The most recently used connection is reused first, so that surplus ones expire.
    idle: Mutex<Vec<IdleConnection<C::Connection>>>,
}

#[derive(Debug)]
struct IdleConnection<T> {
    connection: T,
    created_at: Instant,
    idle_since: Instant,
}

/// A connection in use.
pub(crate) struct PooledConnection<C: Connector> {
    pool: Arc<PoolInner<C>>,
    connection: Option<C::Connection>,
    created_at: Instant,
    permit: Option<OwnedSemaphorePermit>,
}

impl<C: Connector> Pool<C> {
    /// Creates the pool without connecting.
    pub(crate) fn new(connector: C, count: u32) -> Self {
        let idle = Mutex::default();
        Self {
            permits: Arc::new(Semaphore::new(count as usize)),
            inner: Arc::new(PoolInner { connector, idle }),
            count,
        }
    }

    /// Returns how connections are made.
    #[cfg(feature = "postgres")]
    pub(crate) fn connector(&self) -> &C {
        &self.inner.connector
    }

    /// Returns whether the pool was closed.
    #[cfg(feature = "postgres")]
    pub(crate) fn is_closed(&self) -> bool {
        self.permits.is_closed()
    }

    /// Returns how many connections are in use, and how many there may be.
    pub(crate) fn usage(&self) -> (u32, u32) {
        let free = u32::try_from(self.permits.available_permits()).unwrap_or(u32::MAX);
        (self.count.saturating_sub(free), self.count)
    }

    /// Waits for what was asked for, and closes the connections. Later calls fail.
    pub(crate) async fn close(&self) {
        let Ok(_all) = self.permits.acquire_many(self.count).await else {
            return;
        };
        self.permits.close();
        let idle = std::mem::take(&mut *self.inner.idle.lock());
        for IdleConnection { connection, .. } in idle {
            let closed = timeout(ACQUIRE_TIMEOUT, sqlx::Connection::close(connection)).await;
            // With a server nothing is lost.
            if let (Ok(Err(error)), false) = (closed, C::IS_REMOTE) {
                tracing::warn!(%error, "connection was not closed cleanly");
            }
        }
    }

    /// Returns the number of idle connections.
    #[cfg(all(test, feature = "sqlite"))]
    pub(crate) fn idle_count(&self) -> usize {
        self.inner.idle.lock().len()
    }

    /// Acquires a connection exclusively until it is dropped.
    pub(crate) async fn acquire(&self) -> sqlx::Result<PooledConnection<C>> {
        let acquired = async {
            let permit = Arc::clone(&self.permits).acquire_owned().await;
            let permit = permit.map_err(|_| Error::PoolClosed)?;
            let (connection, created_at) = self.inner.connection().await?;
            Ok(PooledConnection {
                pool: Arc::clone(&self.inner),
                connection: Some(connection),
                created_at,
                permit: Some(permit),
            })
        };
        if !C::IS_REMOTE {
            return acquired.await;
        }
        let acquired = timeout(ACQUIRE_TIMEOUT, acquired).await;
        acquired.unwrap_or(Err(Error::PoolTimedOut))
    }

    /// Executes a statement; returns the number of affected rows.
    pub(crate) async fn run(&self, sql: &str, arguments: &[Argument<'_>]) -> sqlx::Result<u64> {
        let mut acquired = self.acquire().await?;
        let count = acquired.connection()?.run(sql, arguments).await?;
        acquired.release();
        Ok(count)
    }

    /// Returns all rows.
    pub(crate) async fn all(
        &self,
        sql: &str,
        arguments: &[Argument<'_>],
    ) -> sqlx::Result<Vec<RowOf<C>>> {
        let mut acquired = self.acquire().await?;
        let rows = acquired.connection()?.all(sql, arguments).await?;
        acquired.release();
        Ok(rows)
    }

    /// Returns the first row.
    pub(crate) async fn first(
        &self,
        sql: &str,
        arguments: &[Argument<'_>],
    ) -> sqlx::Result<Option<RowOf<C>>> {
        let mut acquired = self.acquire().await?;
        let row = acquired.connection()?.first(sql, arguments).await?;
        acquired.release();
        Ok(row)
    }

    /// Hands each row on, one after the other, so that no more than one is held.
    pub(crate) async fn each(
        &self,
        sql: &str,
        arguments: &[Argument<'_>],
        take: impl FnMut(&RowOf<C>) -> Result<()> + Send,
    ) -> Result<()> {
        let mut acquired = self.acquire().await?;
        acquired.connection()?.each(sql, arguments, take).await?;
        acquired.release();
        Ok(())
    }

    /// Returns the first column of the only row.
    pub(crate) async fn scalar<T>(&self, sql: &str, arguments: &[Argument<'_>]) -> sqlx::Result<T>
    where
        RowOf<C>: Column<T>,
    {
        let row = self.first(sql, arguments).await?;
        Column::<T>::at(&row.ok_or(Error::RowNotFound)?, 0)
    }

    /// Decodes the first row.
    pub(crate) async fn find<T>(
        &self,
        sql: &str,
        arguments: &[Argument<'_>],
        decode: impl Fn(&RowOf<C>) -> Result<T> + Send,
    ) -> Result<Option<T>> {
        let row = self.first(sql, arguments).await?;
        row.as_ref().map(decode).transpose()
    }

    /// Decodes all rows.
    pub(crate) async fn list<T>(
        &self,
        sql: &str,
        arguments: &[Argument<'_>],
        decode: impl Fn(&RowOf<C>) -> Result<T> + Send,
    ) -> Result<Vec<T>> {
        let rows = self.all(sql, arguments).await?;
        rows.iter().map(decode).collect()
    }
}

impl<C: Connector> Clone for Pool<C> {
    fn clone(&self) -> Self {
        Self {
            permits: Arc::clone(&self.permits),
            inner: Arc::clone(&self.inner),
            count: self.count,
        }
    }
}

impl<C: Connector> PoolInner<C> {
    /// Returns a connection that is well, with the time at which it was made.
    async fn connection(&self) -> sqlx::Result<(C::Connection, Instant)> {
        loop {
            let Some(mut idle) = self.idle.lock().pop() else {
                return Ok((self.connector.connect().await?, Instant::now()));
            };
            if !C::IS_REMOTE
                || idle.idle_since.elapsed() < PING_AFTER_IDLE
                || sqlx::Connection::ping(&mut idle.connection).await.is_ok()
            {
                return Ok((idle.connection, idle.created_at));
            }
        }
    }

    /// Returns a good connection to the pool.
    fn put_back(&self, connection: C::Connection, created_at: Instant) {
        if C::IS_REMOTE && created_at.elapsed() >= MAX_LIFETIME {
            return;
        }
        let idle_since = Instant::now();
        let mut all = self.idle.lock();
        if C::IS_REMOTE {
            // Those that are let go close when they are dropped.
            all.retain(|idle| idle.idle_since.elapsed() < IDLE_TIMEOUT);
        }
        all.push(IdleConnection {
            connection,
            created_at,
            idle_since,
        });
    }
}

impl<C: Connector> PooledConnection<C> {
    /// The connection.
    pub(crate) fn connection(&mut self) -> sqlx::Result<&mut C::Connection> {
        self.connection.as_mut().ok_or(Error::PoolClosed)
    }

    /// Returns it to the pool, outside of a transaction and in good state.
    pub(crate) fn release(mut self) {
        if let Some(connection) = self.connection.take() {
            self.pool.put_back(connection, self.created_at);
        }
    }
}

/// Returns a connection that was not released. One to a server is pinged first, which also ends
/// what it was doing; nobody waits for that but the next caller.
impl<C: Connector> Drop for PooledConnection<C> {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        if !C::IS_REMOTE {
            return self.pool.put_back(connection, self.created_at);
        }
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let (pool, created_at) = (Arc::clone(&self.pool), self.created_at);
        let permit = self.permit.take();
        runtime.spawn(async move {
            let pinged = timeout(ACQUIRE_TIMEOUT, sqlx::Connection::ping(&mut connection)).await;
            if let Ok(Ok(())) = pinged {
                pool.put_back(connection, created_at);
            }
            drop(permit);
        });
    }
}
