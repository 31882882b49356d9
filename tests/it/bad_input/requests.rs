//! Numbers, bodies and addresses that are out of the ordinary.

use http::header;
use serde_json::json;

use super::snapshot;
use crate::support::TestServer;

on_every_backend!(
    numbers_of_any_size_are_returned_unchanged,
    bodies_other_than_json_objects_are_refused,
    unusual_addresses_get_a_client_error,
);

async fn numbers_of_any_size_are_returned_unchanged(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.follow(&alice).await;
    for number in [f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, 0.1, 1e23] {
        let profile = alice
            .put(
                "/api/user/alice/profile",
                &json!({ "displayName": "Alice", "size": number }),
            )
            .await
            .ok();
        assert_eq!(profile["size"].as_f64(), Some(number));
        let seen = bob.feed("following").await;
        assert_eq!(seen["items"][0]["size"].as_f64(), Some(number));
    }
    let endless = alice
        .request(
            "PUT",
            "/api/user/alice/profile",
            "application/json",
            r#"{"size":1e309}"#,
        )
        .await;
    endless.refused(400);
}

async fn bodies_other_than_json_objects_are_refused(server: TestServer) {
    let alice = server.person("alice").await;
    let before = snapshot(&alice).await;
    let deep = format!("{}1{}", "{\"object\":".repeat(1000), "}".repeat(1000));
    let huge = format!(
        r#"{{"object":{{"objectType":"note","content":"{}"}}}}"#,
        "x".repeat(10 * 1024 * 1024)
    );
    let cases: [(&[u8], u16); 12] = [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b"\"x\"", 400),
        (b"{\"a\":1}x", 400),
        (b"{\"object\":{\"content\":\"\xff\xfe\"}}", 400),
        (
            br#"{"object":{"objectType":"note","content":"\ud800"}}"#,
            400,
        ),
        (
            br#"{"object":{"objectType":"note","content":"a\u0000b"}}"#,
            400,
        ),
        (br#"{"object":{"objectType":"note","content":1e999}}"#, 400),
        (deep.as_bytes(), 400),
        (huge.as_bytes(), 413),
    ];
    for (body, status) in cases {
        let reply = alice
            .request(
                "POST",
                "/api/user/alice/feed",
                "application/json",
                body.to_vec(),
            )
            .await;
        reply.refused(status);
    }
    for content_type in ["text/plain", "nonsense", "application/jsonp"] {
        let reply = alice
            .request(
                "POST",
                "/api/user/alice/feed",
                content_type,
                r#"{"object":{"objectType":"note"}}"#,
            )
            .await;
        reply.refused(415);
    }
    assert_eq!(snapshot(&alice).await, before);
}

async fn unusual_addresses_get_a_client_error(server: TestServer) {
    let alice = server.person("alice").await;
    for (path, status) in [
        ("/api/user/alice/feed?count=201", 400),
        ("/api/user/alice/feed?count=-1", 400),
        ("/api/user/alice/feed?count=99999999999999999999999", 400),
        ("/api/user/alice/feed?offset=x", 400),
        ("/api/user/alice/feed?before=", 400),
        ("/api/user/alice/feed?before=a&since=b", 400),
        (
            "/api/user/alice/followers?before=acct:nobody@pump.example",
            400,
        ),
        ("/api/user/alice/favorites?since=nothing", 400),
        ("/api/user/al%00ice", 400),
        ("/api/user/alice/feed?before=%00", 400),
        ("/api/user/%ff", 400),
        ("/api/user/no%20body", 404),
        ("/api/user/Alice", 404),
        ("/api/nonsense/aaaaaaaaaaaaaaaaaaaaaa", 404),
        ("/api/note/aaaaaaaaaaaaaaaaaaaaaa", 404),
        ("/api/note/%E2%98%83", 404),
        ("/api/activity/aaaaaaaaaaaaaaaaaaaaaa", 404),
        ("/api/note?id=", 400),
        ("/api/note", 400),
        ("/api/note?id=http%3A%2F%2Felsewhere.example%2F1", 404),
        ("/api/collection/aaaaaaaaaaaaaaaaaaaaaa/members", 404),
        ("/api/no/such/route/at/all", 404),
    ] {
        let reply = alice.get(path).await;
        assert_eq!(reply.status.as_u16(), status, "{path}: {}", reply.text());
        assert!(
            reply.headers[header::CONTENT_TYPE]
                .to_str()
                .unwrap()
                .starts_with("application/json"),
            "{path}"
        );
        assert!(!reply.refused(status).is_empty(), "{path}");
    }
    assert_eq!(
        alice
            .get("/api/user/alice/feed?offset=9223372036854775807")
            .await
            .ok()["items"],
        json!([])
    );
}
