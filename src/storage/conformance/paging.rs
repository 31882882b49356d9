//! Pages, in every direction, for every viewer, with nothing lost and nothing doubled.

use super::fixtures::{commit, note, ok, person, push, push_as, put, refused};
use crate::{
    model::{AudienceMember, Cursor, Filter, Object, Page, PageRequest, Stream, Viewer},
    storage::{Storage, StorageError},
};

pub(super) const VIEWERS: [Viewer<'_>; 4] = [
    Viewer::Unrestricted,
    Viewer::Anonymous,
    Viewer::Person("bob"),
    Viewer::Person("author"),
];

pub(super) const FILTERS: [Filter; 6] = [
    filter(None, false),
    filter(None, true),
    filter(Some(true), false),
    filter(Some(true), true),
    filter(Some(false), false),
    filter(Some(false), true),
];

const fn filter(major: Option<bool>, direct: bool) -> Filter {
    Filter { major, direct }
}

pub(super) fn inbox() -> Stream {
    Stream::Inbox("alice".into())
}

/// Forty-five items of all classes: of each three one is public and one is for bob.
pub(super) async fn forty_five(store: &dyn Storage) {
    commit(store, vec![put(person("bob"))]).await;
    for number in 0..45_u32 {
        let audience = match number % 3 {
            0 => vec![AudienceMember::Public],
            1 => vec![AudienceMember::Person("bob".into())],
            _ => vec![],
        };
        let item = Object {
            audience,
            author: Some("author".into()),
            ..note(&format!("item {number}"))
        };
        let id = item.id.clone();
        let filed = push_as(&inbox(), &id, number % 2 == 0, number % 5 == 0);
        commit(store, vec![put(item), filed]).await;
    }
}

/// The items of the forty-five that a viewer may see, newest first.
fn visible(viewer: Viewer<'_>, filter: Filter) -> Vec<String> {
    let sees = |number: u32| match viewer {
        Viewer::Unrestricted | Viewer::Person("author") => true,
        Viewer::Anonymous => number.is_multiple_of(3),
        Viewer::Person(_) => number % 3 != 2,
    };
    (0..45_u32)
        .rev()
        .filter(|number| sees(*number))
        .filter(|number| {
            filter
                .major
                .is_none_or(|major| major == number.is_multiple_of(2))
        })
        .filter(|number| !filter.direct || number.is_multiple_of(5))
        .map(|number| format!("item {number}"))
        .collect()
}

pub(super) async fn page(
    store: &dyn Storage,
    count: u32,
    cursor: Cursor,
    filter: Filter,
    viewer: Viewer<'_>,
) -> Page {
    let request = PageRequest {
        count,
        cursor,
        filter,
        ..PageRequest::default()
    };
    ok(
        store.list(&inbox(), &request, viewer).await,
        "Listing a page",
    )
}

pub(super) fn ids_of(page: &Page) -> Vec<String> {
    page.items.iter().map(|object| object.id.clone()).collect()
}

/// From the newest to the oldest with `Before`.
pub async fn pages_backwards_lose_and_double_nothing(store: &dyn Storage) {
    forty_five(store).await;
    for viewer in VIEWERS {
        for filter in FILTERS {
            for count in [1, 7, 20, 200] {
                let wanted = visible(viewer, filter);
                let mut seen: Vec<String> = Vec::new();
                let mut cursor = Cursor::Newest;
                loop {
                    let page = page(store, count, cursor, filter, viewer).await;
                    assert_eq!(
                        page.total,
                        wanted.len() as u64,
                        "every page should tell the same total ({viewer:?}, {filter:?})"
                    );
                    seen.extend(ids_of(&page));
                    assert_eq!(
                        page.has_older,
                        seen.len() < wanted.len() && !page.items.is_empty(),
                        "'older' should be true until the oldest is shown ({viewer:?}, {filter:?})"
                    );
                    match page.items.last() {
                        Some(last) if page.has_older => cursor = Cursor::Before(last.id.clone()),
                        _ => break,
                    }
                }
                assert_eq!(
                    seen, wanted,
                    "backwards by {count} for {viewer:?}, {filter:?}"
                );
            }
        }
    }
}

