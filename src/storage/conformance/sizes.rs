//! Reads that end where they would take too much memory.

use super::fixtures::{commit, note, ok, person, push, put};
use crate::{
    model::{AudienceMember, Cursor, Object, Page, PageRequest, Stream, Viewer},
    storage::Storage,
};

/// How many bytes of JSON a page may have here.
const MAX_BYTES: usize = 5_000;

fn outbox() -> Stream {
    Stream::Outbox("alice".into())
}

/// A note whose JSON has about so many bytes.
fn note_of(name: &str, bytes: usize) -> Object {
    let mut note = note(name);
    note.body.insert("content".into(), "x".repeat(bytes).into());
    note
}

/// Thirty notes of many sizes in a stream, the largest larger than a page. The ids, newest first.
async fn thirty(store: &dyn Storage) -> Vec<String> {
    let mut ids = Vec::new();
    commit(store, vec![put(person("bob"))]).await;
    for number in 0..30 {
        let bytes = if number % 7 == 3 {
            6_000
        } else {
            number * 53 % 2_000
        };
        let item = note_of(&format!("item {number}"), bytes);
        ids.push(item.id.clone());
        let item = Object {
            audience: vec![AudienceMember::Person("bob".into()); number % 2],
            ..item
        };
        let filed = push(&outbox(), &item.id);
        commit(store, vec![put(item), filed]).await;
    }
    ids.reverse();
    ids
}

async fn page(store: &dyn Storage, count: u32, cursor: Cursor) -> Page {
    let request = PageRequest {
        count,
        cursor,
        max_bytes: MAX_BYTES,
        ..PageRequest::default()
    };
    let page = store.list(&outbox(), &request, Viewer::Unrestricted).await;
    let page = ok(page, "Listing a page");
    let bytes: usize = page.items.iter().map(|item| item.size()).sum();
    assert!(
        bytes <= MAX_BYTES || page.items.len() == 1,
        "a page should end early: {bytes} bytes in {} items",
        page.items.len()
    );
    page
}

fn ids_of(page: &Page) -> Vec<String> {
    page.items.iter().map(|item| item.id.clone()).collect()
}

/// In every direction, each page as long as it may be.
pub async fn pages_that_end_early_lose_and_double_nothing(store: &dyn Storage) {
    let wanted = thirty(store).await;
    for count in [1, 3, 200] {
        let (mut backwards, mut cursor) = (Vec::new(), Cursor::Newest);
        let mut pages = 0;
        loop {
            let page = page(store, count, cursor).await;
            assert_eq!(page.total, 30, "the total is that of the stream");
            backwards.extend(ids_of(&page));
            pages += 1;
            assert_eq!(
                page.has_older,
                backwards.len() < wanted.len(),
                "'older' should be true until the oldest is shown"
            );
            match page.items.last() {
                Some(last) if page.has_older => cursor = Cursor::Before(last.id.clone()),
                _ => break,
            }
        }
        assert_eq!(backwards, wanted, "backwards by {count}");
        assert!(pages > 5, "there should be more than one page: {pages}");

        let mut by_offset = Vec::new();
        while by_offset.len() < wanted.len() {
            let offset = Cursor::Offset(by_offset.len() as u64);
            by_offset.extend(ids_of(&page(store, count, offset).await));
        }
        assert_eq!(by_offset, wanted, "by offset and {count}");

        let (mut forwards, mut cursor) = (Vec::new(), "item 0".to_owned());
        loop {
            let page = page(store, count, Cursor::Since(cursor.clone())).await;
            let Some(newest) = page.items.first() else {
                break;
            };
            assert!(page.has_older, "there is at least what the cursor names");
            cursor.clone_from(&newest.id);
            let mut nearest = ids_of(&page);
            nearest.append(&mut forwards);
            forwards = nearest;
        }
        assert_eq!(forwards, wanted[..29], "forwards by {count}");
    }
}

/// Neither more nor less than they are, whether they were read before or not.
pub async fn objects_are_found_within_so_many_bytes(store: &dyn Storage) {
    commit(
        store,
        vec![put(note_of("small", 10)), put(note_of("large", 3_000))],
    )
    .await;
    let asked = ["large", "none", "small"];
    let unread = store.find_objects_within(&asked, 100).await;
    assert_eq!(ok(unread, "Finding too much"), None);
    let found = ok(store.find_objects(&asked).await, "Finding objects");
    let both = found.iter().flatten().map(|one| one.size()).sum::<usize>();
    for (max_bytes, is_found) in [
        (both - 1, false),
        (both, true),
        (0, false),
        (usize::MAX, true),
    ] {
        let within = store.find_objects_within(&asked, max_bytes).await;
        let within = ok(within, "Finding objects within bytes");
        let wanted = is_found.then(|| found.clone());
        assert_eq!(within, wanted, "within {max_bytes} bytes");
    }
    let none = store.find_objects_within(&["none"], 0).await;
    assert_eq!(ok(none, "Finding nothing"), Some(vec![None]));
}
