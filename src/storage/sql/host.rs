//! For hosts that use sqlx too: its transactions and errors are what the contract wants.

use async_trait::async_trait;
use sqlx::{Database, Transaction};

use crate::storage::{Result, StorageError, hosted::HostTransaction};

#[async_trait]
impl<DB: Database> HostTransaction for Transaction<'static, DB> {
    async fn commit(self: Box<Self>) -> Result<()> {
        Ok((*self).commit().await?)
    }
}

/// Classifies an error of the driver: conflict of a key, unreachable database, corrupt data, or any
/// other.
impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(said) if said.is_unique_violation() => {
                Self::AlreadyExists(said.constraint().unwrap_or("that").into())
            }
            #[cfg(feature = "postgres")]
            sqlx::Error::Database(said)
                if said
                    .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
                    .is_some() =>
            {
                crate::storage::postgres::map_error(error)
            }
            #[cfg(feature = "sqlite")]
            _ => crate::storage::sqlite::map_error(error),
            #[cfg(not(feature = "sqlite"))]
            _ => crate::storage::postgres::map_error(error),
        }
    }
}
