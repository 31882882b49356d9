//! Notes: how they come back, which feeds they are in, and how they are changed and deleted.

use serde_json::{Value, json};

use crate::support::{BASE, Request, TestServer, about, comment_on, everyone};

on_every_backend!(
    posted_note_is_returned_whole,
    inbox_separates_major_minor_and_direct,
    only_the_author_updates_and_fixed_properties_stay,
    deleted_object_leaves_a_tombstone,
    deleted_upload_is_not_listed,
);

async fn posted_note_is_returned_whole(server: TestServer) {
    let alice = server.person("alice").await;
    let content = "Grüße <b>an</b> alle 👩‍👩‍👧 \u{202e}rtl\u{202c} é \u{10FFFF}<script>x()</script>";
    let activity = alice
        .done(&json!({
            "object": { "objectType": "note", "content": content, "license": "CC0", "_secret": 1 },
            "title": "kept",
        }))
        .await;
    let note = &activity["object"];
    assert_eq!(
        note["content"],
        "Grüße <b>an</b> alle 👩‍👩‍👧 \u{202e}rtl\u{202c} é \u{10FFFF}"
    );
    assert_eq!(
        (&note["license"], &note["_secret"]),
        (&json!("CC0"), &Value::Null)
    );
    assert_eq!(
        (&activity["verb"], &activity["title"]),
        (&json!("post"), &json!("kept"))
    );
    assert_eq!(activity["actor"]["id"], alice.id());
    assert_eq!(activity["cc"][0]["id"], alice.followers()["id"]);
    assert_eq!(activity["cc"][0]["displayName"], "Followers");
    assert_eq!(activity["generator"]["displayName"], "app-of-alice");
    assert!(
        note.get("author").is_none(),
        "the author of a post is its actor"
    );
    assert_eq!(
        note["likes"],
        json!({ "url": format!("{}/likes", note["id"].as_str().unwrap()), "totalItems": 0 })
    );
    assert_eq!(
        (&note["liked"], &note["pump_io"]["shared"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(note["published"], "2027-01-15T08:00:00Z");
    let uuid = note["id"].as_str().unwrap().rsplit('/').next().unwrap();
    assert_eq!(uuid.len(), 22);
    assert_eq!(note["url"], format!("{BASE}/alice/note/{uuid}"));

    let read = alice.get(note["id"].as_str().unwrap()).await.ok();
    assert_eq!(
        (&read["content"], &read["author"]["id"]),
        (&note["content"], &json!(alice.id()))
    );
    assert_eq!(
        alice.get(activity["id"].as_str().unwrap()).await.ok()["object"]["id"],
        note["id"]
    );
}

async fn inbox_separates_major_minor_and_direct(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.follow(&alice).await;
    let open = alice.note("open", json!({})).await;
    let direct = alice.note("direct", json!({ "to": [bob.person()] })).await;
    let secret = alice.note("secret", json!({ "bcc": [bob.person()] })).await;
    alice.done(&about("like", &open)).await;

    let objects = |feed: Value| {
        feed["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|a| a["object"]["id"].clone())
            .collect::<Vec<_>>()
    };
    let major = objects(bob.feed("inbox/major").await);
    let (welcome, major) = major.split_last().unwrap();
    assert_eq!(
        major,
        [
            secret["id"].clone(),
            direct["id"].clone(),
            open["id"].clone()
        ]
    );
    let directly = [direct["id"].clone(), welcome.clone()];
    assert_eq!(objects(bob.feed("inbox/direct").await), directly);
    assert_eq!(objects(bob.feed("inbox/direct/major").await), directly);
    assert_eq!(bob.feed("inbox/direct/minor").await["totalItems"], 0);
    assert_eq!(
        bob.verbs("inbox/minor").await.first().map(String::as_str),
        Some("like"),
        "a like goes where the note went"
    );
    assert_eq!(
        alice.feed("inbox").await["totalItems"].as_u64().unwrap(),
        6 + 1 + 3 + 1,
        "own doings are in one's own inbox, each once"
    );
    let refused = alice
        .post(
            "/api/user/alice/feed/minor",
            &json!({ "object": { "objectType": "note", "content": "x" } }),
        )
        .await;
    assert_eq!(refused.refused(400), "Only minor activities to this feed.");
}

async fn only_the_author_updates_and_fixed_properties_stay(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let note = alice.note("first", everyone()).await;
    let id = note["id"].as_str().unwrap();
    server.clock.advance(60);
    let change = json!({
        "verb": "update",
        "object": {
            "id": id, "objectType": "note", "content": "second", "author": bob.person(),
            "published": "1999-01-01T00:00:00Z",
        },
    });
    assert_eq!(
        bob.act(&change).await.refused(400),
        format!("Can't update {id}: not author.")
    );
    let updated = alice.done(&change).await;
    assert_eq!(updated["to"][0]["id"], hydraulics::model::PUBLIC);
    let seen = bob.get(id).await.ok();
    assert_eq!(
        (&seen["content"], &seen["author"]["id"]),
        (&json!("second"), &json!(alice.id()))
    );
    assert_eq!(
        (&seen["published"], &seen["updated"]),
        (&note["published"], &json!("2027-01-15T08:01:00Z"))
    );

    bob.put(id, &json!({ "content": "mine" }))
        .await
        .refused(403);
    assert_eq!(
        alice.put(id, &json!({ "content": "third" })).await.ok()["content"],
        "third"
    );
    bob.delete(id).await.refused(403);
    assert_eq!(alice.get(id).await.ok()["content"], "third");
}

async fn deleted_object_leaves_a_tombstone(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.follow(&alice).await;
    let note = alice.note("oops", json!({})).await;
    let reply = bob.done(&comment_on(&note, "seen it")).await["object"].take();
    assert!(
        bob.act(&about("delete", &note))
            .await
            .refused(400)
            .ends_with("not author.")
    );
    let gone = alice.done(&about("delete", &note)).await;
    assert!(gone["object"]["deleted"].is_string() && gone["object"].get("content").is_none());
    let id = note["id"].as_str().unwrap();
    for path in ["", "/likes", "/replies", "/shares"] {
        assert_eq!(
            bob.get(&format!("{id}{path}")).await.refused(410),
            "Deleted"
        );
    }
    alice.act(&about("delete", &note)).await.refused(410);
    bob.act(&about("like", &note)).await.refused(410);
    bob.act(&comment_on(&note, "too late")).await.refused(410);
    let seen = bob.feed("inbox/major").await["items"][0].clone();
    assert_eq!(
        (&seen["verb"], &seen["object"]["id"]),
        (&json!("post"), &json!(id))
    );
    assert!(seen["object"]["deleted"].is_string() && seen["object"].get("content").is_none());

    let other = alice.note("stays", everyone()).await;
    let reply_here = bob.done(&comment_on(&other, "mine")).await["object"].take();
    assert_eq!(
        bob.delete(reply_here["id"].as_str().unwrap()).await.ok(),
        json!("Deleted")
    );
    assert_eq!(
        alice.get(other["id"].as_str().unwrap()).await.ok()["replies"]["totalItems"],
        0
    );
    assert!(bob.get(reply["id"].as_str().unwrap()).await.ok()["inReplyTo"]["deleted"].is_string());
}

async fn deleted_upload_is_not_listed(server: TestServer) {
    let alice = server.person("alice").await;
    let uploads = "/api/user/alice/uploads";
    let request = Request::post(uploads)
        .body("text/plain", "kept")
        .by(&alice.credentials);
    let upload = server.send(request).await.ok();
    assert_eq!(alice.ids("uploads").await, [upload["id"].as_str().unwrap()]);
    alice.done(&about("delete", &upload)).await;
    assert_eq!(alice.feed("uploads").await["totalItems"], 0);
}
