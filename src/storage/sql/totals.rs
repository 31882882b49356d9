//! How many of what is not for everyone someone may read in a stream, as it was counted before: to count them all is
//! work that grows with the stream, and to count what came since is not.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use quick_cache::sync::Cache;

use super::{groups::Groups, page::View};
use crate::{
    model::{Filter, Stream, Viewer},
    storage::{Marks, Place},
};

/// How many counts are remembered.
const MOST: usize = 10_000;

/// How long one is good at most: for those who change a database by hand, of which nobody is told.
pub(super) const LIFETIME: Duration = Duration::from_mins(1);

/// A stream by its number, who counted, and what.
type Key = (i64, Box<str>, Filter);

/// What was counted. A count is good for as long as nothing was taken out of the stream, nothing that is stored was
/// replaced, and the viewer joined or left nothing.
pub(in crate::storage) struct Totals {
    marks: Arc<Marks>,
    counts: Cache<Key, Count>,
    /// What is the same for all viewers of a stream.
    pub(super) groups: Groups,
}

/// A count of the entries up to a number.
#[derive(Clone, Copy)]
struct Count {
    found: i64,
    upto: i64,
    since: u64,
    at: Instant,
}

/// A count that is to be made, or brought up to date.
pub(in crate::storage) struct Counting<'a> {
    totals: &'a Totals,
    key: Key,
    before: Count,
}

impl Totals {
    pub(in crate::storage) fn new(marks: Arc<Marks>) -> Self {
        Self {
            groups: Groups::new(Arc::clone(&marks)),
            marks,
            counts: Cache::new(MOST),
        }
    }

    /// Now, to be asked before the stream is read.
    pub(in crate::storage) fn now(&self) -> u64 {
        self.marks.now()
    }

    /// Begins to count in a stream that was read after that time.
    pub(in crate::storage) fn begin(
        &self,
        stream: &Stream,
        number: i64,
        view: View<'_>,
        since: u64,
    ) -> Counting<'_> {
        let viewer = match view.viewer {
            Viewer::Person(id) => id,
            Viewer::Anyone | Viewer::Everything => "",
        };
        let key = (number, viewer.into(), view.filter);
        let places = [Place::of_losses(stream), Place::of_holders(viewer)];
        let known = self.counts.get(&key);
        let known = known
            .filter(|known| known.at.elapsed() < LIFETIME && self.marks.hold(&places, known.since));
        let nothing = Count {
            found: 0,
            upto: 0,
            since,
            at: Instant::now(),
        };
        Counting {
            totals: self,
            key,
            before: known.unwrap_or(nothing),
        }
    }
}

impl Counting<'_> {
    /// After which entry is to be counted.
    pub(in crate::storage) fn from(&self) -> i64 {
        self.before.upto
    }

    /// All that were counted, those from there up to an entry being so many.
    pub(in crate::storage) fn end(self, count: i64, upto: i64) -> i64 {
        let all = Count {
            found: self.before.found + count,
            upto: upto.max(self.before.upto),
            ..self.before
        };
        self.totals.counts.insert(self.key, all);
        all.found
    }
}

impl fmt::Debug for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Totals").finish_non_exhaustive()
    }
}
