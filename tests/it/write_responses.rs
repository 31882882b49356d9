//! Responses to writes equal the later read.

use serde_json::{Value, json};

use crate::support::{Backend, Session, TestServer, about, named, person_list, public};

/// Does something, and reads what was done, byte for byte the same.
async fn does(who: &Session, activity: &Value) -> Value {
    let answer = who.act(activity).await;
    let done = answer.json();
    assert_eq!(answer.status, 200, "{done}");
    let read = who.get(done["id"].as_str().unwrap()).await;
    assert_eq!(read.text(), answer.text(), "{activity}");
    done
}

fn post(object: &Value) -> Value {
    json!({ "verb": "post", "object": object, "to": [public()] })
}

async fn posted_note(who: &Session, content: &str) -> Value {
    let note = json!({ "objectType": "note", "content": content });
    does(who, &post(&note)).await["object"].clone()
}

async fn list(who: &Session, name: &str) -> Value {
    does(who, &person_list(name)).await["object"].clone()
}

on_every_backend!(
    post_response_equals_the_later_read,
    reply_response_equals_the_later_read,
    response_to_an_action_equals_the_later_read,
    response_to_an_add_equals_the_later_read,
    response_includes_concurrent_changes,
);

async fn post_response_equals_the_later_read(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.follow(&alice).await;
    for object in [
        json!({
            "objectType": "note",
            "content": "<p>One & <b>two</b>\u{1f600}</p>",
            "x": [1.0, 1e300, null],
        }),
        json!({ "objectType": "note", "displayName": "\"", "location": { "displayName": "Here" } }),
        json!({ "objectType": "note", "id": "urn:example:own", "content": "Of its own name" }),
        json!({ "objectType": "unheard-of", "tags": [alice.person(), bob.person()] }),
        json!({ "objectType": "group", "displayName": "Plumbers" }),
        json!({ "objectType": "image", "image": { "url": "https://far.example/x.png" } }),
        json!({}),
    ] {
        does(&alice, &post(&object)).await;
    }
    let note = json!({ "objectType": "note", "content": "x" });
    for to in [
        json!({}),
        json!({ "to": [alice.followers()], "cc": [public()] }),
        json!({
            "to": [bob.person(), alice.person()],
            "bto": [bob.person()],
            "bcc": [alice.followers()],
        }),
        json!({ "to": [{ "objectType": "person", "id": "acct:far@far.example" }] }),
    ] {
        let mut activity = to;
        activity["object"] = note.clone();
        does(&alice, &activity).await;
        does(&alice, &activity).await;
    }
}

async fn reply_response_equals_the_later_read(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let note = posted_note(&alice, "First").await;
    let comment =
        json!({ "objectType": "comment", "content": "Second", "inReplyTo": named(&note) });
    let second = does(&bob, &json!({ "object": comment })).await["object"].clone();
    let comment =
        json!({ "objectType": "comment", "content": "Third", "inReplyTo": named(&second) });
    does(&alice, &json!({ "object": comment })).await;
    let secret = alice
        .note("Secret", json!({ "to": [alice.followers()] }))
        .await;
    bob.act(&json!({ "object": { "objectType": "comment", "inReplyTo": named(&secret) } }))
        .await
        .refused(403);
}

async fn response_to_an_action_equals_the_later_read(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let note = posted_note(&alice, "x").await;
    for verb in ["like", "share", "play", "unlike", "unshare"] {
        for who in [&bob, &alice] {
            does(who, &about(verb, &note)).await;
        }
    }
    for verb in ["follow", "stop-following"] {
        does(&bob, &about(verb, &alice.person())).await;
    }
    let far = json!({ "objectType": "note", "id": "http://far.example/note/1" });
    for verb in ["like", "share"] {
        does(&bob, &about(verb, &far)).await;
    }
    let changed = json!({ "objectType": "note", "id": note["id"], "content": "y" });
    does(&alice, &json!({ "verb": "update", "object": changed })).await;
    let me = json!({ "objectType": "person", "id": alice.id(), "displayName": "Alice L." });
    does(&alice, &json!({ "verb": "update", "object": me })).await;
    does(
        &alice,
        &post(&json!({ "objectType": "note", "content": "By my new name" })),
    )
    .await;
    does(&alice, &about("delete", &note)).await;
}

async fn response_to_an_add_equals_the_later_read(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let friends = list(&alice, "Good friends").await;
    let group = json!({ "objectType": "group", "displayName": "Plumbers" });
    let group = does(
        &alice,
        &json!({ "verb": "create", "object": group, "cc": [public()] }),
    )
    .await["object"]
        .clone();
    for (who, verb) in [(&alice, "join"), (&bob, "join")] {
        does(who, &about(verb, &group)).await;
    }
    let note = does(
        &alice,
        &json!({
            "verb": "post",
            "object": { "objectType": "note", "content": "x" },
            "target": named(&group),
        }),
    )
    .await["object"]
        .clone();
    for verb in ["add", "remove"] {
        does(
            &alice,
            &json!({ "verb": verb, "object": bob.person(), "target": named(&friends) }),
        )
        .await;
    }
    does(
        &alice,
        &json!({ "verb": "remove", "object": named(&note), "target": named(&group) }),
    )
    .await;
    does(
        &alice,
        &json!({ "object": { "objectType": "note" }, "to": [named(&friends), named(&group)] }),
    )
    .await;
}

async fn response_includes_concurrent_changes(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let note = posted_note(&alice, "x").await;
    let comment = |text: &str| {
        json!({
            "object": { "objectType": "comment", "content": text, "inReplyTo": named(&note) },
        })
    };
    does(&bob, &comment("before")).await;
    let other = server.again(|_| {});
    let elsewhere = Session {
        server: other,
        ..alice.clone()
    };
    let changed = json!({ "objectType": "note", "id": note["id"], "displayName": "Renamed" });
    elsewhere
        .done(&json!({ "verb": "update", "object": changed }))
        .await;
    let said = does(&bob, &comment("after")).await;
    assert!(
        said["content"].as_str().unwrap().contains("Renamed"),
        "{said}"
    );
    assert_eq!(said["object"]["inReplyTo"]["displayName"], "Renamed");
    let me = json!({ "objectType": "person", "id": bob.id(), "displayName": "Bob B." });
    bob.done(&json!({ "verb": "update", "object": me })).await;
    let said = does(&bob, &comment("at last")).await;
    assert!(
        said["content"].as_str().unwrap().contains("Bob B."),
        "{said}"
    );
}

#[tokio::test]
async fn response_includes_changes_of_other_nodes() {
    let [here, there] = TestServer::two(Backend::Postgres, |_| ()).await;
    let alice = here.person("alice").await;
    let elsewhere = Session {
        server: there,
        ..alice.clone()
    };
    let note = || post(&json!({ "objectType": "note", "content": "x" }));
    for name in ["One", "Two", "Three"] {
        let me = json!({ "objectType": "person", "id": alice.id(), "displayName": name });
        does(&elsewhere, &json!({ "verb": "update", "object": me })).await;
        let said = does(&alice, &note()).await;
        assert_eq!(said["actor"]["displayName"], name);
        assert!(said["content"].as_str().unwrap().contains(name), "{said}");
    }
}
