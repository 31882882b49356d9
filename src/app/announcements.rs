//! Announcements of the site, in memory: each member's home page asks for them.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;

use super::Clock;
use crate::{
    model::{SiteRecord, SiteRecordKind},
    storage::{Result, Storage},
};

/// Time after which they are read again: so late are those of other processes noticed.
const MAX_AGE: TimeDelta = TimeDelta::seconds(15);

/// Announcements that are shown at once, at most.
const MAX_ANNOUNCEMENTS: u32 = 10;

/// Announcements, and when they were read.
type Timed = (DateTime<Utc>, Arc<[SiteRecord]>);

/// The newest announcements, as they were read last.
pub(crate) struct Announcements {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    cached: Mutex<Option<Timed>>,
}

impl Announcements {
    pub(super) fn new(storage: Arc<dyn Storage>, clock: Arc<dyn Clock>) -> Self {
        Self {
            storage,
            clock,
            cached: Mutex::default(),
        }
    }

    /// Returns the newest announcements, newest first, also those that have ended.
    pub(crate) async fn get(&self) -> Result<Arc<[SiteRecord]>> {
        let now = self.clock.now();
        let cached = self.cached.lock().clone();
        if let Some((_, records)) = cached.filter(|(at, _)| (now - *at).abs() < MAX_AGE) {
            return Ok(records);
        }
        let kind = SiteRecordKind::Announcement;
        let records = self
            .storage
            .list_site_records(kind, None, MAX_ANNOUNCEMENTS);
        let records: Arc<[SiteRecord]> = records.await?.into();
        *self.cached.lock() = Some((now, Arc::clone(&records)));
        Ok(records)
    }

    /// Forgets them, after a change.
    pub(crate) fn forget(&self) {
        *self.cached.lock() = None;
    }
}
