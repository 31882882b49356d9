//! The number of bytes of a page, and of the pages that wait to be read.

use std::collections::HashSet;

use axum::body::HttpBody as _;
use futures_util::future::join_all;
use serde_json::json;

use super::{all, read, walk};
use crate::support::{Request, Session, TestServer, everyone};

/// How many large notes there are.
const NOTES: usize = 60;

/// Someone with many notes of 90,000 characters; and the ids of these, oldest first.
async fn author_of_large_notes(server: &TestServer) -> (Session, Vec<String>) {
    let alice = server.person("alice").await;
    let mut ids = Vec::new();
    for number in 0..NOTES {
        let content = format!("{number} {}", "x".repeat(90_000));
        let note = alice.note(&content, everyone()).await;
        ids.push(note["id"].as_str().unwrap().to_owned());
    }
    (alice, ids)
}

on_every_backend!(
    pages_of_large_notes_end_early_in_every_form,
    collections_of_large_objects_end_early,
    page_of_many_small_notes_is_complete,
    pages_are_shorter_while_many_are_unread,
    many_concurrent_requests_are_all_answered,
    live_feed_has_each_of_many_large_notes_once,
);

async fn pages_of_large_notes_end_early_in_every_form(server: TestServer) {
    let (alice, mut notes) = author_of_large_notes(&server).await;
    notes.reverse();
    let feed = "/api/user/alice/feed/major?count=200";
    for target in [feed, "/api/user/alice/feed?count=200"] {
        let pages = walk(&server, target, "application/json", "/links/next/href").await;
        let mut posted = all(&pages, "items", "/object/id");
        posted.retain(|id| id.contains("/note/"));
        assert_eq!(posted, notes);
        assert!((2..5).contains(&pages.len()), "{}", pages.len());
        assert!(
            pages
                .iter()
                .all(|page| page["totalItems"] == pages[0]["totalItems"])
        );
    }
    let pages = walk(
        &server,
        "/api/user/alice/feed/major?offset=0&count=200",
        "application/activity+json",
        "/next",
    )
    .await;
    assert_eq!(all(&pages, "orderedItems", "/object/id"), notes);
    let pages = walk(
        &server,
        "/api/user/alice/feed.json?count=200",
        "*/*",
        "/next_url",
    )
    .await;
    let begins: Vec<String> = all(&pages, "items", "/title")
        .iter()
        .map(|title| title.split(' ').next().unwrap().to_owned())
        .collect();
    let expected: Vec<String> = (0..NOTES).rev().map(|number| number.to_string()).collect();
    assert_eq!(begins, expected);

    let mut entries = Vec::new();
    let mut target = Some("/api/user/alice/feed.atom?count=200".to_owned());
    while let Some(at) = target {
        let text = read(&server, &at, "*/*").await.text();
        let ids = text.split("<entry>\n<id>").skip(1);
        entries.extend(ids.map(|id| id.split('<').next().unwrap().to_owned()));
        let next = text.split("rel=\"next\" href=\"").nth(1);
        target = next.map(|next| {
            format!(
                "{}&count=200",
                next.split('"').next().unwrap().replace("&amp;", "&")
            )
        });
    }
    assert_eq!(entries.len(), NOTES);
    assert_eq!(entries.iter().collect::<HashSet<_>>().len(), NOTES);

    let oldest = alice
        .get(&format!("{}&offset={}", feed, NOTES - 1))
        .await
        .ok()["items"][0]["id"]
        .take();
    let (mut newer, mut cursor) = (vec![notes[NOTES - 1].clone()], oldest);
    loop {
        let since = hydraulics::model::Urls::encode(cursor.as_str().unwrap());
        let page = read(
            &server,
            &format!("{feed}&since={since}"),
            "application/json",
        )
        .await
        .json();
        let Some(newest) = page["items"].get(0) else {
            break;
        };
        cursor = newest["id"].clone();
        let ids = all(std::slice::from_ref(&page), "items", "/object/id");
        newer.splice(0..0, ids);
    }
    assert_eq!(newer, notes);
}

async fn collections_of_large_objects_end_early(server: TestServer) {
    let (alice, mut notes) = author_of_large_notes(&server).await;
    for id in &notes {
        alice
            .done(&json!({ "verb": "favorite", "object": { "objectType": "note", "id": id } }))
            .await;
    }
    notes.reverse();
    let pages = walk(
        &server,
        "/api/user/alice/favorites?count=200",
        "application/json",
        "/links/next/href",
    )
    .await;
    assert_eq!(all(&pages, "items", "/id"), notes);
    assert!(pages.len() > 1);
}

async fn page_of_many_small_notes_is_complete(server: TestServer) {
    let alice = server.person("alice").await;
    for number in 0..200 {
        alice.note(&format!("note {number}"), everyone()).await;
    }
    let page = read(
        &server,
        "/api/user/alice/feed/major?count=200",
        "application/json",
    )
    .await
    .json();
    assert_eq!(page["items"].as_array().unwrap().len(), 200);
    let inbox = alice.feed("inbox/major?count=200").await;
    assert_eq!(inbox["items"].as_array().unwrap().len(), 200);
}

async fn pages_are_shorter_while_many_are_unread(server: TestServer) {
    let (alice, notes) = author_of_large_notes(&server).await;
    let target = "/api/user/alice/feed/major?count=200";
    let mut unread = Vec::new();
    for number in 0..80 {
        // Not the same, or they would share what is kept in memory.
        let request = Request::get(&format!("{target}&n={number}"));
        unread.push(server.respond(request.build(&*server.clock)).await);
    }
    let pages = walk(&server, target, "application/json", "/links/next/href").await;
    assert!(pages.len() > NOTES / 4, "{}", pages.len());
    let mut posted = all(&pages, "items", "/object/id");
    posted.reverse();
    assert_eq!(posted, notes);
    let unread: usize = unread
        .into_iter()
        .map(|answer| answer.body().size_hint().lower())
        .map(|bytes| usize::try_from(bytes).unwrap())
        .sum();
    assert!(unread < 140_000_000, "{unread}");
    let page = alice.get(target).await.ok();
    assert!(page["items"].as_array().unwrap().len() > 20, "all was read");
}

async fn many_concurrent_requests_are_all_answered(server: TestServer) {
    let alice = server.person("alice").await;
    alice.note("hello", everyone()).await;
    let reads = (0..60).map(|number| {
        let request = Request::get(&format!("/api/user/alice/feed?n={number}"));
        server.send(request)
    });
    for answer in join_all(reads).await {
        answer.is(200);
    }
    let large = "x".repeat(20_000);
    let writes = (0..60).map(|_| alice.note(&large, everyone()));
    assert!(
        join_all(writes)
            .await
            .iter()
            .all(|note| note["id"].is_string())
    );
}

async fn live_feed_has_each_of_many_large_notes_once(server: TestServer) {
    let alice = server.person("alice").await;
    alice.note("first", everyone()).await;
    let first = alice.ids("feed/major").await.remove(0);
    for number in 0..25 {
        alice
            .note(&format!("{number} {}", "x".repeat(90_000)), everyone())
            .await;
    }
    let mut feed = alice
        .listen_after("/api/user/alice/feed/major", &first)
        .await;
    for number in 0..25 {
        let activity = feed.activity().await;
        let content = activity["object"]["content"].as_str().unwrap();
        assert_eq!(content.split(' ').next().unwrap(), number.to_string());
    }
}
