//! Caches of counts: what viewers see of a stream, and its groups by author and audience.

use std::{convert::Infallible, fmt, sync::Arc, time::Instant};

use quick_cache::sync::Cache;
use tokio::sync::Mutex;

use crate::{
    model::{AudienceMember, Filter},
    storage::{Bucket, CachedRead, ModificationClock, Now},
};

/// Maximum number of cached counts.
const MAX_COUNTS: usize = 10_000;

/// A stream by its number, the id of the viewer, and a filter.
type CountKey = (i64, Box<str>, Filter);

/// Cache of the number of non-public entries that a viewer may see. A full count grows with the
/// stream; an increment does not. A count is invalidated by a removal from the stream, a replaced
/// object, or a change of the viewer's memberships.
pub(crate) struct VisibleCountCache {
    modification_clock: Arc<ModificationClock>,
    created_at: Instant,
    pub(super) counts: Cache<CountKey, CachedRead<VisibleCount, [Bucket; 2]>>,
    /// Counts shared by all viewers of a stream.
    pub(super) groups: AudienceGroupCache,
}

/// Number of visible entries, up to the entry of a number.
#[derive(Clone, Copy)]
pub(super) struct VisibleCount {
    pub(super) count: i64,
    pub(super) up_to: i64,
}

impl VisibleCountCache {
    pub(super) fn new(modification_clock: Arc<ModificationClock>) -> Self {
        Self {
            modification_clock,
            created_at: Instant::now(),
            counts: Cache::new(MAX_COUNTS),
            groups: AudienceGroupCache::new(),
        }
    }

    /// Returns the present, to be asked before a stream is read.
    pub(super) fn now(&self) -> Now<'_> {
        let seconds = self.created_at.elapsed().as_secs();
        self.modification_clock.at(seconds.cast_signed())
    }
}

/// Maximum number of streams, under each filter, whose groups are cached.
const MAX_GROUPED_STREAMS: usize = 256;

/// Entries of one author for one audience.
#[derive(Clone, Debug)]
pub(super) struct AudienceGroup {
    pub(super) author: Option<String>,
    pub(super) audience: Vec<AudienceMember>,
    pub(super) count: i64,
}

/// Groups by stream. Of concurrent readers one counts, and the others wait for that.
pub(super) struct AudienceGroupCache(Cache<(i64, Filter), Arc<Mutex<Option<CachedGroups>>>>);

/// Groups of a stream, which a removal from it or a replaced object invalidates, and nobody's
/// membership.
pub(super) type CachedGroups = CachedRead<StreamGroups, Vec<Bucket>>;

/// Groups of the entries of a stream up to a number.
#[derive(Clone)]
pub(super) struct StreamGroups {
    /// `None` if there are more than a few.
    pub(super) groups: Option<Arc<Vec<AudienceGroup>>>,
    pub(super) up_to: i64,
}

impl AudienceGroupCache {
    pub(super) fn new() -> Self {
        Self(Cache::new(MAX_GROUPED_STREAMS))
    }

    pub(super) fn entry(&self, stream: i64, filter: Filter) -> Arc<Mutex<Option<CachedGroups>>> {
        let new = || Ok::<_, Infallible>(Arc::default());
        let Ok(entry) = self.0.get_or_insert_with(&(stream, filter), new);
        entry
    }
}

impl fmt::Debug for VisibleCountCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VisibleCountCache").finish_non_exhaustive()
    }
}
