//! What the curious and the wasteful try, and what people meet who undo and delete.

use serde_json::{Value, json};

fn named(object: &Value) -> Value {
    json!({ "objectType": object["objectType"], "id": object["id"] })
}

fn about(verb: &str, object: &Value) -> Value {
    json!({ "verb": verb, "object": named(object) })
}

on_every_backend! {
    async fn whom_one_follows_is_shown_to_those_who_may_know_of_them(server) {
        let (alice, bob, mallory) = (server.person("alice").await, server.person("bob").await, server.person("mallory").await);
        let group = alice.done(&json!({
            "verb": "create", "object": { "objectType": "group", "displayName": "The Cabal", "summary": "plans" }, "to": [bob.person()]
        })).await["object"].take();
        bob.done(&about("follow", &group)).await;
        bob.done(&json!({ "verb": "follow", "object": alice.person() })).await;
        let following = "/api/user/bob/following";
        assert_eq!(bob.get(following).await.ok()["totalItems"], 2);
        let seen = mallory.get(following).await.ok();
        assert!(!seen.to_string().contains("Cabal") && !seen.to_string().contains("plans"), "{seen}");
        let profile = mallory.get("/api/user/bob/profile").await.ok();
        assert_eq!((&seen["totalItems"], &profile["following"]["totalItems"]), (&json!(1), &json!(1)));
    }
}
