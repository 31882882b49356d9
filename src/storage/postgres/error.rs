//! Mapping of PostgreSQL errors to the contract.

use sqlx::{Error, error::DatabaseError};

use crate::storage::StorageError;

/// Maps an error of the driver to the contract.
pub(crate) fn map_error(error: Error) -> StorageError {
    match &error {
        Error::Io(_)
        | Error::Tls(_)
        | Error::PoolTimedOut
        | Error::PoolClosed
        | Error::WorkerCrashed => StorageError::Unavailable(error.into()),
        Error::ColumnDecode { .. } | Error::Decode(_) => StorageError::Corrupt(error.to_string()),
        _ => match sqlstate(&error).as_deref() {
            // The disk is full.
            Some("53100") => StorageError::Full(error.into()),
            // Connection lost, insufficient resources, shut down or starting; read-only standby,
            // silent for too long, waited for a lock for too long.
            Some(code)
                if ["08", "53", "57"].contains(&&code[..2.min(code.len())])
                    || ["25006", "25P03", "55P03"].contains(&code) =>
            {
                StorageError::Unavailable(error.into())
            }
            // Someone was there first, time and again.
            Some(code) if is_conflict_code(code) => {
                StorageError::Conflict("what was to be changed".into())
            }
            _ => StorageError::Backend(error.into()),
        },
    }
}

/// Whether an error says that someone else was there first, so that the same may go well, or be
/// refused in better words, when it is done once more.
pub(super) fn is_retryable_conflict(error: &Error) -> bool {
    sqlstate(error).is_some_and(|code| is_conflict_code(&code))
}

/// Whether an error says that a post was refused, by the function of that name.
pub(super) fn is_bulk_insert_rejected(error: &Error) -> bool {
    sqlstate(error).is_some_and(|code| code == "HY001")
}

/// Whether an error says that there will be a connection soon: the database is starting, or has too
/// many.
pub(super) fn is_not_ready(error: &Error) -> bool {
    sqlstate(error).is_some_and(|code| ["53300", "57P03"].contains(&&*code))
}

/// Serialization failure, deadlock, and the unique and foreign keys that checks came too early for.
fn is_conflict_code(code: &str) -> bool {
    matches!(code, "40001" | "40P01" | "23505" | "23503")
}

fn sqlstate(error: &Error) -> Option<String> {
    error
        .as_database_error()
        .and_then(DatabaseError::code)
        .map(Into::into)
}
