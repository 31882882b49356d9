//! Activities and requests of other servers that are odd on purpose: refused, and nothing more.

use serde_json::{Value, json};

use super::{
    attacks::{asked_by_comment, evil, number, reply},
    peer::Peer,
};
use crate::support::{NOW, Request, TestServer, addressed, comment_on, everyone, public};

on_every_backend!(
    thing_about_itself_is_refused,
    packed_or_nested_activity_is_refused_unread,
    server_of_a_stranger_sees_nothing_private,
    stale_signature_of_a_peer_is_refused,
);

/// Depth of JSON that goes on and on.
const NESTING_DEPTH: usize = 5000;

/// Some bytes as gzip packs them.
fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    packed.extend(miniz_oxide::deflate::compress_to_vec(bytes, 6));
    packed.extend(crc32fast::hash(bytes).to_le_bytes());
    packed.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
    packed
}

async fn packed_or_nested_activity_is_refused_unread(server: TestServer) {
    let (network, server) = evil(&server, |_| None);
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    network.take_requests();
    let inbox = "/api/user/alice/inbox";
    let post = zed.post("1").to_string();
    let bomb = format!("{{\"content\":\"{}\"}}", " ".repeat(32 * 1024 * 1024));
    for (encoding, body) in [
        ("gzip", packed(post.as_bytes())),
        ("gzip", packed(bomb.as_bytes())),
    ] {
        assert!(body.len() < 100_000);
        let request = Request::post(inbox).body("application/json", body);
        let request = request
            .header("content-encoding", encoding)
            .by(&zed.credentials);
        let refused = server.send(request).await;
        assert!([400, 415].contains(&refused.status.as_u16()), "{refused:?}");
    }
    for (open, close) in [("[", "]"), ("{\"inReplyTo\":", "}")] {
        let nested = format!(
            "{}0{}",
            open.repeat(NESTING_DEPTH),
            close.repeat(NESTING_DEPTH)
        );
        for body in [
            nested.clone(),
            format!("{{\"verb\":\"post\",\"object\":{nested}}}"),
        ] {
            let request = Request::post(inbox).body("application/json", body);
            server.send(request.by(&zed.credentials)).await.refused(400);
        }
    }
    assert_eq!(network.take_requests(), [""; 0]);
}

async fn server_of_a_stranger_sees_nothing_private(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    let eve = Peer::at(&server, "eve", "evil.example").await;
    let to = json!({ "to": [zed.reference()], "cc": [alice.followers()] });
    let note = alice.note("between us", to.clone()).await;
    let activity = alice.feed("feed/major").await["items"][0].clone();
    let shown = alice.note("for everyone", everyone()).await;
    let reply = alice
        .done(&addressed(comment_on(&shown, "between us, too"), &to))
        .await;
    let path = note["id"].as_str().unwrap();
    assert_eq!(zed.get(path).await.ok()["content"], "between us");
    let paths = [
        path.to_owned(),
        format!("{path}/replies"),
        format!("{path}/likes"),
        format!("{path}/shares"),
        activity["id"].as_str().unwrap().to_owned(),
        reply["object"]["id"].as_str().unwrap().to_owned(),
        format!("/api/note?id={path}"),
        format!("{}/replies", shown["id"].as_str().unwrap()),
        "/api/user/alice/feed".into(),
        "/api/user/alice/inbox".into(),
    ];
    for stranger in [
        eve.by_host("evil.example").await,
        eve,
        zed.by_host("far.example").await,
    ] {
        for path in &paths {
            let seen = stranger.get(path).await;
            assert!(!seen.text().contains("between us"), "{path}: {seen:?}");
            let is_open = path.ends_with("/replies") || path.ends_with("/feed");
            assert!(is_open || seen.status.is_client_error(), "{path}: {seen:?}");
        }
    }
}

async fn stale_signature_of_a_peer_is_refused(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    let before = alice.ids("inbox").await;
    for off in [-600, 600] {
        let request = Request::post("/api/user/alice/inbox").json(&zed.post("1"));
        let request = request.by(&zed.credentials).timestamp(NOW + off);
        let refused = server.send(request).await.is(401);
        assert!(refused.text().contains("timestamp"), "{refused:?}");
    }
    assert_eq!(alice.ids("inbox").await, before);
}

async fn thing_about_itself_is_refused(server: TestServer) {
    let (network, server) = evil(&server, |path| Some(reply(number(path)?, number(path)?)));
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    for (key, name) in [("object", "id"), ("target", "id"), ("object", "inReplyTo")] {
        let mut post = zed.activity("p", "post", &reply(0, 1));
        let id = post["id"].clone();
        let itself = json!({ "objectType": "note", "id": id });
        if name == "id" {
            post[key] = itself;
        } else {
            post[key][name] = itself;
        }
        let post = addressed(post, &json!({ "to": [public()] }));
        zed.deliver(&alice, &post).await.refused(400);
    }
    let post = zed.activity("q", "post", &reply(3, 3));
    let post = addressed(post, &json!({ "to": [public()] }));
    zed.deliver(&alice, &post).await.refused(400);
    let note = json!({ "objectType": "note", "id": "urn:x:1", "content": "I",
                       "inReplyTo": { "objectType": "note", "id": "urn:x:1" } });
    alice
        .act(&json!({ "verb": "post", "object": note }))
        .await
        .refused(400);
    // Nor is one stored that its own server shows.
    asked_by_comment(&network, &alice).await;
    let path = format!("/api/note?id={}", reply(0, 0)["id"].as_str().unwrap());
    assert_eq!(alice.get(&path).await.ok()["content"], Value::Null);
}
