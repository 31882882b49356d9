//! Bugs of the reference that must not occur here, by their number in pump-api 18.2.
//!
//! Some of these tests stand with what they are about.

use std::{fs, path::Path};

use hydraulics::{
    model::{Class, PUBLIC, Stream, Viewer},
    storage::{Change, Delivery, Duplicate},
};
use serde_json::{Value, json};

use crate::support::{PASSWORD, Request, Session, TestServer, about, comment_on, everyone, ids};

fn path(thing: &Value) -> String {
    thing["links"]["self"]["href"]
        .as_str()
        .expect("a link to itself")
        .to_owned()
}

async fn inbox_of(who: &Session) -> Vec<String> {
    who.ids("inbox").await
}

on_every_backend!(
    defect_1_timestamps_have_a_window_and_nonces_work_once,
    defect_4_actor_must_be_the_user,
    defect_5_update_does_not_change_the_author,
    defect_6_no_response_has_a_password_hash,
    defect_7_internal_keys_are_neither_stored_nor_shown,
    defect_8_unknown_cursor_among_users_is_refused,
    defect_9_address_without_mail_does_no_harm,
    defect_11_list_members_can_read_the_object,
    defect_12_malformed_activities_are_refused_with_a_reason,
    defect_13_double_delivery_leaves_one_entry,
    defect_17_header_is_spelt_rightly_too,
    defect_19_unreadable_object_takes_no_reply_like_or_share,
    defect_20_unlike_is_addressed_as_unfavorite,
    defect_21_acknowledged_post_is_in_every_inbox,
    defect_22_files_of_unknown_types_come_back,
);

async fn defect_1_timestamps_have_a_window_and_nonces_work_once(server: TestServer) {
    let alice = server.user("alice").await;
    let old = Request::get("/api/whoami")
        .timestamp(crate::support::NOW - 1000)
        .by(&alice);
    server.send(old).await.is(401);
    let twice = Request::get("/api/whoami").nonce("once").by(&alice);
    server.send(twice.clone()).await.is(302);
    server.send(twice).await.is(401);
}

async fn defect_4_actor_must_be_the_user(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let forged =
        json!({ "actor": bob.person(), "object": { "objectType": "note", "content": "x" } });
    assert_eq!(alice.act(&forged).await.refused(400), "Invalid actor");
    assert_eq!(
        alice
            .post(
                "/api/user/bob/feed",
                &json!({ "object": { "objectType": "note" } })
            )
            .await
            .refused(401),
        "Not authorized"
    );
}

async fn defect_5_update_does_not_change_the_author(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let note = alice.note("mine", everyone()).await;
    let update = json!({ "content": "still mine", "author": bob.person() });
    alice.put(&path(&note), &update).await.is(200);
    let read = bob.get(&path(&note)).await.ok();
    assert_eq!(
        (&read["author"]["id"], &read["content"]),
        (&json!(alice.id()), &json!("still mine"))
    );
}

async fn defect_6_no_response_has_a_password_hash(server: TestServer) {
    let alice = server.person("alice").await;
    let change = json!({ "nickname": "alice", "password": PASSWORD });
    for answer in [
        alice.get("/api/user/alice").await,
        alice.put("/api/user/alice", &change).await,
        alice.get("/api/users").await,
        server
            .send(Request::get("/oauth/authorize?oauth_token=x"))
            .await,
    ] {
        let text = answer.text();
        assert!(
            !text.contains("$argon2") && !text.contains("asswordHash"),
            "{text}"
        );
    }
}

