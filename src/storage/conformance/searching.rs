//! Streams in which a name is searched for.

use serde_json::json;

use super::fixtures::{commit, ids, object_called, ok, person, push, push_as, put};
use crate::{
    model::{
        AudienceMember, Cursor, Filter, MAX_SEARCHED_CHARS, Object, PageRequest, Stream, Viewer,
    },
    storage::Storage,
};

fn followers() -> Stream {
    Stream::Followers("alice".into())
}

fn searching(named: &str) -> PageRequest {
    PageRequest {
        count: 200,
        name_query: Some(named.into()),
        ..PageRequest::default()
    }
}

/// Persons by these names, with numbers for ids, in the stream in this order.
async fn people(store: &dyn Storage, names: &[&str]) {
    let persons = names.iter().enumerate().map(|(number, name)| {
        let id = number.to_string();
        [
            put(object_called("person", &id, name)),
            push(&followers(), &id),
        ]
    });
    commit(store, persons.flatten().collect()).await;
}

/// Case makes no difference, not even outside ASCII, and a name is found wherever it stands.
pub async fn a_name_is_found_in_any_case_wherever_it_stands(store: &dyn Storage) {
    people(
        store,
        &["Alice Liddell", "ÉMILE Zola", "Straßner", "алиса", "Bob"],
    )
    .await;
    for (named, found) in [
        ("alice", vec!["0"]),
        ("LIDD", vec!["0"]),
        ("émile", vec!["1"]),
        ("strassn", vec!["2"]),
        ("АЛИ", vec!["3"]),
        ("l", vec!["1", "0"]),
        ("e z", vec!["1"]),
        ("carol", vec![]),
    ] {
        let request = searching(named);
        let shown = ids(store, &followers(), &request, Viewer::Unrestricted).await;
        assert_eq!(shown, found, "{named}");
    }
}

/// Search text is taken literally, and objects without a name are never found.
pub async fn search_text_is_not_a_pattern(store: &dyn Storage) {
    people(
        store,
        &[
            "100%",
            "under_score",
            "back\\slash",
            "it's \"quoted\"",
            "a*b?[c]",
        ],
    )
    .await;
    let mut nameless = person("nameless");
    nameless.body = json!({"objectType": "person"})
        .as_object()
        .cloned()
        .unwrap_or_default()
        .into();
    commit(store, vec![put(nameless), push(&followers(), "nameless")]).await;
    for (named, found) in [
        ("%", vec!["0"]),
        ("_", vec!["1"]),
        ("\\", vec!["2"]),
        ("'", vec!["3"]),
        ("\"", vec!["3"]),
        ("*", vec!["4"]),
        ("[c]", vec!["4"]),
        (".", vec![]),
    ] {
        let shown = ids(store, &followers(), &searching(named), Viewer::Unrestricted).await;
        assert_eq!(shown, found, "{named}");
    }
}

/// Search results are filtered, paged and counted like a stream; a cursor may name an item outside
/// the results.
pub async fn search_results_are_paged_and_counted(store: &dyn Storage) {
    for number in 0..30_u32 {
        let name = if number % 3 == 0 { "Needle" } else { "Hay" };
        let item = Object {
            audience: if number % 2 == 0 {
                vec![AudienceMember::Public]
            } else {
                vec![]
            },
            ..object_called("note", &number.to_string(), name)
        };
        let filed = push_as(&followers(), &item.id, number < 15, false);
        commit(store, vec![put(item), filed]).await;
    }
    for (viewer, step) in [
        (Viewer::Unrestricted, 3),
        (Viewer::Anonymous, 6),
        (Viewer::Person("x"), 6),
    ] {
        let found = |below| (0..below).filter(move |n| n % step == 0).rev();
        let wanted = |below| found(below).map(|n| n.to_string()).collect::<Vec<_>>();
        let all = wanted(30);
        let major = PageRequest {
            filter: Filter {
                major: Some(true),
                direct: false,
            },
            ..searching("needle")
        };
        assert_eq!(
            ids(store, &followers(), &major, viewer).await,
            wanted(15),
            "{viewer:?}"
        );
        let (mut walked, mut cursor) = (Vec::new(), Cursor::Newest);
        loop {
            let request = PageRequest {
                count: 3,
                cursor,
                ..searching("needle")
            };
            let page = ok(
                store.list(&followers(), &request, viewer).await,
                "Searching",
            );
            assert_eq!(page.total, all.len() as u64, "the total for {viewer:?}");
            walked.extend(page.items.iter().map(|item| item.id.clone()));
            let Some(last) = walked.last().filter(|_| page.has_older) else {
                break;
            };
            cursor = Cursor::Before(last.clone());
        }
        assert_eq!(walked, all, "all that is found, for {viewer:?}");
        for (cursor, wanted) in [
            (Cursor::Offset(2), &all[2..]),
            (
                Cursor::Since("19".into()),
                &all[..found(30).filter(|n| *n > 19).count()],
            ),
            (Cursor::Before("1".into()), &all[all.len() - 1..]),
        ] {
            let request = PageRequest {
                cursor,
                ..searching("NEEDLE")
            };
            assert_eq!(
                ids(store, &followers(), &request, viewer).await,
                wanted,
                "{request:?}"
            );
        }
    }
}

/// A new name counts from the commit that gives it.
pub async fn a_name_is_found_as_it_is_now(store: &dyn Storage) {
    people(store, &["Old"]).await;
    commit(store, vec![put(object_called("person", "0", "New"))]).await;
    for (named, found) in [("old", vec![]), ("new", vec!["0"])] {
        let shown = ids(store, &followers(), &searching(named), Viewer::Unrestricted).await;
        assert_eq!(shown, found, "{named}");
    }
}

/// However long a name is, a search has an end: what stands further back is not found.
pub async fn only_the_beginning_of_a_name_is_searched(store: &dyn Storage) {
    let hay = "\u{e9}".repeat(MAX_SEARCHED_CHARS - 6);
    people(store, &[&format!("{hay}needle and pin")]).await;
    for (named, found) in [("needle", vec!["0"]), ("needle ", vec![]), ("pin", vec![])] {
        let shown = ids(store, &followers(), &searching(named), Viewer::Unrestricted).await;
        assert_eq!(shown, found, "{named}");
    }
}

/// However long a stream is, a search has an end: what is further down is not found.
pub async fn only_the_newest_entries_are_searched(store: &dyn Storage) {
    people(store, &["Too old", "Old enough", "New", "New and old"]).await;
    for cursor in [Cursor::Newest, Cursor::Since("0".into())] {
        let request = PageRequest {
            cursor,
            search_window: 3,
            ..searching("old")
        };
        let page = ok(
            store
                .list(&followers(), &request, Viewer::Unrestricted)
                .await,
            "Searching",
        );
        let found: Vec<&str> = page.items.iter().map(|item| &*item.id).collect();
        assert_eq!((found, page.total), (vec!["3", "1"], 2), "{request:?}");
    }
}
