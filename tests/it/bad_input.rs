//! Invalid input: always an error that names the problem, and no change.

use std::sync::OnceLock;

use http::{StatusCode, header};
use proptest::{prelude::*, test_runner::Config};
use serde_json::{Map, Value, json};

use crate::support::{Backend, Request, Session, TestServer};

/// Returns a person's view of the store: counts and contents of all their feeds.
async fn snapshot(who: &Session) -> Vec<Value> {
    let mut seen = Vec::new();
    for feed in [
        "feed",
        "inbox",
        "followers",
        "following",
        "favorites",
        "lists/person",
        "uploads",
        "profile",
    ] {
        seen.push(who.feed(feed).await);
    }
    seen
}

on_every_backend!(
    numbers_of_any_size_are_read_back,
    nonsense_is_refused_by_name_and_changes_nothing,
    bodies_that_are_no_json_objects_are_refused,
    odd_addresses_are_refused_politely,
);

async fn numbers_of_any_size_are_read_back(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.done(&json!({ "verb": "follow", "object": alice.person() }))
        .await;
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

#[expect(
    clippy::too_many_lines,
    reason = "a table of bad input, and the loop over it"
)]
async fn nonsense_is_refused_by_name_and_changes_nothing(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let note = bob
        .note(
            "bob's",
            json!({ "to": [{ "objectType": "collection", "id": hydraulics::model::PUBLIC }] }),
        )
        .await;
    let hidden = bob.note("bob's own", json!({ "to": [bob.person()] })).await;
    let before = (snapshot(&alice).await, snapshot(&bob).await);
    let note_of_bob = json!({ "objectType": "note", "id": note["id"] });
    for (activity, status) in [
        (json!({}), 400),
        (json!({ "object": null }), 400),
        (json!({ "object": 5 }), 400),
        (json!({ "object": [] }), 400),
        (json!({ "object": "http://elsewhere.example/1" }), 400),
        (
            json!({ "verb": 7, "object": { "objectType": "note" } }),
            400,
        ),
        (
            json!({ "verb": "", "object": { "objectType": "note" } }),
            400,
        ),
        (json!({ "object": { "objectType": 7 } }), 400),
        (json!({ "object": { "objectType": "" } }), 400),
        (
            json!({ "object": { "objectType": "note", "content": {} } }),
            400,
        ),
        (
            json!({ "object": { "objectType": "note", "id": "http://pump.example/api/note/mine" } }),
            400,
        ),
        (
            json!({ "object": { "objectType": "note", "id": hydraulics::model::PUBLIC } }),
            400,
        ),
        (
            json!({ "object": { "objectType": "note", "id": "acct:x@elsewhere.example" } }),
            400,
        ),
        (
            json!({ "object": { "objectType": "person", "displayName": "x" } }),
            400,
        ),
        (
            json!({ "object": { "objectType": "activity", "verb": "post" } }),
            400,
        ),
        (json!({ "object": note_of_bob }), 400),
        (json!({ "object": bob.person() }), 400),
        (
            json!({ "object": { "objectType": "comment", "inReplyTo": {} } }),
            400,
        ),
        (
            json!({ "object": { "objectType": "comment", "inReplyTo": { "objectType": "note", "id": "http://pump.example/api/note/none" } } }),
            400,
        ),
        (
            json!({ "object": { "objectType": "comment", "inReplyTo": { "objectType": "note", "id": hidden["id"] } } }),
            403,
        ),
        (
            json!({ "object": { "objectType": "note" }, "to": "everyone" }),
            400,
        ),
        (json!({ "object": { "objectType": "note" }, "to": {} }), 400),
        (
            json!({ "object": { "objectType": "note" }, "cc": [null] }),
            400,
        ),
        (
            json!({ "object": { "objectType": "note" }, "bcc": [{ "objectType": "person", "id": "" }] }),
            400,
        ),
        (
            json!({ "object": { "objectType": "note" }, "bcc": [{ "objectType": {}, "id": "acct:bob@pump.example" }] }),
            400,
        ),
        (
            json!({ "object": { "objectType": "comment", "inReplyTo": { "objectType": "note", "id": "" } } }),
            400,
        ),
        (
            json!({ "object": { "objectType": "note" }, "bto": [{ "objectType": "person" }] }),
            400,
        ),
        (
            json!({ "object": { "objectType": "note" }, "to": [{ "objectType": "person", "id": "acct:nobody@pump.example" }] }),
            400,
        ),
        (
            json!({ "object": { "objectType": "note" }, "actor": bob.person() }),
            400,
        ),
        (
            json!({ "object": { "objectType": "note" }, "actor": "acct:alice@pump.example" }),
            400,
        ),
        (
            json!({ "object": { "objectType": "note" }, "location": "here" }),
            400,
        ),
        (
            json!({ "object": { "objectType": "note" }, "published": 5 }),
            400,
        ),
        (json!({ "verb": "follow" }), 400),
        (json!({ "verb": "follow", "object": {} }), 400),
        (
            json!({ "verb": "follow", "object": { "objectType": "person" } }),
            400,
        ),
        (
            json!({ "verb": "follow", "object": { "objectType": "person", "id": "acct:nobody@pump.example" } }),
            400,
        ),
        (json!({ "verb": "follow", "object": note_of_bob }), 400),
        (
            json!({ "verb": "follow", "object": { "id": "acct:someone@elsewhere.example" } }),
            400,
        ),
        (
            json!({ "verb": "stop-following", "object": bob.person() }),
            400,
        ),
        (
            json!({ "verb": "favorite", "object": { "objectType": "note", "id": "http://pump.example/api/note/none" } }),
            400,
        ),
        (
            json!({ "verb": "favorite", "object": { "objectType": "note", "id": hidden["id"] } }),
            403,
        ),
        (
            json!({ "verb": "share", "object": { "objectType": "note", "id": hidden["id"] } }),
            403,
        ),
        (json!({ "verb": "unfavorite", "object": note_of_bob }), 400),
        (json!({ "verb": "unshare", "object": note_of_bob }), 400),
        (json!({ "verb": "update", "object": note_of_bob }), 400),
        (
            json!({ "verb": "update", "object": { "objectType": "note", "content": "no id" } }),
            400,
        ),
        (json!({ "verb": "delete", "object": note_of_bob }), 400),
        (json!({ "verb": "delete", "object": alice.person() }), 400),
        (
            json!({ "verb": "delete", "object": alice.followers() }),
            400,
        ),
        (json!({ "verb": "add", "object": bob.person() }), 400),
        (
            json!({ "verb": "add", "object": bob.person(), "target": note_of_bob }),
            400,
        ),
        (
            json!({ "verb": "add", "object": bob.person(), "target": alice.followers() }),
            400,
        ),
        (
            json!({ "verb": "add", "object": bob.person(), "target": bob.followers() }),
            400,
        ),
        (
            json!({ "verb": "remove", "object": bob.person(), "target": { "objectType": "collection", "id": "http://pump.example/api/collection/none" } }),
            400,
        ),
        (
            json!({ "verb": "create", "object": { "objectType": "collection", "objectTypes": ["person"], "displayName": "Friends" } }),
            400,
        ),
    ] {
        let reply = alice.act(&activity).await;
        assert_eq!(
            reply.status.as_u16(),
            status,
            "{activity}: {}",
            reply.text()
        );
        assert!(!reply.refused(status).is_empty(), "{activity}");
    }
    assert_eq!((snapshot(&alice).await, snapshot(&bob).await), before);
}

