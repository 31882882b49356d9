//! Rows of outboxes and inboxes, and of the collections of a person.

use serde_json::{Value, json};

use super::{ACTIVITY, COLLECTION, FEED, NO_USER, NOT_SELF, OBJECT, arguments};
use crate::endpoints::{
    row::{Auth::*, Caller, Row, row},
    world::PICTURE,
};

const FOLLOWED_ALREADY: &str = "Already have a(n) 'edge' with id \
    'acct:alice@pump.example→acct:bob@pump.example'";
const LIKED_ALREADY: &str = "Already have a(n) 'favorite' with id \
    'acct:alice@pump.example♥http://pump.example/api/note/{note}'";

pub(super) fn feeds() -> Vec<Row> {
    let note = json!({ "object": { "objectType": "note", "content": "x" } });
    let minor = json!({
        "object": {
            "objectType": "comment",
            "content": "x",
            "inReplyTo": { "objectType": "note", "id": "http://pump.example/api/note/{note}" },
        },
    });
    let feed = |path, target: &str| {
        arguments(row("GET", path, AnyRead, target))
            .gives(COLLECTION)
            .gives(FEED)
            .but(&target.replace("alice", "nobody"), 404, NO_USER)
    };
    let inbox = |path, target: &str| {
        arguments(row("GET", path, UserRead, target))
            .gives(COLLECTION)
            .gives(FEED)
            .but(&target.replace("alice", "nobody"), 404, NO_USER)
            .not_by(Caller::Bob, 401, NOT_SELF)
    };
    let post = |path, target: &str, body: &Value| {
        row("POST", path, User, target)
            .with(body)
            .gives(ACTIVITY)
            .but(&target.replace("alice", "nobody"), 404, NO_USER)
            .not_by(Caller::Bob, 401, NOT_SELF)
            .not_with(
                &json!({
                    "actor": { "objectType": "person", "id": "acct:bob@pump.example" },
                    "object": { "objectType": "note" },
                }),
                400,
                "Invalid actor",
            )
    };
    vec![
        feed("/api/user/:n/feed", "/api/user/alice/feed").but(
            "/api/user/alice/feed?before=x",
            400,
            "id 'x' not found in stream 'user:alice:outbox'",
        ),
        feed("/api/user/:n/feed/major", "/api/user/alice/feed/major"),
        feed("/api/user/:n/feed/minor", "/api/user/alice/feed/minor"),
        post("/api/user/:n/feed", "/api/user/alice/feed", &note),
        post(
            "/api/user/:n/feed/major",
            "/api/user/alice/feed/major",
            &note,
        )
        .not_with(&minor, 400, "Only major activities to this feed."),
        post(
            "/api/user/:n/feed/minor",
            "/api/user/alice/feed/minor",
            &minor,
        )
        .not_with(&note, 400, "Only minor activities to this feed."),
        inbox("/api/user/:n/inbox", "/api/user/alice/inbox").but(
            "/api/user/alice/inbox?since=x",
            400,
            "id 'x' not found in stream 'user:alice:inbox'",
        ),
        inbox("/api/user/:n/inbox/major", "/api/user/alice/inbox/major"),
        inbox("/api/user/:n/inbox/minor", "/api/user/alice/inbox/minor"),
        inbox("/api/user/:n/inbox/direct", "/api/user/alice/inbox/direct"),
        inbox(
            "/api/user/:n/inbox/direct/major",
            "/api/user/alice/inbox/direct/major",
        ),
        inbox(
            "/api/user/:n/inbox/direct/minor",
            "/api/user/alice/inbox/direct/minor",
        ),
    ]
}

pub(super) fn people() -> Vec<Row> {
    let feed = |path, target: &str| {
        arguments(row("GET", path, AnyRead, target))
            .gives(COLLECTION)
            .gives(&["url", "author.id"])
            .but(&target.replace("alice", "nobody"), 404, NO_USER)
    };
    let carol = json!({ "objectType": "person", "id": "acct:carol@pump.example" });
    let bob = json!({ "objectType": "person", "id": "acct:bob@pump.example" });
    let note = |name: &str| {
        json!({
            "objectType": "note",
            "id": format!("http://pump.example/api/note/{{{name}}}"),
        })
    };
    vec![
        feed("/api/user/:n/followers", "/api/user/alice/followers").gives(&["objectTypes"]),
        feed("/api/user/:n/following", "/api/user/alice/following").gives(&["objectTypes"]),
        row(
            "POST",
            "/api/user/:n/following",
            User,
            "/api/user/alice/following",
        )
        .with(&carol)
        .gives(&["id", "objectType"])
        .not_with(&bob, 400, FOLLOWED_ALREADY)
        .not_by(Caller::Bob, 401, NOT_SELF),
        feed("/api/user/:n/favorites", "/api/user/alice/favorites"),
        row(
            "POST",
            "/api/user/:n/favorites",
            User,
            "/api/user/alice/favorites",
        )
        .with(&note("note_to_like"))
        .gives(&["id", "objectType", "author.id"])
        .not_with(&note("note"), 400, LIKED_ALREADY)
        .not_by(Caller::Bob, 401, NOT_SELF),
        feed("/api/user/:n/lists/:type", "/api/user/alice/lists/person").gives(&["objectTypes"]),
        arguments(row(
            "GET",
            "/api/user/:n/uploads",
            UserRead,
            "/api/user/alice/uploads",
        ))
        .gives(COLLECTION)
        .not_by(Caller::Bob, 401, NOT_SELF),
        row(
            "POST",
            "/api/user/:n/uploads",
            User,
            "/api/user/alice/uploads",
        )
        .raw("text/plain", "hello")
        .gives(OBJECT)
        .gives(&["fileUrl", "mimeType"])
        .not_by(Caller::Bob, 401, NOT_SELF),
        row(
            "POST",
            "/api/user/:n/uploads (base64)",
            User,
            "/api/user/alice/uploads",
        )
        .with(&json!({ "mimeType": "image/png", "data": PICTURE }))
        .gives(OBJECT)
        .gives(&["image.url", "image.width"])
        .not_with(&json!({ "data": "aGVsbG8=" }), 400, "No mime type")
        .not_with(&json!({ "mimeType": "text/plain" }), 400, "No data"),
    ]
}
