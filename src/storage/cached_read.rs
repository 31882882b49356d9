//! Validity of cached reads: by the modification clock, and up to a maximum age.

use super::{Bucket, ModificationClock};

/// Maximum age of a cached read, in seconds. It bounds staleness after manual changes of the
/// database.
pub(crate) const MAX_AGE_SECONDS: i64 = 60;

/// The present, by the modification clock of a store and by a clock that counts seconds.
#[derive(Clone, Copy)]
pub(crate) struct Now<'a> {
    modification_clock: &'a ModificationClock,
    time: ReadTime,
}

/// Start of reads: the number of the last commit before it, and the seconds on the clock.
#[derive(Clone, Copy)]
pub(crate) struct ReadTime {
    commit: u64,
    seconds: i64,
}

/// Value that was made from reads of a store.
#[derive(Clone)]
pub(crate) struct CachedRead<T, B> {
    pub(crate) value: T,
    /// The buckets that were read.
    pub(crate) buckets: B,
    pub(crate) since: ReadTime,
}

impl ModificationClock {
    /// Returns the present, to be asked before anything is read. Seconds of one cache are of one
    /// clock, whichever.
    pub(crate) fn at(&self, seconds: i64) -> Now<'_> {
        Now {
            modification_clock: self,
            time: ReadTime {
                commit: self.now(),
                seconds,
            },
        }
    }
}

impl Now<'_> {
    /// Returns the time at which reads begin that are made from now on.
    pub(crate) fn time(&self) -> ReadTime {
        self.time
    }
}

impl<T, B: AsRef<[Bucket]>> CachedRead<T, B> {
    /// Whether the value is what the reads would make of the store now.
    pub(crate) fn is_valid(&self, now: Now<'_>) -> bool {
        let is_young = (0..MAX_AGE_SECONDS).contains(&(now.time.seconds - self.since.seconds));
        let clock = now.modification_clock;
        is_young && clock.unchanged_since(self.buckets.as_ref(), self.since.commit)
    }
}
