//! Totals of streams: how many entries a viewer sees.

use super::{
    audience_groups::count_by_audience,
    count_caches::VisibleCount,
    query::{GROUPING_THRESHOLD, View},
    store::SqlStore,
    stream_queries::{StreamState, count_named, count_private},
};
use crate::{
    model::{Stream, Viewer},
    storage::{Bucket, CachedRead, ModificationClock, ReadTime, Result},
};

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
