//! Tests of lifetime and invalidation.

use super::*;
use crate::{
    app::ManualClock,
    model::{Object, PageRequest, Stream, Viewer},
    storage::{Change, Commit, Duplicate, Expect, Objects, Streams, memory::Memory},
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

/// An empty store, and a place for answers of so many bytes.
fn cache_fixture(room: u64) -> (Arc<Memory>, Arc<ManualClock>, ResponseCache) {
    let store = Arc::new(Memory::new());
    let clock = Arc::new(ManualClock::at(1_700_000_000));
    let cache = ResponseCache::new(store.clone(), clock.clone(), room);
    (store, clock, cache)
}

/// Asks; whoever does not know reads the likes of a thing, and keeps what they say.
async fn is_cached(cache: &ResponseCache, what: &str, length: usize) -> bool {
    let question = match cache.lookup(what.into()).await.unwrap() {
        Ok(answer) => {
            assert_eq!(answer.body.len(), length);
            return true;
        }
        Err(question) => question.expect("it can be kept"),
    };
    let watched = question.tracking_storage();
    let (request, viewer) = (PageRequest::default(), Viewer::Anonymous);
    watched.list(&likes(), &request, viewer).await.unwrap();
    let body = vec![b'x'; length].into();
    cache.insert(
        question,
        CachedResponse {
            headers: Box::default(),
            body,
        },
    );
    false
}

/// A question to which the answer must not be known.
async fn expect_miss(cache: &ResponseCache) -> CacheMiss {
    match cache.lookup("q".into()).await.unwrap() {
        Err(Some(question)) => question,
        _ => panic!("there should be no answer yet, and room for one"),
    }
}

#[tokio::test]
async fn an_answer_is_known_until_what_it_was_made_of_is_written_to() {
    let (store, clock, cache) = cache_fixture(1 << 20);
    assert!(!is_cached(&cache, "q", 10).await);
    assert!(is_cached(&cache, "q", 10).await);
    store
        .commit(vec![put("a"), push(Stream::Users, "a")])
        .await
        .unwrap();
    assert!(
        is_cached(&cache, "q", 10).await,
        "it was made of something else"
    );
    store.commit(vec![push(likes(), "a")]).await.unwrap();
    assert!(!is_cached(&cache, "q", 10).await);
    assert!(is_cached(&cache, "q", 10).await);
    clock.advance(MAX_AGE_SECONDS);
    assert!(
        !is_cached(&cache, "q", 10).await,
        "nothing is kept for ever"
    );
}

#[tokio::test]
async fn write_during_rendering_invalidates_the_response() {
    let (store, _, cache) = cache_fixture(1 << 20);
    let question = expect_miss(&cache).await;
    store.commit(vec![put("a")]).await.unwrap();
    question
        .tracking_storage()
        .find_objects(&["a"])
        .await
        .unwrap();
    cache.insert(question, CachedResponse::default());
    expect_miss(&cache).await;
}

#[tokio::test]
async fn response_from_untracked_reads_is_not_cached() {
    let (_, _, cache) = cache_fixture(1 << 20);
    let question = expect_miss(&cache).await;
    question
        .tracking_storage()
        .list_objects_by("a", 1)
        .await
        .unwrap();
    cache.insert(question, CachedResponse::default());
    expect_miss(&cache).await;
}

#[tokio::test]
async fn there_is_only_so_much_room() {
    let (_, _, cache) = cache_fixture(100_000);
    assert!(!is_cached(&cache, "large", 20_000).await);
    assert!(
        !is_cached(&cache, "large", 20_000).await,
        "one may not take it all"
    );
    for number in 0..1000 {
        is_cached(&cache, &number.to_string(), 5000).await;
    }
    assert!(cache.entries.weight() <= 100_000);
    let (_, _, none) = cache_fixture(0);
    assert!(matches!(none.lookup("q".into()).await, Ok(Err(None))));
}

/// The versions of objects.
async fn versions(cache: &ResponseCache, ids: &[&str]) -> Vec<Option<i64>> {
    let found = cache.find_objects_within(ids, usize::MAX).await.unwrap();
    let found = found.unwrap();
    found
        .into_iter()
        .map(|object| Some(object?.version))
        .collect()
}

#[tokio::test]
async fn an_object_that_was_read_lately_is_the_one_that_is_stored() {
    let (store, clock, cache) = cache_fixture(10_000);
    store.commit(vec![put("a"), put("b")]).await.unwrap();
    assert_eq!(versions(&cache, &["a", "none"]).await, [Some(1), None]);
    assert_eq!(
        versions(&cache, &["a", "b", "a"]).await,
        [Some(1), Some(1), Some(1)]
    );
    let Change::PutObject { object, .. } = put("a") else {
        unreachable!()
    };
    let expect = Expect::Version(1);
    let changed = Change::PutObject { object, expect };
    store.commit(vec![changed, put("none")]).await.unwrap();
    assert_eq!(
        versions(&cache, &["none", "a", "b"]).await,
        [Some(1), Some(2), Some(1)]
    );
    clock.advance(MAX_AGE_SECONDS);
    assert_eq!(versions(&cache, &["a"]).await, [Some(2)]);
}

#[tokio::test]
async fn how_many_are_in_a_stream_is_known_until_it_is_written_to() {
    let (store, _, cache) = cache_fixture(0);
    store.commit(vec![put("a"), put("b")]).await.unwrap();
    let streams = [likes(), Stream::Shares("a".into())];
    assert_eq!(cache.approximate_totals(&streams).await.unwrap(), [0, 0]);
    store.commit(vec![push(likes(), "b")]).await.unwrap();
    assert_eq!(cache.approximate_totals(&streams).await.unwrap(), [1, 0]);
    assert_eq!(cache.approximate_totals(&streams[1..]).await.unwrap(), [0]);
    assert_eq!(cache.approximate_totals(&[]).await.unwrap(), [0; 0]);
}
