//! Totals of streams: how many entries a viewer sees.

use std::{fmt, sync::Arc, time::Instant};

use quick_cache::sync::Cache;

use super::{
    audience_groups::{AudienceGroupCache, count_by_audience},
    query::{GROUPING_THRESHOLD, View},
    store::SqlStore,
    stream_queries::{StreamState, count_named, count_private},
};
use crate::{
    model::{Filter, Stream, Viewer},
    storage::{Bucket, CachedRead, ModificationClock, Now, ReadTime, Result},
};

/// Maximum number of cached counts.
const CACHE_CAPACITY: usize = 10_000;

/// A stream by its number, the id of the viewer, and a filter.
type CountKey = (i64, Box<str>, Filter);

/// Cache of the number of non-public entries that a viewer may see. A full count grows with the
/// stream; an increment does not. A count is invalidated by a removal from the stream, a replaced
/// object, or a change of the viewer's memberships.
pub(crate) struct VisibleCountCache {
    modification_clock: Arc<ModificationClock>,
    created_at: Instant,
    counts: Cache<CountKey, CachedRead<VisibleCount, [Bucket; 2]>>,
    /// Counts shared by all viewers of a stream.
    pub(super) groups: AudienceGroupCache,
}

/// Number of visible entries, up to the entry of a number.
#[derive(Clone, Copy)]
struct VisibleCount {
    count: i64,
    up_to: i64,
}

impl VisibleCountCache {
    pub(super) fn new(modification_clock: Arc<ModificationClock>) -> Self {
        Self {
            modification_clock,
            created_at: Instant::now(),
            counts: Cache::new(CACHE_CAPACITY),
            groups: AudienceGroupCache::new(),
        }
    }

    /// Returns the present, to be asked before a stream is read.
    pub(super) fn now(&self) -> Now<'_> {
        let seconds = self.created_at.elapsed().as_secs();
        self.modification_clock.at(seconds.cast_signed())
    }
}

/// Counts the entries of a stream that a viewer sees, which was read after that time.
pub(super) async fn count_total(
    store: &impl SqlStore,
    stream: &Stream,
    view: View<'_>,
    top: &StreamState,
    since: ReadTime,
) -> Result<i64> {
    if view.name_query.is_some() {
        return count_named(store, top.pk, view).await;
    }
    let (seen, others) = top.counters.visible_and_uncertain(view.filter, view.viewer);
    if others == 0 {
        return Ok(seen);
    }
    let clock = store.modification_clock();
    if clock.is_some_and(ModificationClock::is_multi_node) {
        store.sync_changes().await?;
    }
    let viewer = match view.viewer {
        Viewer::Person(id) => id,
        Viewer::Anonymous | Viewer::Unrestricted => "",
    };
    let cache = &store.caches().visible_counts;
    let key = (top.pk, viewer.into(), view.filter);
    let cached = cache.counts.get(&key);
    let mut read = cached
        .filter(|read| read.is_valid(cache.now()))
        .unwrap_or_else(|| CachedRead {
            value: VisibleCount { count: 0, up_to: 0 },
            buckets: [Bucket::of_removals(stream), Bucket::of_memberships(viewer)],
            since,
        });
    let counted = read.value.up_to;
    if counted == 0
        && others >= GROUPING_THRESHOLD
        && let Some((count, up_to)) = count_by_audience(store, stream, view, top).await?
    {
        read.value = VisibleCount { count, up_to };
    }
    let VisibleCount { count, up_to } = read.value;
    if up_to < top.last_seq {
        let more = count_private(store, top.pk, view, (up_to, top.last_seq)).await?;
        read.value = VisibleCount {
            count: count + more,
            up_to: top.last_seq,
        };
    }
    let total = seen + read.value.count;
    if read.value.up_to > counted {
        cache.counts.insert(key, read);
    }
    Ok(total)
}

impl fmt::Debug for VisibleCountCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VisibleCountCache").finish_non_exhaustive()
    }
}
