//! Mapping of SQLite errors to the contract.

use sqlx::Error;

use crate::storage::StorageError;

/// Maps an error of the driver to the contract.
pub(crate) fn map_error(error: Error) -> StorageError {
    match &error {
        Error::Io(_) | Error::PoolTimedOut | Error::PoolClosed | Error::WorkerCrashed => {
            StorageError::Unavailable(error.into())
        }
        Error::ColumnDecode { .. } | Error::Decode(_) => StorageError::Corrupt(error.to_string()),
        // 5 busy, 6 locked, 10 I/O, 13 full, 14 can't open; the low byte is the kind.
        Error::Database(said) => {
            let code = said.code().and_then(|code| code.parse::<u32>().ok());
            match code.map(|code| code & 0xff) {
                Some(13) => StorageError::Full(error.into()),
                Some(5 | 6 | 10 | 14) => StorageError::Unavailable(error.into()),
                _ => StorageError::Backend(error.into()),
            }
        }
        _ => StorageError::Backend(error.into()),
    }
}
