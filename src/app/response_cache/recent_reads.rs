//! Cache for the write path, which reads the same objects again and again, most of all the actor.

use std::sync::Arc;

use quick_cache::{Weighter, sync::Cache};

use super::{MAX_AGE_SECONDS, ResponseCache};
use crate::{
    model::{Object, Stream, Viewer},
    storage::{Bucket, ModificationClock, Result},
};

/// Approximate limit of the bytes of objects, and their expected number.
const MAX_OBJECT_BYTES: u64 = 512 * 1024;
const EXPECTED_OBJECTS: usize = 256;

/// Maximum number of cached stream totals.
const MAX_TOTALS: usize = 1024;

/// Overhead of a cached object, in bytes.
const OBJECT_OVERHEAD_BYTES: usize = 512;

/// Recently read objects and totals.
pub(super) struct RecentReads {
    objects: Cache<Box<str>, CachedRead<Arc<Object>>, ObjectSize>,
    totals: Cache<Stream, CachedRead<u64>>,
}

/// Time of a read, by the modification clock and by the wall clock.
type ReadTime = (u64, i64);

/// A value with its bucket and the time of its read.
#[derive(Clone)]
struct CachedRead<T> {
    value: T,
    bucket: Bucket,
    read_at: ReadTime,
}

#[derive(Clone)]
struct ObjectSize;

impl Weighter<Box<str>, CachedRead<Arc<Object>>> for ObjectSize {
    fn weight(&self, key: &Box<str>, read: &CachedRead<Arc<Object>>) -> u64 {
        let bytes = key.len() + read.value.size() + OBJECT_OVERHEAD_BYTES;
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

impl RecentReads {
    pub(super) fn new(capacity_bytes: u64) -> Self {
        let room = capacity_bytes.min(MAX_OBJECT_BYTES);
        Self {
            objects: Cache::with_weighter(EXPECTED_OBJECTS, room, ObjectSize),
            totals: Cache::new(MAX_TOTALS),
        }
    }
}

impl<T> CachedRead<T> {
    fn new(value: T, bucket: Bucket, read_at: ReadTime) -> Self {
        Self {
            value,
            bucket,
            read_at,
        }
    }

    /// Returns the value, if it is still valid.
    fn if_valid(self, modification_clock: &ModificationClock, now: ReadTime) -> Option<T> {
        let is_young = (0..MAX_AGE_SECONDS).contains(&(now.1 - self.read_at.1));
        let is_good =
            is_young && modification_clock.unchanged_since(&[self.bucket], self.read_at.0);
        is_good.then_some(self.value)
    }
}

impl ResponseCache {
    /// The objects with these ids, in the same order, as the store has them: those that were read
    /// lately, and not written to since, are not read again. `None` if those that are read have
    /// more than so many bytes of JSON.
    pub(crate) async fn find_objects_within(
        &self,
        ids: &[&str],
        max_bytes: usize,
    ) -> Result<Option<Vec<Option<Arc<Object>>>>> {
        let Some(modification_clock) = self
            .storage
            .modification_clock()
            .filter(|_| self.capacity_bytes > 0)
        else {
            return self.storage.find_objects_within(ids, max_bytes).await;
        };
        self.sync(modification_clock).await?;
        let now = self.now(modification_clock);
        let known = |id: &&str| {
            self.recent_reads
                .objects
                .get(*id)?
                .if_valid(modification_clock, now)
        };
        let mut all: Vec<_> = ids.iter().map(known).collect();
        let missing = missing_indices(&all);
        if missing.is_empty() {
            return Ok(Some(all));
        }
        let asked: Vec<&str> = missing.iter().map(|index| ids[*index]).collect();
        let found = self.storage.find_objects_within(&asked, max_bytes);
        let Some(found) = found.await? else {
            return Ok(None);
        };
        for (gap, object) in missing.into_iter().zip(found) {
            if let Some(object) = &object {
                let read = CachedRead::new(Arc::clone(object), Bucket::of_object(ids[gap]), now);
                self.recent_reads.objects.insert(ids[gap].into(), read);
            }
            all[gap] = object;
        }
        Ok(Some(all))
    }

    /// Returns approximate totals of streams; entries that other nodes wrote within the last minute
    /// may be missing.
    pub(crate) async fn approximate_totals(&self, streams: &[Stream]) -> Result<Vec<u64>> {
        let modification_clock = self.storage.modification_clock();
        let now = modification_clock.map_or((0, 0), |clock| self.now(clock));
        let known = |stream: &Stream| {
            self.recent_reads
                .totals
                .get(stream)?
                .if_valid(modification_clock?, now)
        };
        let mut all: Vec<_> = streams.iter().map(known).collect();
        let missing = missing_indices(&all);
        if !missing.is_empty() {
            let asked: Vec<Stream> = missing
                .iter()
                .map(|index| streams[*index].clone())
                .collect();
            let heads = self
                .storage
                .previews(&asked, 0, Viewer::Unrestricted)
                .await?;
            for (gap, (stream, head)) in missing.into_iter().zip(asked.into_iter().zip(heads)) {
                all[gap] = Some(head.total);
                let read = CachedRead::new(head.total, Bucket::of_stream(&stream), now);
                self.recent_reads.totals.insert(stream, read);
            }
        }
        Ok(all.into_iter().flatten().collect())
    }

    fn now(&self, modification_clock: &ModificationClock) -> ReadTime {
        (modification_clock.now(), self.clock.now().timestamp())
    }
}

/// Returns the indices without a value.
fn missing_indices<T>(all: &[Option<T>]) -> Vec<usize> {
    let each = all.iter().enumerate();
    each.filter(|(_, one)| one.is_none())
        .map(|(at, _)| at)
        .collect()
}
