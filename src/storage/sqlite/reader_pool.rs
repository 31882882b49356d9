//! The connections that read.
//!
//! Not a pool of sqlx: that asks a connection whether it is well whenever it comes back, which
//! takes as long as most reads, and a file is well.

use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::{
    FutureExt, StreamExt, TryStreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use sqlx::{
    ConnectOptions, Connection, Describe, Either, Error, Execute, Executor, Sqlite,
    SqliteConnection,
    query::Query,
    sqlite::{
        SqliteArguments, SqliteConnectOptions, SqliteQueryResult, SqliteRow, SqliteStatement,
        SqliteTypeInfo,
    },
};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::error::map_error;
use crate::storage::StorageError;

/// So many connections to a file, which are made when they are needed and kept. A reference to them
/// executes statements, each on whichever is free.
#[derive(Debug)]
pub(super) struct ReaderPool {
    options: SqliteConnectOptions,
    count: u32,
    permits: Semaphore,
    idle: Mutex<Vec<SqliteConnection>>,
}

/// A connection that is in use; dropped, it goes back.
struct PooledReader<'a> {
    pool: &'a ReaderPool,
    connection: Option<SqliteConnection>,
    _permit: SemaphorePermit<'a>,
}

impl ReaderPool {
    /// Creates the pool without connecting.
    pub(super) fn new(options: SqliteConnectOptions, count: u32) -> Self {
        Self {
            options,
            count,
            permits: Semaphore::new(count as usize),
            idle: Mutex::default(),
        }
    }

    /// Waits for the reads that were asked for, and lets go of the file. Later ones fail.
    pub(super) async fn close(&self) {
        let Ok(_all) = self.permits.acquire_many(self.count).await else {
            return;
        };
        self.permits.close();
        let idle = std::mem::take(&mut *self.idle());
        for connection in idle {
            if let Err(error) = connection.close().await {
                tracing::warn!(%error, "connection was not closed cleanly");
            }
        }
    }

    /// Hands each row that a query finds on, one after the other, so that no more than one is held.
    pub(super) async fn each<'q>(
        &self,
        query: Query<'q, Sqlite, SqliteArguments<'q>>,
        mut take: impl FnMut(&SqliteRow) -> Result<(), StorageError> + Send,
    ) -> Result<(), StorageError> {
        let mut reader = self.acquire().await.map_err(map_error)?;
        let connection = reader.connection().map_err(map_error)?;
        let mut rows = query.fetch(connection);
        while let Some(row) = rows.try_next().await.map_err(map_error)? {
            take(&row)?;
        }
        Ok(())
    }

    async fn acquire(&self) -> Result<PooledReader<'_>, Error> {
        let turn = self.permits.acquire().await;
        let turn = turn.map_err(|_| Error::PoolClosed)?;
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        Ok(PooledReader {
            pool: self,
            connection: Some(connection),
            _permit: turn,
        })
    }

    fn idle(&self) -> MutexGuard<'_, Vec<SqliteConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PooledReader<'_> {
    fn connection(&mut self) -> Result<&mut SqliteConnection, Error> {
        self.connection.as_mut().ok_or(Error::PoolClosed)
    }
}

impl Drop for PooledReader<'_> {
    fn drop(&mut self) {
        self.pool.idle().extend(self.connection.take());
    }
}

impl<'c> Executor<'c> for &'c ReaderPool {
    type Database = Sqlite;

    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, Result<Either<SqliteQueryResult, SqliteRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Sqlite>,
    {
        let all = async move {
            let mut reader = self.acquire().await?;
            let rows = reader.connection()?.fetch_many(query);
            let rows: Vec<_> = rows.try_collect().await?;
            Ok::<_, Error>(stream::iter(rows.into_iter().map(Ok)))
        };
        stream::once(all).try_flatten().boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxFuture<'e, Result<Option<SqliteRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Sqlite>,
    {
        async move {
            let mut reader = self.acquire().await?;
            reader.connection()?.fetch_optional(query).await
        }
        .boxed()
    }

    fn prepare_with<'e, 'q: 'e>(
        self,
        sql: &'q str,
        parameters: &'e [SqliteTypeInfo],
    ) -> BoxFuture<'e, Result<SqliteStatement<'q>, Error>>
    where
        'c: 'e,
    {
        async move {
            let mut reader = self.acquire().await?;
            reader.connection()?.prepare_with(sql, parameters).await
        }
        .boxed()
    }

    fn describe<'e, 'q: 'e>(self, sql: &'q str) -> BoxFuture<'e, Result<Describe<Sqlite>, Error>>
    where
        'c: 'e,
    {
        async move {
            let mut reader = self.acquire().await?;
            reader.connection()?.describe(sql).await
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_read_that_is_given_up_leaves_its_connection_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("store"))
            .create_if_missing(true);
        let readers = ReaderPool::new(options, 1);
        let many = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 100000) \
                    SELECT n FROM n";
        for polls in 0..20 {
            let mut read = Box::pin(sqlx::query(many).fetch_all(&readers));
            for _ in 0..polls {
                assert!(read.as_mut().now_or_never().is_none(), "it takes longer");
                tokio::task::yield_now().await;
            }
            drop(read);
            let one: i64 = sqlx::query_scalar("SELECT $1 + 1")
                .bind(polls)
                .fetch_one(&readers)
                .await
                .unwrap();
            assert_eq!(one, polls + 1);
        }
        assert!(readers.idle().len() <= 1);
        readers.close().await;
        readers.close().await;
        let late = sqlx::query("SELECT 1").fetch_optional(&readers).await;
        assert!(matches!(late, Err(Error::PoolClosed)));
    }
}
