//! Metadata of files.

use super::fixtures::{commit, nickname, note, ok, put, refused};
use crate::{
    model::{Media, Object, Uploaded},
    storage::{Change, Expect, Storage, StorageError},
};

fn media(path: &str, object: &str) -> Media {
    Media {
        path: path.into(),
        object: object.into(),
        media_type: "image/png".into(),
        size: 5_000_000_000,
    }
}

async fn find(store: &dyn Storage, path: &str) -> Option<Media> {
    ok(store.find_media(path).await, "Finding a file")
}

/// Every field survives; an object may have several files.
pub async fn a_file_comes_back_as_it_was_put(store: &dyn Storage) {
    let (full, thumb) = (
        media("alice/2026/1/2/é.png", "n"),
        media("alice/2026/1/2/é_thumb.png", "n"),
    );
    let files = [full.clone(), thumb.clone()].map(Change::PutMedia);
    commit(store, vec![put(note("n"))]).await;
    commit(store, files.into()).await;
    assert_eq!(
        find(store, &full.path).await,
        Some(full),
        "a file comes back as it was put"
    );
    assert_eq!(
        find(store, &thumb.path).await,
        Some(thumb),
        "so does another of its object"
    );
    assert_eq!(find(store, "alice").await, None, "there is no such file");
}

/// A path is never taken over.
pub async fn a_path_is_taken_once(store: &dyn Storage) {
    commit(store, vec![put(note("n")), put(note("m"))]).await;
    commit(store, vec![Change::PutMedia(media("p", "n"))]).await;
    for object in ["m", "n"] {
        let taken = store
            .commit(vec![Change::PutMedia(media("p", object))])
            .await;
        refused!(
            taken,
            StorageError::AlreadyExists(_),
            "A second file of a path"
        );
    }
    assert_eq!(
        find(store, "p").await,
        Some(media("p", "n")),
        "the first stays"
    );
}

/// No object, no file.
pub async fn the_object_of_a_file_must_be_stored(store: &dyn Storage) {
    let unknown = store.commit(vec![Change::PutMedia(media("p", "n"))]).await;
    refused!(
        unknown,
        StorageError::Missing(_),
        "A file of an object not stored"
    );
    assert_eq!(find(store, "p").await, None, "a refused file is not stored");
    commit(
        store,
        vec![put(note("n")), Change::PutMedia(media("p", "n"))],
    )
    .await;
}

/// All of them and no others.
pub async fn the_files_of_an_object_are_listed_by_path(store: &dyn Storage) {
    commit(store, vec![put(note("n")), put(note("m"))]).await;
    let files = [("b", "n"), ("a", "n"), ("c", "m")];
    let files = files.map(|(path, object)| Change::PutMedia(media(path, object)));
    commit(store, files.into()).await;
    for (object, paths) in [("n", vec!["a", "b"]), ("m", vec!["c"]), ("unknown", vec![])] {
        let found = ok(
            store.list_media_of(object).await,
            "Listing the files of an object",
        );
        let expected: Vec<Media> = paths.into_iter().map(|path| media(path, object)).collect();
        assert_eq!(found, expected, "the files of {object}");
    }
}

/// Of one account and no other, whatever its nickname begins with, and not of tombstones.
pub async fn the_bytes_of_an_accounts_files_are_counted(store: &dyn Storage) {
    let objects = ["n", "m", "gone"].map(|id| put(note(id)));
    commit(store, objects.into()).await;
    let files = [
        ("alice/2026/1/2/a.png", "n"),
        ("alice/2026/1/2/b.png", "m"),
        ("alice/2026/1/2/c.png", "gone"),
        ("alice-2/2026/1/2/a.png", "n"),
        ("alice0", "n"),
        ("bob/2026/1/2/a.png", "n"),
    ];
    let files = files.map(|(path, object)| Change::PutMedia(media(path, object)));
    commit(store, files.into()).await;
    let tombstone = Object {
        deleted: true,
        ..note("gone")
    };
    let expect = Expect::Present;
    let bury = Change::PutObject {
        object: tombstone,
        expect,
    };
    commit(store, vec![bury]).await;
    for (name, count) in [("alice", 2), ("alice-2", 1), ("bob", 1), ("carol", 0)] {
        let counted = ok(store.uploaded(&nickname(name)).await, "Counting files");
        let size = media("p", "n").size;
        let expected = Uploaded {
            files: count,
            bytes: count * size,
        };
        assert_eq!(counted, expected, "the files of {name}");
    }
    let all = ok(store.uploaded_by_all().await, "Counting all files");
    assert_eq!(all.files, 5);
    assert_eq!(all.bytes, 5 * media("p", "n").size);
}
