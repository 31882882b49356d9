//! Notifications, and where a person was on the home timeline.

use serde_json::json;

use super::reader::{Reader, between};
use crate::support::{TestServer, about, comment_on, everyone};

on_every_backend!(
    notifications_tell_what_others_did,
    notifications_are_counted_until_seen,
    muted_person_is_not_noticed,
    home_shows_where_the_reader_was,
);

const PAGE: &str = "/main/notifications";

/// The number in the navigation; `None` if it is hidden.
fn count(page: &str) -> Option<&str> {
    let count = between(page, "<span class=\"count\"", "</span>");
    count.strip_prefix('>')
}

async fn notifications_tell_what_others_did(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let note = alice.note("mine", everyone()).await;
    let reader = Reader::signed_in(&server, "alice", "").await;
    reader.read(PAGE).await;
    bob.follow(&alice).await;
    bob.done(&about("like", &note)).await;
    bob.done(&about("share", &note)).await;
    bob.done(&comment_on(&note, "Well <b>said</b>")).await;
    bob.note("For you", json!({ "to": [alice.person()] })).await;
    bob.note("For all", everyone()).await;
    // Own deeds, and undone ones, tell nothing.
    alice.done(&comment_on(&note, "Thanks")).await;
    bob.done(&about("unlike", &note)).await;
    let page = reader.read(PAGE).await;
    let feed = between(&page, "<div class=\"feed\">", "</main>");
    let places = ["wrote", "replied to", "shared", "likes", "follows you"].map(|words| {
        feed.find(words)
            .unwrap_or_else(|| panic!("{words}: {feed}"))
    });
    assert!(places.is_sorted(), "newest first: {feed}");
    assert_eq!(
        feed.matches("class=\"event notice new\"").count(),
        5,
        "{feed}"
    );
    assert!(
        feed.contains("Well said") && feed.contains("For you"),
        "{feed}"
    );
    assert!(
        !feed.contains("For all") && !feed.contains("Thanks"),
        "{feed}"
    );
    let page = reader.read(PAGE).await;
    assert!(!page.contains("notice new"), "seen: {page}");
    Reader::stranger(&server).open(PAGE).await.is(302);
}

async fn notifications_are_counted_until_seen(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let note = alice.note("mine", everyone()).await;
    let reader = Reader::signed_in(&server, "alice", "").await;
    reader.read(PAGE).await;
    for place in ["/", "/main/settings", "/bob"] {
        assert_eq!(count(&reader.read(place).await), None, "{place}");
    }
    bob.done(&about("like", &note)).await;
    bob.done(&comment_on(&note, "yes")).await;
    for place in ["/", "/main/settings", "/bob", "/"] {
        assert_eq!(count(&reader.read(place).await), Some("2"), "{place}");
    }
    assert_eq!(count(&reader.read(PAGE).await), None);
    let again = Reader::signed_in(&server, "alice", "").await;
    for place in ["/", "/main/settings", "/bob", "/"] {
        assert_eq!(count(&again.read(place).await), None, "{place}");
    }
}

async fn muted_person_is_not_noticed(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    let note = alice.note("mine", everyone()).await;
    let reader = Reader::signed_in(&server, "alice", "").await;
    reader.read(PAGE).await;
    alice
        .post("/api/user/alice/muted", &bob.person())
        .await
        .ok();
    for person in [&bob, &carol] {
        person.done(&about("like", &note)).await;
    }
    let page = reader.read(PAGE).await;
    assert!(
        page.contains("<bdi>carol</bdi>") && !page.contains("<bdi>bob</bdi>"),
        "{page}"
    );
}

async fn home_shows_where_the_reader_was(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    alice.follow(&bob).await;
    bob.note("old", everyone()).await;
    let reader = Reader::signed_in(&server, "alice", "").await;
    assert!(
        !reader.read("/").await.contains("id=\"read\""),
        "nothing was seen"
    );
    assert!(
        !reader.read("/").await.contains("id=\"read\""),
        "all was seen"
    );
    bob.note("new", everyone()).await;
    reader.read("/?count=1").await;
    // Another browser: it is the person who was here.
    let reader = Reader::signed_in(&server, "alice", "").await;
    bob.note("newer", everyone()).await;
    let page = reader.read("/").await;
    let (above, below) = page.split_once("id=\"read\"").expect("a mark");
    assert!(
        above.contains(">newer<") || above.contains("newer"),
        "{page}"
    );
    assert!(below.contains("old") && !below.contains("newer"), "{page}");
    assert!(page.contains("href=\"#read\""), "{page}");
    let again = reader.read("/").await;
    assert_eq!(
        again.split_once("id=\"read\"").map(|(above, _)| above),
        Some(above)
    );
    for number in 0..25 {
        bob.note(&format!("n{number}"), everyone()).await;
    }
    let page = reader.read("/").await;
    assert!(!page.contains("id=\"read\""), "it is further down");
    let link = format!("/?since={}", between(&page, "/?since=", "\""));
    let back = reader.read(&link).await;
    assert!(back.contains("n0") && !back.contains("n24"), "{back}");
    assert!(reader.read("/").await.contains("n24"));
    alice.note("mine", everyone()).await;
    let page = reader.read("/").await;
    assert!(page.contains("mine"), "{page}");
    assert!(
        !page.contains("id=\"read\"") && !page.contains("notice-line"),
        "one's own posts are no news: {page}"
    );
}
