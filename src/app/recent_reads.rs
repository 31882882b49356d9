//! Cache for the write path, which reads the same objects again and again, most of all the actor.

use std::sync::Arc;

use quick_cache::{Weighter, sync::Cache};

use super::freshness::SyncedStore;
use crate::{
    model::{Object, Stream, Viewer},
    storage::{Bucket, CachedRead, Now, Result},
};

/// Approximate limit of the bytes of objects, and their expected number.
const MAX_OBJECT_BYTES: u64 = 512 * 1024;
const EXPECTED_OBJECTS: usize = 256;

/// Maximum number of cached stream totals.
const MAX_TOTALS: usize = 1024;

/// Overhead of a cached object, in bytes.
const OBJECT_OVERHEAD_BYTES: usize = 512;

/// Recently read objects and totals.
pub(crate) struct RecentReads {
    store: Arc<SyncedStore>,
    caches_objects: bool,
    objects: Cache<Box<str>, ReadOf<Arc<Object>>, ObjectSize>,
    totals: Cache<Stream, ReadOf<u64>>,
}

/// Value that was read from one bucket.
type ReadOf<T> = CachedRead<T, [Bucket; 1]>;

#[derive(Clone)]
struct ObjectSize;

impl Weighter<Box<str>, ReadOf<Arc<Object>>> for ObjectSize {
    fn weight(&self, key: &Box<str>, read: &ReadOf<Arc<Object>>) -> u64 {
        let bytes = key.len() + read.value.size() + OBJECT_OVERHEAD_BYTES;
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

impl RecentReads {
    /// Creates an empty cache. The capacity is that of all responses; 0 caches no objects.
    pub(super) fn new(store: Arc<SyncedStore>, capacity_bytes: u64) -> Self {
        let room = capacity_bytes.min(MAX_OBJECT_BYTES);
        Self {
            store,
            caches_objects: capacity_bytes > 0,
            objects: Cache::with_weighter(EXPECTED_OBJECTS, room, ObjectSize),
            totals: Cache::new(MAX_TOTALS),
        }
    }

    /// Returns the objects with these ids, in the same order, as they are stored. Recently read
    /// ones that were not written to since are not read again. `None` if those that are read have
    /// more than so many bytes of JSON.
    pub(crate) async fn find_objects_within(
        &self,
        ids: &[&str],
        max_bytes: usize,
    ) -> Result<Option<Vec<Option<Arc<Object>>>>> {
        let storage = self.store.storage();
        let now = if self.caches_objects {
            self.store.sync().await?
        } else {
            None
        };
        let Some(now) = now else {
            return storage.find_objects_within(ids, max_bytes).await;
        };
        let known = |id: &&str| valid(self.objects.get(*id)?, now);
        let mut all: Vec<_> = ids.iter().map(known).collect();
        let missing = missing_indices(&all);
        if missing.is_empty() {
            return Ok(Some(all));
        }
        let asked: Vec<&str> = missing.iter().map(|index| ids[*index]).collect();
        let Some(found) = storage.find_objects_within(&asked, max_bytes).await? else {
            return Ok(None);
        };
        for (gap, object) in missing.into_iter().zip(found) {
            if let Some(object) = &object {
                let read = read(Arc::clone(object), Bucket::of_object(ids[gap]), now);
                self.objects.insert(ids[gap].into(), read);
            }
            all[gap] = object;
        }
        Ok(Some(all))
    }

    /// Returns approximate totals of streams; entries that other nodes wrote within the last minute
    /// may be missing.
    pub(crate) async fn approximate_totals(&self, streams: &[Stream]) -> Result<Vec<u64>> {
        let now = self.store.now();
        let known = |stream: &Stream| valid(self.totals.get(stream)?, now?);
        let mut all: Vec<_> = streams.iter().map(known).collect();
        let missing = missing_indices(&all);
        if !missing.is_empty() {
            let of = |index: &usize| streams[*index].clone();
            let asked: Vec<Stream> = missing.iter().map(of).collect();
            let storage = self.store.storage();
            let heads = storage.previews(&asked, 0, Viewer::Unrestricted).await?;
            for (gap, (stream, head)) in missing.into_iter().zip(asked.into_iter().zip(heads)) {
                all[gap] = Some(head.total);
                if let Some(now) = now {
                    let read = read(head.total, Bucket::of_stream(&stream), now);
                    self.totals.insert(stream, read);
                }
            }
        }
        Ok(all.into_iter().flatten().collect())
    }
}

fn read<T>(value: T, bucket: Bucket, now: Now<'_>) -> ReadOf<T> {
    CachedRead {
        value,
        buckets: [bucket],
        since: now.time(),
    }
}

/// Returns the value, if it is still valid.
fn valid<T>(read: ReadOf<T>, now: Now<'_>) -> Option<T> {
    read.is_valid(now).then_some(read.value)
}

/// Returns the indices without a value.
fn missing_indices<T>(all: &[Option<T>]) -> Vec<usize> {
    let each = all.iter().enumerate();
    each.filter(|(_, one)| one.is_none())
        .map(|(at, _)| at)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::ManualClock,
        storage::{Change, Commit, Duplicate, Expect, MAX_AGE_SECONDS, memory::Memory},
    };

    fn put(id: &str) -> Change {
        let object = Object::new("note", id, id, serde_json::Map::new());
        let expect = Expect::Absent;
        Change::PutObject { object, expect }
    }

    fn likes() -> Stream {
        Stream::Likes("a".into())
    }

    fn fixture(capacity_bytes: u64) -> (Arc<Memory>, Arc<ManualClock>, RecentReads) {
        let store = Arc::new(Memory::new());
        let clock = Arc::new(ManualClock::at(1_700_000_000));
        let tracked = Arc::new(SyncedStore::new(store.clone(), clock.clone()));
        (store, clock, RecentReads::new(tracked, capacity_bytes))
    }

    /// Returns the versions of objects.
    async fn versions(recent: &RecentReads, ids: &[&str]) -> Vec<Option<i64>> {
        let found = recent.find_objects_within(ids, usize::MAX).await.unwrap();
        let versions = found.unwrap().into_iter();
        versions.map(|object| Some(object?.version)).collect()
    }

    #[tokio::test]
    async fn recently_read_object_is_the_stored_one() {
        let (store, clock, recent) = fixture(10_000);
        store.commit(vec![put("a"), put("b")]).await.unwrap();
        assert_eq!(versions(&recent, &["a", "none"]).await, [Some(1), None]);
        assert_eq!(versions(&recent, &["a", "b", "a"]).await, [Some(1); 3]);
        let Change::PutObject { object, .. } = put("a") else {
            unreachable!()
        };
        let expect = Expect::Version(1);
        let changed = Change::PutObject { object, expect };
        store.commit(vec![changed, put("none")]).await.unwrap();
        assert_eq!(
            versions(&recent, &["none", "a", "b"]).await,
            [Some(1), Some(2), Some(1)]
        );
        clock.advance(MAX_AGE_SECONDS);
        assert_eq!(versions(&recent, &["a"]).await, [Some(2)]);
    }

    #[tokio::test]
    async fn total_of_a_stream_is_cached_until_it_is_written_to() {
        let (store, _, recent) = fixture(0);
        store.commit(vec![put("a"), put("b")]).await.unwrap();
        let streams = [likes(), Stream::Shares("a".into())];
        assert_eq!(recent.approximate_totals(&streams).await.unwrap(), [0, 0]);
        let like = Change::Push {
            stream: likes(),
            item: "b".into(),
            class: None,
            duplicate: Duplicate::Reject,
        };
        store.commit(vec![like]).await.unwrap();
        assert_eq!(recent.approximate_totals(&streams).await.unwrap(), [1, 0]);
        assert_eq!(recent.approximate_totals(&streams[1..]).await.unwrap(), [0]);
        assert_eq!(recent.approximate_totals(&[]).await.unwrap(), [0; 0]);
    }
}
