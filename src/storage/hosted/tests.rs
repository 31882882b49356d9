//! Tests of commits between their two halves.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, join_all},
};
use serde_json::{Map, Value};
use tokio::sync::Semaphore;

use super::{Host, HostTransaction, Hosted};
use crate::{
    model::{AudienceMember, Object, PageRequest, Stream, Viewer},
    storage::{
        Change, Commit as _, Duplicate, Expect, Objects as _, Result, Storage as _, StorageError,
        Streams as _, memory::Memory,
    },
};

type Rows = Arc<Mutex<HashMap<String, String>>>;

/// A host that has the names of notes, and whose COMMIT takes as long as it is made to.
#[derive(Clone)]
struct SlowHost {
    rows: Rows,
    /// Of which each COMMIT takes one.
    may_commit: Arc<Semaphore>,
    /// How many COMMITs were begun.
    begun: Arc<AtomicUsize>,
    /// Without it nothing is found.
    may_find: Arc<tokio::sync::Mutex<()>>,
}

#[async_trait]
impl Host for SlowHost {
    fn stored_properties(&self, thing: &Object) -> &'static [&'static str] {
        match &*thing.object_type {
            "note" => &["displayName"],
            _ => &[],
        }
    }

    async fn load(&self, _kind: &str, ids: &[&str]) -> Result<Vec<(String, Map<String, Value>)>> {
        let _may = self.may_find.lock().await;
        let rows = self.rows.lock().unwrap();
        let properties = |id: &&str| {
            let name = rows.get(*id)?.as_str();
            let said = Map::from_iter([("displayName".into(), name.into())]);
            Some(((*id).to_owned(), said))
        };
        Ok(ids.iter().filter_map(properties).collect())
    }

    async fn begin_write(&self, changes: &[Change]) -> Result<Box<dyn HostTransaction>> {
        let of = |change: &Change| match change {
            Change::PutObject { object, .. } => Some((
                object.id.clone(),
                object.text_property("displayName")?.to_owned(),
            )),
            _ => None,
        };
        let host = self.clone();
        let written = changes.iter().filter_map(of).collect();
        Ok(Box::new(Written { host, written }))
    }
}

struct Written {
    host: SlowHost,
    written: Vec<(String, String)>,
}

#[async_trait]
impl HostTransaction for Written {
    async fn commit(self: Box<Self>) -> Result<()> {
        self.host.begun.fetch_add(1, Ordering::SeqCst);
        self.host.may_commit.acquire().await.unwrap().forget();
        self.host.rows.lock().unwrap().extend(self.written);
        Ok(())
    }
}

fn note(id: &str, name: &str, expect: Expect) -> Change {
    let properties = Map::from_iter([("displayName".to_owned(), name.into())]);
    let mut object = Object::new("note", id, id, properties);
    object.author = Some("alice".into());
    object.audience = vec![AudienceMember::Public];
    Change::PutObject { object, expect }
}

/// A store with a note, in a stream.
async fn hosted_note() -> (SlowHost, Arc<Hosted<SlowHost>>) {
    let host = SlowHost {
        rows: Rows::default(),
        may_commit: Arc::new(Semaphore::new(1)),
        begun: Arc::default(),
        may_find: Arc::default(),
    };
    let store = Arc::new(Hosted::new(host.clone(), Arc::new(Memory::new())));
    let push = Change::Push {
        stream: Stream::Users,
        item: "n".into(),
        class: None,
        duplicate: Duplicate::Reject,
    };
    let first = vec![note("n", "first", Expect::Absent), push];
    store.commit(first).await.unwrap();
    (host, store)
}

/// Begins to change the note, and returns when the built-in backend has it.
async fn begin_update(
    host: &SlowHost,
    store: &Arc<Hosted<SlowHost>>,
) -> tokio::task::JoinHandle<Result<()>> {
    let before = host.begun.load(Ordering::SeqCst);
    let store = Arc::clone(store);
    let second = vec![note("n", "second", Expect::Version(1))];
    let commit = tokio::spawn(async move { store.commit(second).await });
    while host.begun.load(Ordering::SeqCst) == before {
        tokio::task::yield_now().await;
    }
    commit
}

