//! Claims to be another actor or to define the objects of others.

use serde_json::json;

use super::inbox;
use crate::support::{BASE, TestServer};

const PUBLIC: &str = hydraulics::model::PUBLIC;

on_every_backend!(
    activities_cannot_be_posted_as_objects_or_change_actor,
    read_only_activity_properties_are_ignored,
    first_mention_cannot_define_a_remote_object,
    mention_does_not_change_the_type_of_a_remote_object,
    persons_may_be_named_by_webfinger_or_profile_url,
    virtual_collections_are_immutable,
);

async fn activities_cannot_be_posted_as_objects_or_change_actor(server: TestServer) {
    let (alice, mallory) = (server.person("alice").await, server.person("mallory").await);
    let mine = mallory
        .done(
            &json!({ "object": { "objectType": "note", "content": "x" }, "to": [alice.person()] }),
        )
        .await;
    let forged = json!({
        "objectType": "activity", "id": mine["id"], "verb": "post", "actor": alice.person(),
        "url": format!("{BASE}/alice/activity/x"), "content": "alice said so"
    });
    let mut fresh = forged.clone();
    fresh.as_object_mut().unwrap().remove("id");
    for verb in ["update", "delete", "post", "create"] {
        mallory
            .act(&json!({ "verb": verb, "object": forged }))
            .await
            .refused(400);
    }
    for verb in ["post", "create", "ping", "share", "like"] {
        mallory
            .act(&json!({ "verb": verb, "object": fresh }))
            .await
            .refused(400);
    }
    for kind in ["person", "activity"] {
        let posing =
            json!({ "objectType": kind, "preferredUsername": "alice", "displayName": "alice" });
        mallory
            .act(&json!({ "verb": "ping", "object": posing }))
            .await
            .refused(400);
    }
    let seen = alice.feed("inbox").await["items"][0].clone();
    assert_eq!(
        (&seen["actor"]["id"], &seen["verb"]),
        (&json!(mallory.id()), &json!("post"))
    );
    assert_eq!(
        alice.get(mine["id"].as_str().unwrap()).await.ok()["actor"]["id"],
        mallory.id()
    );
}

async fn read_only_activity_properties_are_ignored(server: TestServer) {
    let alice = server.person("alice").await;
    let activity = alice
        .done(&json!({
            "object": { "objectType": "note", "content": "x" }, "deleted": "2027-01-01T00:00:00Z",
            "liked": true, "pump_io": { "proxyURL": "http://evil.example/" },
            "members": { "url": "http://evil.example/" }, "id": "http://evil.example/1",
            "generator": { "displayName": "Evil" }, "url": "http://evil.example/",
        }))
        .await;
    for key in ["deleted", "liked", "pump_io", "members"] {
        assert!(activity.get(key).is_none(), "{key}");
    }
    assert!(!activity.to_string().contains("evil.example"), "{activity}");
    assert_eq!(activity["generator"]["displayName"], "app-of-alice");
}

async fn first_mention_cannot_define_a_remote_object(server: TestServer) {
    let (alice, mallory) = (server.person("alice").await, server.person("mallory").await);
    for kind in ["person", "note", "other"] {
        let seen = mallory
            .done(&json!({
                "object": { "objectType": "note" },
                "to": [{ "objectType": kind, "id": PUBLIC }],
            }))
            .await;
        assert_eq!(seen["to"][0]["objectType"], "collection");
    }
    mallory
        .done(&json!({ "object": { "objectType": "note" }, "to": [{ "id": PUBLIC }] }))
        .await;
    let zed = json!({ "objectType": "note", "id": "acct:zed@elsewhere.example" });
    mallory
        .act(&json!({ "object": { "objectType": "note" }, "to": [zed] }))
        .await
        .refused(400);
    mallory
        .act(&json!({ "verb": "like", "object": zed }))
        .await
        .refused(400);
    alice
        .done(&json!({
            "verb": "follow",
            "object": { "objectType": "person", "id": "acct:zed@elsewhere.example" },
        }))
        .await;

    let there = json!({
        "objectType": "note",
        "id": "http://elsewhere.example/1",
        "content": "mallory's words",
    });
    mallory
        .done(&json!({ "verb": "like", "object": there }))
        .await;
    let seen = alice
        .get("/api/note?id=http%3A%2F%2Felsewhere.example%2F1")
        .await
        .ok();
    assert!(
        seen.get("content").is_none() && seen.get("author").is_none(),
        "{seen}"
    );
}

async fn mention_does_not_change_the_type_of_a_remote_object(server: TestServer) {
    let (bob, mallory) = (server.person("bob").await, server.person("mallory").await);
    for (kind, id, lie) in [
        ("note", "http://other.example/note/1", "person"),
        ("group", "http://other.example/group/1", "person"),
        ("collection", "http://other.example/list/1", "group"),
    ] {
        let thing = json!({ "objectType": kind, "id": id });
        let lie = json!({ "objectType": lie, "id": id });
        bob.done(&json!({ "verb": "favorite", "object": thing }))
            .await;
        // A wrong first name keeps nobody from the address.
        mallory
            .done(&json!({ "object": { "objectType": "note" }, "to": [lie] }))
            .await;
        mallory
            .done(&json!({ "verb": "follow", "object": lie }))
            .await;
        assert_eq!(mallory.feed("following").await["items"][0]["id"], id);
        assert_eq!(bob.feed("favorites").await["items"][0]["objectType"], kind);
        let path = format!("/api/{kind}?id={}", hydraulics::model::Urls::encode(id));
        assert_eq!(bob.get(&path).await.ok()["objectType"], kind);
    }
    let zed = json!({ "objectType": "service", "id": "acct:zed@other.example" });
    mallory
        .done(&json!({ "verb": "follow", "object": zed }))
        .await;
    assert_eq!(
        mallory.feed("following").await["items"][0]["objectType"],
        "person"
    );
}

async fn persons_may_be_named_by_webfinger_or_profile_url(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    alice
        .done(&json!({
            "verb": "follow",
            "object": { "objectType": "person", "id": "bob@pump.example" },
        }))
        .await;
    assert_eq!(alice.ids("following").await, [bob.id()]);
    let profile = format!("{BASE}/api/user/bob/profile");
    alice
        .note(
            "hi bob",
            json!({ "to": [{ "objectType": "person", "id": profile }] }),
        )
        .await;
    assert!(inbox(&bob).await.contains("hi bob"));
    let bare = json!({ "objectType": "person", "id": "alice@pump.example" });
    alice
        .done(&json!({ "actor": bare, "object": { "objectType": "note" } }))
        .await;
}

async fn virtual_collections_are_immutable(server: TestServer) {
    let alice = server.person("alice").await;
    for verb in ["post", "create", "update", "delete"] {
        let mut object = alice.followers();
        object["displayName"] = json!("Fans");
        alice
            .act(&json!({ "verb": verb, "object": object }))
            .await
            .refused(400);
    }
    assert_eq!(
        alice
            .done(&json!({ "object": { "objectType": "note" } }))
            .await["cc"][0]["displayName"],
        "Followers"
    );
}
