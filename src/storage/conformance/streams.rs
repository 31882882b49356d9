//! Streams are ordered sets.

use super::fixtures::{all_ids, commit, find, note, ok, pull, push, push_as, put, refused};
use crate::{
    model::{Class, Cursor, Filter, Object, Page, PageRequest, Stream, StreamPreview, Viewer},
    storage::{Change, Duplicate, Storage, StorageError},
};

pub(super) fn stream() -> Stream {
    Stream::Favorites("alice".into())
}

pub(super) async fn with_items(store: &dyn Storage, items: &[&str]) {
    commit(store, items.iter().map(|id| put(note(id))).collect()).await;
    commit(store, items.iter().map(|id| push(&stream(), id)).collect()).await;
}

/// The newest is first, also of those pushed in one commit.
pub async fn a_stream_is_newest_first(store: &dyn Storage) {
    with_items(store, &["b", "a"]).await;
    commit(store, vec![put(note("c")), push(&stream(), "c")]).await;
    let order = all_ids(store, &stream()).await;
    assert_eq!(
        order,
        ["c", "a", "b"],
        "a stream should be in order of arrival, newest first"
    );
}

/// Listing on from the last position returns every item that stays, despite concurrent writes.
pub async fn items_are_listed_in_batches_in_order_of_arrival(store: &dyn Storage) {
    with_items(store, &["a", "b", "c", "d"]).await;
    let listed = async |after, count| {
        let items = store.items_after(&stream(), after, count).await;
        let items: Vec<(u64, String)> = ok(items, "Listing items");
        let last = items.last().map_or(after, |(place, _)| *place);
        let ids: Vec<String> = items.into_iter().map(|(_, id)| id).collect();
        (last, ids)
    };
    let (place, ids) = listed(0, 2).await;
    assert_eq!(ids, ["a", "b"], "the oldest come first");
    commit(store, vec![pull(&stream(), "b"), pull(&stream(), "c")]).await;
    commit(store, vec![push(&stream(), "b")]).await;
    let (place, ids) = listed(place, 2).await;
    assert_eq!(ids, ["d", "b"], "what came anew is the newest");
    assert_eq!(
        listed(place, 2).await,
        (place, vec![]),
        "after the newest is nothing"
    );
    assert_eq!(
        listed(0, 9).await,
        (place, ["a", "d", "b"].map(String::from).to_vec()),
        "places stay as they are"
    );
    commit(store, vec![Change::Clear(stream()), push(&stream(), "c")]).await;
    let (_, ids) = listed(place, 9).await;
    assert_eq!(
        ids,
        ["c"],
        "what comes after all went is newer than all was"
    );
    let none = store.items_after(&Stream::Users, 0, 9).await;
    assert_eq!(ok(none, "Listing no items"), [], "of an empty stream");
}

/// A stream without entries is empty, not an error.
pub async fn a_stream_never_pushed_to_is_empty(store: &dyn Storage) {
    commit(store, vec![put(note("n"))]).await;
    for viewer in [Viewer::Unrestricted, Viewer::Anonymous, Viewer::Person("n")] {
        let page = ok(
            store.list(&stream(), &PageRequest::default(), viewer).await,
            "Listing",
        );
        assert_eq!(
            page,
            Page::default(),
            "a stream nobody pushed to should be empty"
        );
        let previews = ok(
            store.previews(&[stream()], 4, viewer).await,
            "Asking for a head",
        );
        assert_eq!(previews, [StreamPreview::default()], "so should its head");
    }
    let contains = ok(
        store.contains(&[(stream(), "n")]).await,
        "Asking what it contains",
    );
    assert_eq!(contains, [false], "it should contain nothing");
    commit(store, vec![Change::Clear(stream())]).await;
    let pulled = store.commit(vec![pull(&stream(), "n")]).await;
    refused!(
        pulled,
        StorageError::Missing(_),
        "Taking something out of an empty stream"
    );
}