async fn bodies_that_are_no_json_objects_are_refused(server: TestServer) {
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

async fn odd_addresses_are_refused_politely(server: TestServer) {
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

/// A server that all cases of a property share.
fn shared() -> &'static (tokio::runtime::Runtime, Session) {
    static SHARED: OnceLock<(tokio::runtime::Runtime, Session)> = OnceLock::new();
    SHARED.get_or_init(|| {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let alice =
            runtime.block_on(async { TestServer::on(Backend::Sqlite).await.person("alice").await });
        (runtime, alice)
    })
}

/// Any JSON, with the words of activities in it more often than chance would put them there.
fn any_json() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        prop::sample::select(vec![
            "post",
            "create",
            "update",
            "delete",
            "follow",
            "stop-following",
            "favorite",
            "unlike",
            "share",
            "add",
            "remove",
            "join",
            "note",
            "comment",
            "person",
            "collection",
            "image",
            "acct:alice@pump.example",
            "acct:x@elsewhere.example",
            "http://pump.example/api/user/alice/followers",
            hydraulics::model::PUBLIC,
            "",
        ])
        .prop_map(String::from),
        any::<String>(),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.prop_map(Value::from),
    ];
    let key = prop_oneof![
        prop::sample::select(vec![
            "verb",
            "object",
            "target",
            "actor",
            "to",
            "cc",
            "bto",
            "bcc",
            "id",
            "objectType",
            "content",
            "displayName",
            "inReplyTo",
            "author",
            "objectTypes",
            "image",
            "url",
            "location",
            "attachments",
            "tags",
            "published",
            "_x",
            "links",
            "likes",
            "pump_io",
            "upstreamDuplicates",
            "generator",
            "context",
            "summary",
            "members",
        ])
        .prop_map(String::from),
        any::<String>(),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((key.clone(), inner), 0..8)
                .prop_map(|pairs| Value::Object(Map::from_iter(pairs))),
        ]
    })
}

