//! How requests and answers behave whatever they are about (pump-api 1.1 to 1.4).

use http::HeaderMap;
use serde_json::json;

use crate::support::{Answer, Backend, Request, TestServer};

on_every_backend! {
    async fn what_is_read_has_a_tag_until_it_changes(server) {
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
}

/// A server in memory, whose storage plays no part.
async fn in_memory() -> TestServer {
    TestServer::on(Backend::Memory).await
}

#[tokio::test]
async fn a_tag_is_weak_and_has_the_length_of_the_body() {
    let server = in_memory().await;
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
        assert_eq!(answer.header("vary"), "Authorization");
        assert_eq!(answer.header("cache-control"), "");
    }
}

#[tokio::test]
async fn who_has_what_it_asks_for_is_told_so_with_the_same_headers() {
    let server = in_memory().await;
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
async fn only_successful_reads_of_the_api_have_tags() {
    let server = in_memory().await;
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
        (server.send(Request::get("/api/user/alice")).await, 401),
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
async fn a_tag_opens_no_door() {
    let server = in_memory().await;
    let alice = server.person("alice").await;
    let read = Request::get("/api/user/alice/inbox").header("if-none-match", "*");
    server.send(read).await.is(401);
    let write = Request::post("/api/user/alice/feed")
        .header("if-none-match", "*")
        .json(&json!({"object": {"objectType": "note", "content": "hello"}}));
    server.send(write.by(&alice.credentials)).await.is(200);
}

/// The headers that are the same for two answers to the same request.
fn steady(answer: &Answer, left_out: &[&str]) -> HeaderMap {
    let mut headers = answer.headers.clone();
    headers.remove("x-request-id");
    for name in left_out {
        headers.remove(*name);
    }
    headers
}
