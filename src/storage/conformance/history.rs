//! Positions of items that were taken out, and former readers.

use super::fixtures::{all_ids, commit, ids, note, ok, person, pull, push, push_as, put, refused};
use crate::{
    model::{AudienceMember, Cursor, Filter, Object, PageRequest, Stream, Viewer},
    storage::{Change, Storage, StorageError},
};

fn followers() -> Stream {
    Stream::Followers("alice".into())
}

fn inbox() -> Stream {
    Stream::Inbox("alice".into())
}

fn withdraw(item: &str, except: &Stream, most: u32) -> Change {
    Change::RemoveFromStreams {
        item: item.into(),
        except: except.clone(),
        limit: most,
    }
}

/// The items before and since one.
async fn around(store: &dyn Storage, stream: &Stream, item: &str) -> [Vec<String>; 2] {
    let of = async |cursor| {
        let request = PageRequest {
            cursor,
            count: 2,
            ..PageRequest::default()
        };
        ids(store, stream, &request, Viewer::Unrestricted).await
    };
    [
        of(Cursor::Before(item.into())).await,
        of(Cursor::Since(item.into())).await,
    ]
}

/// An item that was pulled or withdrawn is still a place to go on from.
pub async fn a_cursor_outlives_its_item(store: &dyn Storage) {
    let names = ["a", "b", "c", "d", "e", "f", "g"];
    commit(store, names.iter().map(|id| put(note(id))).collect()).await;
    for stream in [inbox(), followers()] {
        let pushes = names.iter().enumerate();
        let pushes = pushes.map(|(number, id)| match &stream {
            Stream::Inbox(_) => push_as(&stream, id, number % 2 == 0, number % 3 == 0),
            _ => push(&stream, id),
        });
        commit(store, pushes.collect()).await;
    }
    let before = around(store, &inbox(), "d").await;
    assert_eq!(before, [["c", "b"], ["f", "e"]], "while it is there");
    commit(store, vec![pull(&inbox(), "d"), pull(&followers(), "d")]).await;
    for stream in [inbox(), followers()] {
        assert_eq!(around(store, &stream, "d").await, before, "of {stream}");
    }
    commit(store, vec![withdraw("g", &followers(), 9)]).await;
    let newest = around(store, &inbox(), "g").await;
    assert_eq!(newest, [vec!["f", "e"], vec![]], "the newest was withdrawn");
    commit(store, vec![put(note("h")), push(&inbox(), "h")]).await;
    let newest = around(store, &inbox(), "g").await;
    assert_eq!(
        newest,
        [vec!["f", "e"], vec!["h"]],
        "what came since is new"
    );
    // The page is cut and counted as from any other item.
    let request = PageRequest {
        cursor: Cursor::Before("d".into()),
        filter: Filter {
            major: Some(true),
            direct: false,
        },
        count: 1,
        ..PageRequest::default()
    };
    let page = ok(
        store.list(&inbox(), &request, Viewer::Unrestricted).await,
        "Listing from a removed item",
    );
    let items: Vec<&str> = page.items.iter().map(|item| &*item.id).collect();
    assert_eq!((items, page.has_older, page.total), (vec!["c"], true, 3));
    // It came again, and is where it is now.
    commit(store, vec![push(&inbox(), "d")]).await;
    assert_eq!(around(store, &inbox(), "d").await, [vec!["h", "f"], vec![]]);
    commit(store, vec![pull(&inbox(), "d")]).await;
    assert_eq!(around(store, &inbox(), "d").await, [vec!["h", "f"], vec![]]);
    assert_eq!(all_ids(store, &inbox()).await.len(), 6, "it is not there");
}

/// Only in the streams that it was in.
pub async fn a_removed_item_is_no_cursor_elsewhere(store: &dyn Storage) {
    commit(store, vec![put(note("a")), put(note("b"))]).await;
    commit(store, vec![push(&inbox(), "a"), push(&followers(), "b")]).await;
    commit(store, vec![pull(&inbox(), "a")]).await;
    let request = PageRequest {
        cursor: Cursor::Since("a".into()),
        ..PageRequest::default()
    };
    let listed = store
        .list(&followers(), &request, Viewer::Unrestricted)
        .await;
    refused!(
        listed,
        StorageError::NotInStream { .. },
        "A cursor that was in another stream"
    );
    let failed = vec![
        push(&inbox(), "b"),
        pull(&inbox(), "b"),
        pull(&inbox(), "b"),
    ];
    assert!(
        store.commit(failed).await.is_err(),
        "it is pulled once too often"
    );
    let request = PageRequest {
        cursor: Cursor::Since("b".into()),
        ..PageRequest::default()
    };
    let listed = store.list(&inbox(), &request, Viewer::Unrestricted).await;
    refused!(
        listed,
        StorageError::NotInStream { .. },
        "A cursor of a commit that failed"
    );
}

/// Viewers who may read an object, or once could, by audience and by membership, are told.
pub async fn who_could_read_is_remembered(store: &dyn Storage) {
    let people = ["alice", "bob", "carol"].map(|name| put(person(name)));
    commit(store, people.into()).await;
    commit(store, vec![push(&followers(), "bob")]).await;
    let is = async |audience: Vec<AudienceMember>| {
        let item = Object {
            audience,
            author: Some("alice".into()),
            ..note("n")
        };
        commit(store, vec![put(item)]).await;
    };
    let could = async |wanted: [bool; 4], when: &str| {
        let viewers = [
            Viewer::Person("alice"),
            Viewer::Person("bob"),
            Viewer::Person("carol"),
            Viewer::Anonymous,
        ];
        for (viewer, wanted) in viewers.into_iter().zip(wanted) {
            let could = ok(store.was_readable("n", viewer).await, "Asking who could");
            assert_eq!(could, wanted, "{viewer:?}, {when}");
        }
    };
    is(vec![]).await;
    could([true, false, false, false], "when it was the author's").await;
    is(vec![AudienceMember::Members(followers())]).await;
    could([true, true, false, false], "for the followers").await;
    commit(store, vec![pull(&followers(), "bob")]).await;
    could([true, true, false, false], "after one left").await;
    is(vec![AudienceMember::Person("carol".into())]).await;
    could([true, true, true, false], "for another").await;
    is(vec![]).await;
    could([true, true, true, false], "after it was taken back").await;
    is(vec![AudienceMember::Public]).await;
    is(vec![AudienceMember::Person("bob".into())]).await;
    could([true, true, true, true], "after it was for everyone").await;
    let readable = ok(
        store.readable(&["n"], Viewer::Anonymous).await,
        "Asking who may",
    );
    assert_eq!(
        readable,
        [false],
        "that someone could read it lets nobody read it"
    );
    let none = ok(
        store.was_readable("none", Viewer::Unrestricted).await,
        "Asking",
    );
    assert!(!none, "what is not stored was not readable");
}
