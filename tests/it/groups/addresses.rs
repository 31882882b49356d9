//! Ids and addresses of groups, remote groups, and invalid requests.

use serde_json::json;

use super::{create, to};
use crate::support::{BASE, TestServer, about, everyone, ids, named};

on_every_backend!(
    remote_group_can_be_joined_but_reveals_nothing,
    group_with_a_custom_id_is_found_by_id_and_url,
    invalid_group_requests_are_rejected,
);

async fn remote_group_can_be_joined_but_reveals_nothing(server: TestServer) {
    let (alice, mallory) = (server.person("alice").await, server.person("mallory").await);
    let group = json!({ "objectType": "group", "id": "http://elsewhere.example/api/group/1" });
    alice.done(&about("join", &group)).await;
    mallory.done(&about("join", &group)).await;
    assert!(
        alice
            .act(&about("join", &group))
            .await
            .refused(400)
            .contains("'membership'")
    );
    let note = alice.note("for them", to(&group)).await;
    mallory.get(note["id"].as_str().unwrap()).await.refused(403);
    assert!(!mallory.feed("inbox").await.to_string().contains("for them"));
    let by_id = |feed: &str| {
        format!(
            "/api/group/{feed}?id={}",
            hydraulics::model::Urls::encode("http://elsewhere.example/api/group/1")
        )
    };
    assert_eq!(
        ids(&alice.get(&by_id("members")).await.ok()),
        [mallory.id(), alice.id()]
    );
    assert_eq!(
        alice
            .get(&format!("{}&q=nobody", by_id("members")))
            .await
            .ok()["totalItems"],
        0
    );
    assert_eq!(mallory.get(&by_id("inbox")).await.ok()["totalItems"], 0);
    let seen = alice
        .get(&format!(
            "/api/group?id={}",
            hydraulics::model::Urls::encode(group["id"].as_str().unwrap())
        ))
        .await
        .ok();
    assert!(
        seen.get("members").is_none() && seen["links"].get("activity-inbox").is_none(),
        "{seen}"
    );
    alice
        .done(&json!({ "verb": "add", "object": named(&note), "target": group }))
        .await;
    assert_eq!(alice.get(&by_id("documents")).await.ok()["totalItems"], 0);
    alice.done(&about("leave", &group)).await;
    assert!(
        alice
            .act(&about("leave", &group))
            .await
            .refused(400)
            .starts_with("No such 'membership'")
    );
}

async fn group_with_a_custom_id_is_found_by_id_and_url(server: TestServer) {
    let alice = server.person("alice").await;
    let id = "tag:pump.example,2027:pumpers & co";
    let create = json!({
        "verb": "create",
        "object": { "objectType": "group", "id": id, "displayName": "Co" },
        "to": everyone()["to"],
    });
    let group = alice.done(&create).await["object"].take();
    let encoded = hydraulics::model::Urls::encode(id);
    for feed in ["members", "documents"] {
        assert_eq!(
            group[feed]["url"],
            format!("{BASE}/api/group/{feed}?id={encoded}")
        );
    }
    assert_eq!(
        group["links"]["activity-inbox"]["href"],
        format!("{BASE}/api/group/inbox?id={encoded}")
    );
    alice.done(&about("join", &group)).await;
    alice.note("x", to(&group)).await;
    let uuid = group["url"].as_str().unwrap().rsplit('/').next().unwrap();
    for feed in ["members", "documents", "inbox"] {
        let by_id = alice
            .get(&format!("/api/group/{feed}?id={encoded}"))
            .await
            .ok();
        assert_eq!(by_id["url"], format!("{BASE}/api/group/{uuid}/{feed}"));
        assert_eq!(alice.get(by_id["url"].as_str().unwrap()).await.ok(), by_id);
    }
}

async fn invalid_group_requests_are_rejected(server: TestServer) {
    let alice = server.person("alice").await;
    let group = create(&alice, "Pumpers", everyone()).await;
    let id = group["id"].as_str().unwrap();
    assert_eq!(
        alice.get("/api/group/none/members").await.refused(404),
        "Can't find a group with ID = none"
    );
    assert_eq!(
        alice.get("/api/group/inbox").await.refused(400),
        "'id' required"
    );
    let note = alice.note("x", everyone()).await;
    let uuid = note["id"].as_str().unwrap().rsplit('/').next().unwrap();
    alice
        .get(&format!("/api/group/{uuid}/members"))
        .await
        .refused(404);
    let uuid = id.rsplit('/').next().unwrap();
    assert_eq!(
        alice
            .get(&format!("{id}/inbox?before=none"))
            .await
            .refused(400),
        format!("id 'none' not found in stream 'group:{uuid}:inbox'")
    );
    alice
        .get(&format!("{id}/members?count=x"))
        .await
        .refused(400);
    alice
        .post(&format!("{id}/members"), &alice.person())
        .await
        .is(405);
    for verb in ["join", "leave"] {
        alice
            .act(&json!({ "verb": verb, "object": { "objectType": "group" } }))
            .await
            .refused(400);
        alice
            .act(&json!({
                "verb": verb,
                "object": { "objectType": "group", "id": format!("{BASE}/api/group/none") },
            }))
            .await
            .refused(400);
        assert_eq!(
            alice.act(&json!({ "verb": verb })).await.refused(400),
            "Activity has no object"
        );
        alice.done(&about(verb, &note)).await;
    }
    alice
        .put(
            id,
            &json!({
                "members": { "totalItems": 9 },
                "documents": { "totalItems": 9 },
                "displayName": "Renamed",
            }),
        )
        .await
        .ok();
    let seen = alice.get(id).await.ok();
    assert_eq!(
        (&seen["displayName"], &seen["documents"]),
        (
            &json!("Renamed"),
            &json!({ "url": format!("{id}/documents"), "totalItems": 0 })
        )
    );

    let bob = server.person("bob").await;
    bob.done(&about("join", &group)).await;
    let note = bob.note("before the end", to(&group)).await;
    alice.delete(id).await.ok();
    for feed in ["", "/members", "/inbox", "/documents"] {
        bob.get(&format!("{id}{feed}")).await.refused(410);
    }
    bob.act(&json!({ "object": { "objectType": "note" }, "to": to(&group)["to"] }))
        .await
        .refused(410);
    bob.act(&about("join", &group)).await.refused(410);
    bob.get(note["id"].as_str().unwrap()).await.ok();
    bob.done(&about("leave", &group)).await;
}
