//! Promises of SQLite only: durability, permissions and concurrency of its files.

use std::pin::pin;

use futures_util::{future::join_all, poll};
use hydraulics::{
    model::{AudienceMember, Nonce, Object, PageRequest, Stream, Viewer},
    storage::{
        Change, Commit, Credentials, Duplicate, Expect, Objects, Storage, Streams, sqlite::Sqlite,
    },
};

use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};

use crate::databases::runtime;

fn nonce(timestamp: i64) -> Nonce<'static> {
    Nonce {
        client: "c",
        token: "t",
        timestamp,
        nonce: "n",
    }
}

pub(crate) fn note(id: &str, audience: Vec<AudienceMember>) -> Change {
    let mut object = Object::new("note", id, id, serde_json::Map::new());
    object.audience = audience;
    let expect = Expect::Any;
    Change::PutObject { object, expect }
}

pub(crate) fn push(stream: Stream, id: &str) -> Change {
    Change::Push {
        stream,
        item: id.into(),
        class: None,
        duplicate: Duplicate::Reject,
    }
}

#[test]
fn commits_survive_reopening() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.sqlite");
        let likes = Stream::Likes("x".into());
        let store = Sqlite::open(&file).await.unwrap();
        let changes = vec![
            note("n", vec![AudienceMember::Public]),
            push(likes.clone(), "n"),
        ];
        store.commit(changes).await.unwrap();
        assert!(store.use_nonce(&nonce(1)).await.unwrap());
        // A second handle while the first is open, and one after it is gone.
        for first in [Some(store), None] {
            let again = Sqlite::open(&file).await.unwrap();
            assert!(again.find_objects(&["n"]).await.unwrap()[0].is_some());
            let request = PageRequest::default();
            let page = again
                .list(&likes, &request, Viewer::Anonymous)
                .await
                .unwrap();
            assert_eq!((page.total, page.items.len()), (1, 1));
            assert!(
                !again.use_nonce(&nonce(1)).await.unwrap(),
                "a nonce is used for good"
            );
            drop(first);
        }
    });
}

#[test]
fn concurrent_nonces_and_commits_all_succeed() {
    runtime().block_on(async {
        let store = Sqlite::temporary().await.unwrap();
        let work = (0..50).map(|number| {
            let store = &store;
            async move {
                let id = number.to_string();
                let stream = Stream::Likes("x".into());
                let changes = vec![note(&id, vec![]), push(stream, &id)];
                let nonce = nonce(number);
                let done = tokio::join!(store.commit(changes), store.use_nonce(&nonce));
                done.0.unwrap();
                assert!(done.1.unwrap());
            }
        });
        join_all(work).await;
        let likes = [Stream::Likes("x".into())];
        let heads = store
            .previews(&likes, 0, Viewer::Unrestricted)
            .await
            .unwrap();
        assert_eq!(heads[0].total, 50);
    });
}

#[test]
fn nonce_does_not_wait_for_a_commit() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.sqlite");
        let store = Sqlite::open(&file).await.unwrap();
        let options = SqliteConnectOptions::new().filename(&file);
        let mut other = options.connect().await.unwrap();
        sqlx::query("BEGIN IMMEDIATE")
            .execute(&mut other)
            .await
            .unwrap();
        let mut commit = pin!(store.commit(vec![note("n", vec![])]));
        assert!(poll!(&mut commit).is_pending());
        assert!(store.use_nonce(&nonce(1)).await.unwrap());
        assert!(poll!(&mut commit).is_pending(), "someone else is writing");
        sqlx::query("COMMIT").execute(&mut other).await.unwrap();
        commit.await.unwrap();
    });
}

#[test]
fn commands_before_close_are_executed() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.sqlite");
        let store = Sqlite::open(&file).await.unwrap();
        let ids: Vec<String> = (0..300).map(|number| number.to_string()).collect();
        let commits = ids.iter().map(|id| store.commit(vec![note(id, vec![])]));
        let (commits, ()) = tokio::join!(join_all(commits), store.close());
        for done in commits {
            done.unwrap();
        }
        let left: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left.len(), 2, "the file and its nonces: {left:?}");
        let again = Sqlite::open(&file).await.unwrap();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let found = again.find_objects(&ids).await.unwrap();
        assert!(found.iter().all(Option::is_some));
    });
}

#[test]
fn concurrent_first_opens_both_succeed() {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        for _ in 0..20 {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("store.sqlite");
            let open = || {
                let file = file.clone();
                tokio::spawn(async move { Sqlite::open(&file).await })
            };
            let (one, two) = tokio::join!(open(), open());
            let (one, two) = (one.unwrap().unwrap(), two.unwrap().unwrap());
            one.commit(vec![note("n", vec![])]).await.unwrap();
            assert!(two.find_objects(&["n"]).await.unwrap()[0].is_some());
        }
    });
}

#[cfg(unix)]
#[test]
fn database_files_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.sqlite");
        let store = Sqlite::open(&file).await.unwrap();
        store.commit(vec![note("n", vec![])]).await.unwrap();
        store.use_nonce(&nonce(1)).await.unwrap();
        let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert!(files.len() > 2, "files with their logs: {files:?}");
        for file in files.into_iter().map(Result::unwrap) {
            let mode = file.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{:?}", file.file_name());
        }
    });
}

#[test]
fn stores_in_memory_are_separate() {
    runtime().block_on(async {
        let one = Sqlite::temporary().await.unwrap();
        let two = Sqlite::temporary().await.unwrap();
        one.commit(vec![note("n", vec![])]).await.unwrap();
        assert!(two.find_objects(&["n"]).await.unwrap()[0].is_none());
        two.ping().await.unwrap();
    });
}
