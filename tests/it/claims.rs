//! Properties of client objects that only the server may set, such as links and feeds.

use serde_json::json;

use crate::support::{BASE, Request, TestServer, public};

const EVIL: &str = "http://evil.example/x";

on_every_backend!(
    nested_object_cannot_pose_as_another_person,
    feeds_of_a_new_group_are_set_by_the_server,
    summaries_have_plain_words_of_clients_only,
    invalid_id_is_refused_and_not_rewritten,
);

async fn nested_object_cannot_pose_as_another_person(server: TestServer) {
    let (alice, mallory) = (server.person("alice").await, server.person("mallory").await);
    let feed = json!({ "url": EVIL, "totalItems": 9 });
    let picture =
        json!({ "url": format!("{BASE}/uploads/x.png"), "pump_io": { "proxyURL": EVIL } });
    let posing = json!({
        "objectType": "person", "id": alice.id(), "displayName": "Alice, new key", "image": picture,
        "author": alice.person(),
        "links": { "self": { "href": EVIL }, "activity-inbox": { "href": EVIL } }, "likes": feed,
        "followers": feed, "deleted": "2027-01-15T08:00:00Z", "pump_io": { "fileProxyURL": EVIL },
        "url": "matrix:u/alice",
    });
    let mut image = json!({
        "objectType": "image", "image": picture,
        "fullImage": { "url": "http://other.example/full.png", "pump_io": 1 }, "stream": picture,
        "location": posing, "attachments": [posing], "tags": [posing],
    });
    image.as_object_mut().unwrap().extend(
        posing
            .as_object()
            .unwrap()
            .clone()
            .into_iter()
            .filter(|(key, _)| !["objectType", "id", "image", "url"].contains(&key.as_str())),
    );
    let done = mallory
        .done(&json!({
            "object": image, "location": posing, "to": [public()],
        }))
        .await;
    let target = json!({
        "objectType": "place",
        "id": "urn:place",
        "displayName": "Here",
        "links": posing["links"],
    });
    let played = mallory
        .done(&json!({ "verb": "play", "object": { "objectType": "game" }, "target": target }))
        .await;
    assert_eq!(
        (
            &played["target"]["displayName"],
            played["target"].get("links")
        ),
        (&json!("Here"), None)
    );
    mallory
        .put(
            "/api/user/mallory/profile",
            &json!({ "image": picture, "location": posing }),
        )
        .await
        .ok();
    let path = done["object"]["links"]["self"]["href"].as_str().unwrap();
    let read = alice.get(path).await.ok();
    assert!(
        read["fullImage"]["pump_io"]["proxyURL"]
            .as_str()
            .unwrap()
            .starts_with(BASE),
        "{read}"
    );
    assert_eq!(read["attachments"][0]["displayName"], "Alice, new key");
    assert_eq!(read["author"]["id"], mallory.id());
    let as2 = Request::get(path.strip_prefix(BASE).unwrap())
        .header("accept", "application/activity+json");
    let mut seen = read.to_string() + &server.send(as2).await.is(200).text();
    for target in ["/api/user/mallory/profile", done["id"].as_str().unwrap()] {
        seen += &alice.get(target).await.ok().to_string();
    }
    assert!(
        !seen.contains(EVIL)
            && !seen.contains("\"inbox\":\"http://evil")
            && !seen.contains("matrix"),
        "{seen}"
    );
}

async fn feeds_of_a_new_group_are_set_by_the_server(server: TestServer) {
    let alice = server.person("alice").await;
    let mut group =
        json!({ "objectType": "group", "displayName": "Tea", "preferredUsername": "alice" });
    for feed in [
        "followers",
        "following",
        "favorites",
        "lists",
        "members",
        "documents",
        "links",
    ] {
        group[feed] = json!({ "url": EVIL, "activity-inbox": { "href": EVIL } });
    }
    let made = alice.done(&json!({ "object": group })).await["object"].clone();
    assert!(made["members"]["url"].as_str().unwrap().starts_with(BASE));
    assert_eq!(made.get("preferredUsername"), None);
    assert!(!made.to_string().contains("evil"), "{made}");
}

async fn summaries_have_plain_words_of_clients_only(server: TestServer) {
    let alice = server.person("alice").await;
    let object = json!({ "objectType": "bill to pay at http://evil.example", "content": "x" });
    for (verb, told) in [
        (
            "is asking everyone to sign in again at http://evil.example/login because",
            "did something to",
        ),
        ("post", "posted"),
    ] {
        let done = alice.done(&json!({ "verb": verb, "object": object })).await;
        let content = done["content"].as_str().unwrap();
        assert!(
            content.contains(&format!("</a> {told} <a ")) && content.ends_with(">an object</a>"),
            "{content}"
        );
        assert_eq!(done["verb"], verb);
    }
}

async fn invalid_id_is_refused_and_not_rewritten(server: TestServer) {
    let alice = server.person("alice").await;
    let note = json!({ "objectType": "note", "id": "urn:x:a&b" });
    let done = alice.done(&json!({ "object": note })).await;
    assert_eq!(done["object"]["id"], note["id"]);
    for id in [
        "urn:x:a<b",
        "urn:x:a ",
        "urn:x:a\u{2003}b",
        "urn:x:a\u{0}",
        "http://h.example/a\nb",
    ] {
        let named = json!({ "objectType": "note", "id": id });
        let note = |key: &str, value| json!({ "object": { "objectType": "note", key: value } });
        for activity in [
            json!({ "object": named }),
            json!({ "verb": "like", "object": named }),
            json!({ "object": id }),
            json!({ "object": { "objectType": "note" }, "target": named }),
            json!({
                "object": { "objectType": "note" },
                "to": [{ "objectType": "person", "id": id }],
            }),
            note("inReplyTo", named.clone()),
            note("attachments", json!([named])),
            note("tags", json!([named])),
        ] {
            alice.act(&activity).await.refused(400);
        }
    }
}