async fn defect_7_internal_keys_are_neither_stored_nor_shown(server: TestServer) {
    let alice = server.person("alice").await;
    let note = json!({
        "objectType": "note",
        "content": "x",
        "_uuid": "mine",
        "tags": [{ "_slug": "x", "objectType": "hashtag" }],
    });
    let bto = json!([{ "objectType": "person", "id": "acct:secret@elsewhere.example" }]);
    let posted = alice
        .done(&json!({ "_secret": 1, "object": note, "to": everyone()["to"], "bto": bto }))
        .await;
    alice.done(&about("favorite", &posted["object"])).await;
    let bob = server.person("bob").await;
    let replies = format!("{}/replies", path(&posted["object"]));
    bob.done(&comment_on(&posted["object"], "so?")).await;
    for target in [
        &*path(&posted),
        &path(&posted["object"]),
        &replies,
        "/api/user/alice/feed",
        "/api/user/alice/favorites",
    ] {
        let text = bob.get(target).await.is(200).text();
        assert!(
            !text.contains("\"_") && !text.contains("secret@"),
            "{target}: {text}"
        );
    }
}

async fn defect_8_unknown_cursor_among_users_is_refused(server: TestServer) {
    let alice = server.person("alice").await;
    for argument in ["before", "since"] {
        alice
            .get(&format!("/api/users?{argument}=unknown"))
            .await
            .refused(400);
    }
    alice.get("/api/users").await.is(200);
}

async fn defect_9_address_without_mail_does_no_harm(server: TestServer) {
    let client = server.client().await;
    let account =
        json!({ "nickname": "alice", "password": PASSWORD, "email": "alice@mail.example" });
    server
        .send(Request::post("/api/users").json(&account).by(&client))
        .await
        .is(200);
    let bob = server.person("bob").await;
    let alice = json!([{ "objectType": "person", "id": "acct:alice@pump.example" }]);
    bob.note("hello", json!({ "to": alice })).await;
}

async fn defect_11_list_members_can_read_the_object(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let list =
        json!({ "objectType": "collection", "objectTypes": ["person"], "displayName": "Pals" });
    let list = alice
        .done(&json!({ "verb": "create", "object": list }))
        .await["object"]
        .take();
    alice
        .post(&format!("{}/members", path(&list)), &bob.person())
        .await
        .is(200);
    let note = alice
        .note(
            "pals",
            json!({ "to": [{ "objectType": "collection", "id": list["id"] }] }),
        )
        .await;
    bob.get(&path(&note)).await.is(200);
    let comment = bob.done(&comment_on(&note, "so?")).await;
    let replies = alice.get(&format!("{}/replies", path(&note))).await.ok();
    assert_eq!(
        ids(&replies),
        [comment["object"]["id"].as_str().expect("an id")]
    );
}

async fn defect_12_malformed_activities_are_refused_with_a_reason(server: TestServer) {
    let alice = server.person("alice").await;
    for body in [
        json!({ "to": "everyone", "object": { "objectType": "note" } }),
        json!({ "object": "note" }),
        json!({ "object": { "objectType": 7 } }),
        json!({ "object": { "objectType": "note" }, "to": [{ "id": "x" }] }),
        json!({ "verb": "follow" }),
        json!({ "verb": "add", "object": { "objectType": "note", "id": "urn:x" } }),
        json!({ "verb": "post" }),
        json!({ "verb": "noop" }),
        json!({ "verb": 3, "object": { "objectType": "note" } }),
    ] {
        let refusal = alice.act(&body).await.refused(400);
        assert!(
            !refusal.is_empty() && !refusal.contains(" at "),
            "{body}: {refusal}"
        );
    }
}

async fn defect_13_double_delivery_leaves_one_entry(server: TestServer) {
    let alice = server.person("alice").await;
    let bob = server.person("bob").await;
    let activity = alice
        .done(&json!({ "object": { "objectType": "note", "content": "x" }, "to": [bob.person()] }))
        .await;
    let id = activity["id"].as_str().expect("an id").to_owned();
    let before = inbox_of(&bob).await;
    let again = Change::Deliver(Delivery {
        activity: id.clone(),
        major: true,
        direct: vec![bob.id()],
        ..Delivery::default()
    });
    server.app.storage().commit(vec![again]).await.unwrap();
    let class = Some(Class {
        major: true,
        direct: true,
    });
    let push = Change::Push {
        stream: Stream::Inbox(bob.id()),
        item: id,
        class,
        duplicate: Duplicate::Ignore,
    };
    server.app.storage().commit(vec![push]).await.unwrap();
    assert_eq!(inbox_of(&bob).await, before);
}

