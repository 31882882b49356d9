//! Effects, errors and summaries of each verb (pump-api 7.1, 7.6, 7.7, 8, 10.8).

use serde_json::{Value, json};

use crate::support::{BASE, Session, TestServer, about, id, named, public};

fn by_id(object_type: &str, feed: &str, id: &str) -> String {
    format!(
        "/api/{object_type}{feed}?id={}",
        hydraulics::model::Urls::encode(id)
    )
}

/// Whether the newest thing someone did is filed as major.
async fn is_major(who: &Session, activity: &Value) -> bool {
    let newest = async |feed: &str| who.ids(feed).await.first().cloned();
    let major = newest("feed/major").await.as_deref() == Some(id(activity));
    let minor = newest("feed/minor").await.as_deref() == Some(id(activity));
    assert_ne!(major, minor);
    major
}

on_every_backend!(
    verbs_without_effects_are_stored_and_delivered,
    major_classification_matches_the_reference,
    unknown_types_are_kept_and_served_under_other,
    object_with_a_custom_id_is_found_by_id_and_uuid,
    each_verb_has_its_known_error_messages,
    add_to_a_remote_collection_has_no_effect,
);

async fn verbs_without_effects_are_stored_and_delivered(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let note = alice.note("x", json!({ "to": [public()] })).await;
    let before = alice.get(id(&note)).await.ok();
    for (verb, told) in [
        ("dislike", "disliked"),
        ("play", "played"),
        ("read", "read"),
        ("rsvp-yes", "will attend"),
        ("rsvp-no", "will not attend"),
        ("rsvp-maybe", "may attend"),
        ("checkin", "checked into"),
        ("consume", "consumed"),
        ("deny", "denied"),
        ("unheard-of", "unheard-ofed"),
        ("http://example.com/verbs/frobnicate", "did something to"),
        ("POST", "POSTed"),
    ] {
        let done = bob.done(&about(verb, &note)).await;
        assert_eq!(done["verb"], verb);
        let url = note["url"].as_str().unwrap();
        assert_eq!(
            done["content"],
            format!("<a href='{BASE}/bob'>bob</a> {told} <a href='{url}'>a note</a>")
        );
        assert_eq!(is_major(&bob, &done).await, verb == "checkin", "{verb}");
    }
    assert_eq!(alice.get(id(&note)).await.ok(), before);
    for verb in ["dislike", "rsvp-yes", "unheard-of"] {
        bob.act(&about(
            verb,
            &alice.note("mine", json!({ "to": [alice.person()] })).await,
        ))
        .await
        .refused(403);
    }
}

async fn major_classification_matches_the_reference(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note("x", json!({})).await;
    let list = json!({ "objectType": "collection", "objectTypes": ["person"], "displayName": "L" });
    for (activity, major) in [
        (json!({ "object": { "objectType": "note" } }), true),
        (
            json!({ "verb": "create", "object": { "objectType": "image" } }),
            true,
        ),
        (
            json!({ "object": { "objectType": "http://example.com/type" } }),
            true,
        ),
        (json!({ "object": {} }), true),
        (
            json!({ "object": { "objectType": "comment", "inReplyTo": named(&note) } }),
            false,
        ),
        (json!({ "verb": "create", "object": list }), false),
        (about("share", &note), true),
        (about("unshare", &note), false),
        (about("like", &note), false),
        (
            json!({
                "verb": "update",
                "object": { "objectType": "note", "id": note["id"], "content": "y" },
            }),
            false,
        ),
        (about("delete", &note), false),
        (
            json!({ "verb": "checkin", "object": { "objectType": "place" } }),
            true,
        ),
    ] {
        let done = alice.done(&activity).await;
        assert_eq!(is_major(&alice, &done).await, major, "{activity}");
    }
}

async fn unknown_types_are_kept_and_served_under_other(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    for kind in [
        json!("http://example.com/types/recipe"),
        json!("Note"),
        json!("recipe"),
        Value::Null,
    ] {
        let posted = alice
            .done(&json!({
                "object": { "objectType": kind, "displayName": "Soup" },
                "to": [public()],
            }))
            .await;
        let object = &posted["object"];
        let expected = if kind.is_null() {
            json!("other")
        } else {
            kind.clone()
        };
        assert_eq!(object["objectType"], expected);
        let uuid = id(object)
            .strip_prefix(&format!("{BASE}/api/other/"))
            .unwrap();
        assert_eq!(object["url"], format!("{BASE}/alice/other/{uuid}"));
        assert_eq!(bob.get(id(object)).await.ok()["displayName"], "Soup");
        bob.done(&about("like", object)).await;
        assert_eq!(
            alice.get(&format!("{}/likes", id(object))).await.ok()["totalItems"],
            1
        );
        assert_eq!(
            alice
                .put(id(object), &json!({ "displayName": "Stew" }))
                .await
                .ok()["objectType"],
            expected
        );
        assert_eq!(alice.delete(id(object)).await.ok(), json!("Deleted"));
    }
    assert_eq!(
        alice.get("/api/recipe/x").await.refused(404),
        "Unknown type: recipe"
    );
}

