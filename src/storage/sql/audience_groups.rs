//! How many entries of a stream there are that not everyone may read, by their author and audience.
//! In the outbox of a person with many followers nearly all of them are alike, so they are counted
//! once for all viewers.

use std::{fmt, sync::Arc, time::Instant};

use quick_cache::sync::Cache;
use serde_json::Value;
use sqlx::types::Json;
use tokio::sync::Mutex;

use super::{
    audience,
    page::{StreamBackend, StreamState, View},
    visible_counts::MAX_AGE,
};
use crate::{
    model::{AudienceMember, Filter, Stream, Viewer, access},
    storage::{Bucket, ModificationClock, Result, check_access},
};

/// From how many entries on.
pub(crate) const GROUPING_THRESHOLD: i64 = 512;

/// How many of the newest entries of each class tell whether they are in few groups.
const SAMPLE_SIZE: i64 = 512;

/// How many groups are few.
const MAX_GROUPS: u32 = 64;

/// How many addresses there may be in all of their audiences.
const MAX_AUDIENCE_MEMBERS: usize = 256;

/// Of how many streams, under each filter, the groups are remembered.
const CACHE_CAPACITY: usize = 256;

/// Entries of one author for one audience.
#[derive(Clone, Debug)]
pub(crate) struct AudienceGroup {
    author: Option<String>,
    audience: Vec<AudienceMember>,
    count: i64,
}

/// Author, audience and number of a group, as they are stored.
pub(crate) type GroupRow = (Option<String>, Json<Value>, i64);

/// Decodes the groups of the rows.
pub(crate) fn decode_groups(rows: Vec<GroupRow>) -> Result<Vec<AudienceGroup>> {
    let group = |(author, Json(audience), count): GroupRow| {
        Ok(AudienceGroup {
            author,
            audience: audience::from_json(&audience)?,
            count,
        })
    };
    rows.into_iter().map(group).collect()
}

/// Counts by stream. It is good for as long as nothing was taken out of a stream and nothing that
/// is stored was replaced, whoever joins or leaves what.
pub(super) struct AudienceGroupCounts {
    modification_clock: Arc<ModificationClock>,
    /// Of those who look at once one counts, and the others wait for that.
    cache: Cache<(i64, Filter), Arc<Mutex<Option<CachedGroups>>>>,
}

/// Groups of a stream, counted up to an entry.
struct CachedGroups {
    /// None if there are more than a few.
    groups: Option<Arc<Vec<AudienceGroup>>>,
    up_to: i64,
    since: u64,
    at: Instant,
}

impl AudienceGroupCounts {
    pub(super) fn new(modification_clock: Arc<ModificationClock>) -> Self {
        Self {
            modification_clock,
            cache: Cache::new(CACHE_CAPACITY),
        }
    }

    fn entry(&self, stream: i64, filter: Filter) -> Arc<Mutex<Option<CachedGroups>>> {
        let key = (stream, filter);
        if let Some(known) = self.cache.get(&key) {
            return known;
        }
        let known = Arc::default();
        self.cache.insert(key, Arc::clone(&known));
        known
    }

    /// Whether it is as it would be if it was counted anew. That there are more than a few is
    /// believed for a while.
    fn is_valid(&self, known: &CachedGroups, stream: &Stream) -> bool {
        let losses = Bucket::of_removals(stream);
        known.at.elapsed() < MAX_AGE
            && (known.groups.is_none()
                || self
                    .modification_clock
                    .unchanged_since(&[losses], known.since))
    }
}

/// Counts the non-public entries of a stream that a viewer may see, and up to which entry. `None`
/// if they have to be counted one by one.
pub(super) async fn count_visible(
    entries: &impl StreamBackend,
    stream: &Stream,
    view: View<'_>,
    top: &StreamState,
) -> Result<Option<(i64, i64)>> {
    let all = &entries.visible_counts().groups;
    let known = all.entry(top.pk, view.filter);
    let (groups, upto) = {
        let mut known = known.lock().await;
        let known = match &mut *known {
            Some(known) if all.is_valid(known, stream) => {
                known.add_newer(entries, view.filter, top).await?;
                known
            }
            // As of now: it may have taken a while to get here, and others may have written
            // meanwhile.
            none => {
                let since = entries.visible_counts().now();
                none.insert(CachedGroups::load(entries, view.filter, top, since).await?)
            }
        };
        (known.groups.clone(), known.up_to)
    };
    match groups {
        Some(groups) => Ok(Some((
            count_visible_in(entries, &groups, view.viewer).await?,
            upto,
        ))),
        None => Ok(None),
    }
}

impl CachedGroups {
    async fn load(
        entries: &impl StreamBackend,
        filter: Filter,
        top: &StreamState,
        since: u64,
    ) -> Result<Self> {
        let at = Instant::now();
        let mut groups = group_newest(entries, filter, top, 0, SAMPLE_SIZE).await?;
        if groups.is_some() {
            groups = group_newest(entries, filter, top, 0, i64::MAX).await?;
        }
        Ok(Self {
            groups: groups.map(Arc::new),
            up_to: top.last_seq,
            since,
            at,
        })
    }

    /// Adds what came since.
    async fn add_newer(
        &mut self,
        entries: &impl StreamBackend,
        filter: Filter,
        top: &StreamState,
    ) -> Result<()> {
        let Some(groups) = &mut self.groups else {
            return Ok(());
        };
        if self.up_to >= top.last_seq {
            return Ok(());
        }
        let more = group_newest(entries, filter, top, self.up_to, i64::MAX).await?;
        self.up_to = top.last_seq;
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
        self.groups = all.map(Arc::new);
        Ok(())
    }
}

/// The groups of the newest entries after one, if these are few.
async fn group_newest(
    entries: &impl StreamBackend,
    filter: Filter,
    top: &StreamState,
    after: i64,
    newest: i64,
) -> Result<Option<Vec<AudienceGroup>>> {
    // One more tells that they are not.
    let most = i64::from(MAX_GROUPS) + 1;
    let part = (after, top.last_seq);
    let groups = entries
        .count_groups(top.pk, filter, part, newest, most)
        .await?;
    Ok(are_few_enough(&groups).then_some(groups))
}

fn are_few_enough(groups: &[AudienceGroup]) -> bool {
    let addresses: usize = groups.iter().map(|group| group.audience.len()).sum();
    groups.len() <= MAX_GROUPS as usize && addresses <= MAX_AUDIENCE_MEMBERS
}

/// How many of these a viewer sees.
async fn count_visible_in(
    entries: &impl StreamBackend,
    groups: &[AudienceGroup],
    viewer: Viewer<'_>,
) -> Result<i64> {
    let access: Vec<_> = groups
        .iter()
        .map(|group| access(group.author.as_deref(), &group.audience, viewer))
        .collect();
    let open = check_access(entries, viewer, &access).await?;
    let groups = groups.iter().zip(open);
    Ok(groups
        .filter(|(_, open)| *open)
        .map(|(group, _)| group.count)
        .sum())
}

impl fmt::Debug for AudienceGroupCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AudienceGroupCounts")
            .finish_non_exhaustive()
    }
}
