//! The proxy for media of other hosts.

use serde_json::{Value, json};

use crate::support::{Request, Session, TestServer, public};

const PICTURE: &str = "https://elsewhere.example/picture.png";

/// Posts a picture that is elsewhere.
async fn picture(who: &Session, url: &str, to: Value) -> Value {
    let image =
        json!({ "objectType": "image", "image": { "url": url, "width": 1 }, "fileUrl": url });
    who.done(&json!({ "object": image, "to": [to] })).await["object"].take()
}

/// The path of a proxy.
fn proxy(media: &Value) -> String {
    let url = media["pump_io"]["proxyURL"].as_str().expect("a proxy");
    url.strip_prefix("http://pump.example")
        .expect("a URL of ours")
        .to_owned()
}

on_every_backend!(
    remote_picture_is_fetched_through_the_proxy,
    remote_avatar_has_a_proxy_url_everywhere,
    proxied_media_is_readable_by_the_audience_only,
    upstream_failure_is_bad_gateway,
    active_remote_media_types_are_served_as_bytes,
    remote_content_encoding_is_passed_on,
    remote_file_with_too_large_a_length_is_refused,
    local_media_has_no_proxy_url,
);

async fn remote_picture_is_fetched_through_the_proxy(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let image = picture(&alice, PICTURE, public()).await;
    let target = proxy(&image["image"]);
    let read = bob.get(&target).await.is(200);
    assert_eq!(
        (read.text().as_str(), read.header("content-type")),
        ("picture", "image/png")
    );
    assert_eq!(
        (read.header("set-cookie"), read.header("etag")),
        ("", "\"one\"")
    );
    assert!(read.header("cache-control").starts_with("private"));
    assert!(read.header("content-security-policy").contains("sandbox"));
    let again = Request::get(&target)
        .header("if-none-match", "\"one\"")
        .by(&bob.credentials);
    assert!(server.send(again).await.is(304).body.is_empty());
    let file = image["pump_io"]["fileProxyURL"]
        .as_str()
        .expect("a proxy of the file");
    bob.get(file).await.is(200);
    for feed in ["/api/user/alice/feed", "/api/user/alice/feed/major"] {
        let page = bob.get(feed).await.ok();
        assert_eq!(proxy(&page["items"][0]["object"]["image"]), target);
    }
}

async fn remote_avatar_has_a_proxy_url_everywhere(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let profile = json!({
        "objectType": "person",
        "image": { "url": PICTURE },
        "pump_io": { "fullImage": { "url": PICTURE } },
    });
    alice.put("/api/user/alice/profile", &profile).await.is(200);
    let note = alice.note("hello", json!({ "to": [public()] })).await;
    let read = bob.get(note["id"].as_str().expect("an id")).await.ok();
    bob.get(&proxy(&read["author"]["image"])).await.is(200);
    bob.get(&proxy(&read["author"]["pump_io"]["fullImage"]))
        .await
        .is(200);
}

async fn proxied_media_is_readable_by_the_audience_only(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let secret = picture(&alice, PICTURE, alice.person()).await;
    let target = proxy(&secret["image"]);
    alice.get(&target).await.is(200);
    assert_eq!(bob.get(&target).await.refused(404), "No such proxy");
    bob.two_legged().get(&target).await.is(400);
    server.send(Request::get(&target)).await.is(401);
    let open = picture(&alice, PICTURE, public()).await;
    let path = open["id"].as_str().expect("an id").to_owned();
    assert_eq!(
        bob.two_legged().get(&path).await.ok()["image"].get("pump_io"),
        None
    );
    for id in [
        "x",
        "x.y",
        &format!(
            "{}x",
            proxy(&open["image"]).rsplit('/').next().unwrap_or_default()
        ),
    ] {
        bob.get(&format!("/api/proxy/{id}")).await.is(404);
    }
}

async fn upstream_failure_is_bad_gateway(server: TestServer) {
    let alice = server.person("alice").await;
    for url in [
        "https://elsewhere.example/nothing",
        "http://10.0.0.1/admin",
        "https://gone.example/x",
    ] {
        let image = picture(&alice, url, public()).await;
        let refusal = alice.get(&proxy(&image["image"])).await.refused(502);
        assert_eq!(refusal, "Unable to retrieve proxy data");
    }
}

async fn active_remote_media_types_are_served_as_bytes(server: TestServer) {
    let alice = server.person("alice").await;
    for (name, served) in [
        ("page", "application/octet-stream"),
        ("actor", "application/octet-stream"),
        ("untyped", "application/octet-stream"),
        ("avatar.avif", "image/avif"),
    ] {
        let image = picture(
            &alice,
            &format!("https://elsewhere.example/{name}"),
            public(),
        )
        .await;
        let read = alice.get(&proxy(&image["image"])).await.is(200);
        assert_eq!(read.header("content-type"), served, "{name}");
        let attached = read.header("content-disposition") == "attachment";
        assert_eq!(attached, served == "application/octet-stream", "{name}");
        assert_eq!(read.header("x-content-type-options"), "nosniff");
        assert!(read.header("content-security-policy").contains("sandbox"));
    }
}

async fn remote_content_encoding_is_passed_on(server: TestServer) {
    let alice = server.person("alice").await;
    let image = picture(&alice, "https://elsewhere.example/packed", public()).await;
    let read = alice.get(&proxy(&image["image"])).await.is(200);
    assert_eq!(
        (read.text().as_str(), read.header("content-encoding")),
        ("packed", "gzip")
    );
}

async fn remote_file_with_too_large_a_length_is_refused(server: TestServer) {
    let alice = server.person("alice").await;
    let image = picture(&alice, "https://elsewhere.example/huge", public()).await;
    alice.get(&proxy(&image["image"])).await.refused(502);
}

async fn local_media_has_no_proxy_url(server: TestServer) {
    let alice = server.person("alice").await;
    for base in [
        "http://pump.example",
        "http://PUMP.example",
        "https://pump.example:443",
        "http://localhost:8080",
    ] {
        let url = format!("{base}/uploads/alice/x.png");
        let image = picture(&alice, &url, public()).await;
        assert_eq!(image["image"].get("pump_io"), None, "{base}");
        assert_eq!(image["pump_io"], json!({ "shared": false }), "{base}");
    }
}