async fn object_with_a_custom_id_is_found_by_id_and_uuid(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let own = "tag:pump.example,2027:a note/with & signs?";
    let posted = alice
        .done(&json!({
            "object": { "objectType": "note", "id": own, "content": "x" },
            "to": [public()],
        }))
        .await;
    let note = &posted["object"];
    assert_eq!(
        (id(note), &note["links"]["self"]["href"]),
        (own, &json!(format!("{BASE}{}", by_id("note", "", own))))
    );
    for feed in ["likes", "replies", "shares"] {
        assert_eq!(
            note[feed]["url"],
            format!("{BASE}{}", by_id("note", &format!("/{feed}"), own))
        );
    }
    let uuid = note["url"].as_str().unwrap().rsplit('/').next().unwrap();
    let seen = bob.get(&by_id("note", "", own)).await.ok();
    assert_eq!(seen, bob.get(&format!("/api/note/{uuid}")).await.ok());
    bob.done(&about("like", note)).await;
    bob.done(&about("share", note)).await;
    bob.done(
        &json!({ "object": { "objectType": "comment", "content": "y", "inReplyTo": named(note) } }),
    )
    .await;
    for feed in ["likes", "replies", "shares"] {
        let by_id = alice
            .get(&by_id("note", &format!("/{feed}"), own))
            .await
            .ok();
        assert_eq!(by_id["totalItems"], 1, "{feed}");
        assert_eq!(
            alice.get(&format!("/api/note/{uuid}/{feed}")).await.ok()["items"],
            by_id["items"]
        );
    }
    assert_eq!(bob.get("/api/note").await.refused(400), "'id' required");
    assert_eq!(
        bob.get(&by_id("note", "", "none")).await.refused(404),
        "Can't find a note with ID = none"
    );
    assert_eq!(
        bob.get(&by_id("image", "", own)).await.refused(404),
        format!("Can't find a image with ID = {own}")
    );
    assert_eq!(
        bob.get(&by_id("thing", "", own)).await.refused(404),
        "Unknown type: thing"
    );
    assert_eq!(
        bob.act(&json!({ "object": { "objectType": "note", "id": own, "content": "mine" } }))
            .await
            .refused(400),
        "Already posted"
    );
    alice.done(&about("delete", note)).await;
    bob.get(&by_id("note", "", own)).await.refused(410);
    bob.get(&by_id("note", "/likes", own)).await.refused(410);
}

async fn each_verb_has_its_known_error_messages(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let note = bob.note("x", json!({ "to": [public()] })).await;
    let (alice_id, note_id) = (alice.id(), id(&note).to_owned());
    let list = alice.feed("lists/person").await["items"][0].clone();
    let of_bob = bob.feed("lists/person").await["items"][0].clone();
    bob.follow(&alice).await;
    let moved = |verb: &str, object: &Value, target: &Value| {
        json!({
            "verb": verb,
            "object": named(object),
            "target": named(target),
        })
    };
    alice.follow(&bob).await;
    for (activity, message) in [
        (about("post", &note), "Already posted".to_owned()),
        (
            about("update", &note),
            format!("Can't update {note_id}: not author."),
        ),
        (
            about("delete", &note),
            format!("Can't delete {note_id}: not author."),
        ),
        (
            about("follow", &bob.person()),
            format!("Already have a(n) 'edge' with id '{alice_id}→{}'", bob.id()),
        ),
        (
            about("stop-following", &alice.person()),
            format!("No such 'edge' with id '{alice_id}→{alice_id}'"),
        ),
        (
            about("unfavorite", &note),
            format!("No such 'favorite' with id '{alice_id}♥{note_id}'"),
        ),
        (
            about("unlike", &note),
            format!("No such 'favorite' with id '{alice_id}♥{note_id}'"),
        ),
        (
            about("unshare", &note),
            format!("No such 'share' with id '{alice_id}♻{note_id}'"),
        ),
        (
            moved("add", &bob.person(), &of_bob),
            format!("Can't add to {}: not author.", id(&of_bob)),
        ),
        (
            moved("add", &note, &list),
            format!("Can't add to {}: incorrect type.", id(&list)),
        ),
        (
            moved("add", &bob.person(), &note),
            format!("Can't add to {note_id}: don't know how to add to type 'note'"),
        ),
        (
            moved("remove", &bob.person(), &of_bob),
            format!("Can't remove from {}: not author.", id(&of_bob)),
        ),
        (
            moved("remove", &note, &list),
            format!("Can't remove from {}: incorrect type.", id(&list)),
        ),
        (
            moved("remove", &bob.person(), &list),
            format!(
                "id '{}' not found in stream 'collection:{}'",
                json!({ "id": bob.id(), "objectType": "person" }),
                id(&list)
            ),
        ),
    ] {
        assert_eq!(
            alice.act(&activity).await.refused(400),
            message,
            "{activity}"
        );
    }
    for spelling in ["favorite", "like"] {
        if spelling == "like" {
            assert_eq!(
                alice.act(&about(spelling, &note)).await.refused(400),
                format!("Already have a(n) 'favorite' with id '{alice_id}♥{note_id}'")
            );
        } else {
            alice.done(&about(spelling, &note)).await;
        }
    }
}

async fn add_to_a_remote_collection_has_no_effect(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let plain = alice
        .done(&json!({ "object": { "objectType": "collection", "displayName": "Plain" } }))
        .await["object"]
        .take();
    let foreign = json!({ "objectType": "collection", "id": "http://elsewhere.example/list" });
    for target in [named(&plain), foreign] {
        for verb in ["add", "remove"] {
            let done = alice
                .done(&json!({ "verb": verb, "object": bob.person(), "target": target }))
                .await;
            assert_eq!(done["target"]["id"], target["id"]);
        }
    }
    assert_eq!(
        alice.get(&format!("{}/members", id(&plain))).await.ok()["totalItems"],
        0
    );
}
