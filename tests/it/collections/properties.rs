//! Unknown and internal properties of objects.

use serde_json::json;

use super::assert_no_internal_keys;
use crate::support::{TestServer, addressed, everyone};

on_every_backend!(unknown_properties_are_kept_and_internal_ones_hidden,);

async fn unknown_properties_are_kept_and_internal_ones_hidden(server: TestServer) {
    let alice = server.person("alice").await;
    let object = json!({
        "objectType": "note", "content": "x", "_uuid": "a",
        "license": { "url": "https://cc.example/0" }, "status_net": { "notice_id": 7 },
        "tags": [{ "objectType": "tag", "displayName": "t", "weight": 3, "_c": 2 }],
    });
    let post =
        json!({ "verb": "post", "object": object, "mood": { "displayName": "good" }, "_d": true });
    let post = addressed(post, &everyone());
    let activity = alice.done(&post).await;
    alice
        .put(
            "/api/user/alice/profile",
            &json!({ "portablecontacts_net": { "birthday": "x" }, "_e": 1 }),
        )
        .await
        .ok();
    let id = activity["object"]["id"].as_str().unwrap();
    let read = [
        alice.get(id).await.ok(),
        alice.get(activity["id"].as_str().unwrap()).await.ok()["object"].take(),
        alice.feed("inbox/major").await["items"][0]["object"].take(),
    ];
    for object in read {
        assert_eq!(object["license"]["url"], "https://cc.example/0");
        assert_eq!(
            (
                &object["status_net"]["notice_id"],
                &object["tags"][0]["weight"]
            ),
            (&json!(7), &json!(3))
        );
        assert_no_internal_keys(&object);
    }
    assert_eq!(activity["mood"]["displayName"], "good");
    assert_eq!(
        alice.feed("profile").await["portablecontacts_net"]["birthday"],
        "x"
    );
    for target in [
        activity["id"].as_str().unwrap(),
        "/api/user/alice",
        "/api/user/alice/profile",
        "/api/users",
    ] {
        assert_no_internal_keys(&alice.get(target).await.ok());
    }
}