/// From the oldest to the newest with `Since`, nearest first.
pub async fn pages_forwards_lose_and_double_nothing(store: &dyn Storage) {
    forty_five(store).await;
    for viewer in VIEWERS {
        for filter in FILTERS {
            for count in [1, 7, 20, 200] {
                let mut wanted = visible(viewer, filter);
                wanted.retain(|id| id != "item 0");
                let mut seen: Vec<String> = Vec::new();
                let mut cursor = String::from("item 0");
                loop {
                    let since = Cursor::Since(cursor.clone());
                    let page = page(store, count, since, filter, viewer).await;
                    let mut nearest = ids_of(&page);
                    let Some(newest) = nearest.first() else { break };
                    cursor.clone_from(newest);
                    nearest.append(&mut seen);
                    seen = nearest;
                }
                assert_eq!(
                    seen, wanted,
                    "forwards by {count} for {viewer:?}, {filter:?}"
                );
            }
        }
    }
}

/// From the newest to the oldest with `Offset`.
pub async fn pages_by_offset_lose_and_double_nothing(store: &dyn Storage) {
    forty_five(store).await;
    for viewer in VIEWERS {
        for filter in FILTERS {
            let wanted = visible(viewer, filter);
            let mut seen: Vec<String> = Vec::new();
            loop {
                let offset = Cursor::Offset(seen.len() as u64);
                let page = page(store, 7, offset, filter, viewer).await;
                seen.extend(ids_of(&page));
                assert_eq!(
                    page.has_older,
                    seen.len() < wanted.len(),
                    "'older' tells of the rest"
                );
                if page.items.is_empty() {
                    break;
                }
            }
            assert_eq!(seen, wanted, "by offset for {viewer:?}, {filter:?}");
        }
    }
}

/// A cursor need not be visible, nor pass the filter.
pub async fn a_cursor_may_name_what_is_not_shown(store: &dyn Storage) {
    forty_five(store).await;
    let minor = filter(Some(false), false);
    // Item 20 is major, and for nobody but its author.
    for (cursor, wanted) in [
        (Cursor::Before("item 20".into()), ["item 15", "item 9"]),
        (Cursor::Since("item 20".into()), ["item 27", "item 21"]),
    ] {
        let page = page(store, 2, cursor.clone(), minor, Viewer::Anonymous).await;
        assert_eq!(
            ids_of(&page),
            wanted,
            "{cursor:?}, which is not shown itself"
        );
    }
}

/// A cursor outside the stream is an error that names both.
pub async fn a_cursor_must_be_in_the_stream(store: &dyn Storage) {
    let other = Stream::Inbox("bob".into());
    commit(
        store,
        vec![put(note("a")), put(note("b")), push(&inbox(), "a")],
    )
    .await;
    commit(store, vec![push(&other, "b")]).await;
    for id in ["b", "not stored"] {
        for cursor in [Cursor::Before(id.into()), Cursor::Since(id.into())] {
            for viewer in VIEWERS {
                let request = PageRequest {
                    cursor: cursor.clone(),
                    ..PageRequest::default()
                };
                match store.list(&inbox(), &request, viewer).await {
                    Err(StorageError::NotInStream { stream, item }) => {
                        assert_eq!(stream, inbox().to_string(), "the error names the stream");
                        assert_eq!(item, id, "the error names the item");
                    }
                    other => panic!("{cursor:?} should be NotInStream, but gave {other:?}"),
                }
            }
        }
    }
    let unknown = Stream::Inbox("carol".into());
    let request = PageRequest {
        cursor: Cursor::Before("a".into()),
        ..PageRequest::default()
    };
    let listed = store.list(&unknown, &request, Viewer::Unrestricted).await;
    refused!(
        listed,
        StorageError::NotInStream { .. },
        "A cursor in a stream that is empty"
    );
}

