//! Hooks: refusals, changes, additional effects, and events.

use std::sync::Arc;

use hydraulics::model::Stream;
use serde_json::json;

use super::rules::House;
use crate::support::{TestServer, about, public};

on_every_backend!(
    hook_refuses_and_amends_activities,
    host_verbs_have_effects_in_the_same_commit,
    events_report_stored_activities_only,
    events_report_edits_deletions_and_retractions,
);

async fn hook_refuses_and_amends_activities(server: TestServer) {
    let server = server.hosted(|app| app.with_hook(Arc::new(House::default())));
    let alice = server.person("alice").await;
    let before = alice.ids("feed").await;
    let pills = json!({ "objectType": "note", "content": "Buy cheap pills" });
    let refused = alice.act(&json!({ "object": pills })).await.is(403).json();
    assert_eq!(refused["error"], "Nothing is sold in this house.");
    let broken = json!({ "objectType": "note", "content": "broken" });
    let failed = alice.act(&json!({ "object": broken })).await.is(500).json();
    assert_eq!(failed["error"], "Something went wrong on the server.");
    assert_eq!(
        alice.ids("feed").await,
        before,
        "nothing is stored of what is refused"
    );

    let note = alice.note("Hello", json!({ "to": [public()] })).await;
    assert_eq!(note["license"], "CC0");
    let id = note["id"].as_str().unwrap();
    alice
        .put(id, &json!({ "content": "Buy cheap pills" }))
        .await
        .refused(403);
    let post = alice.ids("feed").await.remove(0);
    alice
        .put(&post, &json!({ "content": "cheap pills" }))
        .await
        .is(403);
    assert_eq!(alice.get(id).await.ok()["content"], "Hello");
}

async fn host_verbs_have_effects_in_the_same_commit(server: TestServer) {
    let server = server.hosted(|app| app.with_hook(Arc::new(House::default())));
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let party = json!({ "objectType": "event", "displayName": "Party" });
    let party = alice
        .done(&json!({ "object": party, "to": [public()] }))
        .await["object"]
        .take();
    let before = bob.ids("feed").await;
    bob.act(&about("rsvp-no", &party)).await.refused(403);
    assert_eq!(bob.ids("feed").await, before);
    bob.done(&about("rsvp-yes", &party)).await;
    let guests = Stream::Members(party["id"].as_str().unwrap().into());
    let come = server
        .app
        .storage()
        .contains(&[(guests, &bob.id())])
        .await
        .unwrap();
    assert_eq!(come, [true]);
}

async fn events_report_stored_activities_only(server: TestServer) {
    let house = Arc::new(House::default());
    let server = server.hosted(|app| app.with_hook(house.clone()));
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    alice.note("Hello", json!({})).await;
    alice
        .act(&json!({ "object": { "objectType": "note", "content": "cheap pills" } }))
        .await
        .is(403);
    bob.follow(&alice).await;
    bob.act(&about("follow", &alice.person()))
        .await
        .refused(400);
    let heard = house.heard.lock().unwrap().clone();
    let follows = format!("{} follows {}", bob.id(), alice.id());
    assert_eq!(heard, ["post", "follow", &follows]);
}

async fn events_report_edits_deletions_and_retractions(server: TestServer) {
    let house = Arc::new(House::default());
    let server = server.hosted(|app| app.with_hook(house.clone()));
    let alice = server.person("alice").await;
    let first = alice.note("Hello", json!({ "to": [public()] })).await;
    let post = alice.ids("feed").await.remove(0);
    alice.put(&post, &json!({ "license": "CC0" })).await.ok();
    alice
        .put(first["id"].as_str().unwrap(), &json!({ "content": "Hi" }))
        .await
        .ok();
    alice.delete(&post).await.is(200);
    alice.delete(first["id"].as_str().unwrap()).await.is(200);
    let heard = house.heard.lock().unwrap().clone();
    assert_eq!(
        heard,
        [
            "post",
            "note now under CC0",
            "update",
            "note taken back",
            "delete"
        ]
    );

    let come = alice
        .done(&json!({ "verb": "rsvp-yes", "object": { "objectType": "event" } }))
        .await;
    let come = come["id"].as_str().unwrap();
    let refused = alice.delete(come).await.is(403).json();
    assert_eq!(refused["error"], "Who said so comes.");
    alice.get(come).await.ok();
}