/// Each way to read the note, as version and name.
fn reads(store: &Hosted<SlowHost>) -> [BoxFuture<'_, (i64, String)>; 4] {
    fn told(thing: &Object) -> (i64, String) {
        assert!(!thing.deleted, "it never was deleted");
        (
            thing.version,
            thing.text_property("displayName").unwrap().to_owned(),
        )
    }
    [
        async {
            let found = store.find_objects(&["n"]).await.unwrap();
            told(found[0].as_ref().unwrap())
        }
        .boxed(),
        async { told(&store.find_object_by_uuid("n").await.unwrap().unwrap()) }.boxed(),
        async { told(&store.list_objects_by("alice", 9).await.unwrap()[0]) }.boxed(),
        async {
            let request = PageRequest::default();
            let page = store.list(&Stream::Users, &request, Viewer::Unrestricted);
            told(&page.await.unwrap().items[0])
        }
        .boxed(),
    ]
}

#[tokio::test]
async fn read_between_the_two_commits_waits_for_the_second() {
    let (host, store) = hosted_note().await;
    let commit = begin_update(&host, &store).await;
    let mut reads = reads(&store);
    for read in &mut reads {
        for _ in 0..8 {
            assert_eq!(read.now_or_never(), None, "it should wait for the host");
            tokio::task::yield_now().await;
        }
    }
    host.may_commit.add_permits(1);
    commit.await.unwrap().unwrap();
    for read in reads {
        assert_eq!(read.await, (2, "second".to_owned()));
    }
}

#[tokio::test]
async fn read_is_repeated_when_a_commit_overlaps_it() {
    let (host, store) = hosted_note().await;
    let may_find = host.may_find.lock().await;
    let mut reads = reads(&store);
    for read in &mut reads {
        assert_eq!(read.now_or_never(), None, "the host was not asked");
    }
    host.may_commit.add_permits(1);
    let second = vec![note("n", "second", Expect::Version(1))];
    store.commit(second).await.unwrap();
    drop(may_find);
    for read in join_all(reads).await {
        assert_eq!(read, (2, "second".to_owned()));
    }
}

#[tokio::test]
async fn unrelated_objects_are_readable_during_a_commit() {
    let (host, store) = hosted_note().await;
    host.may_commit.add_permits(1);
    let other = vec![note("other", "another", Expect::Absent)];
    store.commit(other).await.unwrap();
    let commit = begin_update(&host, &store).await;
    let other = store.find_objects(&["other"]).now_or_never();
    let other = other.expect("it has nothing to wait for").unwrap();
    let name = other[0].as_ref().unwrap().text_property("displayName");
    assert_eq!(name, Some("another"));
    host.may_commit.add_permits(1);
    commit.await.unwrap().unwrap();
}

/// Of two who add to what they read, the second is refused rather than that the first is forgotten.
#[tokio::test]
async fn nobody_is_given_an_old_row_under_a_new_version() {
    let (host, store) = hosted_note().await;
    let commit = begin_update(&host, &store).await;
    let read = {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.find_objects(&["n"]).await })
    };
    tokio::task::yield_now().await;
    host.may_commit.add_permits(2);
    commit.await.unwrap().unwrap();
    let read = read.await.unwrap().unwrap()[0].clone().unwrap();
    let more = format!("{} and third", read.text_property("displayName").unwrap());
    let third = vec![note("n", &more, Expect::Version(read.version))];
    store.commit(third).await.unwrap();
    let last = store.find_objects(&["n"]).await.unwrap()[0]
        .clone()
        .unwrap();
    assert_eq!(last.text_property("displayName"), Some("second and third"));
}

#[tokio::test]
async fn closing_waits_for_both_commits() {
    let (host, store) = hosted_note().await;
    let commit = begin_update(&host, &store).await;
    let mut closing = Box::pin(store.close());
    for _ in 0..8 {
        let closed = closing.as_mut().now_or_never();
        assert_eq!(closed, None, "it should wait for the host");
        tokio::task::yield_now().await;
    }
    let late = store.commit(vec![note("late", "late", Expect::Absent)]);
    let late = late.now_or_never().expect("it has nothing to wait for");
    assert!(
        matches!(late, Err(StorageError::Unavailable(_))),
        "{late:?}"
    );
    host.may_commit.add_permits(1);
    closing.await;
    commit.await.unwrap().unwrap();
    assert_eq!(host.rows.lock().unwrap()["n"], "second");
}
