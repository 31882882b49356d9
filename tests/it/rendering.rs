//! Details of responses that clients expect from the reference server.

use serde_json::json;

use crate::support::{Request, TestServer, public};

on_every_backend!(
    embedded_replies_have_counts_and_liked_flag,
    feeds_of_a_foreign_id_object_use_its_uuid,
    non_list_collection_has_no_members_feed,
    profile_shows_whether_the_viewer_liked_or_shared_it,
    object_type_is_checked_before_the_id,
    webfinger_errors_are_pages_only_if_accepted,
    registration_with_credentials_needs_dialback,
);

async fn embedded_replies_have_counts_and_liked_flag(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let note = alice.note("Discuss", json!({ "to": [public()] })).await;
    let reply = |content: &str| {
        json!({
            "verb": "post",
            "object": { "objectType": "comment", "content": content, "inReplyTo": note },
        })
    };
    let first = bob.done(&reply("First")).await["object"].clone();
    let second = bob.done(&reply("Second")).await["object"].clone();
    bob.done(&json!({ "verb": "like", "object": first })).await;

    let shown = bob.get(note["id"].as_str().unwrap()).await.ok()["replies"]["items"].clone();
    assert_eq!(shown[0]["id"], second["id"], "newest first");
    assert_eq!(
        (&shown[0]["liked"], &shown[1]["liked"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(shown[1]["likes"]["totalItems"], 1);
    assert_eq!(shown[1]["replies"]["totalItems"], 0);
    assert_eq!(shown[1]["inReplyTo"]["author"]["id"], alice.person()["id"]);
    for items in [
        &shown,
        &bob.get(note["replies"]["url"].as_str().unwrap()).await.ok()["items"],
    ] {
        assert_eq!(items[1]["liked"], true);
        assert!(
            items[1].get("pump_io").is_none(),
            "Choqok takes that for a sign of a proxy"
        );
    }
}

async fn feeds_of_a_foreign_id_object_use_its_uuid(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let thing = json!({ "objectType": "note", "id": "urn:example:thing", "content": "Far" });
    alice
        .done(&json!({ "verb": "post", "object": thing, "to": [public()] }))
        .await;
    bob.done(&json!({ "verb": "like", "object": thing })).await;
    let likes = alice
        .get("/api/note/likes?id=urn%3Aexample%3Athing")
        .await
        .ok();
    let older = likes["links"]["prev"]["href"].as_str().unwrap();
    assert_eq!(older.matches(['?', '&']).count(), 1, "{older}");
    alice.get(older).await.ok();
    assert_eq!(
        alice.get(likes["url"].as_str().unwrap()).await.ok()["totalItems"],
        1
    );
}

async fn non_list_collection_has_no_members_feed(server: TestServer) {
    let alice = server.person("alice").await;
    for collection in [
        json!({ "objectType": "collection", "objectTypes": ["person"] }),
        json!({
            "objectType": "collection",
            "displayName": "Both",
            "objectTypes": ["person", "note"],
        }),
    ] {
        let made = alice
            .done(&json!({ "verb": "create", "object": collection }))
            .await;
        assert!(made["object"].get("members").is_none(), "{made}");
        let page = made["object"]["url"].as_str().unwrap();
        assert!(
            page.starts_with("http://pump.example/alice/collection/"),
            "{page}"
        );
    }
}

async fn profile_shows_whether_the_viewer_liked_or_shared_it(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.done(&json!({ "verb": "like", "object": alice.person() }))
        .await;
    let shown = bob.get("/api/user/alice/profile").await.ok();
    assert_eq!(
        (&shown["liked"], &shown["pump_io"]["shared"]),
        (&json!(true), &json!(false))
    );
}

async fn object_type_is_checked_before_the_id(server: TestServer) {
    let alice = server.person("alice").await;
    assert_eq!(
        alice.get("/api/nonsense").await.refused(404),
        "Unknown type: nonsense"
    );
    assert_eq!(alice.get("/api/note").await.refused(400), "'id' required");
}

async fn webfinger_errors_are_pages_only_if_accepted(server: TestServer) {
    for (accept, kind) in [
        ("text/html", "text/html; charset=utf-8"),
        ("*/*", "text/html; charset=utf-8"),
        ("application/json", "text/plain; charset=utf-8"),
    ] {
        let asked = Request::get("/.well-known/webfinger").header("accept", accept);
        let answer = server.send(asked).await.is(400);
        assert_eq!(answer.header("content-type"), kind, "{accept}");
    }
}

async fn registration_with_credentials_needs_dialback(server: TestServer) {
    let body = json!({ "type": "client_associate" });
    let asked = Request::post("/api/client/register").json(&body);
    let answer = server
        .send(asked.header("authorization", "Basic YTpi"))
        .await;
    assert_eq!(
        answer.is(401).text(),
        "Authorization scheme is not 'Dialback'"
    );
}
