//! Tests of lifetime and invalidation.

use super::*;
use crate::{
    app::ManualClock,
    model::{Object, PageRequest, Stream, Viewer},
    storage::{Change, Commit, Duplicate, Expect, MAX_AGE_SECONDS, memory::Memory},
};

fn put(id: &str) -> Change {
    let object = Object::new("note", id, id, serde_json::Map::new());
    let expect = Expect::Absent;
    Change::PutObject { object, expect }
}

fn push(stream: Stream, id: &str) -> Change {
    Change::Push {
        stream,
        item: id.into(),
        class: None,
        duplicate: Duplicate::Reject,
    }
}

fn likes() -> Stream {
    Stream::Likes("a".into())
}

/// Returns an empty store, and a cache of so many bytes.
fn cache_fixture(capacity_bytes: u64) -> (Arc<Memory>, Arc<ManualClock>, ResponseCache) {
    let store = Arc::new(Memory::new());
    let clock = Arc::new(ManualClock::at(1_700_000_000));
    let tracked = Arc::new(SyncedStore::new(store.clone(), clock.clone()));
    (store, clock, ResponseCache::new(tracked, capacity_bytes))
}

/// Looks up a response. On a miss it reads the likes of an object, and inserts a response.
async fn is_cached(cache: &ResponseCache, key: &str, length: usize) -> bool {
    let miss = match cache.lookup(|| key.into()).await.unwrap() {
        Lookup::Hit(response) => {
            assert_eq!(response.body.len(), length);
            return true;
        }
        Lookup::Miss(miss) => miss,
        Lookup::Uncacheable => panic!("there should be a cache"),
    };
    let (request, viewer) = (PageRequest::default(), Viewer::Anonymous);
    let storage = miss.storage();
    storage.list(&likes(), &request, viewer).await.unwrap();
    cache.insert(miss, &HeaderMap::new(), &vec![b'x'; length]);
    false
}

/// Looks up a response that must not be cached.
async fn expect_miss(cache: &ResponseCache) -> CacheMiss {
    match cache.lookup(|| "key".into()).await.unwrap() {
        Lookup::Miss(miss) => miss,
        _ => panic!("there should be no response yet, and a cache"),
    }
}

#[tokio::test]
async fn response_is_cached_until_a_bucket_it_was_made_from_changes() {
    let (store, clock, cache) = cache_fixture(1 << 20);
    assert!(!is_cached(&cache, "key", 10).await);
    assert!(is_cached(&cache, "key", 10).await);
    store
        .commit(vec![put("a"), push(Stream::Users, "a")])
        .await
        .unwrap();
    assert!(
        is_cached(&cache, "key", 10).await,
        "it was made from other buckets"
    );
    store.commit(vec![push(likes(), "a")]).await.unwrap();
    assert!(!is_cached(&cache, "key", 10).await);
    assert!(is_cached(&cache, "key", 10).await);
    clock.advance(MAX_AGE_SECONDS);
    assert!(!is_cached(&cache, "key", 10).await, "it is too old");
}

#[tokio::test]
async fn write_during_rendering_invalidates_the_response() {
    let (store, _, cache) = cache_fixture(1 << 20);
    let miss = expect_miss(&cache).await;
    store.commit(vec![put("a")]).await.unwrap();
    miss.storage().find_objects(&["a"]).await.unwrap();
    cache.insert(miss, &HeaderMap::new(), b"");
    expect_miss(&cache).await;
}

#[tokio::test]
async fn response_from_untracked_reads_is_not_cached() {
    let (_, _, cache) = cache_fixture(1 << 20);
    let miss = expect_miss(&cache).await;
    miss.storage().list_objects_by("a", 1).await.unwrap();
    cache.insert(miss, &HeaderMap::new(), b"");
    expect_miss(&cache).await;
    let miss = expect_miss(&cache).await;
    let missing = miss.storage().find_object_by_uuid("none").await.unwrap();
    assert!(missing.is_none());
    cache.insert(miss, &HeaderMap::new(), b"");
    expect_miss(&cache).await;
}

#[tokio::test]
async fn cache_and_each_of_its_entries_are_bounded() {
    let (_, _, cache) = cache_fixture(100_000);
    for length in [12_400, 20_000] {
        assert!(!is_cached(&cache, "large", length).await);
        assert!(!is_cached(&cache, "large", length).await, "{length}");
    }
    for number in 0..1000 {
        is_cached(&cache, &number.to_string(), 5000).await;
    }
    assert!(cache.entries.weight() <= 100_000);
    let (_, _, none) = cache_fixture(0);
    let off = none.lookup(|| unreachable!("it needs no key")).await;
    assert!(matches!(off, Ok(Lookup::Uncacheable)));
}
