//! Forged and unasked-for activities: each is refused, and leaves no trace.

use serde_json::{Value, json};

use super::peer::Peer;
use crate::support::{Session, TestServer, addressed, public};

on_every_backend!(
    actor_of_another_is_refused,
    host_speaks_for_its_own_actors_only,
    activity_that_concerns_nobody_is_refused,
    malformed_activity_is_refused,
    thing_of_another_host_is_not_changed,
    thing_of_another_person_is_not_changed,
    embedded_things_of_others_are_only_named,
    id_that_is_taken_is_refused,
);

/// All that someone could see of a change.
async fn seen(alice: &Session) -> Value {
    let note = alice
        .get("/api/note?id=https://far.example/api/note/1")
        .await;
    json!({
        "inbox": alice.feed("inbox").await, "followers": alice.feed("followers").await,
        "note": note.text(), "users": alice.get("/api/users").await.text(),
    })
}

/// Delivers what is to be refused.
async fn refused(peer: &Peer, alice: &Session, activity: &Value) -> (u16, String) {
    let before = seen(alice).await;
    let answer = peer.deliver(alice, activity).await;
    let status = answer.status.as_u16();
    assert!((400..500).contains(&status), "{answer:?}");
    assert_eq!(seen(alice).await, before, "{activity}");
    // Signatures are refused in plain text.
    let is_json = answer
        .header("content-type")
        .starts_with("application/json");
    let words = if is_json {
        answer.error()
    } else {
        answer.text()
    };
    (status, words)
}

/// A post for someone.
fn post_to(peer: &Peer, name: &str, alice: &Session) -> Value {
    addressed(peer.post(name), &json!({ "to": [alice.person()] }))
}

async fn actor_of_another_is_refused(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let zed = Peer::person(&server, "zed").await;
    let yan = Peer::person(&server, "yan").await;
    let post = post_to(&yan, "1", &alice);
    assert_eq!(
        refused(&zed, &alice, &post).await,
        (
            400,
            "Actor is invalid since acct:yan@far.example is not acct:zed@far.example".into()
        )
    );
    for actor in [
        bob.person(),
        alice.person(),
        json!({ "objectType": "person", "id": "http://PUMP.example/bob" }),
        json!({ "objectType": "person", "id": "bob@pump.example" }),
        json!({ "objectType": "person", "id": "urn:uuid:1" }),
        json!({ "objectType": "person" }),
        json!({ "objectType": "person", "id": 5 }),
        json!([zed.reference()]),
        Value::Null,
    ] {
        let mut post = post_to(&zed, "1", &alice);
        post["actor"] = actor;
        assert_eq!(refused(&zed, &alice, &post).await.0, 400);
        let host = zed.by_host("far.example").await;
        assert_eq!(refused(&host, &alice, &post).await.0, 400);
    }
    // Other spellings of the person are the person.
    let mut post = post_to(&zed, "1", &alice);
    post["actor"] = json!("ACCT:zed@FAR.example:443");
    zed.deliver(&alice, &post).await.ok();
}

async fn host_speaks_for_its_own_actors_only(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    let post = post_to(&zed, "1", &alice);
    for host in [
        "evil.example",
        "sub.far.example",
        "far.example:8080",
        "pump.example",
    ] {
        refused(&zed.by_host(host).await, &alice, &post).await;
    }
    zed.by_host("far.example")
        .await
        .deliver(&alice, &post)
        .await
        .ok();
}

async fn activity_that_concerns_nobody_is_refused(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let zed = Peer::person(&server, "zed").await;
    assert_eq!(refused(&zed, &alice, &zed.post("1")).await.0, 400);
    let to_bob = addressed(zed.post("1"), &json!({ "to": [bob.person()] }));
    assert_eq!(refused(&zed, &alice, &to_bob).await.0, 400);
    let other = Peer::at(&server, "yan", "third.example").await;
    let share = addressed(
        zed.activity("2", "share", &other.note("1")),
        &json!({ "to": [public()] }),
    );
    assert_eq!(refused(&zed, &alice, &share).await.0, 400);
}

async fn malformed_activity_is_refused(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    let many: Vec<Value> = (0..201)
        .map(|n| json!({ "objectType": "person", "id": format!("acct:p{n}@far.example") }))
        .chain([alice.person()])
        .collect();
    for (key, value) in [
        ("verb", json!("")),
        ("verb", json!(5)),
        ("verb", json!("x".repeat(300))),
        ("id", json!("https://third.example/api/activity/1")),
        ("id", json!("http://pump.example/api/activity/1")),
        ("id", json!("a\nb")),
        ("object", Value::Null),
        ("object", json!(5)),
        (
            "object",
            json!({ "objectType": "note", "content": "no id" }),
        ),
        (
            "object",
            json!({ "objectType": "note", "id": "x".repeat(3000) }),
        ),
        ("object", json!({ "objectType": "person", "id": "acct:" })),
        ("to", many.into()),
    ] {
        let mut post = post_to(&zed, "1", &alice);
        post[key] = value;
        assert_eq!(
            refused(&zed, &alice, &post).await.0,
            400,
            "{key}: {}",
            post[key]
        );
    }
    let mut post = post_to(&zed, "1", &alice);
    post["object"]["content"] = "x".repeat(200_000).into();
    assert_eq!(refused(&zed, &alice, &post).await.0, 413);
}

