//! Resumption after the last event, and readers that are slow.

use hydraulics::{model::Stream, storage::Change};
use serde_json::json;

use super::{INBOX, count, friends};
use crate::support::{Request, TestServer, everyone};

on_every_backend!(
    reconnect_resumes_after_last_event_id,
    reconnect_without_event_resumes_from_the_greeting,
    slow_reader_of_an_empty_inbox_misses_nothing,
    unknown_last_event_id_requests_a_reload,
    feed_continues_when_its_last_item_is_removed,
    live_feed_refuses_before_and_offset,
);

async fn reconnect_resumes_after_last_event_id(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    let mut feed = bob.listen(INBOX).await;
    alice.note("seen", everyone()).await;
    let (_, seen, _) = feed.event().await.unwrap();
    drop(feed);
    let mut numbers = count(&alice, 0..45).await;
    let since = form_urlencoded::byte_serialize(seen.as_bytes()).collect::<String>();
    let mut feeds = [
        bob.listen_after(INBOX, &seen).await,
        bob.listen(&format!("{INBOX}?since={since}")).await,
        // A client that was cut off again sends both: the header is the later one.
        bob.listen_after(&format!("{INBOX}?since=nothing"), &seen)
            .await,
    ];
    for feed in &mut feeds {
        assert_eq!(feed.contents(45).await, numbers);
    }
    numbers = count(&alice, 45..47).await;
    for feed in &mut feeds {
        assert_eq!(feed.contents(2).await, numbers);
    }
}

async fn reconnect_without_event_resumes_from_the_greeting(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    let greeting = bob.listen(INBOX).await.block().await.unwrap();
    let (_, id) = greeting.split_once("id: ").unwrap();
    alice.note("meanwhile", everyone()).await;
    assert_eq!(
        bob.listen_after(INBOX, id).await.contents(1).await,
        ["meanwhile"]
    );
}

async fn slow_reader_of_an_empty_inbox_misses_nothing(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    let empty = vec![Change::Clear(Stream::Inbox(bob.id()))];
    server.app.storage().commit(empty).await.unwrap();
    let mut feed = bob.listen(INBOX).await;
    assert_eq!(feed.block().await.unwrap(), "retry: 3000");
    let numbers = count(&alice, 0..45).await;
    assert_eq!(feed.contents(45).await, numbers);
}

async fn unknown_last_event_id_requests_a_reload(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    let carol = server.person("carol").await;
    let hidden = carol
        .done(
            &json!({ "object": { "objectType": "note", "content": "x" }, "to": [alice.person()] }),
        )
        .await;
    alice.note("newest", everyone()).await;
    let newest = bob.ids("inbox").await.remove(0);
    let hidden = hidden["id"].as_str().unwrap();
    // Nobody sees whether a hidden activity is there.
    for (target, last) in [
        (INBOX, "nothing"),
        (INBOX, hidden),
        ("/api/user/carol/feed", hidden),
    ] {
        let mut feed = bob.listen_after(target, last).await;
        let newest = if target == INBOX { &newest } else { "" };
        assert_eq!(
            feed.event().await.unwrap(),
            ("reload".into(), newest.into(), json!({}))
        );
    }
    let mut feed = bob.listen_after(INBOX, "nothing").await;
    assert_eq!(feed.event().await.unwrap().0, "reload");
    alice.note("new", everyone()).await;
    assert_eq!(feed.contents(1).await, ["new"]);
}

async fn feed_continues_when_its_last_item_is_removed(server: TestServer) {
    let (alice, bob) = friends(&server).await;
    let mut feed = bob.listen(INBOX).await;
    alice.note("seen", everyone()).await;
    let (_, item, _) = feed.event().await.unwrap();
    let pulled = vec![Change::RemoveItem {
        stream: Stream::Inbox(bob.id()),
        item,
    }];
    server.app.storage().commit(pulled).await.unwrap();
    for content in ["next", "after"] {
        alice.note(content, everyone()).await;
        assert_eq!(feed.contents(1).await, [content]);
    }
    drop(feed);
    let last = bob.ids("inbox").await.remove(0);
    let pulled = vec![Change::RemoveItem {
        stream: Stream::Inbox(bob.id()),
        item: last.clone(),
    }];
    server.app.storage().commit(pulled).await.unwrap();
    alice.note("later", everyone()).await;
    assert_eq!(
        bob.listen_after(INBOX, &last).await.contents(1).await,
        ["later"]
    );
    let since = hydraulics::model::Urls::encode(&last);
    assert_eq!(
        bob.listen(&format!("{INBOX}?since={since}"))
            .await
            .contents(1)
            .await,
        ["later"]
    );
}

async fn live_feed_refuses_before_and_offset(server: TestServer) {
    let (_, bob) = friends(&server).await;
    for (query, sentence) in [
        (
            "offset=1",
            "A live feed goes on from 'since' only, not from 'before' or 'offset'.",
        ),
        (
            "before=x",
            "A live feed goes on from 'since' only, not from 'before' or 'offset'.",
        ),
        ("since=x", "id 'x' not found in stream 'user:bob:inbox'"),
        ("count=x", "Count must be between 0 and 200"),
    ] {
        let request =
            Request::get(&format!("{INBOX}?{query}")).header("accept", "text/event-stream");
        let refused = server.send(request.by(&bob.credentials)).await.refused(400);
        assert_eq!(refused, sentence);
    }
}
