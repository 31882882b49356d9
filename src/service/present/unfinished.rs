//! Failure of reading what a page shows.

use crate::{service::Error, storage::StorageError};

/// Why not all of a page was read.
pub(super) enum Unfinished {
    /// It is more than may be read at once.
    TooMuch,
    /// It can't be read.
    Failed(Error),
}

impl From<Error> for Unfinished {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<StorageError> for Unfinished {
    fn from(error: StorageError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Unfinished> for Error {
    fn from(unfinished: Unfinished) -> Self {
        match unfinished {
            Unfinished::TooMuch => Self::internal("a page was given no room"),
            Unfinished::Failed(error) => error,
        }
    }
}
