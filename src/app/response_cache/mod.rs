//! Response cache with read tracking.
//!
//! While a response is made, [`TrackingStorage`] records the buckets that are read, and the
//! [modification clock](crate::storage::ModificationClock) tells which were written to since. A
//! cached response is revalidated before reuse. Local writes invalidate it at once; other nodes'
//! writes are read with one query shared by concurrent requests. On SQLite, other processes' writes
//! are seen within [`MAX_STALENESS`].

mod recent_reads;
mod tracking_storage;

use std::sync::Arc;

use bytes::Bytes;
use chrono::TimeDelta;
use http::{HeaderName, HeaderValue};
use quick_cache::{
    DefaultHashBuilder, OptionsBuilder, Weighter,
    sync::{Cache, DefaultLifecycle},
};

use self::recent_reads::RecentReads;
use super::{Clock, single_flight::SingleFlight};
use crate::storage::{Bucket, ModificationClock, Result, Storage};
pub(crate) use tracking_storage::TrackingStorage;

/// Maximum delay until writes of other processes to a single-node store are seen.
const MAX_STALENESS: TimeDelta = TimeDelta::milliseconds(100);

/// Maximum age of a response, in seconds. It bounds staleness after manual changes of the database.
const MAX_AGE_SECONDS: i64 = 60;

/// A response may use at most 1/8 of the cache.
const MAX_ENTRY_FRACTION: u64 = 8;

/// Number of shards.
const SHARD_COUNT: usize = 4;

/// Size of a small response.
const SMALL_RESPONSE_BYTES: u64 = 1024;

/// Approximate overhead of a cached response.
const ENTRY_OVERHEAD_BYTES: usize = 256;

/// A response with status 200.
#[derive(Clone, Debug, Default)]
pub(crate) struct CachedResponse {
    /// Its headers, in order.
    pub(crate) headers: Box<[(HeaderName, HeaderValue)]>,
    /// Its body.
    pub(crate) body: Bytes,
}

/// A response and the state that it is valid for.
#[derive(Clone)]
struct CacheEntry {
    response: Arc<CachedResponse>,
    /// Start of its rendering, by the modification clock and by the wall clock.
    since: u64,
    at: i64,
    /// The buckets that it was made from.
    buckets: Arc<[Bucket]>,
}

/// Responses by request.
pub(crate) struct ResponseCache {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    single_flight: SingleFlight,
    capacity_bytes: u64,
    entries: Cache<Box<str>, CacheEntry, ResponseSize>,
    recent_reads: RecentReads,
}

/// A request without a cached response.
pub(crate) struct CacheMiss {
    key: Box<str>,
    since: u64,
    at: i64,
    tracking: Arc<TrackingStorage>,
}

#[derive(Clone)]
struct ResponseSize;

impl Weighter<Box<str>, CacheEntry> for ResponseSize {
    fn weight(&self, key: &Box<str>, entry: &CacheEntry) -> u64 {
        let CachedResponse { headers, body } = &*entry.response;
        let aside = size_of_val(&*entry.buckets) + size_of_val(&**headers);
        let bytes = key.len() + body.len() + aside + ENTRY_OVERHEAD_BYTES;
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

impl ResponseCache {
    /// Creates an empty cache of a capacity in bytes.
    pub(super) fn new(
        storage: Arc<dyn Storage>,
        clock: Arc<dyn Clock>,
        capacity_bytes: u64,
    ) -> Self {
        Self {
            storage,
            single_flight: SingleFlight::new(Arc::clone(&clock)),
            clock,
            capacity_bytes,
            entries: build_cache(capacity_bytes),
            recent_reads: RecentReads::new(capacity_bytes),
        }
    }

    /// Returns the cached response, or the miss by which to [`insert`](Self::insert) the response
    /// if it is cacheable. The key must contain all inputs besides the store: the caller and the
    /// request.
    pub(crate) async fn lookup(
        &self,
        key: Box<str>,
    ) -> Result<std::result::Result<Arc<CachedResponse>, Option<CacheMiss>>> {
        let Some(modification_clock) = self
            .storage
            .modification_clock()
            .filter(|_| self.capacity_bytes > 0)
        else {
            return Ok(Err(None));
        };
        self.sync(modification_clock).await?;
        let at = self.clock.now().timestamp();
        if let Some(entry) = self.entries.get(&key) {
            let is_young = (0..MAX_AGE_SECONDS).contains(&(at - entry.at));
            if is_young && modification_clock.unchanged_since(&entry.buckets, entry.since) {
                return Ok(Ok(entry.response));
            }
        }
        Ok(Err(Some(CacheMiss {
            key,
            since: modification_clock.now(),
            at,
            tracking: Arc::new(TrackingStorage::new(Arc::clone(&self.storage))),
        })))
    }

    /// Inserts a response, unless it is too large or was made from untracked reads.
    pub(crate) fn insert(&self, miss: CacheMiss, response: CachedResponse) {
        let Some(buckets) = miss.tracking.buckets() else {
            return;
        };
        let entry = CacheEntry {
            response: Arc::new(response),
            since: miss.since,
            at: miss.at,
            buckets,
        };
        if ResponseSize.weight(&miss.key, &entry) <= self.capacity_bytes / MAX_ENTRY_FRACTION {
            self.entries.insert(miss.key, entry);
        }
    }

    /// Whether an answer of that many bytes may be kept.
    pub(crate) fn fits(&self, length: usize) -> bool {
        u64::try_from(length).is_ok_and(|length| length <= self.capacity_bytes / MAX_ENTRY_FRACTION)
    }

    async fn sync(&self, modification_clock: &ModificationClock) -> Result<()> {
        if modification_clock.is_multi_node() {
            return self.single_flight.run(self.storage.sync_changes()).await;
        }
        // In the background, since the store may wait while another process writes.
        if let Some(lock) = self.single_flight.try_lock_after(MAX_STALENESS) {
            let storage = Arc::clone(&self.storage);
            tokio::spawn(async move {
                let _turn = lock;
                if let Err(error) = storage.sync_changes().await {
                    tracing::debug!(%error, "writes of other processes could not be polled");
                }
            });
        }
        Ok(())
    }
}

/// Builds a cache with few shards, so that a large response fits in each. Ghost entries are sized
/// for small responses, so frequent small ones displace rare large ones.
fn build_cache(capacity_bytes: u64) -> Cache<Box<str>, CacheEntry, ResponseSize> {
    let expected_items =
        usize::try_from(capacity_bytes / SMALL_RESPONSE_BYTES).unwrap_or(usize::MAX);
    let mut options = OptionsBuilder::new();
    options
        .estimated_items_capacity(expected_items)
        .weight_capacity(capacity_bytes)
        .shards(SHARD_COUNT);
    match options.build() {
        Ok(options) => Cache::with_options(
            options,
            ResponseSize,
            DefaultHashBuilder::default(),
            DefaultLifecycle::default(),
        ),
        Err(_) => Cache::with_weighter(expected_items, capacity_bytes, ResponseSize),
    }
}

impl CacheMiss {
    /// Returns the storage through which all reads for the response must go.
    pub(crate) fn tracking_storage(&self) -> Arc<TrackingStorage> {
        Arc::clone(&self.tracking)
    }
}

#[cfg(test)]
mod tests;
