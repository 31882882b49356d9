//! A server below a path of its host, behind a proxy that removes the path (`urlPath`).

use hydraulics::model::Urls;
use serde_json::{Value, json};

use crate::support::{Request, TestServer};

/// The server below `/pump`, as it looks from behind such a proxy.
fn stripped(server: &TestServer) -> TestServer {
    server.again(|settings| {
        settings.urls = Urls::new(&"http://pump.example/pump".parse().unwrap()).unwrap();
        settings.proxy_strips_path = true;
    })
}

on_every_backend!(
    path_removed_by_a_proxy_is_signed_and_shown,
    well_known_resources_stay_at_the_root,
    other_host_is_redirected_to_the_path,
);

async fn path_removed_by_a_proxy_is_signed_and_shown(server: TestServer) {
    let server = stripped(&server);
    let alice = server.user("alice").await;
    let signed = |request: Request, target: &str| request.signed_as(target).by(&alice);
    let note = json!({ "object": { "objectType": "note", "content": "Hello" } });
    let post = Request::post("/api/user/alice/feed").json(&note);
    let posted = server
        .send(signed(post, "/pump/api/user/alice/feed"))
        .await
        .ok();
    let id = posted["object"]["id"].as_str().unwrap();
    assert!(id.starts_with("http://pump.example/pump/api/note/"), "{id}");
    let target = id.trim_start_matches("http://pump.example");
    let arrived = target.trim_start_matches("/pump");
    let read = server
        .send(signed(Request::get(arrived), target))
        .await
        .ok();
    assert_eq!(read["content"], "Hello");
    // The path that arrives is not the one that a client knows.
    server.send(Request::get(arrived).by(&alice)).await.is(400);
    let page = server.send(signed(
        Request::get("/api/user/alice/feed/?count=1"),
        "/pump/api/user/alice/feed/?count=1",
    ));
    assert_eq!(page.await.ok()["items"][0]["object"]["id"], *id);
}

async fn well_known_resources_stay_at_the_root(server: TestServer) {
    let server = stripped(&server);
    server.account("alice").await;
    let meta = server
        .send(Request::get("/.well-known/host-meta.json"))
        .await
        .ok();
    assert!(
        meta.to_string()
            .contains("http://pump.example/pump/api/lrdd"),
        "{meta}"
    );
    let found = Request::get("/.well-known/webfinger?resource=acct:alice@pump.example");
    let found: Value = serde_json::from_slice(&server.send(found).await.is(200).body).unwrap();
    assert!(
        found
            .to_string()
            .contains("http://pump.example/pump/api/user/alice"),
        "{found}"
    );
    server.send(Request::get("/livez")).await.is(200);
    let page = server.send(Request::get("/")).await.is(200).text();
    assert!(page.contains("href=\"/pump/static/style.css\""), "{page}");
    server.send(Request::get("/static/style.css")).await.is(200);
}

async fn other_host_is_redirected_to_the_path(server: TestServer) {
    let server = stripped(&server).again(|settings| settings.redirect_to_canonical = true);
    let elsewhere = Request::get("/api/users").header("host", "other.example");
    let answer = server.send(elsewhere).await.is(301);
    assert_eq!(
        answer.header("location"),
        "http://pump.example/pump/api/users"
    );
}