/// An object is in a stream once.
pub async fn a_second_push_is_refused(store: &dyn Storage) {
    with_items(store, &["a", "b"]).await;
    let again = store.commit(vec![push(&stream(), "a")]).await;
    refused!(again, StorageError::AlreadyExists(_), "A second push");
    let twice = store.commit(vec![
        put(note("c")),
        push(&stream(), "c"),
        push(&stream(), "c"),
    ]);
    refused!(
        twice.await,
        StorageError::AlreadyExists(_),
        "A second push in the same commit"
    );
    assert_eq!(
        all_ids(store, &stream()).await,
        ["b", "a"],
        "a refused push changes nothing"
    );
}

/// An ignored push leaves place, class and total.
pub async fn an_ignored_push_keeps_its_place(store: &dyn Storage) {
    commit(store, vec![put(note("a")), put(note("b"))]).await;
    commit(
        store,
        vec![push_as(&stream(), "a", true, false), push(&stream(), "b")],
    )
    .await;
    let again = Change::Push {
        stream: stream(),
        item: "a".into(),
        class: Some(Class::default()),
        duplicate: Duplicate::Ignore,
    };
    commit(store, vec![again.clone(), again]).await;
    assert_eq!(
        all_ids(store, &stream()).await,
        ["b", "a"],
        "an ignored push moves nothing"
    );
    let major = PageRequest {
        filter: Filter {
            major: Some(true),
            direct: false,
        },
        ..PageRequest::default()
    };
    let page = ok(
        store.list(&stream(), &major, Viewer::Unrestricted).await,
        "Listing",
    );
    assert_eq!(
        page.items.len(),
        1,
        "an ignored push should leave the class as it was"
    );
    let head = ok(
        store.previews(&[stream()], 0, Viewer::Unrestricted).await,
        "Asking for a head",
    );
    assert_eq!(head[0].total, 2, "an ignored push should not count");
}

/// A pull takes one item out, and must find it.
pub async fn removed_item_is_gone(store: &dyn Storage) {
    with_items(store, &["a", "b", "c"]).await;
    commit(store, vec![pull(&stream(), "b")]).await;
    assert_eq!(
        all_ids(store, &stream()).await,
        ["c", "a"],
        "what is pulled should be gone"
    );
    let contains = ok(
        store.contains(&[(stream(), "b")]).await,
        "Asking what it contains",
    );
    assert_eq!(contains, [false], "what is pulled should be gone");
    for id in ["b", "not stored"] {
        let again = store.commit(vec![pull(&stream(), id)]).await;
        refused!(
            again,
            StorageError::Missing(_),
            "A pull of what is not there"
        );
    }
    assert!(
        find(store, "b").await.is_some(),
        "the object itself should stay"
    );
}

/// After a pull, a push puts the item on top.
pub async fn item_pushed_again_is_on_top(store: &dyn Storage) {
    with_items(store, &["a", "b", "c"]).await;
    commit(store, vec![pull(&stream(), "c"), push(&stream(), "c")]).await;
    assert_eq!(
        all_ids(store, &stream()).await,
        ["c", "b", "a"],
        "what comes back is the newest"
    );
    commit(store, vec![pull(&stream(), "a"), push(&stream(), "a")]).await;
    assert_eq!(
        all_ids(store, &stream()).await,
        ["a", "c", "b"],
        "what comes back is the newest"
    );
    let since = PageRequest {
        cursor: Cursor::Since("c".into()),
        ..PageRequest::default()
    };
    let page = ok(
        store.list(&stream(), &since, Viewer::Unrestricted).await,
        "Listing",
    );
    let seen: Vec<&str> = page.items.iter().map(|object| &*object.id).collect();
    assert_eq!(
        seen,
        ["a"],
        "what comes back is newer than all that was there"
    );
}

/// Clearing takes all out of one stream, which then works as before.
pub async fn a_cleared_stream_is_empty_and_usable(store: &dyn Storage) {
    with_items(store, &["a", "b"]).await;
    let other = Stream::Favorites("bob".into());
    commit(store, vec![push(&other, "a"), push(&other, "b")]).await;
    commit(store, vec![Change::Clear(stream())]).await;
    let page = store
        .list(&stream(), &PageRequest::default(), Viewer::Unrestricted)
        .await;
    assert_eq!(
        ok(page, "Listing"),
        Page::default(),
        "a cleared stream should be empty"
    );
    assert_eq!(
        all_ids(store, &other).await,
        ["b", "a"],
        "other streams should stay"
    );
    commit(store, vec![push(&stream(), "b"), push(&stream(), "a")]).await;
    assert_eq!(
        all_ids(store, &stream()).await,
        ["a", "b"],
        "a cleared stream can be refilled"
    );
}

