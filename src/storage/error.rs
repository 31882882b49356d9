//! Errors of a store, by the remedy that the caller has.

/// The result of a storage call.
pub type Result<T, E = StorageError> = std::result::Result<T, E>;

/// Why a storage call failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// Something of that key is there already, and the change said it must not be.
    #[error("{0} exists already")]
    AlreadyExists(String),
    /// Something that a change needs is not there.
    #[error("{0} does not exist")]
    Missing(String),
    /// Somebody else changed it in the meantime: read again and plan again.
    #[error("{0} was changed by someone else")]
    Conflict(String),
    /// A cursor names an item that is not in the stream.
    #[error("'{item}' is not in the stream '{stream}'")]
    NotInStream {
        /// The stream.
        stream: String,
        /// The id that is not in it.
        item: String,
    },
    /// The store can't be reached now; later may be better. Whether a commit took effect is not
    /// known.
    #[error("the store can't be reached")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// There is no room left where it is stored: nothing was changed, and what is there can be
    /// read.
    #[error("the disk is full")]
    Full(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Stored data can't be decoded.
    #[error("corrupt data in storage: {0}")]
    Corrupt(String),
    /// The store has no such feature.
    #[error("this store has no {0}")]
    Unsupported(&'static str),
    /// Anything else.
    #[error("storage backend error")]
    Backend(#[source] Box<dyn std::error::Error + Send + Sync>),
}
