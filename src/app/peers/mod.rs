//! Memory of requests to other hosts: those under way, failures, and how many each host had.

#[cfg(test)]
mod tests;

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use parking_lot::Mutex;
use quick_cache::{DefaultHashBuilder, Weighter, sync::Cache};
use url::Url;

use super::{Gate, MediaCacheState, Recent};
use crate::{model::RemoteCredential, storage::StorageError};

/// How long a failure is remembered.
const FAILURE_RETENTION: TimeDelta = TimeDelta::minutes(3);

/// How long a failure to get credentials is remembered.
const REFUSAL_RETENTION: TimeDelta = TimeDelta::seconds(30);

/// How long blocks of hosts are kept in memory: until then those that another process made or
/// lifted are not noticed.
const BLOCKS_RETENTION: TimeDelta = TimeDelta::seconds(10);

/// Period of the limit of requests to one host.
const RATE_PERIOD: TimeDelta = TimeDelta::minutes(1);

/// Maximum bytes of documents that are being handed to those who wait for them, and of failures.
const FETCHES_CAPACITY_BYTES: u64 = 8 * 1024 * 1024;

/// Approximate overhead of a remembered failure.
const ENTRY_OVERHEAD_BYTES: u64 = 256;

/// Maximum origins that are remembered as unreachable, and maximum credentials in memory.
const MAX_UNREACHABLE: usize = 4096;
const MAX_CREDENTIALS: usize = 16_384;

/// How many requests for documents are under way at once, how many of them to one host, and how
/// many for hosts that have none.
const MAX_FETCHES: u32 = 128;
const MAX_FETCHES_OF_ONE: u32 = 8;
const RESERVED_FETCHES: u32 = 32;

/// How many claims of identity are verified at once, and how many of them for one host.
const MAX_CLAIMS: u32 = 64;
const MAX_CLAIMS_OF_ONE: u32 = 4;

/// How many large bodies of peers are worked on at once, how many of them of one network, and how
/// many for networks that have none.
const MAX_BODIES: u32 = 24;
const MAX_BODIES_OF_ONE: u32 = 4;
const RESERVED_BODIES: u32 = 8;

/// How many actors of one host are seen for the first time within a minute.
const MAX_NEW_ACTORS: u32 = 600;

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

/// A result with the time at which it came.
#[derive(Clone)]
pub(crate) struct Dated<T> {
    pub(crate) at: DateTime<Utc>,
    pub(crate) value: T,
}

impl<T> Dated<T> {
    /// Whether it is no older than that. One of the future, from before the clock was set back, is.
    fn is_within(&self, retention: TimeDelta, now: DateTime<Utc>) -> bool {
        self.at <= now && now - self.at < retention
    }

    /// Whether it is a failure that is to be remembered still.
    pub(crate) fn is_remembered(&self, now: DateTime<Utc>) -> bool {
        self.is_within(FAILURE_RETENTION, now)
    }

    /// Whether it is a failure to get credentials that is to be remembered still.
    pub(crate) fn is_refused(&self, now: DateTime<Utc>) -> bool {
        self.is_within(REFUSAL_RETENTION, now)
    }
}

/// Result of a fetch, handed to all who wait for it.
pub(crate) type FetchOutcome = Dated<Result<Arc<Fetched>, PeerError>>;

/// Cache of credentials, by host and identity. Of concurrent callers one gets them.
pub(crate) type CredentialsOfPeers = Cache<(Box<str>, Box<str>), Arc<RemoteCredential>>;

#[derive(Clone)]
pub(crate) struct FetchWeight;

impl Weighter<Box<str>, FetchOutcome> for FetchWeight {
    fn weight(&self, key: &Box<str>, outcome: &FetchOutcome) -> u64 {
        let body = outcome
            .value
            .as_ref()
            .map_or(0, |fetched| fetched.body.len());
        u64::try_from(key.len() + body).unwrap_or(u64::MAX) + ENTRY_OVERHEAD_BYTES
    }
}

/// Blocks of hosts: by name, whether hosts below it are blocked too.
pub(crate) type Blocks = HashMap<String, bool>;

/// By host, the begin of the period that is counted, and how many requests it had.
type Rates = Recent<Box<str>, (DateTime<Utc>, u32)>;

