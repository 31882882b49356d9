//! Totals of streams: how many entries a viewer sees.

use std::{sync::Arc, time::Instant};

use super::{
    audience_groups::{AudienceGroup, CachedGroups},
    query::{GROUPING_THRESHOLD, View},
    store::SqlStore,
    stream_queries::{StreamState, count_groups, count_named, count_private},
};
use crate::{
    model::{Filter, Stream, Viewer, access},
    storage::{ModificationClock, Result, check_access},
};

/// How many of the newest entries of each class tell whether they are in few groups.
const SAMPLE_SIZE: i64 = 512;

/// How many groups are few.
const MAX_GROUPS: u32 = 64;

/// How many addresses there may be in all of their audiences.
const MAX_AUDIENCE_MEMBERS: usize = 256;

/// Counts the entries of a stream that a viewer sees, which was read after that time.
pub(super) async fn count_total(
    store: &impl SqlStore,
    stream: &Stream,
    view: View<'_>,
    top: &StreamState,
    since: u64,
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
    let counts = &store.caches().visible_counts;
    let counting = counts.begin_count(stream, top.pk, view, since);
    if counting.start_after() == 0
        && others >= GROUPING_THRESHOLD
        && let Some((count, upto)) = count_by_audience(store, stream, view, top).await?
    {
        return Ok(seen + counting.finish(count, upto));
    }
    let part = (counting.start_after(), top.last_seq);
    let private = if part.0 < part.1 {
        count_private(store, top.pk, view, part).await?
    } else {
        0
    };
    Ok(seen + counting.finish(private, top.last_seq))
}

/// Counts the non-public entries of a stream that a viewer may see, and up to which entry. `None`
/// if they have to be counted one by one.
async fn count_by_audience(
    store: &impl SqlStore,
    stream: &Stream,
    view: View<'_>,
    top: &StreamState,
) -> Result<Option<(i64, i64)>> {
    let all = &store.caches().visible_counts.groups;
    let known = all.entry(top.pk, view.filter);
    let (groups, upto) = {
        let mut known = known.lock().await;
        let known = match &mut *known {
            Some(known) if all.is_valid(known, stream) => {
                add_newer(known, store, view.filter, top).await?;
                known
            }
            // As of now: it may have taken a while to get here, and others may have written
            // meanwhile.
            none => {
                let since = store.caches().visible_counts.now();
                none.insert(load_groups(store, view.filter, top, since).await?)
            }
        };
        (known.groups.clone(), known.up_to)
    };
    match groups {
        Some(groups) => Ok(Some((
            count_visible_in(store, &groups, view.viewer).await?,
            upto,
        ))),
        None => Ok(None),
    }
}

async fn load_groups(
    store: &impl SqlStore,
    filter: Filter,
    top: &StreamState,
    since: u64,
) -> Result<CachedGroups> {
    let at = Instant::now();
    let mut groups = group_newest(store, filter, top, 0, SAMPLE_SIZE).await?;
    if groups.is_some() {
        groups = group_newest(store, filter, top, 0, i64::MAX).await?;
    }
    Ok(CachedGroups {
        groups: groups.map(Arc::new),
        up_to: top.last_seq,
        since,
        at,
    })
}

/// Adds what came since.
async fn add_newer(
    known: &mut CachedGroups,
    store: &impl SqlStore,
    filter: Filter,
    top: &StreamState,
) -> Result<()> {
    let Some(groups) = &mut known.groups else {
        return Ok(());
    };
    if known.up_to >= top.last_seq {
        return Ok(());
    }
    let more = group_newest(store, filter, top, known.up_to, i64::MAX).await?;
    known.up_to = top.last_seq;
    let all = more.and_then(|more| {
        let mut all = Vec::clone(groups);
        for one in more {
            let alike = |group: &&mut AudienceGroup| {
                group.author == one.author && group.audience == one.audience
            };
            match all.iter_mut().find(alike) {
                Some(group) => group.count += one.count,
                None => all.push(one),
            }
        }
        are_few_enough(&all).then_some(all)
    });
    known.groups = all.map(Arc::new);
    Ok(())
}

/// The groups of the newest entries after one, if these are few.
async fn group_newest(
    store: &impl SqlStore,
    filter: Filter,
    top: &StreamState,
    after: i64,
    newest: i64,
) -> Result<Option<Vec<AudienceGroup>>> {
    // One more tells that they are not.
    let most = i64::from(MAX_GROUPS) + 1;
    let part = (after, top.last_seq);
    let groups = count_groups(store, top.pk, filter, part, newest, most).await?;
    Ok(are_few_enough(&groups).then_some(groups))
}

fn are_few_enough(groups: &[AudienceGroup]) -> bool {
    let addresses: usize = groups.iter().map(|group| group.audience.len()).sum();
    groups.len() <= MAX_GROUPS as usize && addresses <= MAX_AUDIENCE_MEMBERS
}

/// How many of these a viewer sees.
async fn count_visible_in(
    store: &impl SqlStore,
    groups: &[AudienceGroup],
    viewer: Viewer<'_>,
) -> Result<i64> {
    let access: Vec<_> = groups
        .iter()
        .map(|group| access(group.author.as_deref(), &group.audience, viewer))
        .collect();
    let open = check_access(store, viewer, &access).await?;
    let groups = groups.iter().zip(open);
    Ok(groups
        .filter(|(_, open)| *open)
        .map(|(group, _)| group.count)
        .sum())
}
