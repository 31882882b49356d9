//! Accounts as their owners and others see them, and account updates (pump-api 6.4).

use serde_json::{Value, json};

use crate::support::{PASSWORD, Session, TestServer};

const USER: &str = "/api/user/alice";

fn settings(extra: impl Into<Value>) -> Value {
    let extra: Value = extra.into();
    let mut body = json!({ "nickname": "alice", "password": PASSWORD });
    for (key, value) in extra.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

async fn change(alice: &Session, extra: Value) -> crate::support::Answer {
    alice.put(USER, &settings(extra)).await
}

on_every_backend!(
    private_account_fields_are_shown_to_the_owner_only,
    followed_flag_is_shown_to_persons_only,
    account_update_needs_nickname_and_password,
);

async fn private_account_fields_are_shown_to_the_owner_only(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let said = json!({ "settings": { "dark": true }, "x_anything": [1, { "b": null }] });
    let changed = change(&alice, said).await.ok();
    assert!(changed.get("password").is_none());
    let own = alice.get(USER).await.ok();
    assert_eq!(
        (&own["settings"], &own["x_anything"]),
        (&json!({ "dark": true }), &json!([1, { "b": null }]))
    );
    for other in [bob.clone(), bob.two_legged()] {
        let seen = other.get(USER).await.ok();
        for hidden in ["settings", "x_anything", "email", "password"] {
            assert!(seen.get(hidden).is_none(), "{hidden}");
        }
    }
    let users = bob.get("/api/users").await.ok().to_string();
    assert!(!users.contains("dark") && !users.contains("argon2"));
}

async fn followed_flag_is_shown_to_persons_only(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let followed =
        async |who: &Session| who.get(USER).await.ok()["profile"]["pump_io"]["followed"].clone();
    assert_eq!(followed(&alice).await, false);
    assert_eq!(followed(&bob).await, false);
    bob.follow(&alice).await;
    assert_eq!(followed(&bob).await, true);
    assert_eq!(followed(&bob.two_legged()).await, Value::Null);
    let profile = bob.get(USER).await.ok()["profile"].clone();
    assert_eq!(profile["followers"]["totalItems"], 1);
    for feed in ["following", "favorites", "lists"] {
        assert!(profile[feed]["totalItems"].is_number(), "{feed}");
    }
}

async fn account_update_needs_nickname_and_password(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let own = alice.get(USER).await.ok();
    for (body, status) in [
        (json!({ "nickname": "alice" }), 400),
        (json!({ "password": PASSWORD }), 400),
        (json!({ "nickname": "bob", "password": PASSWORD }), 400),
        (json!({ "nickname": "alice", "password": "short" }), 400),
        (
            settings(json!({ "published": "2001-01-01T00:00:00Z" })),
            400,
        ),
        (settings(json!({ "updated": "2001-01-01T00:00:00Z" })), 400),
        (
            settings(json!({ "profile": { "id": "acct:bob@pump.example" } })),
            400,
        ),
        (
            settings(json!({ "profile": { "displayName": "Somebody else" } })),
            400,
        ),
        (
            settings(json!({ "profile": { "objectType": "group" } })),
            400,
        ),
        (settings(json!({ "profile": "alice" })), 400),
        (settings(json!({ "big": "x".repeat(20_000) })), 413),
    ] {
        let refused = alice.put(USER, &body).await.refused(status);
        assert!(!refused.is_empty(), "{body}");
    }
    assert_eq!(alice.get(USER).await.ok(), own, "nothing was changed");
    assert_eq!(
        bob.put(USER, &settings(json!({}))).await.refused(401),
        "Not authorized"
    );
    let nobody = bob
        .put("/api/user/nobody", &settings(json!({})))
        .await
        .refused(404);
    assert_eq!(nobody, "No such 'user' with id 'nobody'");
    let echoed = settings(json!({
        "published": own["published"],
        "updated": own["updated"],
        "profile": own["profile"],
    }));
    alice.put(USER, &echoed).await.is(200);
}
