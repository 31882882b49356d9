//! Validity of cached reads, by the modification clock of the store and by age.
//!
//! Local writes invalidate a cached read at once. Writes of other nodes are read with one query,
//! which concurrent requests share. On a store of a single node, writes of other processes are seen
//! within [`MAX_STALENESS`].

use std::sync::Arc;

use chrono::TimeDelta;

use super::{Clock, single_flight::SingleFlight};
use crate::storage::{Bucket, ModificationClock, Result, Storage};

/// Maximum delay until writes of other processes to a single-node store are seen.
const MAX_STALENESS: TimeDelta = TimeDelta::milliseconds(100);

/// Maximum age of a cached read, in seconds. It bounds staleness after manual changes of the
/// database.
pub(super) const MAX_AGE_SECONDS: i64 = 60;

/// Store with its modification clock, which is kept in step with other nodes.
pub(super) struct SyncedStore {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    single_flight: SingleFlight,
}

/// The present, by the modification clock of a store and by the wall clock.
#[derive(Clone, Copy)]
pub(super) struct Now<'a> {
    modification_clock: &'a ModificationClock,
    time: ReadTime,
}

/// Start of reads: the number of the last commit before it, and the seconds since 1970.
#[derive(Clone, Copy)]
pub(super) struct ReadTime {
    commit: u64,
    seconds: i64,
}

/// Value that was made from reads of a store.
#[derive(Clone)]
pub(super) struct CachedRead<T, B> {
    pub(super) value: T,
    /// The buckets that were read.
    pub(super) buckets: B,
    pub(super) since: ReadTime,
}

impl SyncedStore {
    pub(super) fn new(storage: Arc<dyn Storage>, clock: Arc<dyn Clock>) -> Self {
        Self {
            storage,
            single_flight: SingleFlight::new(Arc::clone(&clock)),
            clock,
        }
    }

    /// Returns the store itself.
    pub(super) fn storage(&self) -> &Arc<dyn Storage> {
        &self.storage
    }

    /// Returns the present, to be asked before anything is read. `None`: do not cache.
    pub(super) fn now(&self) -> Option<Now<'_>> {
        let modification_clock = self.storage.modification_clock()?;
        Some(Now {
            modification_clock,
            time: ReadTime {
                commit: modification_clock.now(),
                seconds: self.clock.now().timestamp(),
            },
        })
    }

    /// Returns the present like [`now`](Self::now), after the writes of other nodes were read.
    pub(super) async fn sync(&self) -> Result<Option<Now<'_>>> {
        match self.storage.modification_clock() {
            Some(clock) if clock.is_multi_node() => {
                let poll = async { self.storage.sync_changes().await };
                self.single_flight.run(poll).await?;
            }
            Some(_) => self.sync_in_background(),
            None => return Ok(None),
        }
        Ok(self.now())
    }

    /// Polls for writes of other processes without a wait, since the store may wait for them.
    fn sync_in_background(&self) {
        if let Some(lock) = self.single_flight.try_lock_after(MAX_STALENESS) {
            let storage = Arc::clone(&self.storage);
            tokio::spawn(async move {
                let _lock = lock;
                if let Err(error) = storage.sync_changes().await {
                    tracing::debug!(%error, "writes of other processes could not be polled");
                }
            });
        }
    }
}

impl Now<'_> {
    /// Returns the time at which reads begin that are made from now on.
    pub(super) fn time(&self) -> ReadTime {
        self.time
    }
}

impl<T, B: AsRef<[Bucket]>> CachedRead<T, B> {
    /// Whether the value is what the reads would make of the store now.
    pub(super) fn is_valid(&self, now: Now<'_>) -> bool {
        let is_young = (0..MAX_AGE_SECONDS).contains(&(now.time.seconds - self.since.seconds));
        let clock = now.modification_clock;
        is_young && clock.unchanged_since(self.buckets.as_ref(), self.since.commit)
    }
}
