//! What is kept, and until when.

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
        duplicate: Duplicate::Refuse,
    }
}

fn likes() -> Stream {
    Stream::Likes("a".into())
}

/// An empty store, and a place for answers of so many bytes.
fn world(room: u64) -> (Arc<Memory>, Arc<ManualClock>, Kept) {
    let store = Arc::new(Memory::new());
    let clock = Arc::new(ManualClock::at(1_700_000_000));
    let kept = Kept::new(store.clone(), clock.clone(), room);
    (store, clock, kept)
}

/// Asks; whoever does not know reads the likes of a thing, and keeps what they say.
async fn knows(kept: &Kept, what: &str, length: usize) -> bool {
    let question = match kept.ask(what.into()).await.unwrap() {
        Ok(answer) => {
            assert_eq!(answer.body.len(), length);
            return true;
        }
        Err(question) => question.expect("it can be kept"),
    };
    let watched = question.watched();
    let (request, viewer) = (PageRequest::default(), Viewer::Anyone);
    watched.list(&likes(), &request, viewer).await.unwrap();
    let body = vec![b'x'; length].into();
    kept.keep(
        question,
        Answer {
            headers: Box::default(),
            body,
        },
    );
    false
}

/// A question to which the answer must not be known.
async fn unknown(kept: &Kept) -> Question {
    match kept.ask("q".into()).await.unwrap() {
        Err(Some(question)) => question,
        _ => panic!("there should be no answer yet, and room for one"),
    }
}

#[tokio::test]
async fn an_answer_is_known_until_what_it_was_made_of_is_written_to() {
    let (store, clock, kept) = world(1 << 20);
    assert!(!knows(&kept, "q", 10).await);
    assert!(knows(&kept, "q", 10).await);
    store
        .commit(vec![put("a"), push(Stream::Users, "a")])
        .await
        .unwrap();
    assert!(knows(&kept, "q", 10).await, "it was made of something else");
    store.commit(vec![push(likes(), "a")]).await.unwrap();
    assert!(!knows(&kept, "q", 10).await);
    assert!(knows(&kept, "q", 10).await);
    clock.advance(LIFETIME);
    assert!(!knows(&kept, "q", 10).await, "nothing is kept for ever");
}

#[tokio::test]
async fn what_was_written_while_an_answer_was_made_counts() {
    let (store, _, kept) = world(1 << 20);
    let question = unknown(&kept).await;
    store.commit(vec![put("a")]).await.unwrap();
    question.watched().find_objects(&["a"]).await.unwrap();
    kept.keep(question, Answer::default());
    unknown(&kept).await;
}

#[tokio::test]
async fn what_nobody_tells_the_changes_of_is_not_kept() {
    let (_, _, kept) = world(1 << 20);
    let question = unknown(&kept).await;
    question.watched().list_objects_by("a", 1).await.unwrap();
    kept.keep(question, Answer::default());
    unknown(&kept).await;
}

#[tokio::test]
async fn there_is_only_so_much_room() {
    let (_, _, kept) = world(100_000);
    assert!(!knows(&kept, "large", 20_000).await);
    assert!(
        !knows(&kept, "large", 20_000).await,
        "one may not take it all"
    );
    for number in 0..1000 {
        knows(&kept, &number.to_string(), 5000).await;
    }
    assert!(kept.entries.weight() <= 100_000);
    let (_, _, none) = world(0);
    assert!(matches!(none.ask("q".into()).await, Ok(Err(None))));
}

/// The versions of objects.
async fn versions(kept: &Kept, ids: &[&str]) -> Vec<Option<i64>> {
    let found = kept.find_objects_within(ids, usize::MAX).await.unwrap();
    let found = found.unwrap();
    found
        .into_iter()
        .map(|object| Some(object?.version))
        .collect()
}

#[tokio::test]
async fn an_object_that_was_read_lately_is_the_one_that_is_stored() {
    let (store, clock, kept) = world(10_000);
    store.commit(vec![put("a"), put("b")]).await.unwrap();
    assert_eq!(versions(&kept, &["a", "none"]).await, [Some(1), None]);
    assert_eq!(
        versions(&kept, &["a", "b", "a"]).await,
        [Some(1), Some(1), Some(1)]
    );
    let Change::PutObject { object, .. } = put("a") else {
        unreachable!()
    };
    let expect = Expect::Version(1);
    let changed = Change::PutObject { object, expect };
    store.commit(vec![changed, put("none")]).await.unwrap();
    assert_eq!(
        versions(&kept, &["none", "a", "b"]).await,
        [Some(1), Some(2), Some(1)]
    );
    clock.advance(LIFETIME);
    assert_eq!(versions(&kept, &["a"]).await, [Some(2)]);
}

#[tokio::test]
async fn how_many_are_in_a_stream_is_known_until_it_is_written_to() {
    let (store, _, kept) = world(0);
    store.commit(vec![put("a"), put("b")]).await.unwrap();
    let streams = [likes(), Stream::Shares("a".into())];
    assert_eq!(kept.about_how_many(&streams).await.unwrap(), [0, 0]);
    store.commit(vec![push(likes(), "b")]).await.unwrap();
    assert_eq!(kept.about_how_many(&streams).await.unwrap(), [1, 0]);
    assert_eq!(kept.about_how_many(&streams[1..]).await.unwrap(), [0]);
    assert_eq!(kept.about_how_many(&[]).await.unwrap(), [0; 0]);
}
