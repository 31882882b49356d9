//! Edits of activities: by whom, and what they may change.

use serde_json::json;

use super::note;
use crate::support::{TestServer, id, named, public};

on_every_backend!(
    only_the_actor_edits_an_activity,
    edit_does_not_change_verb_object_or_actor,
    concurrent_edits_and_retraction_leave_one_result,
);

async fn only_the_actor_edits_an_activity(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let posted = alice.done(&note("x", json!([public()]))).await;
    server.clock.advance(60);
    let put = alice
        .put(
            id(&posted),
            &json!({
                "content": "<b>told</b><script></script>", "title": "T", "mood": { "x": 1 },
                "_uuid": "x", "likes": { "totalItems": 9 }, "published": "1999-01-01T00:00:00Z",
                "updated": "1999-01-01T00:00:00Z", "url": "http://evil.example/",
                "generator": { "id": "x" },
            }),
        )
        .await
        .ok();
    assert_eq!(
        (&put["content"], &put["title"], &put["mood"]["x"]),
        (&json!("<b>told</b>"), &json!("T"), &json!(1))
    );
    assert_eq!(
        (&put["updated"], &put["published"], &put["url"]),
        (
            &json!("2027-01-15T08:01:00Z"),
            &posted["published"],
            &posted["url"]
        )
    );
    assert_eq!(
        (put.get("_uuid"), put.get("likes"), &put["generator"]),
        (None, None, &posted["generator"])
    );
    assert_eq!(
        (&put["to"], &put["object"]["content"]),
        (&posted["to"], &json!("x"))
    );
    let seen = bob.get(id(&posted)).await.ok();
    assert_eq!(
        (&seen["content"], &seen["mood"]["x"]),
        (&json!("<b>told</b>"), &json!(1))
    );
    let put = alice
        .put(
            id(&posted),
            &json!({ "mood": null, "content": null, "verb": null, "to": null }),
        )
        .await
        .ok();
    assert_eq!(
        (put.get("mood"), &put["content"], &put["verb"], &put["to"]),
        (None, &json!("<b>told</b>"), &json!("post"), &posted["to"])
    );
    assert_eq!(
        alice.put(id(&posted), &put).await.ok(),
        put,
        "sent back as it came it stays as it is"
    );
}

async fn edit_does_not_change_verb_object_or_actor(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let posted = alice.done(&note("x", json!([public()]))).await;
    let other = bob.note("other", json!({ "to": [public()] })).await;
    for (change, key) in [
        (json!({ "verb": "share" }), "verb"),
        (json!({ "object": named(&other) }), "object"),
        (json!({ "object": id(&other) }), "object"),
        (json!({ "target": named(&other) }), "target"),
    ] {
        assert_eq!(
            alice.put(id(&posted), &change).await.refused(400),
            format!("Can't change the '{key}' of an activity")
        );
    }
    assert_eq!(
        alice
            .put(id(&posted), &json!({ "actor": bob.person() }))
            .await
            .refused(400),
        "Invalid actor"
    );
    for bad in [
        json!({ "content": {} }),
        json!({ "to": "all" }),
        json!({ "verb": 5 }),
        json!({ "to": [{ "objectType": "person", "id": "acct:nobody@pump.example" }] }),
    ] {
        alice.put(id(&posted), &bad).await.refused(400);
    }
    alice
        .put(
            id(&posted),
            &json!({ "object": { "content": "not this way" } }),
        )
        .await
        .ok();
    assert_eq!(alice.get(id(&posted)).await.ok()["object"]["content"], "x");
    for answer in [
        bob.put(id(&posted), &json!({ "content": "x" })).await,
        bob.delete(id(&posted)).await,
    ] {
        assert_eq!(
            answer.refused(403),
            "Only the actor can modify this object."
        );
    }
    for answer in [
        alice.put("/api/activity/none", &json!({})).await,
        alice.delete("/api/activity/none").await,
    ] {
        assert_eq!(answer.refused(404), "Can't find an activity with id none");
    }
    let mood = "x".repeat(100_000);
    alice.put(id(&posted), &json!({ "mood": mood })).await.ok();
    alice
        .put(id(&posted), &json!({ "humour": mood }))
        .await
        .refused(413);
}

async fn concurrent_edits_and_retraction_leave_one_result(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let posted = alice.done(&note("x", json!([bob.person()]))).await;
    let (open, closed) = (json!({ "to": [public()] }), json!({ "to": [] }));
    let (first, second, third) = tokio::join!(
        alice.put(id(&posted), &open),
        alice.put(id(&posted), &closed),
        alice.delete(id(&posted))
    );
    for answer in [&first, &second, &third] {
        assert!(
            matches!(answer.status.as_u16(), 200 | 410),
            "{}",
            answer.text()
        );
    }
    third.is(200);
    bob.get(id(&posted["object"])).await.refused(403);
    alice.get(id(&posted)).await.refused(410);
}
