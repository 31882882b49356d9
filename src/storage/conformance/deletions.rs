//! Account deletion: listing a person's objects, and removing the person from all streams.

use super::fixtures::{
    activity, all_ids, commit, note, ok, public_note, push, push_as, put, refused, some,
};
use crate::{
    model::{Filter, Object, PageRequest, Stream, Viewer},
    storage::{Change, Storage, StorageError},
};

fn by(author: &str, object: Object) -> Change {
    put(Object {
        author: Some(author.into()),
        ..object
    })
}

fn likes(number: usize) -> Stream {
    Stream::Likes(format!("note {number}"))
}

fn withdraw(item: &str, most: u32) -> Change {
    Change::RemoveFromStreams {
        item: item.into(),
        except: Stream::DeletedAccounts,
        limit: most,
    }
}

async fn is_held(store: &dyn Storage, item: &str) -> bool {
    let held = store
        .is_in_other_stream(item, &Stream::DeletedAccounts)
        .await;
    ok(held, "Asking whether an object is in a stream")
}

/// Everything that is no tombstone is found, so many at a time; an author is the same if every byte
/// is.
pub async fn objects_by_author_exclude_tombstones(store: &dyn Storage) {
    let long = "é".repeat(3000);
    let gone = Object {
        deleted: true,
        ..note("gone")
    };
    let changes = vec![
        by(&long, note("1")),
        by(&long, activity("2")),
        by(&long, gone),
        by(&format!("{long}!"), note("of another")),
        put(note("of nobody")),
    ];
    commit(store, changes).await;
    let made = async |count| {
        let found = ok(
            store.list_objects_by(&long, count).await,
            "Listing what someone made",
        );
        let mut ids: Vec<String> = found.into_iter().map(|object| object.id).collect();
        ids.sort();
        ids
    };
    assert_eq!(
        made(10).await,
        ["1", "2"],
        "what someone made, but no tombstones"
    );
    assert_eq!(made(1).await.len(), 1, "no more than was asked for");
    let replaced = Object {
        deleted: true,
        ..some(super::fixtures::find(store, "1").await, "a stored note")
    };
    commit(store, vec![put(replaced)]).await;
    assert_eq!(
        made(10).await,
        ["2"],
        "what became a tombstone is not listed any more"
    );
}

/// A part of the streams at a time, until there is none left but the one to stay in.
pub async fn an_object_is_withdrawn_from_so_many_streams(store: &dyn Storage) {
    commit(store, vec![put(note("n")), put(note("other"))]).await;
    assert!(!is_held(store, "n").await, "nothing is in any stream yet");
    let pushes =
        (0..5).flat_map(|number| [push(&likes(number), "other"), push(&likes(number), "n")]);
    commit(
        store,
        pushes
            .chain([push(&Stream::DeletedAccounts, "n")])
            .collect(),
    )
    .await;
    let mut left = 5;
    while is_held(store, "n").await {
        commit(store, vec![withdraw("n", 2)]).await;
        let mut holders = 0;
        for number in 0..5 {
            let ids = all_ids(store, &likes(number)).await;
            assert!(ids.contains(&"other".into()), "others stay");
            holders += usize::from(ids.contains(&"n".into()));
        }
        assert_eq!(holders, usize::saturating_sub(left, 2), "two at a time");
        left = holders;
    }
    assert_eq!(left, 0, "it is in no stream when none holds it");
    assert_eq!(
        all_ids(store, &Stream::DeletedAccounts).await,
        ["n"],
        "it stays in the one"
    );
    commit(store, vec![withdraw("n", 2)]).await;
    assert!(
        !is_held(store, "unknown").await,
        "what is not stored is in no stream"
    );
}

/// Every counter of every stream goes down with the entry.
pub async fn removed_object_is_not_counted(store: &dyn Storage) {
    let inbox = Stream::Inbox("alice".into());
    let kinds = [(true, false), (true, true), (false, false), (false, true)];
    let mut changes = vec![put(note("private")), put(public_note("public"))];
    for (number, (major, direct)) in kinds.into_iter().enumerate() {
        for name in ["private", "public"] {
            let stream = Stream::Inbox(format!("{name} {number}"));
            changes.push(push_as(&stream, name, major, direct));
        }
    }
    changes.extend([push(&inbox, "private"), push(&inbox, "public")]);
    commit(store, changes).await;
    commit(store, vec![withdraw("private", 99), withdraw("public", 99)]).await;
    let named = |name: &'static str| (0..4).map(move |n| Stream::Inbox(format!("{name} {n}")));
    for stream in named("private").chain(named("public")).chain([inbox]) {
        for major in [None, Some(true), Some(false)] {
            for direct in [false, true] {
                for viewer in [Viewer::Unrestricted, Viewer::Anonymous] {
                    let request = PageRequest {
                        filter: Filter { major, direct },
                        ..PageRequest::default()
                    };
                    let page = ok(
                        store.list(&stream, &request, viewer).await,
                        "Listing a stream",
                    );
                    assert_eq!((page.total, page.items.len()), (0, 0), "{stream} is empty");
                }
            }
        }
    }
}

/// No object, no withdrawal.
pub async fn removed_object_must_be_stored(store: &dyn Storage) {
    let unknown = store.commit(vec![withdraw("n", 1)]).await;
    refused!(
        unknown,
        StorageError::Missing(_),
        "Withdrawing what is not stored"
    );
}
