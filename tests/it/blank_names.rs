//! Names without visible characters, which count as absent.

use serde_json::json;

use crate::support::{Request, TestServer, everyone};

/// Empty, or of nothing but blanks and invisible characters.
const BLANK: [&str; 4] = ["", " ", "\u{200b}", "\u{2800}\u{3164}\t"];

on_every_backend!(
    blank_object_names_are_left_out,
    blank_display_name_removes_the_name,
    blank_client_name_is_ignored,
);

async fn blank_object_names_are_left_out(server: TestServer) {
    let alice = server.person("alice").await;
    for blank in BLANK {
        for kind in ["note", "group", "collection"] {
            let object = json!({
                "objectType": kind, "displayName": blank, "content": "x", "objectTypes": ["person"],
                "tags": [{ "objectType": "hashtag", "displayName": blank }],
            });
            let mut activity = json!({ "verb": "create", "object": object, "displayName": blank });
            activity["to"] = everyone()["to"].clone();
            let done = alice.done(&activity).await;
            assert_eq!(done.get("displayName"), None, "{blank:?} of the activity");
            assert_eq!(
                done["object"].get("displayName"),
                None,
                "{blank:?} of a {kind}"
            );
            assert_eq!(
                done["object"]["tags"][0].get("displayName"),
                None,
                "{blank:?} of a tag"
            );
        }
    }
    let lists = alice.feed("lists/person").await;
    assert_eq!(lists["totalItems"], 4, "what has no name is no list");
}

async fn blank_display_name_removes_the_name(server: TestServer) {
    let alice = server.person("alice").await;
    let person = alice
        .put(
            "/api/user/alice/profile",
            &json!({ "displayName": "Alice" }),
        )
        .await
        .ok();
    assert_eq!(person["displayName"], "Alice");
    let person = alice
        .put(
            "/api/user/alice/profile",
            &json!({ "displayName": "\u{200b} " }),
        )
        .await
        .ok();
    assert_eq!(person.get("displayName"), None);
    let note = json!({ "objectType": "note", "displayName": "Title", "content": "x" });
    let note = alice.done(&json!({ "object": note })).await["object"].clone();
    let path = note["id"].as_str().unwrap();
    let changed = alice.put(path, &json!({ "displayName": " " })).await.ok();
    assert_eq!(
        (changed.get("displayName"), &changed["content"]),
        (None, &json!("x"))
    );
}

async fn blank_client_name_is_ignored(server: TestServer) {
    for blank in BLANK {
        let body = json!({ "type": "client_associate", "application_name": blank });
        server
            .send(Request::post("/api/client/register").json(&body))
            .await
            .ok();
    }
    let clients = server.app.storage().list_clients().await.unwrap();
    assert!(clients.iter().all(|client| client.name.is_none()));
}
