//! Pages of large things: they end early, and nothing is lost or doubled between them.

use std::collections::HashSet;

use axum::body::HttpBody as _;
use futures_util::future::join_all;
use hydraulics::storage::{Change, Expect};
use serde_json::{Value, json};

use crate::support::{Answer, BASE, Request, Session, TestServer, about, everyone};

/// The most bytes of a page: some more than what is counted, for what goes around it.
const MAX_PAGE_BYTES: usize = 4_300_000;

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

async fn read(server: &TestServer, target: &str, accept: &str) -> Answer {
    let path = target.strip_prefix(BASE).unwrap_or(target);
    let request = Request::get(path).header("accept", accept);
    let answer = server.send(request).await.is(200);
    assert!(
        answer.body.len() < MAX_PAGE_BYTES,
        "{} bytes",
        answer.body.len()
    );
    answer
}

/// All pages from one on, as JSON.
async fn walk(server: &TestServer, first: &str, accept: &str, next: &str) -> Vec<Value> {
    let (mut pages, mut target) = (Vec::new(), first.to_owned());
    loop {
        let answer = read(server, &target, accept).await;
        let page: Value = serde_json::from_slice(&answer.body).unwrap();
        let next = page.pointer(next).and_then(Value::as_str);
        let next = next.map(|next| format!("{next}&count=200"));
        pages.push(page);
        match next {
            Some(next) => target = next,
            None => return pages,
        }
    }
}

/// Returns the values at a JSON pointer in all items of pages.
fn all(pages: &[Value], items: &str, place: &str) -> Vec<String> {
    let items = pages
        .iter()
        .flat_map(|page| page[items].as_array().unwrap());
    items
        .map(|item| {
            item.pointer(place)
                .and_then(Value::as_str)
                .unwrap()
                .to_owned()
        })
        .collect()
}

/// Changes how a thing is stored, as it may have been before there were bounds.
async fn store(server: &TestServer, id: &str, change: impl FnOnce(&mut hydraulics::model::Body)) {
    let storage = server.app.storage();
    let found = storage
        .find_objects(&[id])
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    let mut object = (*found).clone();
    change(&mut object.body);
    let change = Change::PutObject {
        object,
        expect: Expect::Any,
    };
    storage.commit(vec![change]).await.unwrap();
}

