//! Errors of services.

use std::{fmt, time::Duration};

use crate::{
    app::{
        PeerFailure,
        texts::{Phrase, english},
    },
    storage::StorageError,
};

/// The result of a service.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Kind of an error, by the remedy that the caller has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request makes no sense (400).
    BadRequest,
    /// Nobody, or nobody we know, is asking (401).
    Unauthorized,
    /// The caller may not do this (403).
    Forbidden,
    /// It is not there, or not for the caller to know of (404).
    NotFound,
    /// It is there already, or was changed in the meantime (409).
    Conflict,
    /// It was deleted (410).
    Gone,
    /// The rest of the request did not come in time (408).
    TooSlow,
    /// It is too large (413).
    TooLarge,
    /// It is of a kind we can't read (415).
    UnsupportedMediaType,
    /// Too much of it at once (429).
    TooManyRequests,
    /// Another server, which is needed for it, failed (502).
    BadGateway,
    /// There is no room left to store it (507).
    InsufficientStorage,
    /// Not now (503).
    Unavailable,
    /// Our fault (500).
    Internal,
}

/// Message for clients when the disk is full.
pub(crate) const DISK_FULL: &str =
    "The server's disk is full: what is there can be read, and nothing can be stored.";

/// Message for clients when the storage can't be reached.
const STORAGE_UNREACHED: &str = "The server can't reach its storage. Try again in a moment.";

/// How long to wait before something is stored again on a disk that was full.
const FULL_FOR: Duration = Duration::from_mins(1);

/// A failure: a kind to act on, a sentence for the caller, and perhaps a cause for the log. The
/// sentence is English; people get the phrase, if there is one.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    phrase: Option<Box<Phrase>>,
    retry_after: Option<Duration>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// A failure of a kind with a sentence for the caller.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            phrase: None,
            retry_after: None,
            source: None,
        }
    }

    /// A failure of a kind with a message of the catalogues.
    pub(crate) fn saying(kind: ErrorKind, phrase: impl Into<Phrase>) -> Self {
        let phrase = phrase.into();
        Self::new(kind, english().phrase(&phrase).unwrap_or_default()).phrased(phrase)
    }

    /// The error with a message of the catalogues, for people.
    #[must_use]
    pub(crate) fn phrased(mut self, phrase: impl Into<Phrase>) -> Self {
        self.phrase = Some(Box::new(phrase.into()));
        self
    }

    /// The request makes no sense.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::BadRequest, message)
    }

    /// Nobody, or nobody we know, is asking.
    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unauthorized, message)
    }

    /// Nobody is asking, and somebody might be answered.
    pub(crate) fn not_logged_in() -> Self {
        Self::unauthorized("Not logged in.")
    }

    /// Creates a 403 error.
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Forbidden, message)
    }

    /// It is not there.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    /// It was deleted.
    pub(crate) fn gone() -> Self {
        Self::new(ErrorKind::Gone, "Deleted")
    }

    /// Too much of it at once, until so much time has passed.
    pub(crate) fn too_many_requests(message: impl Into<String>, wait: Duration) -> Self {
        Self {
            retry_after: Some(wait),
            ..Self::new(ErrorKind::TooManyRequests, message)
        }
    }

    /// There is no room left to store it.
    pub(crate) fn disk_full() -> Self {
        Self {
            retry_after: Some(FULL_FOR),
            ..Self::new(ErrorKind::InsufficientStorage, DISK_FULL).phrased("failure-full")
        }
    }

    /// There is no room for it now, but there will be when so much time has passed.
    pub(crate) fn busy(message: impl Into<String>, wait: Duration) -> Self {
        Self {
            retry_after: Some(wait),
            ..Self::new(ErrorKind::Unavailable, message)
        }
    }

    /// Our fault; the cause is logged, and the caller is told nothing of it.
    pub(crate) fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            kind: ErrorKind::Internal,
            message: "Something went wrong on the server.".into(),
            phrase: None,
            retry_after: None,
            source: Some(source.into()),
        }
    }

    /// Not now; the cause is logged, and the caller is told to try again.
    pub(crate) fn unavailable(
        message: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self {
            source: Some(source.into()),
            ..Self::new(ErrorKind::Unavailable, message)
        }
    }

    /// Returns the kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether the server has no room for a request now, which is no fault: one has a cause.
    #[cfg(feature = "web")]
    pub(crate) fn is_busy(&self) -> bool {
        self.kind == ErrorKind::Unavailable && self.source.is_none()
    }

    /// How long to wait before it is tried again, if that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns the message of the catalogues, for people.
    pub(crate) fn phrase(&self) -> Option<&Phrase> {
        self.phrase.as_deref()
    }

    /// The sentence for the caller.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source
            .as_ref()
            .map(|source| &**source as &(dyn std::error::Error + 'static))
    }
}

impl From<StorageError> for Error {
    /// Default mapping of storage errors; services map specific ones themselves. Races become
    /// `Conflict`, and only a broken store becomes `Internal`.
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::AlreadyExists(_)
            | StorageError::Missing(_)
            | StorageError::Conflict(_) => Self::new(
                ErrorKind::Conflict,
                "This was changed by someone else at the same time.",
            )
            .phrased("failure-conflict"),
            StorageError::NotInStream { stream, item } => {
                Self::bad_request(format!("id '{item}' not found in stream '{stream}'"))
            }
            unsupported @ StorageError::Unsupported(_) => {
                Self::not_found(format!("This can't be answered here: {unsupported}."))
            }
            StorageError::Full(source) => Self {
                source: Some(source),
                ..Self::disk_full()
            },
            StorageError::Unavailable(source) => {
                Self::unavailable(STORAGE_UNREACHED, source).phrased("failure-storage")
            }
            other => Self::internal(other),
        }
    }
}

impl From<PeerFailure> for Error {
    /// The refusal of a host that this server has nothing to do with.
    fn from(failure: PeerFailure) -> Self {
        match failure {
            PeerFailure::Storage(error) => {
                Self::unavailable(STORAGE_UNREACHED, error).phrased("failure-storage")
            }
            refusal => {
                let phrase = Phrase::new("failure-peer-refused");
                Self::forbidden(format!("Refused: {refusal}"))
                    .phrased(phrase.with("detail", refusal.to_string()))
            }
        }
    }
}

impl From<crate::protocol::as1::Malformed> for Error {
    fn from(malformed: crate::protocol::as1::Malformed) -> Self {
        Self::bad_request(malformed.to_string())
    }
}
