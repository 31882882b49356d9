//! Use of the store by cached media of other hosts, as far as this process knows.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Interval between two cleanings, unless room is wanted.
const CLEANING_INTERVAL: TimeDelta = TimeDelta::hours(1);

/// Maximum bytes of files that are recorded at once, before they are stored.
const MAX_RECORDED_BYTES: usize = 16 * 1024 * 1024;

/// Least bytes that a file counts for: a small one takes more of a disk than it has.
const MIN_COUNTED_BYTES: u64 = 16 * 1024;

/// Bounds of the media cache.
pub(crate) struct MediaCacheState {
    usage: Mutex<Usage>,
    recorded: Arc<Semaphore>,
}

#[derive(Default)]
struct Usage {
    /// Bytes in the store; `None` until they were counted.
    bytes: Option<u64>,
    /// Whether something found no room.
    is_full: bool,
    cleaned: Option<DateTime<Utc>>,
}

impl Default for MediaCacheState {
    fn default() -> Self {
        Self {
            usage: Mutex::default(),
            recorded: Arc::new(Semaphore::new(MAX_RECORDED_BYTES)),
        }
    }
}

impl MediaCacheState {
    /// Returns what a file of so many bytes counts for.
    pub(crate) fn counted(bytes: u64) -> u64 {
        bytes.max(MIN_COUNTED_BYTES)
    }

    /// Reserves room in memory and in the store for a file. `None` if there is none.
    pub(crate) fn reserve(&self, bytes: u32, limit: u64) -> Option<OwnedSemaphorePermit> {
        let mut usage = self.usage.lock();
        let after = usage.bytes? + Self::counted(bytes.into());
        if after > limit {
            usage.is_full = true;
            return None;
        }
        let permit = Arc::clone(&self.recorded)
            .try_acquire_many_owned(bytes)
            .ok()?;
        usage.bytes = Some(after);
        Some(permit)
    }

    /// Begins a cleaning if it is time for one. Returns whether room is wanted.
    pub(crate) fn begin_cleaning(&self, now: DateTime<Utc>) -> Option<bool> {
        let mut usage = self.usage.lock();
        let is_recent = |cleaned| cleaned <= now && now - cleaned < CLEANING_INTERVAL;
        if usage.cleaned.is_some_and(is_recent) && !usage.is_full {
            return None;
        }
        // Until it is done nothing is stored, and nothing either if it fails.
        (usage.bytes, usage.cleaned) = (None, Some(now));
        Some(std::mem::take(&mut usage.is_full))
    }

    /// Ends a cleaning that left so many bytes.
    pub(crate) fn end_cleaning(&self, bytes: u64) {
        self.usage.lock().bytes = Some(bytes);
    }
}