async fn defect_17_header_is_spelt_rightly_too(server: TestServer) {
    let register =
        Request::post("/api/client/register").json(&json!({ "type": "client_associate" }));
    let answer = server
        .send(register.header("authorization", "Dialback x"))
        .await
        .is(401);
    assert_eq!(answer.header("www-authentication"), "Dialback");
    assert_eq!(answer.header("www-authenticate"), "Dialback");
    let unsigned = server
        .send(Request::post("/api/users").json(&json!({})))
        .await
        .is(400);
    assert_eq!(unsigned.header("www-authenticate"), "OAuth realm=\"OAuth\"");
}

async fn defect_19_unreadable_object_takes_no_reply_like_or_share(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let note = alice
        .note("secret", json!({ "to": [alice.person()] }))
        .await;
    for verb in ["like", "favorite", "share"] {
        bob.act(&about(verb, &note)).await.refused(403);
    }
    bob.act(&comment_on(&note, "so?")).await.refused(403);
}

async fn defect_20_unlike_is_addressed_as_unfavorite(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let note = alice.note("x", everyone()).await;
    let mut audiences = Vec::new();
    for (doing, undoing) in [("favorite", "unfavorite"), ("like", "unlike")] {
        bob.done(&about(doing, &note)).await;
        let undone = bob.done(&about(undoing, &note)).await;
        assert_eq!(undone["to"][0]["id"], PUBLIC);
        audiences.push((undone["to"].clone(), undone["cc"].clone()));
    }
    assert_eq!(audiences[0], audiences[1]);
}

async fn defect_21_acknowledged_post_is_in_every_inbox(server: TestServer) {
    let alice = server.person("alice").await;
    let mut followers = Vec::new();
    for name in ["bob", "carol", "dora"] {
        let follower = server.person(name).await;
        follower.follow(&alice).await;
        followers.push(follower);
    }
    let activity = alice
        .done(&json!({ "object": { "objectType": "note", "content": "x" } }))
        .await;
    for follower in &followers {
        assert_eq!(
            inbox_of(follower).await.first().map(String::as_str),
            activity["id"].as_str()
        );
    }
}

async fn defect_22_files_of_unknown_types_come_back(server: TestServer) {
    let alice = server.person("alice").await;
    let file = alice
        .request(
            "POST",
            "/api/user/alice/uploads",
            "application/x-thing",
            "bytes",
        )
        .await
        .ok();
    let url = file["fileUrl"]
        .as_str()
        .expect("a file has a URL")
        .to_owned();
    assert_eq!(alice.get(&url).await.is(200).text(), "bytes");
    alice
        .done(&json!({
            "verb": "post",
            "object": { "objectType": "file", "id": file["id"] },
            "to": everyone()["to"],
        }))
        .await;
    assert_eq!(
        server.person("bob").await.get(&url).await.is(200).text(),
        "bytes"
    );
    assert_eq!(
        server
            .app
            .storage()
            .readable(&[file["id"].as_str().expect("an id")], Viewer::Anonymous)
            .await
            .unwrap(),
        [true]
    );
}

/// The text of all sources below a folder.
fn sources(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap();
    let texts = entries.map(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path)
        } else {
            fs::read_to_string(path).unwrap()
        }
    });
    texts.collect()
}

#[test]
fn every_defect_has_a_test_with_its_number() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = ["tests/it", "src"]
        .map(|folder| sources(&root.join(folder)))
        .concat();
    let untested: Vec<u32> = (1..=22)
        .filter(|number| !sources.contains(&format!("fn defect_{number}_")))
        .collect();
    assert!(untested.is_empty(), "{untested:?}");
}
