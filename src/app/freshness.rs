//! The present, in which a [cached read](crate::storage::CachedRead) is valid or not.
//!
//! Local writes invalidate a cached read at once. Writes of other nodes are read with one query,
//! which concurrent requests share. On a store of a single node no read waits for that query. A
//! read that comes [`MAX_STALENESS`] after the last query starts one; later reads see the writes.

use std::sync::Arc;

use chrono::TimeDelta;

use super::{Clock, single_flight::SingleFlight};
use crate::storage::{Now, Result, Storage};

/// Age of the last query for writes of other processes to a single-node store, after which a read
/// starts another.
const MAX_STALENESS: TimeDelta = TimeDelta::milliseconds(100);

/// Store with its modification clock, which is kept in step with other nodes.
pub(super) struct SyncedStore {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    single_flight: SingleFlight,
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
        Some(modification_clock.at(self.clock.now().timestamp()))
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
