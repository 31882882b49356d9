//! Cache of the number of non-public entries that a viewer may see. A full count grows with the
//! stream; an increment does not.

use std::{fmt, sync::Arc, time::Instant};

use quick_cache::sync::Cache;

use super::{
    audience_groups::{AudienceGroupCounts, MAX_AGE},
    query::View,
};
use crate::{
    model::{Filter, Stream, Viewer},
    storage::{Bucket, ModificationClock},
};

/// How many counts are remembered.
const CACHE_CAPACITY: usize = 10_000;

/// A stream by its number, who counted, and what.
type CountKey = (i64, Box<str>, Filter);

/// Cache of counts. A count is invalidated by a removal from the stream, a replaced object, or a
/// change of the viewer's memberships.
pub(crate) struct VisibleCountCache {
    modification_clock: Arc<ModificationClock>,
    counts: Cache<CountKey, CachedCount>,
    /// Counts shared by all viewers of a stream.
    pub(super) groups: AudienceGroupCounts,
}

/// A count of the entries up to a number.
#[derive(Clone, Copy)]
struct CachedCount {
    count: i64,
    up_to: i64,
    since: u64,
    at: Instant,
}

/// A count that is to be made, or brought up to date.
pub(crate) struct PendingCount<'a> {
    cache: &'a VisibleCountCache,
    key: CountKey,
    cached: CachedCount,
}

impl VisibleCountCache {
    pub(crate) fn new(modification_clock: Arc<ModificationClock>) -> Self {
        Self {
            groups: AudienceGroupCounts::new(Arc::clone(&modification_clock)),
            modification_clock,
            counts: Cache::new(CACHE_CAPACITY),
        }
    }

    /// Now, to be asked before the stream is read.
    pub(crate) fn now(&self) -> u64 {
        self.modification_clock.now()
    }

    /// Begins to count in a stream that was read after that time.
    pub(crate) fn begin_count(
        &self,
        stream: &Stream,
        number: i64,
        view: View<'_>,
        since: u64,
    ) -> PendingCount<'_> {
        let viewer = match view.viewer {
            Viewer::Person(id) => id,
            Viewer::Anonymous | Viewer::Unrestricted => "",
        };
        let key = (number, viewer.into(), view.filter);
        let places = [Bucket::of_removals(stream), Bucket::of_memberships(viewer)];
        let known = self.counts.get(&key);
        let known = known.filter(|known| {
            known.at.elapsed() < MAX_AGE
                && self
                    .modification_clock
                    .unchanged_since(&places, known.since)
        });
        let nothing = CachedCount {
            count: 0,
            up_to: 0,
            since,
            at: Instant::now(),
        };
        PendingCount {
            cache: self,
            key,
            cached: known.unwrap_or(nothing),
        }
    }
}

impl PendingCount<'_> {
    /// After which entry is to be counted.
    pub(crate) fn start_after(&self) -> i64 {
        self.cached.up_to
    }

    /// All that were counted, those from there up to an entry being so many.
    pub(crate) fn finish(self, count: i64, upto: i64) -> i64 {
        let all = CachedCount {
            count: self.cached.count + count,
            up_to: upto.max(self.cached.up_to),
            ..self.cached
        };
        self.cache.counts.insert(self.key, all);
        all.count
    }
}

impl fmt::Debug for VisibleCountCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VisibleCountCache").finish_non_exhaustive()
    }
}
