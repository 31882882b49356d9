//! Memory of requests to other hosts: those under way, failures, and how many each host had.

mod answers;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;
use quick_cache::{DefaultHashBuilder, Weighter, sync::Cache};
use url::Url;

pub(crate) use self::answers::REGISTRATION;
pub use self::answers::{Fetched, PeerAnswer, PeerError, PeerFailure};
use super::{Gate, MediaCacheState, Recent};
use crate::{
    model::{RemoteCredential, site_of},
    protocol::http_signature::Wanted,
};

/// How long a failure is remembered.
const FAILURE_RETENTION: TimeDelta = TimeDelta::minutes(3);

/// How long a failure to get credentials is remembered.
const REFUSAL_RETENTION: TimeDelta = TimeDelta::seconds(30);

/// How long blocks of hosts are kept in memory: until then those that another process made or
/// lifted are not noticed.
const BLOCKS_RETENTION: TimeDelta = TimeDelta::seconds(10);

/// Period of the limit of requests to one site.
const RATE_PERIOD: TimeDelta = TimeDelta::minutes(1);

/// Maximum bytes of documents that are being handed to those who wait for them, and of failures.
const FETCHES_CAPACITY_BYTES: u64 = 8 * 1024 * 1024;

/// Approximate overhead of a remembered failure.
const ENTRY_OVERHEAD_BYTES: u64 = 256;

/// Maximum origins that are remembered as unreachable, and maximum credentials in memory.
const MAX_UNREACHABLE: usize = 4096;
const MAX_CREDENTIALS: usize = 16_384;

/// Maximum hosts of which it is remembered that they ask for another signature.
const MAX_WANTED_SIGNATURES: usize = 4096;

/// How many requests for documents are under way at once, how many of them to one site, and how
/// many for sites that have none.
const MAX_FETCHES: u32 = 128;
const MAX_FETCHES_OF_ONE: u32 = 8;
const RESERVED_FETCHES: u32 = 32;

/// How many claims of identity are verified at once, and how many of them for one site.
const MAX_CLAIMS: u32 = 64;
const MAX_CLAIMS_OF_ONE: u32 = 4;

/// How many large bodies of peers are worked on at once, how many of them of one network, and how
/// many for networks that have none.
const MAX_BODIES: u32 = 24;
const MAX_BODIES_OF_ONE: u32 = 4;
const RESERVED_BODIES: u32 = 8;

/// How many actors of one site are seen for the first time within a minute.
const MAX_NEW_ACTORS: u32 = 600;

/// How many profiles of one site are refreshed within a minute.
const MAX_REFRESHES: u32 = 30;

/// How long the profile of an actor is left alone after an attempt to refresh it.
const REFRESH_PERIOD: TimeDelta = TimeDelta::hours(1);

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

/// By site or actor, the begin of the period that is counted, and how many requests it had.
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
    /// Signatures that hosts ask for instead of the usual one, by host.
    pub(crate) wanted_signatures: Cache<Box<str>, Wanted>,
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
    /// Refreshes of profiles, by site and by actor.
    refreshes: Mutex<[Rates; 2]>,
    blocks: Mutex<Option<Dated<Arc<Blocks>>>>,
}

impl Default for PeerState {
    fn default() -> Self {
        Self {
            fetches: Cache::with_weighter(1024, FETCHES_CAPACITY_BYTES, FetchWeight),
            unreachable: Cache::new(MAX_UNREACHABLE),
            credentials: Cache::new(MAX_CREDENTIALS),
            refusals: Cache::new(MAX_UNREACHABLE),
            wanted_signatures: Cache::new(MAX_WANTED_SIGNATURES),
            secret_lock: tokio::sync::Mutex::default(),
            media_cache: MediaCacheState::default(),
            gate: Gate::new(MAX_FETCHES, MAX_FETCHES_OF_ONE).with_reserve(RESERVED_FETCHES),
            claims: Gate::new(MAX_CLAIMS, MAX_CLAIMS_OF_ONE),
            bodies: Gate::new(MAX_BODIES, MAX_BODIES_OF_ONE).with_reserve(RESERVED_BODIES),
            rates: Mutex::default(),
            new_actors: Mutex::default(),
            refreshes: Mutex::default(),
            blocks: Mutex::default(),
        }
    }
}

impl PeerState {
    /// Admits a request for a document to a host, see [`Gate::enter`].
    pub(crate) async fn admit(&self, host: &str) -> Option<super::Pass> {
        self.gate.enter(&site_of(host), 1).await
    }

    /// Admits the verification of a claim to be of a host, see [`Gate::enter`].
    pub(crate) async fn admit_claim(&self, host: &str) -> Option<super::Pass> {
        self.claims.enter(&site_of(host), 1).await
    }

    /// Admits a large body that a peer sends or that waits for others, see [`Gate::enter`].
    #[cfg(feature = "web")]
    pub(crate) async fn admit_body(&self, network: &str) -> Option<super::Pass> {
        self.bodies.enter(network, 1).await
    }

    /// Counts a request for a key, such as a site; `false` if it had as many within the minute.
    pub(crate) fn count(&self, key: &str, limit: u32, now: DateTime<Utc>) -> bool {
        count(&mut self.rates.lock(), key, limit, RATE_PERIOD, now)
    }

    /// Counts an actor of a host that is seen for the first time; else how long to wait.
    pub(crate) fn admit_actor(&self, host: &str, now: DateTime<Utc>) -> Result<(), Duration> {
        let mut actors = self.new_actors.lock();
        let is_admitted = count(
            &mut actors,
            &site_of(host),
            MAX_NEW_ACTORS,
            RATE_PERIOD,
            now,
        );
        let wait = RATE_PERIOD.to_std().unwrap_or_default();
        is_admitted.then_some(()).ok_or(wait)
    }

    /// Counts a look at the profile of an actor; `false` if there was one within the hour.
    pub(crate) fn admit_look(&self, id: &str, now: DateTime<Utc>) -> bool {
        count(&mut self.refreshes.lock()[1], id, 1, REFRESH_PERIOD, now)
    }

    /// Counts a refresh of a profile of a host; `false` if there were too many within the minute.
    pub(crate) fn admit_refresh(&self, host: &str, now: DateTime<Utc>) -> bool {
        let sites = &mut self.refreshes.lock()[0];
        count(sites, &site_of(host), MAX_REFRESHES, RATE_PERIOD, now)
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

fn count(rates: &mut Rates, key: &str, limit: u32, period: TimeDelta, now: DateTime<Utc>) -> bool {
    let key = Box::from(key);
    let begun = rates.get(&key).filter(|(since, _)| {
        let since = Dated {
            at: *since,
            value: (),
        };
        since.is_within(period, now)
    });
    let (since, count) = begun.unwrap_or((now, 0));
    if count >= limit {
        return false;
    }
    rates.insert(key, (since, count + 1));
    true
}
