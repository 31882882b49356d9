//! Activities that make no sense.

use serde_json::json;

use super::snapshot;
use crate::support::{TestServer, person_list};

on_every_backend!(invalid_activities_are_refused_and_change_nothing,);

#[expect(
    clippy::too_many_lines,
    reason = "a table of bad input, and the loop over it"
)]
async fn invalid_activities_are_refused_and_change_nothing(server: TestServer) {
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
            json!({
                "object": { "objectType": "note", "id": "http://pump.example/api/note/mine" },
            }),
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
            json!({
                "object": {
                    "objectType": "comment",
                    "inReplyTo": {
                        "objectType": "note",
                        "id": "http://pump.example/api/note/none",
                    },
                },
            }),
            400,
        ),
        (
            json!({
                "object": {
                    "objectType": "comment",
                    "inReplyTo": { "objectType": "note", "id": hidden["id"] },
                },
            }),
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
            json!({
                "object": { "objectType": "note" },
                "bcc": [{ "objectType": "person", "id": "" }],
            }),
            400,
        ),
        (
            json!({
                "object": { "objectType": "note" },
                "bcc": [{ "objectType": {}, "id": "acct:bob@pump.example" }],
            }),
            400,
        ),
        (
            json!({
                "object": {
                    "objectType": "comment",
                    "inReplyTo": { "objectType": "note", "id": "" },
                },
            }),
            400,
        ),
        (
            json!({ "object": { "objectType": "note" }, "bto": [{ "objectType": "person" }] }),
            400,
        ),
        (
            json!({
                "object": { "objectType": "note" },
                "to": [{ "objectType": "person", "id": "acct:nobody@pump.example" }],
            }),
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
            json!({
                "verb": "follow",
                "object": { "objectType": "person", "id": "acct:nobody@pump.example" },
            }),
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
            json!({
                "verb": "favorite",
                "object": { "objectType": "note", "id": "http://pump.example/api/note/none" },
            }),
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
            json!({
                "verb": "remove",
                "object": bob.person(),
                "target": {
                    "objectType": "collection",
                    "id": "http://pump.example/api/collection/none",
                },
            }),
            400,
        ),
        (person_list("Friends"), 400),
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