/// `has_older` at the edges: it is about visible items older than the page, or than the cursor.
pub async fn older_tells_whether_there_is_more(store: &dyn Storage) {
    forty_five(store).await;
    let all = Filter::default();
    for (viewer, count, cursor, wanted) in [
        (Viewer::Unrestricted, 45, Cursor::Newest, false),
        (Viewer::Unrestricted, 44, Cursor::Newest, true),
        (
            Viewer::Unrestricted,
            20,
            Cursor::Before("item 0".into()),
            false,
        ),
        (
            Viewer::Unrestricted,
            20,
            Cursor::Before("item 1".into()),
            false,
        ),
        (
            Viewer::Unrestricted,
            1,
            Cursor::Before("item 2".into()),
            true,
        ),
        // The items since one are newer than it, so it is older than they are.
        (
            Viewer::Unrestricted,
            20,
            Cursor::Since("item 0".into()),
            true,
        ),
        // Nothing is newer than the newest; older than it are others, for some.
        (
            Viewer::Unrestricted,
            20,
            Cursor::Since("item 44".into()),
            true,
        ),
        (Viewer::Anonymous, 20, Cursor::Since("item 0".into()), true),
        (
            Viewer::Person("nobody"),
            20,
            Cursor::Since("item 44".into()),
            true,
        ),
        (Viewer::Anonymous, 14, Cursor::Newest, true),
        (Viewer::Anonymous, 15, Cursor::Newest, false),
        (Viewer::Anonymous, 14, Cursor::Offset(1), false),
        (Viewer::Anonymous, 13, Cursor::Offset(1), true),
    ] {
        let page = page(store, count, cursor.clone(), all, viewer).await;
        assert_eq!(
            page.has_older, wanted,
            "'older' for {viewer:?}, {count} from {cursor:?}"
        );
    }
    commit(store, vec![put(note("lone")), push(&Stream::Users, "lone")]).await;
    for cursor in [Cursor::Since("lone".into()), Cursor::Before("lone".into())] {
        let request = PageRequest {
            cursor,
            ..PageRequest::default()
        };
        let page = ok(
            store
                .list(&Stream::Users, &request, Viewer::Unrestricted)
                .await,
            "Listing",
        );
        assert!(
            page.items.is_empty(),
            "nothing is newer or older than the only item"
        );
        assert!(!page.has_older, "an item is not older than itself");
        assert_eq!(
            page.total, 1,
            "the total counts the whole stream, whatever the cursor"
        );
    }
}

/// A count of 0 shows nothing, and tells the total and whether there is more.
pub async fn a_page_of_nothing_has_a_total(store: &dyn Storage) {
    forty_five(store).await;
    for (cursor, older) in [
        (Cursor::Newest, true),
        (Cursor::Offset(14), true),
        (Cursor::Offset(15), false),
        (Cursor::Before("item 20".into()), true),
        (Cursor::Before("item 0".into()), false),
        (Cursor::Since("item 0".into()), false),
        (Cursor::Since("item 1".into()), true),
    ] {
        let page = page(
            store,
            0,
            cursor.clone(),
            Filter::default(),
            Viewer::Anonymous,
        )
        .await;
        assert!(
            page.items.is_empty(),
            "a count of 0 should show nothing, from {cursor:?}"
        );
        assert_eq!(page.total, 15, "and tell the total, from {cursor:?}");
        assert_eq!(
            page.has_older, older,
            "and whether there is more, from {cursor:?}"
        );
    }
}

/// Past the end there is nothing, however far.
pub async fn an_offset_beyond_the_end_shows_nothing(store: &dyn Storage) {
    forty_five(store).await;
    for offset in [45, 46, 1_000_000, u64::MAX] {
        for viewer in VIEWERS {
            let cursor = Cursor::Offset(offset);
            let page = page(store, 20, cursor, Filter::default(), viewer).await;
            assert!(
                page.items.is_empty() && !page.has_older,
                "offset {offset} is past the end"
            );
            let wanted = visible(viewer, Filter::default()).len() as u64;
            assert_eq!(
                page.total, wanted,
                "offset {offset} should not change the total"
            );
        }
    }
}