/// JSON that looks like an activity from afar, so that some of it is taken.
fn any_activity() -> impl Strategy<Value = Value> {
    let verb = prop::sample::select(vec![
        "post", "create", "update", "follow", "like", "add", "checkin", "join",
    ]);
    let kind = prop::sample::select(vec![
        "note",
        "comment",
        "collection",
        "image",
        "person",
        "group",
        "http://x.example/type",
    ]);
    (verb, kind, any_json(), any_json(), any_json()).prop_map(
        |(verb, kind, mut object, rest, to)| {
            if let Value::Object(object) = &mut object {
                object.insert("objectType".into(), kind.into());
            } else {
                object = json!({ "objectType": kind, "content": object });
            }
            let mut activity = rest.as_object().cloned().unwrap_or_default();
            activity.extend([
                ("verb".to_owned(), json!(verb)),
                ("object".to_owned(), object),
            ]);
            if to.is_object() {
                activity.insert("to".into(), json!([to]));
            }
            activity.into()
        },
    )
}

proptest! {
    #![proptest_config(Config { cases: 400, failure_persistence: None, ..Config::default() })]

    #[test]
    fn whatever_is_posted_is_taken_or_refused_but_never_our_fault(body in prop_oneof![any_json(), any_activity()]) {
        let (runtime, alice) = shared();
        let reply = runtime.block_on(alice.act(&body));
        if reply.status != StatusCode::OK {
            prop_assert!(reply.status.is_client_error(), "{body}: {} {}", reply.status, reply.text());
            prop_assert!(!reply.error().is_empty());
        }
        // What was taken can be shown again.
        let feeds = runtime.block_on(async { (alice.feed("feed?count=3").await, alice.feed("inbox?count=3").await) });
        prop_assert!(feeds.0["items"].is_array() && feeds.1["items"].is_array());
    }

    #[test]
    fn whatever_bytes_are_posted_are_never_our_fault(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let (runtime, alice) = shared();
        let reply = runtime.block_on(alice.request("POST", "/api/user/alice/feed", "application/json", bytes));
        prop_assert!(reply.status.is_client_error(), "{} {}", reply.status, reply.text());
    }

    #[test]
    fn whatever_is_claimed_in_authorization_is_never_our_fault(claim in "(OAuth|oauth|Bearer|Dialback|Basic)?[ -~]{0,120}", get in any::<bool>()) {
        let (runtime, alice) = shared();
        let request = if get { Request::get("/api/user/alice/inbox") } else { Request::post("/api/user/alice/feed") };
        let reply = runtime.block_on(alice.server.send(request.header("authorization", &claim)));
        prop_assert!(reply.status.is_client_error(), "{claim}: {} {}", reply.status, reply.text());
    }
}