/// State of the requests of an [`App`](super::App) to other hosts.
pub(crate) struct PeerState {
    /// Fetches by what is fetched and for whom. Only failures stay.
    pub(crate) fetches: Cache<Box<str>, FetchOutcome, FetchWeight, DefaultHashBuilder>,
    /// Failures to reach an origin.
    pub(crate) unreachable: Cache<Box<str>, Dated<PeerFailure>>,
    pub(crate) credentials: CredentialsOfPeers,
    /// Failures to get credentials, by host and identity.
    pub(crate) refusals: Cache<(Box<str>, Box<str>), Dated<PeerError>>,
    /// Lock under which the secret of our dialback tokens is made.
    pub(crate) secret_lock: tokio::sync::Mutex<()>,
    pub(crate) media_cache: MediaCacheState,
    gate: Gate,
    claims: Gate,
    #[cfg_attr(
        not(feature = "web"),
        allow(dead_code, reason = "bodies come by the router")
    )]
    bodies: Gate,
    rates: Mutex<Rates>,
    new_actors: Mutex<Rates>,
    blocks: Mutex<Option<Dated<Arc<Blocks>>>>,
}

impl Default for PeerState {
    fn default() -> Self {
        Self {
            fetches: Cache::with_weighter(1024, FETCHES_CAPACITY_BYTES, FetchWeight),
            unreachable: Cache::new(MAX_UNREACHABLE),
            credentials: Cache::new(MAX_CREDENTIALS),
            refusals: Cache::new(MAX_UNREACHABLE),
            secret_lock: tokio::sync::Mutex::default(),
            media_cache: MediaCacheState::default(),
            gate: Gate::new(MAX_FETCHES, MAX_FETCHES_OF_ONE).with_reserve(RESERVED_FETCHES),
            claims: Gate::new(MAX_CLAIMS, MAX_CLAIMS_OF_ONE),
            bodies: Gate::new(MAX_BODIES, MAX_BODIES_OF_ONE).with_reserve(RESERVED_BODIES),
            rates: Mutex::default(),
            new_actors: Mutex::default(),
            blocks: Mutex::default(),
        }
    }
}

impl PeerState {
    /// Admits a request for a document to a host, see [`Gate::enter`].
    pub(crate) async fn admit(&self, host: &str) -> Option<super::Pass> {
        self.gate.enter(host, 1).await
    }

    /// Admits the verification of a claim to be of a host, see [`Gate::enter`].
    pub(crate) async fn admit_claim(&self, host: &str) -> Option<super::Pass> {
        self.claims.enter(host, 1).await
    }

    /// Admits a large body that a peer sends, see [`Gate::enter`].
    #[cfg(feature = "web")]
    pub(crate) async fn admit_body(&self, network: &str) -> Option<super::Pass> {
        self.bodies.enter(network, 1).await
    }

    /// Counts a request to a host; `false` if it had as many within the minute.
    pub(crate) fn count(&self, host: &str, limit: u32, now: DateTime<Utc>) -> bool {
        count(&mut self.rates.lock(), host, limit, now)
    }

    /// Counts an actor of a host that is seen for the first time; else how long to wait.
    pub(crate) fn admit_actor(&self, host: &str, now: DateTime<Utc>) -> Result<(), Duration> {
        let is_admitted = count(&mut self.new_actors.lock(), host, MAX_NEW_ACTORS, now);
        let wait = RATE_PERIOD.to_std().unwrap_or_default();
        is_admitted.then_some(()).ok_or(wait)
    }

    /// Forgets that an origin could not be reached, as it answered.
    pub(crate) fn reached(&self, url: &Url) {
        self.unreachable
            .remove(&*url.origin().ascii_serialization());
    }

    /// The blocks in memory, if they are not too old.
    pub(crate) fn blocks(&self, now: DateTime<Utc>) -> Option<Arc<Blocks>> {
        let blocks = self.blocks.lock();
        let blocks = blocks.as_ref()?;
        let is_current = blocks.is_within(BLOCKS_RETENTION, now);
        is_current.then(|| Arc::clone(&blocks.value))
    }

    /// Keeps blocks in memory, or forgets those that are there.
    pub(crate) fn set_blocks(&self, blocks: Option<Dated<Arc<Blocks>>>) {
        *self.blocks.lock() = blocks;
    }
}

fn count(rates: &mut Rates, host: &str, limit: u32, now: DateTime<Utc>) -> bool {
    let key = Box::from(host);
    let begun = rates.get(&key).filter(|(since, _)| {
        let since = Dated {
            at: *since,
            value: (),
        };
        since.is_within(RATE_PERIOD, now)
    });
    let (since, count) = begun.unwrap_or((now, 0));
    if count >= limit {
        return false;
    }
    rates.insert(key, (since, count + 1));
    true
}
