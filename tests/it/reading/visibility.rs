//! Visibility of objects, inboxes and items, and counts without what is hidden.

use serde_json::{Value, json};

use crate::support::{TestServer, everyone};

const PUBLIC: &str = hydraulics::model::PUBLIC;

on_every_backend!(
    note_is_readable_by_its_recipients_only,
    activity_has_object_type_in_mixed_lists,
    list_members_read_the_object_at_its_own_url,
    bto_and_bcc_are_shown_to_the_author_only,
    inbox_is_readable_by_its_owner_only,
    unreadable_items_are_neither_listed_nor_counted,
    share_of_a_private_object_does_not_reveal_it,
);

async fn note_is_readable_by_its_recipients_only(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    bob.follow(&alice).await;

    for (recipients, bob_reads, carol_reads, anyone_reads) in [
        (everyone(), true, true, true),
        (json!({}), true, false, false),
        (json!({ "to": [carol.person()] }), false, true, false),
        (json!({ "bcc": [carol.person()] }), false, true, false),
        (json!({ "cc": [bob.followers()] }), false, false, false),
    ] {
        let note = alice.note("psst", recipients.clone()).await;
        let id = note["id"].as_str().unwrap();
        for (who, reads) in [
            (&alice, true),
            (&bob, bob_reads),
            (&carol, carol_reads),
            (&alice.two_legged(), anyone_reads),
        ] {
            for path in ["", "/likes", "/replies", "/shares"] {
                let reply = who.get(&format!("{id}{path}")).await;
                let status = if reads { 200 } else { 403 };
                assert_eq!(
                    reply.status.as_u16(),
                    status,
                    "{} {recipients} {path}: {}",
                    who.nickname,
                    reply.text()
                );
            }
        }
    }
}

async fn activity_has_object_type_in_mixed_lists(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let posted = alice
        .done(&json!({
            "to": [{ "objectType": "collection", "id": PUBLIC }],
            "object": { "objectType": "note" },
        }))
        .await;
    let activity = json!({ "objectType": "activity", "id": posted["id"] });
    let liked = bob.post("/api/user/bob/favorites", &activity).await.ok();
    let told = bob
        .done(&json!({ "verb": "share", "object": activity }))
        .await;
    for shown in [
        &liked,
        &bob.feed("favorites").await["items"][0],
        &told["object"],
    ] {
        assert_eq!(
            (&shown["id"], &shown["objectType"]),
            (&posted["id"], &json!("activity"))
        );
    }
    assert_eq!(
        alice.feed("feed").await["items"][0]["objectType"],
        Value::Null
    );
}

async fn list_members_read_the_object_at_its_own_url(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    let list = alice
        .done(&json!({
            "verb": "create",
            "object": {
                "objectType": "collection",
                "objectTypes": ["person"],
                "displayName": "Crew",
            },
        }))
        .await["object"]
        .take();
    let target = json!({ "objectType": "collection", "id": list["id"] });
    alice
        .done(&json!({ "verb": "add", "object": bob.person(), "target": target }))
        .await;

    let note = alice.note("for the crew", json!({ "to": [target] })).await;
    let id = note["id"].as_str().unwrap();
    assert_eq!(bob.get(id).await.ok()["content"], "for the crew");
    carol.get(id).await.refused(403);
    assert_eq!(
        bob.feed("inbox/major").await["items"][0]["object"]["id"],
        note["id"]
    );

    alice
        .done(&json!({ "verb": "remove", "object": bob.person(), "target": target }))
        .await;
    bob.get(id).await.refused(403);
}

async fn bto_and_bcc_are_shown_to_the_author_only(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let activity = alice
        .done(&json!({
            "object": { "objectType": "note", "content": "x" },
            "to": [bob.person()], "bto": [bob.person()], "bcc": [bob.person()]
        }))
        .await;
    assert_eq!(activity["bcc"][0]["id"], bob.id());
    let id = activity["id"].as_str().unwrap();
    for seen in [
        bob.get(id).await.ok(),
        bob.feed("inbox").await["items"][0].clone(),
    ] {
        assert_eq!(seen["id"], activity["id"]);
        assert!(
            seen.get("bto").is_none() && seen.get("bcc").is_none(),
            "{seen}"
        );
    }
}

async fn inbox_is_readable_by_its_owner_only(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    for feed in [
        "inbox",
        "inbox/major",
        "inbox/minor",
        "inbox/direct",
        "inbox/direct/major",
        "inbox/direct/minor",
        "uploads",
    ] {
        assert_eq!(
            alice
                .get(&format!("/api/user/alice/{feed}"))
                .await
                .status
                .as_u16(),
            200,
            "{feed}"
        );
        assert_eq!(
            bob.get(&format!("/api/user/alice/{feed}"))
                .await
                .refused(401),
            "Not authorized"
        );
        assert_eq!(
            alice
                .two_legged()
                .get(&format!("/api/user/alice/{feed}"))
                .await
                .status
                .as_u16(),
            400
        );
    }
    assert_eq!(
        alice.get("/api/user/nobody/inbox").await.refused(404),
        "No such 'user' with id 'nobody'"
    );
}

async fn unreadable_items_are_neither_listed_nor_counted(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    let note = alice.note("hello", everyone()).await;
    alice.note("for bob", json!({ "to": [bob.person()] })).await;
    let comment = |to: Value| {
        json!({
            "object": {
                "objectType": "comment",
                "content": "c",
                "inReplyTo": { "objectType": "note", "id": note["id"] },
            },
            "to": [to],
        })
    };
    bob.done(&comment(
        json!({ "objectType": "collection", "id": PUBLIC }),
    ))
    .await;
    bob.done(&comment(alice.person())).await;

    let seen = |who: &crate::support::Session| {
        let (who, id) = (who.clone(), note["id"].as_str().unwrap().to_owned());
        async move {
            let replies = who.get(&format!("{id}/replies")).await.ok();
            let count = who.get(&id).await.ok()["replies"]["totalItems"].clone();
            assert_eq!(replies["totalItems"], count);
            assert_eq!(
                replies["items"].as_array().unwrap().len() as u64,
                count.as_u64().unwrap()
            );
            count.as_u64().unwrap()
        }
    };
    assert_eq!(
        (seen(&alice).await, seen(&bob).await, seen(&carol).await),
        (2, 2, 1)
    );

    let outbox = |who: &crate::support::Session| {
        let who = who.clone();
        async move {
            let feed = who.get("/api/user/alice/feed/major").await.ok();
            assert_eq!(
                feed["totalItems"].as_u64().unwrap(),
                feed["items"].as_array().unwrap().len() as u64
            );
            feed["totalItems"].as_u64().unwrap()
        }
    };
    assert_eq!(
        (
            outbox(&alice).await,
            outbox(&bob).await,
            outbox(&carol).await
        ),
        (2, 2, 1)
    );
    assert_eq!(outbox(&alice.two_legged()).await, 1);
}

async fn share_of_a_private_object_does_not_reveal_it(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    carol.follow(&bob).await;
    let note = alice
        .note("between us", json!({ "to": [bob.person()] }))
        .await;
    bob.done(&json!({ "verb": "share", "object": { "objectType": "note", "id": note["id"] } }))
        .await;
    let share = carol.feed("inbox/major").await["items"][0].clone();
    assert_eq!(share["verb"], "share");
    assert_eq!(
        share["object"],
        json!({ "objectType": "note", "id": note["id"] })
    );
}
