//! Mapping of the drivers' errors to the contract, for the backends and for hosts that use sqlx.

use std::error::Error as StdError;

use async_trait::async_trait;
use sqlx::{Database, Error, Transaction, error::DatabaseError};

use crate::storage::{Result, StorageError, hosted::HostTransaction};

#[async_trait]
impl<DB: Database> HostTransaction for Transaction<'static, DB> {
    async fn commit(self: Box<Self>) -> Result<()> {
        Ok((*self).commit().await?)
    }
}

/// Classifies an error of the driver: conflict of a key, unreachable database, corrupt data, or any
/// other.
impl From<Error> for StorageError {
    fn from(error: Error) -> Self {
        match &error {
            Error::Io(_)
            | Error::Tls(_)
            | Error::PoolTimedOut
            | Error::PoolClosed
            | Error::WorkerCrashed => Self::Unavailable(error.into()),
            Error::ColumnDecode { .. } | Error::Decode(_) => Self::Corrupt(error.to_string()),
            Error::Database(said) if said.is_unique_violation() => {
                Self::AlreadyExists(said.constraint().unwrap_or("that").into())
            }
            Error::Database(_) if is_retryable_conflict(&error) => {
                Self::Conflict("what was to be changed".into())
            }
            Error::Database(said) => classify(&**said)(error.into()),
            _ => Self::Backend(error.into()),
        }
    }
}

/// Returns the kind of an error of the database itself.
fn classify(said: &dyn DatabaseError) -> fn(Box<dyn StdError + Send + Sync>) -> StorageError {
    let code = said.code().unwrap_or_default();
    #[cfg(feature = "sqlite")]
    if said
        .try_downcast_ref::<sqlx::sqlite::SqliteError>()
        .is_some()
    {
        // 5 busy, 6 locked, 10 I/O, 13 full, 14 can't open; the low byte is the kind.
        return match code.parse::<u32>().map(|code| code & 0xff) {
            Ok(13) => StorageError::Full,
            Ok(5 | 6 | 10 | 14) => StorageError::Unavailable,
            _ => StorageError::Backend,
        };
    }
    match &*code {
        "53100" => StorageError::Full,
        // Read-only standby, silent for too long, waited for a lock for too long.
        "25006" | "25P03" | "55P03" => StorageError::Unavailable,
        // Connection lost, insufficient resources, shut down or starting.
        code if ["08", "53", "57"]
            .iter()
            .any(|class| code.starts_with(class)) =>
        {
            StorageError::Unavailable
        }
        _ => StorageError::Backend,
    }
}

/// Whether an error says that someone else was there first, so that the same may go well, or be
/// refused in better words, when it is done once more. SQLite has one writer, and none of these.
pub(crate) fn is_retryable_conflict(error: &Error) -> bool {
    // Serialization failure, deadlock, and unique and foreign keys that checks came too early for.
    has_code(error, &["40001", "40P01", "23505", "23503"])
}

/// Whether an error of the database has one of these codes.
pub(crate) fn has_code(error: &Error, codes: &[&str]) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| codes.contains(&&*code))
}
