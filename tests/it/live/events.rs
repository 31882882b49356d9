//! Contents of live feeds, heartbeats, and writes of other nodes.

use serde_json::json;

use super::{FEED, INBOX, count, ends, friends, lively};
use crate::support::{Backend, Request, TestServer, everyone};

on_every_backend!(
    live_events_equal_the_feed_items,
    each_part_of_the_inbox_has_only_its_events,
    idle_feed_sends_heartbeats,
    head_request_uses_up_no_connection,
    shutdown_ends_feeds_and_refuses_new_ones,
    apps_on_one_store_receive_each_others_events,
);

async fn live_events_equal_the_feed_items(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    alice.note("before", everyone()).await;
    for part in ["inbox", "inbox/major"] {
        let target = format!("/api/user/bob/{part}");
        let mut feed = bob.listen(&target).await;
        assert_eq!(feed.status, 200);
        for (name, value) in [
            ("content-type", "text/event-stream"),
            ("cache-control", "no-store"),
            ("x-accel-buffering", "no"),
        ] {
            assert_eq!(feed.headers[name], value);
        }
        for name in ["etag", "content-length", "content-encoding"] {
            assert!(!feed.headers.contains_key(name), "{name}");
        }
        let newest = bob.ids(part).await.remove(0);
        assert_eq!(
            feed.block().await.unwrap(),
            format!("retry: 3000\nid: {newest}")
        );
        for content in ["one", "two"] {
            alice.note(content, json!({ "to": [bob.person()] })).await;
            let shown = feed.activity().await;
            assert_eq!(shown["object"]["content"], content);
            assert_eq!(shown, bob.feed(part).await["items"][0]);
        }
    }
}

async fn each_part_of_the_inbox_has_only_its_events(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    let mut feeds = Vec::new();
    for (part, count) in [
        ("", 4),
        ("/major", 2),
        ("/minor", 2),
        ("/direct", 2),
        ("/direct/major", 1),
        ("/direct/minor", 1),
    ] {
        let before = bob.ids(&format!("inbox{part}")).await.len();
        let feed = bob.listen(&format!("{INBOX}{part}")).await;
        feeds.push((part, count, before, feed));
    }
    let note = alice.note("to all", everyone()).await;
    alice.done(&json!({ "verb": "like", "object": note })).await;
    alice.note("to bob", json!({ "to": [bob.person()] })).await;
    alice
        .done(&json!({ "verb": "unlike", "object": note, "to": [bob.person()] }))
        .await;
    for (part, count, before, mut feed) in feeds {
        let mut expected = bob.ids(&format!("inbox{part}")).await;
        expected.truncate(expected.len() - before);
        assert_eq!(expected.len(), count, "{part}");
        for id in expected.iter().rev() {
            assert_eq!(feed.activity().await["id"], *id, "{part}");
        }
    }
}

async fn idle_feed_sends_heartbeats(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    let server = server.again(lively);
    let mut feed = server
        .listen(Request::get(INBOX).by(&bob.credentials))
        .await;
    assert!(feed.block().await.unwrap().starts_with("retry: "));
    for _ in 0..3 {
        assert_eq!(feed.block().await.unwrap().trim_end(), ":");
    }
    alice.note("at last", everyone()).await;
    assert_eq!(feed.contents(1).await, ["at last"]);
}

async fn head_request_uses_up_no_connection(server: TestServer) {
    let (_, bob) = friends(&server).await;
    let small = server.again(|settings| settings.live.max_connections = 1);
    for _ in 0..3 {
        let request = Request::new("HEAD", INBOX).header("accept", "text/event-stream");
        let answer = small.send(request.by(&bob.credentials)).await.is(200);
        assert_eq!(
            (answer.header("content-type"), answer.body.len()),
            ("text/event-stream", 0)
        );
    }
}

async fn shutdown_ends_feeds_and_refuses_new_ones(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    let mut feed = bob.listen(INBOX).await;
    alice.note("last", everyone()).await;
    assert_eq!(feed.contents(1).await, ["last"]);
    server.app.end_live_feeds();
    ends(feed).await;
    assert_eq!(bob.listen(INBOX).await.status, 503);
    bob.get(INBOX).await.is(200);
}

async fn apps_on_one_store_receive_each_others_events(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    let other = server.again(|_| ());
    let mut feed = other.listen(Request::get(INBOX).by(&bob.credentials)).await;
    alice.note("hello over there", everyone()).await;
    assert_eq!(feed.contents(1).await, ["hello over there"]);
}

#[tokio::test]
async fn nodes_on_one_postgres_receive_each_others_events() {
    let [here, there] = TestServer::two(Backend::Postgres, |_| ()).await;
    let (alice, bob) = friends(&here).await;
    let mut feed = there.listen(Request::get(INBOX).by(&bob.credentials)).await;
    let mut outbox = there.listen(Request::get(FEED).by(&bob.credentials)).await;
    let numbers = count(&alice, 0..30).await;
    assert_eq!(feed.contents(30).await, numbers);
    assert_eq!(outbox.contents(30).await, numbers);
}

#[tokio::test]
async fn heartbeat_finds_writes_of_other_processes() {
    let [here, there] = TestServer::two(Backend::Sqlite, lively).await;
    let (alice, bob) = friends(&here).await;
    let mut feed = there.listen(Request::get(INBOX).by(&bob.credentials)).await;
    alice.note("found", everyone()).await;
    assert_eq!(feed.contents(1).await, ["found"]);
}