async fn thing_of_another_host_is_not_changed(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let zed = Peer::person(&server, "zed").await;
    let eve = Peer::at(&server, "eve", "evil.example").await;
    zed.is_followed_by(&alice).await;
    eve.is_followed_by(&alice).await;
    zed.deliver(&alice, &zed.post("1")).await.ok();
    let note = bob.note("mine", json!({ "to": [public()] })).await;
    for verb in ["update", "delete"] {
        for id in [
            note["id"].clone(),
            zed.note("1")["id"].clone(),
            bob.id().into(),
        ] {
            let object = json!({ "objectType": "note", "id": id, "content": "evil",
                                 "updated": "2027-01-15T07:30:00Z" });
            let change = eve.activity("2", verb, &object);
            assert_eq!(refused(&eve, &alice, &change).await.0, 400, "{verb} {id}");
        }
        // Nor is there a way by what is not known yet.
        let object =
            json!({ "objectType": "note", "id": zed.url("api/note/9"), "content": "evil" });
        let change = eve.activity("3", verb, &object);
        assert_eq!(refused(&eve, &alice, &change).await.0, 400);
    }
    assert_eq!(
        alice.get(note["id"].as_str().unwrap()).await.ok()["content"],
        "mine"
    );
}

/// Asserts that somebody sees the first note of a peer as that wrote it, and returns it.
async fn sees_note_of_its_author(reader: &Session, author: &Peer) -> Value {
    let path = format!("/api/note?id={}", author.url("api/note/1"));
    let note = reader.get(&path).await.ok();
    let seen = (&note["content"], &note["author"]["id"]);
    assert_eq!(seen, (&json!("<p>1</p>"), &json!(author.id())));
    note
}

async fn thing_of_another_person_is_not_changed(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    let yan = Peer::person(&server, "yan").await;
    zed.is_followed_by(&alice).await;
    yan.is_followed_by(&alice).await;
    zed.deliver(&alice, &zed.post("1")).await.ok();
    for (number, object) in [zed.note("1"), zed.profile()].into_iter().enumerate() {
        for verb in ["update", "delete"] {
            let mut object = object.clone();
            object["updated"] = "2027-01-15T07:30:00Z".into();
            object["displayName"] = "evil".into();
            let change = yan.activity(&format!("{verb}{number}"), verb, &object);
            assert_eq!(refused(&yan, &alice, &change).await.0, 400);
        }
    }
    // A post of it names it, and that is all.
    let mut note = zed.note("1");
    note["content"] = "evil".into();
    note["updated"] = "2027-01-15T07:30:00Z".into();
    let post = addressed(
        yan.activity("5", "post", &note),
        &json!({ "to": [public()] }),
    );
    yan.deliver(&alice, &post).await.ok();
    sees_note_of_its_author(&alice, &zed).await;
}

async fn embedded_things_of_others_are_only_named(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let zed = Peer::person(&server, "zed").await;
    let third = Peer::at(&server, "tom", "third.example").await;
    zed.is_followed_by(&alice).await;
    let mut note = third.note("1");
    note["content"] = "put into their mouth".into();
    let share = addressed(
        zed.activity("1", "share", &note),
        &json!({ "to": [public()] }),
    );
    let stored = zed.deliver(&alice, &share).await.ok();
    assert!(!stored.to_string().contains("mouth"), "{stored}");
    let mut like = zed.activity("2", "like", &bob.person());
    like["object"]["displayName"] = "Evil".into();
    zed.deliver(&alice, &like).await.ok();
    assert_eq!(bob.feed("profile").await["displayName"], "bob");
    // When it comes from there, it is theirs.
    third.is_followed_by(&alice).await;
    third.deliver(&alice, &third.post("1")).await.ok();
    let note = sees_note_of_its_author(&bob, &third).await;
    assert_eq!(note["shares"]["totalItems"], 1);
}

async fn id_that_is_taken_is_refused(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    let yan = Peer::person(&server, "yan").await;
    zed.is_followed_by(&alice).await;
    yan.is_followed_by(&alice).await;
    zed.deliver(&alice, &zed.post("1")).await.ok();
    let mut post = yan.post("2");
    for taken in [zed.post("1")["id"].clone(), zed.note("1")["id"].clone()] {
        post["id"] = taken;
        assert_eq!(refused(&yan, &alice, &post).await.0, 400);
    }
    let urn = json!({ "objectType": "note", "id": "urn:x:1", "content": "mine" });
    let bob = server.person("bob").await;
    bob.done(&json!({ "object": urn, "to": [public()] })).await;
    let mut post = zed.post("3");
    post["object"]["id"] = "urn:x:1".into();
    assert_eq!(refused(&zed, &alice, &post).await.0, 400);
    let note = alice.get("/api/note?id=urn:x:1").await.ok();
    assert_eq!(
        (&note["content"], &note["author"]["id"]),
        (&json!("mine"), &json!(bob.id()))
    );
}
