//! Numbers of the non-public entries of streams, by author and audience. In the outbox of a person
//! with many followers nearly all are alike, so they are counted once for all viewers.

use std::sync::Arc;

use serde_json::Value;
use sqlx::types::Json;

use super::{
    audience,
    count_caches::{AudienceGroup, StreamGroups},
    driver::{SqlRow, args},
    query::{self, View},
    store::SqlStore,
    stream_queries::StreamState,
};
use crate::{
    model::{Filter, Stream, Viewer, access},
    storage::{Bucket, CachedRead, Result, check_access},
};

/// How many of the newest entries of each class tell whether they are in few groups.
const SAMPLE_SIZE: i64 = 512;

/// How many groups are few.
const MAX_GROUPS: u32 = 64;

/// How many addresses there may be in all of their audiences.
const MAX_AUDIENCE_MEMBERS: usize = 256;

/// Decodes the author, audience and number of a group.
fn decode_group(row: &impl SqlRow) -> Result<AudienceGroup> {
    let Json(audience): Json<Value> = row.at(1)?;
    Ok(AudienceGroup {
        author: row.at(0)?,
        audience: audience::from_json(&audience)?,
        count: row.at(2)?,
    })
}

/// Counts the non-public entries of a stream that a viewer may see, and up to which entry. `None`
/// if they have to be counted one by one.
pub(super) async fn count_by_audience(
    store: &impl SqlStore,
    stream: &Stream,
    view: View<'_>,
    top: &StreamState,
) -> Result<Option<(i64, i64)>> {
    let cache = &store.caches().visible_counts;
    let entry = cache.groups(top.pk, view.filter);
    let mut cached = entry.lock().await;
    // After the wait, in which others may have written.
    let now = cache.now();
    let read = match &mut *cached {
        Some(read) if read.is_valid(now) => read,
        none => none.insert(CachedRead {
            value: StreamGroups {
                groups: Some(Arc::default()),
                up_to: 0,
            },
            buckets: vec![Bucket::of_removals(stream)],
            since: now.time(),
        }),
    };
    add_newer(&mut read.value, store, view.filter, top).await?;
    let StreamGroups { groups, up_to } = read.value.clone();
    let Some(groups) = groups else {
        // No write changes that: it is tried again only when this is too old.
        read.buckets.clear();
        return Ok(None);
    };
    drop(cached);
    let count = count_visible_in(store, &groups, view.viewer).await?;
    Ok(Some((count, up_to)))
}

/// Adds the entries that are not counted yet. A sample comes before the first count.
async fn add_newer(
    counted: &mut StreamGroups,
    store: &impl SqlStore,
    filter: Filter,
    top: &StreamState,
) -> Result<()> {
    let Some(groups) = &mut counted.groups else {
        return Ok(());
    };
    if counted.up_to >= top.last_seq {
        return Ok(());
    }
    let after = counted.up_to;
    let mut more = None;
    if after > 0
        || group_newest(store, filter, top, 0, SAMPLE_SIZE)
            .await?
            .is_some()
    {
        more = group_newest(store, filter, top, after, i64::MAX).await?;
    }
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
    *counted = StreamGroups {
        groups: all.map(Arc::new),
        up_to: top.last_seq,
    };
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
    let sql = query::count_groups(filter);
    let arguments = args![top.pk, after, top.last_seq, newest, most];
    let groups = store.pool().list(&sql, &arguments, decode_group).await?;
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
