//! Answers of other hosts, and failures of requests to them.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::StatusCode;
use url::Url;

use crate::storage::StorageError;

/// An answer of another host that was read to its end.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// Status.
    pub status: StatusCode,
    /// Media type, without parameters and in lower case; empty if none was sent.
    pub media_type: String,
    /// The URL that answered, which is another one after redirects.
    pub url: Url,
    /// Where it sends the request on to, if nobody went there.
    pub location: Option<Url>,
    /// Wait that was asked for before the next attempt.
    pub retry_after: Option<Duration>,
    /// The time by the clock of the host.
    pub date: Option<DateTime<Utc>>,
    /// Signatures that were asked for (RFC 9421).
    pub accept_signature: Option<Arc<str>>,
    /// The body.
    pub body: Bytes,
}

/// Failure of a request to another host: the step that failed, where, and why. [`Display`](fmt::Display)
/// has it in words for the operator.
#[derive(Clone, Debug)]
pub struct PeerError {
    /// The name of the host.
    pub host: Arc<str>,
    /// The step that failed, such as `webfinger`.
    pub step: &'static str,
    /// The cause.
    pub cause: PeerFailure,
}

/// Why a request to another host failed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PeerFailure {
    /// Federation is switched off.
    #[error("federation is switched off")]
    Disabled,
    /// The host is this server.
    #[error("it is this server")]
    Own,
    /// The operator blocked the host.
    #[error("the host is blocked")]
    Blocked,
    /// There is an allow-list, and the host is not on it.
    #[error("the host is not on the allow-list")]
    NotAllowed,
    /// It is no id or URL of a host.
    #[error("no address of a host: {0}")]
    BadAddress(Arc<str>),
    /// The budget of the one that caused the request is used up.
    #[error("too many requests to other hosts for one cause")]
    Budget,
    /// The host had as many requests as it may have within a minute.
    #[error("too many requests to the host within a minute")]
    HostLimit,
    /// Too many requests are under way.
    #[error("too many requests to other hosts at once")]
    Busy,
    /// The address is none that this server may ask.
    #[error("not a public address")]
    NotPublic,
    /// The host has a certificate that is not trusted.
    #[error("certificate not trusted ({0})")]
    Certificate(Arc<str>),
    /// The host could not be reached.
    #[error("{0}")]
    Unreachable(Arc<str>),
    /// The host did not answer in time.
    #[error("no answer within {} seconds", .0.as_secs())]
    TimedOut(Duration),
    /// The answer is larger than any that is read.
    #[error("the answer is too large")]
    TooLarge,
    /// The host answered with a status that is no success.
    #[error("{0}")]
    Status(Box<PeerAnswer>),
    /// The request was sent on to where it may not go.
    #[error("redirected to {0}")]
    Redirected(Arc<str>),
    /// The answer is of no use.
    #[error("{0}")]
    Unusable(Arc<str>),
    /// Our own storage failed.
    #[error("storage failed: {0}")]
    Storage(Arc<StorageError>),
}

/// Status and headers of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerAnswer {
    /// The status.
    pub status: StatusCode,
    /// Wait that was asked for before the next attempt.
    pub retry_after: Option<Duration>,
    /// The time by the clock of the host.
    pub date: Option<DateTime<Utc>>,
    /// Signatures that were asked for (RFC 9421).
    pub accept_signature: Option<Arc<str>>,
    /// The beginning of the body, in one line; empty after a success.
    pub text: Arc<str>,
    /// The URL that answered, which is another one after redirects.
    pub url: Url,
}

impl fmt::Display for PeerAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        if self.text.is_empty() {
            return Ok(());
        }
        write!(f, " ({})", self.text)
    }
}

impl fmt::Display for PeerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.step, self.host, self.cause)
    }
}

impl std::error::Error for PeerError {}

impl From<StorageError> for PeerFailure {
    fn from(error: StorageError) -> Self {
        Self::Storage(Arc::new(error))
    }
}

impl PeerError {
    /// The failure of a step at a host.
    pub(crate) fn new(step: &'static str, host: &str, cause: PeerFailure) -> Self {
        let host = host.into();
        Self { host, step, cause }
    }

    /// The answer of the host, if it gave one.
    pub fn answer(&self) -> Option<&PeerAnswer> {
        match &self.cause {
            PeerFailure::Status(answer) => Some(&**answer),
            _ => None,
        }
    }

    /// Whether the host as a whole failed: it can't be reached, is overloaded, or broken. Other
    /// requests to it would fail as well now.
    pub fn is_of_host(&self) -> bool {
        match &self.cause {
            PeerFailure::Certificate(_)
            | PeerFailure::Unreachable(_)
            | PeerFailure::TimedOut(_)
            | PeerFailure::NotPublic => true,
            PeerFailure::Status(answer) => {
                let status = answer.status;
                status.is_server_error()
                    || status == StatusCode::TOO_MANY_REQUESTS
                    || status == StatusCode::REQUEST_TIMEOUT
            }
            _ => false,
        }
    }

    /// Whether the same request may succeed in a while: the host failed as a whole, or this server
    /// could not make the request now.
    pub(crate) fn is_temporary(&self) -> bool {
        let is_own = matches!(
            self.cause,
            PeerFailure::Budget
                | PeerFailure::HostLimit
                | PeerFailure::Busy
                | PeerFailure::Storage(_)
        );
        is_own || (self.is_of_host() && !matches!(self.cause, PeerFailure::NotPublic))
    }

    /// Whether the same request would fail again later: the host refused it, or it may not be made.
    pub fn is_permanent(&self) -> bool {
        match &self.cause {
            PeerFailure::Own | PeerFailure::BadAddress(_) => true,
            PeerFailure::Status(_) => !self.is_of_host() && !self.is_of_credentials(),
            _ => false,
        }
    }

    /// Whether no credentials could be had for the identity: other identities may have some.
    pub fn is_of_credentials(&self) -> bool {
        self.step == REGISTRATION
    }
}

/// The step of a [`PeerError`] in which credentials are asked for.
pub(crate) const REGISTRATION: &str = "registration";
