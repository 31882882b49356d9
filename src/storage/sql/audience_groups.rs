//! How many entries of a stream there are that not everyone may read, by their author and audience.
//! In the outbox of a person with many followers nearly all of them are alike, so they are counted
//! once for all viewers.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use quick_cache::sync::Cache;
use serde_json::Value;
use sqlx::types::Json;
use tokio::sync::Mutex;

use super::{audience, driver::SqlRow};
use crate::{
    model::{AudienceMember, Filter, Stream},
    storage::{Bucket, ModificationClock, Result},
};

/// Of how many streams, under each filter, the groups are remembered.
const CACHE_CAPACITY: usize = 256;

/// Maximum age of a count. It bounds staleness after manual changes of the database.
pub(super) const MAX_AGE: Duration = Duration::from_mins(1);

/// Entries of one author for one audience.
#[derive(Clone, Debug)]
pub(super) struct AudienceGroup {
    pub(super) author: Option<String>,
    pub(super) audience: Vec<AudienceMember>,
    pub(super) count: i64,
}

/// Decodes the author, audience and number of a group.
pub(super) fn decode_group(row: &impl SqlRow) -> Result<AudienceGroup> {
    let Json(audience): Json<Value> = row.at(1)?;
    Ok(AudienceGroup {
        author: row.at(0)?,
        audience: audience::from_json(&audience)?,
        count: row.at(2)?,
    })
}

/// Counts by stream. It is good for as long as nothing was taken out of a stream and nothing that
/// is stored was replaced, whoever joins or leaves what.
pub(super) struct AudienceGroupCounts {
    modification_clock: Arc<ModificationClock>,
    /// Of those who look at once one counts, and the others wait for that.
    cache: Cache<(i64, Filter), Arc<Mutex<Option<CachedGroups>>>>,
}

/// Groups of a stream, counted up to an entry.
pub(super) struct CachedGroups {
    /// None if there are more than a few.
    pub(super) groups: Option<Arc<Vec<AudienceGroup>>>,
    pub(super) up_to: i64,
    pub(super) since: u64,
    pub(super) at: Instant,
}

impl AudienceGroupCounts {
    pub(super) fn new(modification_clock: Arc<ModificationClock>) -> Self {
        Self {
            modification_clock,
            cache: Cache::new(CACHE_CAPACITY),
        }
    }

    pub(super) fn entry(&self, stream: i64, filter: Filter) -> Arc<Mutex<Option<CachedGroups>>> {
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
    pub(super) fn is_valid(&self, known: &CachedGroups, stream: &Stream) -> bool {
        let losses = Bucket::of_removals(stream);
        known.at.elapsed() < MAX_AGE
            && (known.groups.is_none()
                || self
                    .modification_clock
                    .unchanged_since(&[losses], known.since))
    }
}

impl fmt::Debug for AudienceGroupCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AudienceGroupCounts")
            .finish_non_exhaustive()
    }
}
