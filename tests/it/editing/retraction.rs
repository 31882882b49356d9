//! Retraction of activities.

use serde_json::json;

use super::times;
use crate::support::{TestServer, about, id, named, public};

on_every_backend!(
    retracted_activity_is_a_tombstone_hidden_from_others,
    retracted_like_still_counts,
    unposted_upload_stays_private_after_an_update,
);

async fn retracted_activity_is_a_tombstone_hidden_from_others(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let posted = alice
        .done(&json!({
            "object": { "objectType": "note", "content": "hush", "displayName": "A Title" },
            "to": [bob.person(), public()],
            "title": "telling",
        }))
        .await;
    bob.done(&about("like", &posted["object"])).await;
    server.clock.advance(60);
    assert_eq!(alice.delete(id(&posted)).await.ok(), json!("Deleted"));
    for who in [&alice, &bob] {
        assert_eq!(who.get(id(&posted)).await.refused(410), "Deleted");
    }
    alice.delete(id(&posted)).await.refused(410);
    alice
        .put(id(&posted), &json!({ "content": "x" }))
        .await
        .refused(410);
    bob.get(id(&posted["object"])).await.refused(403);
    bob.act(&about("share", &posted["object"]))
        .await
        .refused(403);
    assert_eq!(
        alice.get(id(&posted["object"])).await.ok()["content"],
        "hush"
    );

    let mark = alice.feed("feed/major").await["items"][0].clone();
    assert_eq!(
        (&mark["id"], &mark["deleted"], &mark["updated"]),
        (
            &posted["id"],
            &json!("2027-01-15T08:01:00Z"),
            &json!("2027-01-15T08:01:00Z")
        )
    );
    assert_eq!(
        (mark.get("to"), mark.get("title"), &mark["published"]),
        (None, None, &posted["published"])
    );
    assert_eq!(
        mark["content"],
        "<a href='http://pump.example/alice'>alice</a> posted a note"
    );
    let seen = bob.feed("inbox/major").await["items"][0].clone();
    assert_eq!(
        (&seen["id"], seen["deleted"].is_string(), &seen["object"]),
        (&posted["id"], true, &named(&posted["object"]))
    );
    assert!(!bob.feed("inbox").await.to_string().contains("telling"));
    assert_eq!(
        bob.get("/api/user/alice/feed/major").await.ok()["totalItems"],
        0
    );

    // It is theirs alone again, and can be posted again.
    let again = alice
        .done(&json!({ "object": named(&posted["object"]), "to": [bob.person()] }))
        .await;
    assert_eq!(bob.get(id(&posted["object"])).await.ok()["content"], "hush");
    assert_eq!(times(&bob, "inbox/major", &again).await, 1);
}

async fn retracted_like_still_counts(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let note = alice.note("x", json!({ "to": [public()] })).await;
    let like = bob.done(&about("like", &note)).await;
    bob.delete(id(&like)).await.ok();
    assert_eq!(alice.get(id(&note)).await.ok()["likes"]["totalItems"], 1);
    bob.done(&about("unlike", &note)).await;
}

async fn unposted_upload_stays_private_after_an_update(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let upload = alice
        .request("POST", "/api/user/alice/uploads", "text/plain", "kept")
        .await
        .ok();
    let update = json!({
        "verb": "update",
        "object": { "objectType": upload["objectType"], "id": upload["id"], "displayName": "T" },
        "to": [alice.person(), bob.person()],
    });
    alice.done(&update).await;
    bob.get(id(&upload)).await.refused(403);
    let posted = alice
        .done(&json!({ "object": named(&upload), "to": [bob.person()] }))
        .await;
    assert_eq!(bob.get(id(&upload)).await.ok()["displayName"], "T");
    alice.delete(id(&posted)).await.ok();
    bob.get(id(&upload)).await.refused(403);
}
