//! OAuth clients and tokens.

use async_trait::async_trait;
use sqlx::SqliteConnection;

use super::{Sqlite, error::map_error, writer::WriterCommand};
use crate::storage::{
    CredentialVersioning, POSITION_RETENTION_SECONDS, Result,
    sql::credentials::{
        DELETE_BATCH_SIZE, FORGET_UNUSED_CLIENTS, define_credential_writes, impl_credentials,
    },
};

define_credential_writes!(SqliteConnection, "");

impl_credentials!(Sqlite, readers, map_error, {
    async fn delete_expired(&self, timestamp: i64) -> Result<()> {
        self.nonces.delete_before(timestamp).await?;
        while self
            .writer
            .send(WriterCommand::DeleteExpired(timestamp, DELETE_BATCH_SIZE))
            .await?
        {}
        Ok(())
    }

    async fn forget_unused_clients(&self, before: i64) -> Result<()> {
        while self
            .writer
            .send(WriterCommand::ForgetClients(before, DELETE_BATCH_SIZE))
            .await?
        {}
        Ok(())
    }
});

/// How many changes of credentials were counted.
const CREDENTIAL_VERSION_SQL: &str = "SELECT count FROM credentials_epoch";

#[async_trait]
impl CredentialVersioning for Sqlite {
    fn credential_version(&self) -> Option<i64> {
        Some(self.credential_version.current())
    }

    async fn refresh_credential_version(&self) -> Result<()> {
        let count = sqlx::query_scalar(CREDENTIAL_VERSION_SQL)
            .fetch_one(&self.readers)
            .await;
        self.credential_version.observe(count.map_err(map_error)?);
        Ok(())
    }
}

/// How many changes of credentials there are with those that a connection has not committed yet.
pub(super) async fn stored_credential_version(connection: &mut SqliteConnection) -> Result<i64> {
    let count = sqlx::query_scalar(CREDENTIAL_VERSION_SQL)
        .fetch_one(connection)
        .await;
    count.map_err(map_error)
}

/// Forgets request tokens, authorizations, bearer tokens and codes that expired before a time, and
/// positions that are too old by then, `count` of each at most; whether there were that many.
pub(super) async fn delete_expired(
    connection: &mut SqliteConnection,
    before: i64,
    count: u32,
) -> Result<bool> {
    let mut more = false;
    let removed_before = before - POSITION_RETENTION_SECONDS;
    for (statement, before) in [
        (
            "DELETE FROM request_tokens WHERE token IN \
             (SELECT token FROM request_tokens WHERE expires < $1 LIMIT $2)",
            before,
        ),
        (
            "DELETE FROM codes WHERE pk IN (SELECT pk FROM codes WHERE expires < $1 LIMIT $2)",
            before,
        ),
        (
            "DELETE FROM authorizations WHERE digest IN \
             (SELECT digest FROM authorizations WHERE expires < $1 LIMIT $2)",
            before,
        ),
        (
            "DELETE FROM bearer_tokens WHERE digest IN \
             (SELECT digest FROM bearer_tokens WHERE expires < $1 LIMIT $2)",
            before,
        ),
        (
            "DELETE FROM removed WHERE (item, stream) IN \
             (SELECT item, stream FROM removed WHERE at < $1 LIMIT $2)",
            removed_before,
        ),
    ] {
        let done = sqlx::query(statement)
            .bind(before)
            .bind(count)
            .execute(&mut *connection)
            .await
            .map_err(map_error)?;
        more |= done.rows_affected() == u64::from(count);
    }
    Ok(more)
}

/// Forgets so many clients at most that are unused since before a time; whether there were that
/// many.
pub(super) async fn forget_clients(
    connection: &mut SqliteConnection,
    before: i64,
    count: u32,
) -> Result<bool> {
    let done = sqlx::query(FORGET_UNUSED_CLIENTS)
        .bind(before)
        .bind(count)
        .execute(connection)
        .await
        .map_err(map_error)?;
    Ok(done.rows_affected() == u64::from(count))
}