/// Only stored objects go into streams.
pub async fn pushed_item_must_be_stored(store: &dyn Storage) {
    let unknown = store.commit(vec![push(&stream(), "a")]).await;
    refused!(
        unknown,
        StorageError::Missing(_),
        "A push of what is not stored"
    );
    let late = store
        .commit(vec![push(&stream(), "a"), put(note("a"))])
        .await;
    refused!(
        late,
        StorageError::Missing(_),
        "A push of what is stored later"
    );
    assert!(
        all_ids(store, &stream()).await.is_empty(),
        "a refused push changes nothing"
    );
    commit(store, vec![put(note("a")), push(&stream(), "a")]).await;
}

/// Streams of different kinds, owners and list types do not mix.
pub async fn streams_of_one_owner_are_apart(store: &dyn Storage) {
    let lists = |owner: &str, object_type: &str| Stream::Lists {
        owner: owner.into(),
        object_type: object_type.into(),
    };
    let voters = |poll: &str, choice: &str| Stream::VotersFor {
        poll: poll.into(),
        choice: choice.into(),
    };
    let id = || String::from("x");
    let streams = [
        Stream::Users,
        Stream::Outbox(id()),
        Stream::Inbox(id()),
        Stream::Followers(id()),
        Stream::Following(id()),
        Stream::Favorites(id()),
        Stream::Uploads(id()),
        lists("x", "person"),
        lists("x", "note"),
        lists("y", "person"),
        Stream::Likes(id()),
        Stream::Replies(id()),
        Stream::Shares(id()),
        Stream::Members(id()),
        Stream::Documents(id()),
        Stream::Blocked(id()),
        Stream::BlockedBy(id()),
        Stream::Muted(id()),
        Stream::MutedBy(id()),
        Stream::FollowApprovers,
        Stream::Requests(id()),
        Stream::Notices(id()),
        Stream::Unseen(id()),
        Stream::Read(id()),
        Stream::Voters(id()),
        voters("x", "x"),
        voters("x", "x x"),
        voters("x x", "x"),
        Stream::Members("X".into()),
    ];
    let mut changes = Vec::new();
    for (number, stream) in streams.iter().enumerate() {
        let id = number.to_string();
        changes.extend([put(note(&id)), push(stream, &id)]);
    }
    commit(store, changes).await;
    for (number, stream) in streams.iter().enumerate() {
        let found = all_ids(store, stream).await;
        assert_eq!(
            found,
            [number.to_string()],
            "'{stream}' should hold its own item only"
        );
    }
}

/// Batches answer in order.
pub async fn contains_answers_in_the_order_asked(store: &dyn Storage) {
    with_items(store, &["a", "b"]).await;
    let other = Stream::Favorites("bob".into());
    commit(store, vec![push(&other, "b")]).await;
    let asked = [
        (other.clone(), "a"),
        (stream(), "a"),
        (other.clone(), "b"),
        (stream(), "none"),
        (stream(), "a"),
        (Stream::Users, "a"),
    ];
    let found = ok(store.contains(&asked).await, "Asking what streams contain");
    let wanted = [false, true, true, false, true, false];
    assert_eq!(found, wanted, "answers should be in the order of the pairs");
    let none = ok(store.contains(&[]).await, "Asking nothing");
    assert!(none.is_empty(), "no pairs should give no answers");
}

/// Lists show the present object, not the one that was pushed.
pub async fn a_stream_shows_objects_as_they_are_now(store: &dyn Storage) {
    with_items(store, &["a", "b"]).await;
    let changed = Object {
        deleted: true,
        ..note("a")
    };
    commit(store, vec![put(changed)]).await;
    let request = PageRequest::default();
    let page = ok(
        store.list(&stream(), &request, Viewer::Unrestricted).await,
        "Listing",
    );
    let now = find(store, "a").await;
    assert_eq!(
        page.items.get(1).map(|item| &**item),
        now.as_ref(),
        "a stream should show objects as they are now"
    );
}
