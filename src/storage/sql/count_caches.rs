//! Caches of counts: what viewers see of a stream, and its groups by author and audience.

use std::{convert::Infallible, sync::Arc, time::Instant};

use quick_cache::sync::Cache;
use tokio::sync::Mutex;

use crate::{
    model::{AudienceMember, Filter},
    storage::{Bucket, CachedRead, ModificationClock, Now},
};

/// Maximum number of cached counts.
const MAX_COUNTS: usize = 10_000;

/// Maximum number of streams, under each filter, whose groups are cached.
const MAX_GROUPED_STREAMS: usize = 256;

/// A stream by its number, the id of the viewer, and a filter.
type CountKey = (i64, Box<str>, Filter);

/// Cache of the number of non-public entries that a viewer may see. A full count grows with the
/// stream; an increment does not. A count is invalidated by a removal from the stream, a replaced
/// object, or a change of the viewer's memberships.
#[derive(Debug)]
pub(crate) struct VisibleCountCache {
    modification_clock: Arc<ModificationClock>,
    created_at: Instant,
    pub(super) counts: Cache<CountKey, CachedRead<VisibleCount, [Bucket; 2]>>,
    /// Counts shared by all viewers of a stream. Of concurrent readers one counts, and the others
    /// wait for that.
    groups: Cache<(i64, Filter), Arc<Mutex<Option<CachedGroups>>>>,
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
            groups: Cache::new(MAX_GROUPED_STREAMS),
        }
    }

    /// Returns the present, to be asked before a stream is read.
    pub(super) fn now(&self) -> Now<'_> {
        let seconds = self.created_at.elapsed().as_secs();
        self.modification_clock.at(seconds.cast_signed())
    }

    /// Returns the groups of a stream, to be locked.
    pub(super) fn groups(&self, stream: i64, filter: Filter) -> Arc<Mutex<Option<CachedGroups>>> {
        let new = || Ok::<_, Infallible>(Arc::default());
        let Ok(groups) = self.groups.get_or_insert_with(&(stream, filter), new);
        groups
    }
}

/// Entries of one author for one audience.
#[derive(Clone, Debug)]
pub(super) struct AudienceGroup {
    pub(super) author: Option<String>,
    pub(super) audience: Vec<AudienceMember>,
    pub(super) count: i64,
}

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
