//! Response cache with read tracking.
//!
//! While a response is made, [`TrackingStorage`] records the buckets that are read. The response is
//! valid as a [`CachedRead`] of these buckets.

mod tracking_storage;

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use quick_cache::{
    DefaultHashBuilder, OptionsBuilder, Weighter,
    sync::{Cache, DefaultLifecycle},
};

use self::tracking_storage::TrackingStorage;
use super::freshness::SyncedStore;
use crate::storage::{Bucket, CachedRead, ReadTime, Result, Storage};

/// A response may use at most 1/8 of the cache.
const MAX_ENTRY_FRACTION: u64 = 8;

/// Number of shards.
const SHARD_COUNT: usize = 4;

/// Size of a small response.
const SMALL_RESPONSE_BYTES: u64 = 1024;

/// Approximate overhead of a cached response, and of each of its headers.
const ENTRY_OVERHEAD_BYTES: usize = 256;
const HEADER_OVERHEAD_BYTES: usize = 128;

/// A response with status 200.
#[derive(Clone, Debug)]
pub(crate) struct CachedResponse {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Result of a lookup.
pub(crate) enum Lookup {
    /// The response that would be made now.
    Hit(CachedResponse),
    /// No valid response; the one that is made now can be [inserted](ResponseCache::insert).
    Miss(CacheMiss),
    /// A response that is not cached: there is no capacity, or the store doesn't track changes.
    Uncacheable,
}

/// A request without a cached response.
pub(crate) struct CacheMiss {
    key: Box<str>,
    since: ReadTime,
    tracking: Arc<TrackingStorage>,
}

/// Responses by request.
pub(crate) struct ResponseCache {
    store: Arc<SyncedStore>,
    capacity_bytes: u64,
    entries: Cache<Box<str>, Arc<Entry>, ResponseSize>,
}

/// A response with the buckets that it was made from.
type Entry = CachedRead<CachedResponse, Box<[Bucket]>>;

#[derive(Clone)]
struct ResponseSize;

impl Weighter<Box<str>, Arc<Entry>> for ResponseSize {
    fn weight(&self, key: &Box<str>, entry: &Arc<Entry>) -> u64 {
        let CachedResponse { headers, body } = &entry.value;
        let headers = headers.len() * HEADER_OVERHEAD_BYTES;
        let aside = size_of_val(&*entry.buckets) + headers + ENTRY_OVERHEAD_BYTES;
        u64::try_from(key.len() + body.len() + aside).unwrap_or(u64::MAX)
    }
}

impl ResponseCache {
    /// Creates an empty cache of a capacity in bytes.
    pub(super) fn new(store: Arc<SyncedStore>, capacity_bytes: u64) -> Self {
        Self {
            store,
            capacity_bytes,
            entries: build_cache(capacity_bytes),
        }
    }

    /// Looks up the response to a request. The key must contain all inputs besides the store: the
    /// caller and the request.
    pub(crate) async fn lookup(&self, key: impl FnOnce() -> String) -> Result<Lookup> {
        if self.capacity_bytes == 0 {
            return Ok(Lookup::Uncacheable);
        }
        let Some(now) = self.store.sync().await? else {
            return Ok(Lookup::Uncacheable);
        };
        let key = key();
        if let Some(entry) = self.entries.get(key.as_str())
            && entry.is_valid(now)
        {
            return Ok(Lookup::Hit(entry.value.clone()));
        }
        Ok(Lookup::Miss(CacheMiss {
            key: key.into(),
            since: now.time(),
            tracking: Arc::new(TrackingStorage::new(Arc::clone(self.store.storage()))),
        }))
    }

    /// Inserts a copy of a response, unless it is too large or was made from untracked reads.
    pub(crate) fn insert(&self, miss: CacheMiss, headers: &HeaderMap, body: &[u8]) {
        let max_bytes = self.capacity_bytes / MAX_ENTRY_FRACTION;
        if u64::try_from(body.len()).is_ok_and(|length| length > max_bytes) {
            return;
        }
        let Some(buckets) = miss.tracking.take_buckets() else {
            return;
        };
        let entry = Arc::new(CachedRead {
            value: CachedResponse {
                headers: headers.clone(),
                // The original was written into more room than it took.
                body: Bytes::copy_from_slice(body),
            },
            buckets,
            since: miss.since,
        });
        if ResponseSize.weight(&miss.key, &entry) <= max_bytes {
            self.entries.insert(miss.key, entry);
        }
    }
}

impl CacheMiss {
    /// Returns the storage through which all reads for the response must go.
    pub(crate) fn storage(&self) -> Arc<dyn Storage> {
        Arc::<TrackingStorage>::clone(&self.tracking)
    }
}

/// Builds a cache with few shards, so that a large response fits in each. Ghost entries are sized
/// for small responses, so frequent small ones displace rare large ones.
fn build_cache(capacity_bytes: u64) -> Cache<Box<str>, Arc<Entry>, ResponseSize> {
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

#[cfg(test)]
mod tests;
