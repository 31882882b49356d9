//! Random input: whatever is sent, the server is not at fault.

use std::sync::OnceLock;

use http::StatusCode;
use proptest::{prelude::*, test_runner::Config};
use serde_json::{Map, Value, json};

use crate::support::{Answer, Backend, Request, Session, TestServer};

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

/// Posts an activity, which is stored or refused.
fn post_activity(body: &Value) -> Result<(), TestCaseError> {
    let (runtime, alice) = shared();
    let reply = runtime.block_on(alice.act(body));
    if reply.status != StatusCode::OK {
        is_refused(&reply)?;
        prop_assert!(!reply.error().is_empty());
    }
    // A stored activity is readable.
    for feed in ["feed?count=3", "inbox?count=3"] {
        let feed = runtime.block_on(alice.feed(feed));
        prop_assert!(feed["items"].is_array());
    }
    Ok(())
}

/// Posts a body that is no activity.
fn post_bytes(bytes: Vec<u8>) -> Result<(), TestCaseError> {
    let (runtime, alice) = shared();
    let post = alice.request("POST", "/api/user/alice/feed", "application/json", bytes);
    is_refused(&runtime.block_on(post))
}

/// Sends a request with this `Authorization` header.
fn authorize(header: &str, reads: bool) -> Result<(), TestCaseError> {
    let (runtime, alice) = shared();
    let request = if reads {
        Request::get("/api/user/alice/inbox")
    } else {
        Request::post("/api/user/alice/feed")
    };
    let request = request.header("authorization", header);
    is_refused(&runtime.block_on(alice.server.send(request)))
}

fn is_refused(reply: &Answer) -> Result<(), TestCaseError> {
    let (status, text) = (reply.status, reply.text());
    prop_assert!(status.is_client_error(), "{status} {text}");
    Ok(())
}

proptest! {
    #![proptest_config(Config { cases: 400, failure_persistence: None, ..Config::default() })]

    #[test]
    fn random_activities_cause_no_server_error(body in prop_oneof![any_json(), any_activity()]) {
        post_activity(&body)?;
    }

    #[test]
    fn random_bytes_cause_no_server_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        post_bytes(bytes)?;
    }

    #[test]
    fn random_authorization_causes_no_server_error(
        header in "(OAuth|oauth|Bearer|Dialback|Basic)?[ -~]{0,120}",
        reads in any::<bool>(),
    ) {
        authorize(&header, reads)?;
    }
}