on_every_backend!(
    pages_of_large_notes_end_early_in_every_form,
    collections_of_large_objects_end_early,
    a_page_of_many_small_notes_is_whole,
    what_was_stored_before_there_were_bounds_is_still_read,
    a_single_item_is_shown_whatever_it_takes,
    one_item_that_is_too_deep_is_left_out_alone,
    pages_are_shorter_while_many_wait_to_be_read,
    many_requests_at_once_are_all_answered,
    live_feeds_bring_each_of_many_large_notes_once,
    a_share_is_news_while_it_stands_and_once,
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

async fn a_page_of_many_small_notes_is_whole(server: TestServer) {
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

async fn what_was_stored_before_there_were_bounds_is_still_read(server: TestServer) {
    let alice = server.person("alice").await;
    let mut ids = Vec::new();
    for number in 0..15 {
        let note = alice.note(&format!("note {number}"), everyone()).await;
        let id = note["id"].as_str().unwrap().to_owned();
        store(&server, &id, |body| {
            body.insert("content".into(), "x".repeat(400_000).into());
            body.insert("displayName".into(), "y".repeat(2_000).into());
        })
        .await;
        ids.insert(0, id);
    }
    let pages = walk(
        &server,
        "/api/user/alice/feed/major?count=200",
        "application/json",
        "/links/next/href",
    )
    .await;
    assert_eq!(all(&pages, "items", "/object/id"), ids);
    assert!(pages.len() > 1);
    let note = alice.get(&ids[0]).await.ok();
    assert_eq!(note["content"].as_str().unwrap().len(), 400_000);
    alice.done(&about("like", &note)).await;
    alice.delete(&ids[0]).await.ok();
}

async fn a_single_item_is_shown_whatever_it_takes(server: TestServer) {
    let alice = server.person("alice").await;
    for _ in 0..3 {
        let note = alice.note("large", everyone()).await;
        store(&server, note["id"].as_str().unwrap(), |body| {
            body.insert("content".into(), "x".repeat(5_000_000).into());
        })
        .await;
    }
    let (mut seen, mut next) = (0, Some("/api/user/alice/feed/major".to_owned()));
    while let Some(at) = next {
        let page = alice.get(&at).await.ok();
        assert_eq!(page["items"].as_array().unwrap().len(), 1);
        seen += 1;
        next = page["links"]["next"]["href"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, 3);
}

async fn one_item_that_is_too_deep_is_left_out_alone(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.done(&json!({ "verb": "follow", "object": alice.person() }))
        .await;
    for (content, key) in [("deep aside", "z"), ("fine", ""), ("deep tags", "tags")] {
        let note = alice.note(content, everyone()).await;
        store(&server, note["id"].as_str().unwrap(), |body| {
            let deep = (0..126).fold(json!(0), |inner, _| json!([inner]));
            body.extend((!key.is_empty()).then(|| (key.to_owned(), deep)));
        })
        .await;
    }
    let expected = ["fine", "deep aside"];
    let feed = read(&server, "/api/user/alice/feed.json", "*/*").await;
    let feed: Value = serde_json::from_slice(&feed.body).unwrap();
    assert_eq!(all(&[feed], "items", "/title"), expected);
    let atom = read(&server, "/api/user/alice/feed.atom", "*/*")
        .await
        .text();
    assert_eq!(atom.matches("<entry>").count(), 2);
    let request = Request::get("/api/user/bob/inbox/major?offset=0")
        .header("accept", "application/activity+json");
    let inbox = server.send(request.by(&bob.credentials)).await.is(200);
    assert_eq!(inbox.header("content-type"), "application/activity+json");
    let inbox: Value = serde_json::from_slice(&inbox.body).unwrap();
    let posted = inbox["orderedItems"].as_array().unwrap().iter();
    let posted: Vec<&Value> = posted
        .filter(|item| {
            item["actor"]
                .as_str()
                .is_some_and(|actor| actor.contains("alice"))
        })
        .collect();
    assert_eq!(posted.len(), 2, "{posted:?}");
}

async fn pages_are_shorter_while_many_wait_to_be_read(server: TestServer) {
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

async fn many_requests_at_once_are_all_answered(server: TestServer) {
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

async fn live_feeds_bring_each_of_many_large_notes_once(server: TestServer) {
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

async fn a_share_is_news_while_it_stands_and_once(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let notes = [
        bob.note("one", everyone()).await,
        bob.note("two", everyone()).await,
    ];
    let titles = async || {
        let feed = read(&server, "/api/user/alice/feed.json", "*/*").await;
        let feed: Value = serde_json::from_slice(&feed.body).unwrap();
        let atom = read(&server, "/api/user/alice/feed.atom", "*/*")
            .await
            .text();
        let ids = all(&[feed], "items", "/id");
        assert_eq!(atom.matches("<entry>").count(), ids.len());
        ids
    };
    let public = |activity: Value| {
        let mut activity = activity;
        activity
            .as_object_mut()
            .unwrap()
            .extend(everyone().as_object().unwrap().clone());
        activity
    };
    alice.note("hers", everyone()).await;
    let hers = titles().await;
    let first = alice.done(&public(about("share", &notes[0]))).await;
    assert_eq!(
        titles().await,
        [&[first["id"].as_str().unwrap().to_owned()], &hers[..]].concat()
    );
    let again = alice.done(&public(about("share", &notes[0]))).await;
    assert_eq!(
        titles().await,
        [&[again["id"].as_str().unwrap().to_owned()], &hers[..]].concat()
    );
    alice.done(&public(about("share", &notes[1]))).await;
    assert_eq!(titles().await.len(), 3);
    for note in &notes {
        alice.done(&about("unshare", note)).await;
    }
    assert_eq!(titles().await, hers);
    alice.done(&public(about("share", &notes[0]))).await;
    assert_eq!(titles().await.len(), 2);
}
