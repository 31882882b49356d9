//! Entity tags and conditional reads.

use serde_json::json;

use super::steady;
use crate::support::{Answer, Request, TestServer};

on_every_backend!(etag_changes_with_the_response,);

async fn etag_changes_with_the_response(server: TestServer) {
    let alice = server.person("alice").await;
    let target = "/api/user/alice/feed";
    let tag = |answer: Answer| answer.is(200).header("etag").to_owned();
    let empty = tag(alice.get(target).await);
    assert_eq!(empty, tag(alice.get(target).await));
    alice.note("hello", json!({})).await;
    let full = tag(alice.get(target).await);
    assert_ne!(empty, full);
    let bob = server.person("bob").await;
    assert_ne!(full, tag(bob.get(target).await), "bob sees less");
}

#[tokio::test]
async fn entity_tag_is_weak_and_has_the_body_length() {
    let server = TestServer::in_memory().await;
    let alice = server.person("alice").await;
    for target in [
        "/api/users",
        "/api/user/alice",
        "/api/user/alice/profile",
        "/api/user/alice/inbox",
    ] {
        let answer = alice.get(target).await.is(200);
        let expected = format!("W/\"{:x}-", answer.body.len());
        let tag = answer.header("etag");
        assert!(tag.starts_with(&expected) && tag.ends_with('"'), "{tag}");
        let vary: Vec<_> = answer.headers.get_all("vary").iter().collect();
        assert_eq!(vary[..2], ["Accept", "Authorization, Signature"]);
        assert_eq!(answer.header("cache-control"), "private, no-cache");
    }
}

#[tokio::test]
async fn not_modified_repeats_the_headers() {
    let server = TestServer::in_memory().await;
    let alice = server.user("alice").await;
    for (method, encoding) in [("GET", ""), ("HEAD", ""), ("GET", "gzip"), ("HEAD", "gzip")] {
        let read = || {
            Request::new(method, "/api/user/alice/feed")
                .by(&alice)
                .header("accept-encoding", encoding)
        };
        let first = server.send(read()).await.is(200);
        let tag = first.header("etag");
        let strong = tag.trim_start_matches("W/");
        for known in [tag, strong, "*", &format!("\"x\", {tag}")] {
            let again = server.send(read().header("if-none-match", known)).await;
            let again = again.is(304);
            assert!(again.body.is_empty());
            assert_eq!(again.header("content-length"), "");
            let left_out = ["content-length", "content-type", "content-encoding"];
            assert_eq!(steady(&again, &left_out), steady(&first, &left_out));
        }
        for unknown in ["\"x\"", "", "W/", &tag[..tag.len() - 1]] {
            let request = read().header("if-none-match", unknown);
            server.send(request).await.is(200);
        }
    }
}

#[tokio::test]
async fn only_successful_api_reads_have_entity_tags() {
    let server = TestServer::in_memory().await;
    let alice = server.person("alice").await;
    for (answer, status) in [
        (alice.get("/api/whoami").await, 302),
        (alice.get("/api/user/nobody").await, 404),
        (
            alice
                .get("/api/lrdd?resource=acct:alice@pump.example")
                .await,
            200,
        ),
        (alice.get("/.well-known/host-meta").await, 200),
        (alice.get("/.well-known/host-meta.json").await, 200),
        (
            alice
                .put("/api/user/alice/profile", &json!({"displayName": "A"}))
                .await,
            200,
        ),
        (server.send(Request::get("/api/users")).await, 401),
        (
            server
                .send(
                    Request::get("/oauth/request_token")
                        .by(&alice.two_legged().credentials)
                        .callback("oob"),
                )
                .await,
            200,
        ),
    ] {
        let answer = answer.is(status);
        assert_eq!(answer.header("etag"), "", "{}", answer.what);
    }
}

#[tokio::test]
async fn entity_tag_does_not_bypass_authentication() {
    let server = TestServer::in_memory().await;
    let alice = server.person("alice").await;
    let read = Request::get("/api/user/alice/inbox").header("if-none-match", "*");
    server.send(read).await.is(401);
    let write = Request::post("/api/user/alice/feed")
        .header("if-none-match", "*")
        .json(&json!({"object": {"objectType": "note", "content": "hello"}}));
    server.send(write.by(&alice.credentials)).await.is(200);
}
