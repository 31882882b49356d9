//! Nonces. They have a connection of their own, whose transactions don't wait for the disk, and which is asked
//! once for all that wait.

use std::collections::HashSet;

use async_trait::async_trait;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, postgres::PgConnectOptions};
use tokio::time::timeout;

use super::{PATIENCE, SESSION, error::failed};
use crate::storage::{
    Result, StorageError,
    sql::nonces::{Ledger, Mark},
};

const LIGHT: &str = "SET synchronous_commit = off";

const RECORD: &str = "\
    INSERT INTO nonces (timestamp, digest) SELECT * FROM unnest($1::bigint[], $2::bytea[]) \
    ON CONFLICT DO NOTHING RETURNING timestamp, digest";

const FORGET: &str = "\
    DELETE FROM nonces WHERE ctid = ANY \
    (ARRAY (SELECT ctid FROM nonces WHERE timestamp < $1 LIMIT $2))";

/// The table of nonces.
pub(super) struct Table {
    options: PgConnectOptions,
    /// None until it is needed, and when it was lost.
    connection: Option<PgConnection>,
}

impl Table {
    /// The table in a database that is connected to when it is needed.
    pub(super) fn of(options: PgConnectOptions) -> Self {
        Self {
            options,
            connection: None,
        }
    }

    async fn attempt(&mut self, marks: &[Mark]) -> sqlx::Result<HashSet<Mark>> {
        let (timestamps, digests): (Vec<i64>, Vec<&[u8]>) = marks
            .iter()
            .map(|(timestamp, digest)| (*timestamp, &digest[..]))
            .unzip();
        let mut connection = self.take().await?;
        let query = sqlx::query_as(RECORD).bind(timestamps).bind(digests);
        let rows: Vec<(i64, Vec<u8>)> = in_time(query.fetch_all(&mut connection)).await?;
        self.connection = Some(connection);
        let new = rows.into_iter();
        Ok(new
            .filter_map(|(timestamp, digest)| Some((timestamp, digest.try_into().ok()?)))
            .collect())
    }

    /// The connection. Who does not give it back has lost it.
    async fn take(&mut self) -> sqlx::Result<PgConnection> {
        if let Some(connection) = self.connection.take() {
            return Ok(connection);
        }
        in_time(async {
            let mut connection = self.options.connect().await?;
            connection.execute(SESSION).await?;
            connection.execute(LIGHT).await?;
            Ok(connection)
        })
        .await
    }
}

#[async_trait]
impl Ledger for Table {
    async fn record(&mut self, marks: &[Mark]) -> Result<HashSet<Mark>> {
        let used = self.connection.is_some();
        match self.attempt(marks).await {
            // It may have been lost long ago. Then those at hand need not suffer.
            Err(error) if used => {
                tracing::debug!(%error, "the connection for nonces was lost and is made anew");
                let new = self.attempt(marks).await.map_err(failed)?;
                // What is not new now may have been recorded by the first attempt.
                if new.len() < marks.len() {
                    return Err(StorageError::Unavailable(error.into()));
                }
                Ok(new)
            }
            outcome => outcome.map_err(failed),
        }
    }

    async fn forget(&mut self, before: i64, count: u32) -> Result<u64> {
        let mut connection = self.take().await.map_err(failed)?;
        let query = sqlx::query(FORGET).bind(before).bind(i64::from(count));
        let done = in_time(query.execute(&mut connection)).await;
        let done = done.map_err(failed)?;
        self.connection = Some(connection);
        Ok(done.rows_affected())
    }

    async fn close(self) {
        if let Some(connection) = self.connection {
            // In vain or not: nothing is lost with it.
            let _ = timeout(PATIENCE, connection.close()).await;
        }
    }
}

/// Waits for the database, but not for ever.
async fn in_time<T>(asked: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    timeout(PATIENCE, asked)
        .await
        .unwrap_or_else(|late| Err(sqlx::Error::Io(late.into())))
}
