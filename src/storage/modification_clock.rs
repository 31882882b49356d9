//! Modification clock for cache invalidation.

use std::{
    fmt,
    iter::repeat_with,
    sync::atomic::{AtomicU64, Ordering},
};

use sha2::{Digest, Sha256};

use super::Change;
use crate::model::{Nickname, Stream};

/// Number of buckets: as many as two bytes can name.
const BUCKET_COUNT: usize = 1 << 16;

/// Time of the last write to each bucket of a store. A backend of a single process needs only this:
/// [`ModificationClock::single_node`], [`record`](Self::record) after each commit, before it
/// returns, and [`modification_clock`](super::ChangeTracking::modification_clock) is this.
///
/// Time is counted in commits. A value made from reads that began at [`now`](Self::now) stays valid
/// while all buckets that were read are [unchanged](Self::unchanged_since).
pub struct ModificationClock {
    multi_node: bool,
    now: AtomicU64,
    all: AtomicU64,
    buckets: Box<[AtomicU64]>,
}

/// Invalidation bucket. Keys may share a bucket; a collision causes a needless miss, never a stale
/// hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bucket(u16);

/// The buckets that a commit writes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invalidation {
    /// These.
    Buckets(Vec<Bucket>),
    /// All buckets, or an unknown set.
    All,
}

impl ModificationClock {
    /// Creates the clock of a store with one writing process, whose rare other writers need no
    /// immediate visibility.
    pub fn single_node() -> Self {
        Self::new(false)
    }

    /// Creates the clock of a store that several nodes write to.
    pub fn multi_node() -> Self {
        Self::new(true)
    }

    fn new(shared: bool) -> Self {
        Self {
            multi_node: shared,
            now: AtomicU64::new(0),
            all: AtomicU64::new(0),
            buckets: repeat_with(AtomicU64::default).take(BUCKET_COUNT).collect(),
        }
    }

    /// Whether several nodes write to the store, so that each answer needs a
    /// [look](super::ChangeTracking::sync_changes); else one now and then will do.
    pub fn is_multi_node(&self) -> bool {
        self.multi_node
    }

    /// Returns the current time, to be taken before anything is read.
    pub fn now(&self) -> u64 {
        self.now.load(Ordering::SeqCst)
    }

    /// Returns whether none of these buckets was written to since then.
    pub fn unchanged_since(&self, buckets: &[Bucket], since: u64) -> bool {
        let unchanged = |mark: &AtomicU64| mark.load(Ordering::SeqCst) <= since;
        unchanged(&self.all)
            && buckets
                .iter()
                .all(|bucket| unchanged(self.last_write(*bucket)))
    }

    /// Records a write that is visible to readers.
    pub fn record(&self, invalidation: &Invalidation) {
        // A reader that asks for the time between these two lines reads data already written.
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        match invalidation {
            Invalidation::All => {
                self.all.fetch_max(now, Ordering::SeqCst);
            }
            Invalidation::Buckets(buckets) => {
                for bucket in buckets {
                    self.last_write(*bucket).fetch_max(now, Ordering::SeqCst);
                }
            }
        }
    }

    fn last_write(&self, bucket: Bucket) -> &AtomicU64 {
        &self.buckets[usize::from(bucket.0)]
    }
}

impl fmt::Debug for ModificationClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModificationClock").finish_non_exhaustive()
    }
}

impl Bucket {
    /// Bucket of the contents of a stream.
    pub fn of_stream(stream: &Stream) -> Self {
        Self::of(&stream.to_string())
    }

    /// Bucket of the removals from a stream.
    pub fn of_removals(stream: &Stream) -> Self {
        Self::of(&format!("losses {stream}"))
    }

    /// Bucket of an object's memberships, on which a person's read access depends.
    pub fn of_memberships(item: &str) -> Self {
        Self::of(&format!("holders {item}"))
    }

    /// Bucket of an object.
    pub fn of_object(id: &str) -> Self {
        Self::of(&format!("object {id}"))
    }

    /// Bucket of an account.
    pub fn of_account(nickname: &Nickname) -> Self {
        Self::of(&format!("account {nickname}"))
    }

    /// Bucket shared by all inboxes that receive fan-out to the members of a stream.
    pub fn of_any_fan_out() -> Self {
        Self::of("spreading")
    }

    /// Uses the first bytes of the key under which the built-in backends store the same name.
    fn of(name: &str) -> Self {
        let digest = Sha256::digest(name);
        Self::from_bytes([digest[0], digest[1]])
    }

    pub(super) fn from_bytes(bytes: [u8; 2]) -> Self {
        Self(u16::from_be_bytes(bytes))
    }

    #[cfg(feature = "postgres")]
    pub(super) fn to_bytes(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }
}

impl Invalidation {
    /// Returns the buckets that the changes name. Fan-out to members counts as [all such
    /// inboxes](Bucket::of_any_fan_out).
    pub fn of_changes<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Self {
        let mut fans_out = false;
        let named = Self::of_named(changes, &mut fans_out);
        named.with(fans_out.then(Bucket::of_any_fan_out))
    }

    /// Returns the buckets that the changes name, and those of the streams that received entries.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(super) fn of_changes_and_entries<'a>(
        changes: impl IntoIterator<Item = &'a Change>,
        filed: impl IntoIterator<Item = Bucket>,
    ) -> Self {
        Self::of_named(changes, &mut false).with(filed)
    }

    /// Adds buckets.
    pub(super) fn with(self, more: impl IntoIterator<Item = Bucket>) -> Self {
        let Self::Buckets(mut buckets) = self else {
            return self;
        };
        buckets.extend(more);
        buckets.sort_unstable();
        buckets.dedup();
        Self::Buckets(buckets)
    }

    /// Returns the buckets that the changes name.
    fn of_named<'a>(changes: impl IntoIterator<Item = &'a Change>, fans_out: &mut bool) -> Self {
        let mut buckets = Vec::new();
        for change in changes {
            let effects = change.effects();
            if effects.is_global {
                return Self::All;
            }
            buckets.extend(effects.new_object.map(Bucket::of_object));
            if let Some(account) = effects.new_account {
                buckets.push(Bucket::of_account(&account.nickname));
                buckets.push(Bucket::of_object(&account.person));
            }
            if let (Some(stream), Some(item)) = (effects.stream, effects.added.or(effects.removed))
            {
                buckets.push(Bucket::of_stream(stream));
                buckets.push(Bucket::of_memberships(item));
                buckets.extend(effects.removed.map(|_| Bucket::of_removals(stream)));
            }
            if let (Some(stream), true) = (effects.stream, effects.is_cleared) {
                buckets.extend([Bucket::of_stream(stream), Bucket::of_removals(stream)]);
            }
            if let Some(delivery) = effects.delivery {
                let named = delivery.direct.iter().chain(&delivery.persons);
                buckets.extend(named.map(|id| Bucket::of_stream(&Stream::Inbox(id.clone()))));
                *fans_out |= !delivery.members.is_empty();
            }
        }
        Self::Buckets(buckets)
    }

    /// Returns whether no bucket is affected.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Buckets(buckets) if buckets.is_empty())
    }
}
