//! Atom and JSON feeds.

use serde_json::{Value, json};

use crate::support::{Answer, BASE, Request, TestServer, about, addressed, everyone};

const ATOM: &str = "application/atom+xml; charset=utf-8";
const JSON_FEED: &str = "application/feed+json; charset=utf-8";

async fn read(server: &TestServer, target: &str, accept: &str) -> Answer {
    server
        .send(Request::get(target).header("accept", accept))
        .await
}

fn titles(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.header("content-type"), JSON_FEED);
    let feed: Value = serde_json::from_slice(&answer.body).unwrap();
    let items = feed["items"].as_array().unwrap().iter();
    items
        .map(|item| item["title"].as_str().unwrap().to_owned())
        .collect()
}

on_every_backend!(
    only_public_activities_are_syndicated,
    feed_is_negotiated_by_accept_and_revalidated,
    older_pages_are_linked,
    feeds_need_credentials_where_reads_do,
);

async fn only_public_activities_are_syndicated(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let first = alice
        .note("<p>First & best</p><p>more</p>", everyone())
        .await;
    alice.note("for followers", json!({})).await;
    alice.follow(&bob).await;
    let hers = bob.note("from bob", everyone()).await;
    let share = addressed(about("share", &hers), &everyone());
    alice.done(&share).await;
    let gone = alice.note("gone", everyone()).await;
    alice.delete(gone["id"].as_str().unwrap()).await.is(200);

    let published = ["alice shared a note", "First & best"];
    assert_eq!(
        titles(
            &read(&server, "/api/user/alice/feed.json", "*/*")
                .await
                .is(200)
        ),
        published
    );
    let own = alice.get("/api/user/alice/feed.json").await.is(200);
    assert_eq!(titles(&own), published, "for alice it is the same");
    let atom = read(&server, "/api/user/alice/feed.atom", "*/*")
        .await
        .is(200);
    assert_eq!(atom.header("content-type"), ATOM);
    let text = atom.text();
    assert!(text.contains("<title>First &amp; best</title>"), "{text}");
    assert!(
        text.contains(&format!("href=\"{}\"", first["url"].as_str().unwrap())),
        "{text}"
    );
    assert!(
        !text.contains("followers</") && !text.contains("gone"),
        "{text}"
    );
    read(&server, "/api/user/nobody/feed.atom", "*/*")
        .await
        .refused(404);
}

async fn feed_is_negotiated_by_accept_and_revalidated(server: TestServer) {
    let alice = server.person("alice").await;
    alice.note("hello", everyone()).await;
    for target in ["/api/user/alice/feed", "/api/user/alice/feed/major"] {
        let atom = read(&server, target, "application/atom+xml").await.is(200);
        assert_eq!(
            (atom.header("content-type"), atom.header("vary")),
            (ATOM, "Accept")
        );
        assert_eq!(
            titles(&read(&server, target, "application/feed+json").await.is(200)),
            ["hello"]
        );
        read(&server, target, "application/json").await.ok();
    }
    let feed = read(&server, "/api/user/alice/feed.atom", "*/*")
        .await
        .is(200);
    let again =
        || Request::get("/api/user/alice/feed.atom").header("if-none-match", feed.header("etag"));
    server.send(again()).await.is(304);
    alice.note("more", everyone()).await;
    server.send(again()).await.is(200);
}

async fn older_pages_are_linked(server: TestServer) {
    let alice = server.person("alice").await;
    for number in 0..25 {
        alice.note(&format!("note {number}"), everyone()).await;
    }
    let (mut seen, mut target) = (Vec::new(), Some("/api/user/alice/feed.json".to_owned()));
    while let Some(at) = target {
        let answer = read(&server, at.strip_prefix(BASE).unwrap_or(&at), "*/*")
            .await
            .is(200);
        seen.extend(titles(&answer));
        let feed: Value = serde_json::from_slice(&answer.body).unwrap();
        target = feed["next_url"].as_str().map(str::to_owned);
    }
    let posted: Vec<String> = (0..25)
        .rev()
        .map(|number| format!("note {number}"))
        .collect();
    assert_eq!(seen, posted);
    let atom = read(&server, "/api/user/alice/feed.atom?count=2", "*/*")
        .await
        .is(200)
        .text();
    for link in [
        "rel=\"self\" type=\"application/atom+xml\" \
         href=\"http://pump.example/api/user/alice/feed.atom?count=2\"",
        "rel=\"next\" href=\"http://pump.example/api/user/alice/feed.atom?before=",
    ] {
        assert!(atom.contains(link), "{link} in {atom}");
    }
}

async fn feeds_need_credentials_where_reads_do(server: TestServer) {
    let alice = server.person("alice").await;
    let closed = server.again(|settings| settings.api.anonymous_read = false);
    read(&closed, "/api/user/alice/feed.atom", "*/*")
        .await
        .refused(401);
    let signed = Request::get("/api/user/alice/feed.atom").by(&alice.credentials);
    closed.send(signed).await.is(200);
}
