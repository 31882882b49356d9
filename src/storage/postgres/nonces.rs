//! Nonces. They have a connection of their own, whose transactions don't wait for the disk, and
//! which is asked once for all that wait.

use std::collections::HashSet;

use async_trait::async_trait;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, postgres::PgConnectOptions};
use tokio::time::timeout;

use super::SESSION_SQL;
use crate::storage::{
    Result, StorageError,
    sql::{
        nonces::{NonceKey, NonceStore, decode_keys},
        pool::ACQUIRE_TIMEOUT,
    },
};

const ASYNC_COMMIT_SQL: &str = "SET synchronous_commit = off";

const INSERT_SQL: &str = "\
    INSERT INTO nonces (timestamp, digest) SELECT * FROM unnest($1::bigint[], $2::bytea[]) \
    ON CONFLICT DO NOTHING RETURNING timestamp, digest";

const DELETE_SQL: &str = "\
    DELETE FROM nonces WHERE ctid = ANY \
    (ARRAY (SELECT ctid FROM nonces WHERE timestamp < $1 LIMIT $2))";

/// The table of nonces.
pub(super) struct NonceTable {
    options: PgConnectOptions,
    /// None until it is needed, and when it was lost.
    connection: Option<PgConnection>,
}

impl NonceTable {
    /// The table in a database that is connected to when it is needed.
    pub(super) fn new(options: PgConnectOptions) -> Self {
        Self {
            options,
            connection: None,
        }
    }

    async fn try_record(&mut self, keys: &[NonceKey]) -> sqlx::Result<HashSet<NonceKey>> {
        let (timestamps, digests): (Vec<i64>, Vec<&[u8]>) = keys
            .iter()
            .map(|(timestamp, digest)| (*timestamp, &digest[..]))
            .unzip();
        let mut connection = self.take_connection().await?;
        let query = sqlx::query_as(INSERT_SQL).bind(timestamps).bind(digests);
        let rows: Vec<(i64, Vec<u8>)> = with_timeout(query.fetch_all(&mut connection)).await?;
        self.connection = Some(connection);
        Ok(decode_keys(rows))
    }

    /// The connection. A connection that is not put back is closed.
    async fn take_connection(&mut self) -> sqlx::Result<PgConnection> {
        if let Some(connection) = self.connection.take() {
            return Ok(connection);
        }
        with_timeout(async {
            let mut connection = self.options.connect().await?;
            connection.execute(SESSION_SQL).await?;
            connection.execute(ASYNC_COMMIT_SQL).await?;
            Ok(connection)
        })
        .await
    }
}

#[async_trait]
impl NonceStore for NonceTable {
    async fn record(&mut self, keys: &[NonceKey]) -> Result<HashSet<NonceKey>> {
        let used = self.connection.is_some();
        match self.try_record(keys).await {
            // It may have been lost long ago. Then those at hand need not suffer.
            Err(error) if used => {
                tracing::debug!(%error, "nonce connection was lost; reconnecting");
                let new = self.try_record(keys).await?;
                // A key that is not new now may have been recorded by the first attempt.
                if new.len() < keys.len() {
                    return Err(StorageError::Unavailable(error.into()));
                }
                Ok(new)
            }
            outcome => Ok(outcome?),
        }
    }

    async fn delete_before(&mut self, before: i64, count: u32) -> Result<u64> {
        let mut connection = self.take_connection().await?;
        let query = sqlx::query(DELETE_SQL).bind(before).bind(i64::from(count));
        let done = with_timeout(query.execute(&mut connection)).await?;
        self.connection = Some(connection);
        Ok(done.rows_affected())
    }

    async fn close(self) {
        if let Some(connection) = self.connection {
            // In vain or not: nothing is lost with it.
            let _ = timeout(ACQUIRE_TIMEOUT, connection.close()).await;
        }
    }
}

/// Waits for the database, but not for ever.
async fn with_timeout<T>(asked: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    timeout(ACQUIRE_TIMEOUT, asked)
        .await
        .unwrap_or_else(|late| Err(sqlx::Error::Io(late.into())))
}
