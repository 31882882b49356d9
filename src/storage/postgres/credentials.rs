//! OAuth clients, tokens and nonces.

use async_trait::async_trait;
use sqlx::PgConnection;

use super::{Postgres, error::map_error};
use crate::storage::{
    CredentialVersioning, POSITION_RETENTION_SECONDS, Result,
    sql::credentials::{
        DELETE_BATCH_SIZE, FORGET_UNUSED_CLIENTS, define_credential_writes, impl_credentials,
    },
};

define_credential_writes!(PgConnection, "FOR UPDATE");

impl_credentials!(Postgres, pool, map_error, {
    async fn delete_expired(&self, timestamp: i64) -> Result<()> {
        self.nonces.delete_before(timestamp).await?;
        self.invalidation_log.delete_old_rows(&self.pool).await?;
        let removed_before = timestamp - POSITION_RETENTION_SECONDS;
        for (statement, before) in [
            ("DELETE FROM request_tokens WHERE expires < $1", timestamp),
            ("DELETE FROM codes WHERE expires < $1", timestamp),
            ("DELETE FROM authorizations WHERE expires < $1", timestamp),
            ("DELETE FROM bearer_tokens WHERE expires < $1", timestamp),
            ("DELETE FROM removed WHERE at < $1", removed_before),
        ] {
            let done = sqlx::query(statement)
                .bind(before)
                .execute(&self.pool)
                .await;
            done.map_err(map_error)?;
        }
        Ok(())
    }

    async fn forget_unused_clients(&self, before: i64) -> Result<()> {
        let mut forgotten = 0;
        loop {
            let done = sqlx::query(FORGET_UNUSED_CLIENTS)
                .bind(before)
                .bind(i64::from(DELETE_BATCH_SIZE))
                .execute(&self.pool)
                .await
                .map_err(map_error)?;
            forgotten += done.rows_affected();
            if done.rows_affected() < u64::from(DELETE_BATCH_SIZE) {
                break;
            }
        }
        if forgotten > 0 {
            self.refresh_credential_version().await?;
        }
        Ok(())
    }
});

#[async_trait]
impl CredentialVersioning for Postgres {
    fn credential_version(&self) -> Option<i64> {
        Some(self.credential_version.current())
    }

    async fn refresh_credential_version(&self) -> Result<()> {
        let count = sqlx::query_scalar("SELECT sum(count)::bigint FROM credentials_epoch")
            .fetch_one(&self.pool)
            .await
            .map_err(map_error)?;
        self.credential_version.observe(count);
        Ok(())
    }
}
