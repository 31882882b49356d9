//! Private objects, titles and recipients in responses to others.

use serde_json::json;

use super::inbox;
use crate::support::{TestServer, named, public};

on_every_backend!(
    bto_and_bcc_stay_hidden_in_activities_of_others,
    unreadable_objects_show_in_no_response,
    title_is_shown_only_to_the_audience_of_the_object,
    list_does_not_keep_access_that_was_lost,
    reply_reaches_only_the_parents_audience,
);

async fn bto_and_bcc_stay_hidden_in_activities_of_others(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    let dave = server.person("dave").await;
    let posted = alice
        .done(&json!({
            "object": { "objectType": "note", "content": "x" }, "to": [bob.person(), dave.person()],
            "bcc": [carol.person()], "bto": [carol.person()]
        }))
        .await;
    let note = named(&posted["object"]);
    let activity = json!({ "objectType": "activity", "id": posted["id"] });
    let mut seen = String::new();
    for doing in [
        json!({ "verb": "like", "object": note }),
        json!({ "verb": "share", "object": note }),
        json!({ "verb": "read", "object": activity }),
        json!({ "verb": "like", "object": activity }),
        json!({ "verb": "share", "object": activity }),
        json!({ "object": { "objectType": "comment", "content": "c", "inReplyTo": note } }),
        json!({
            "object": { "objectType": "comment", "content": "c", "inReplyTo": activity },
            "to": [dave.person()],
        }),
    ] {
        seen += &bob.act(&doing).await.text();
    }
    seen += &(inbox(&bob).await + &inbox(&dave).await);
    assert!(
        !seen.contains(&carol.id()) && !seen.contains("bcc") && !seen.contains("bto"),
        "{seen}"
    );
}

async fn unreadable_objects_show_in_no_response(server: TestServer) {
    let [alice, bob, mallory] = server.people(["alice", "bob", "mallory"]).await;
    let secret = alice
        .done(&json!({
            "object": { "objectType": "note", "content": "the text", "displayName": "The Title" },
            "to": [bob.person()],
        }))
        .await;
    let note = named(&secret["object"]);
    let group = alice
        .done(&json!({
            "verb": "create",
            "object": { "objectType": "group", "displayName": "The Title", "summary": "the text" },
            "to": [bob.person()],
        }))
        .await;
    let mut seen = String::new();
    for doing in [
        json!({
            "verb": "ping",
            "object": { "objectType": "note", "content": "y", "inReplyTo": note },
        }),
        json!({
            "verb": "ping",
            "object": {
                "objectType": "note",
                "id": "http://elsewhere.example/1",
                "inReplyTo": note,
            },
        }),
        json!({ "verb": "ping", "object": note }),
        json!({ "verb": "follow", "object": named(&group["object"]) }),
        json!({
            "verb": "add",
            "object": note,
            "target": { "objectType": "collection", "id": mallory.ids("lists/person").await[0] },
        }),
        json!({
            "object": { "objectType": "note", "content": "z" },
            "location": { "objectType": "place" },
            "target": note,
        }),
        json!({
            "object": { "objectType": "comment", "content": "c", "inReplyTo": note },
            "to": [public()],
        }),
    ] {
        seen += &mallory.act(&doing).await.text();
    }
    seen += &mallory
        .post("/api/user/mallory/following", &named(&group["object"]))
        .await
        .text();
    seen += &(inbox(&mallory).await + &mallory.feed("feed?count=200").await.to_string());
    assert!(
        !seen.contains("The Title") && !seen.contains("the text") && !seen.contains(&bob.id()),
        "{seen}"
    );
    assert!(
        !inbox(&bob).await.contains(&mallory.id()),
        "nor does it reach those it was for"
    );
}

async fn title_is_shown_only_to_the_audience_of_the_object(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    carol.follow(&bob).await;
    let secret = alice
        .done(&json!({
            "object": { "objectType": "note", "content": "x", "displayName": "The Title" },
            "to": [bob.person()],
        }))
        .await;
    let note = named(&secret["object"]);
    bob.done(&json!({ "verb": "share", "object": note })).await;
    bob.done(&json!({
        "object": { "objectType": "comment", "content": "c", "inReplyTo": note },
        "to": [public()],
    }))
    .await;
    let seen = inbox(&carol).await;
    assert!(
        seen.contains("shared a note") && seen.contains("in reply to a note"),
        "{seen}"
    );
    assert!(!seen.contains("The Title"), "{seen}");
    let open = alice
        .done(&json!({
            "object": { "objectType": "note", "content": "x", "displayName": "Open" },
            "to": [public()],
        }))
        .await;
    let shared = bob
        .done(&json!({ "verb": "share", "object": named(&open["object"]) }))
        .await;
    assert!(shared["content"].as_str().unwrap().contains(">Open</a>"));
}

async fn list_does_not_keep_access_that_was_lost(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.follow(&alice).await;
    let note = alice.note("for followers", json!({})).await;
    let list = bob
        .done(&json!({
            "verb": "create",
            "object": {
                "objectType": "collection",
                "objectTypes": ["note"],
                "displayName": "Kept",
            },
        }))
        .await["object"]
        .take();
    bob.done(&json!({ "verb": "add", "object": named(&note), "target": named(&list) }))
        .await;
    let members = format!("{}/members", list["id"].as_str().unwrap());
    assert_eq!(
        bob.get(&members).await.ok()["items"][0]["content"],
        "for followers"
    );
    bob.done(&json!({ "verb": "stop-following", "object": alice.person() }))
        .await;
    let left = bob.get(&members).await.ok();
    assert_eq!(
        (&left["items"], &left["totalItems"]),
        (&json!([]), &json!(0))
    );
}

async fn reply_reaches_only_the_parents_audience(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    carol.follow(&alice).await;
    let note = alice
        .note("bob only", json!({ "to": [bob.person()] }))
        .await;
    for to in [json!([alice.followers()]), json!([public()])] {
        bob.done(&json!({
            "object": { "objectType": "comment", "content": "shouted", "inReplyTo": named(&note) },
            "to": to,
        }))
        .await;
    }
    assert!(!inbox(&carol).await.contains("shouted"));
    let open = alice.note("open", json!({ "to": [public()] })).await;
    bob.done(&json!({
        "object": { "objectType": "comment", "content": "said aloud", "inReplyTo": named(&open) },
    }))
    .await;
    assert!(inbox(&carol).await.contains("said aloud"));
}
