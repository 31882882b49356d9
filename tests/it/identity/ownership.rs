//! Claims of ids that belong to other hosts, clients or persons.

use hydraulics::{
    model::{Object, Urls},
    storage::{Change, Expect},
};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use uuid::Uuid;

use crate::support::{BASE, Session, TestServer, public};

/// The id of the object that stands for a client.
fn generator_of(who: &Session) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&Sha1::digest(&who.credentials.key)[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x50;
    bytes[8] = bytes[8] & 0x3f | 0xa0;
    Uuid::from_bytes(bytes).urn().to_string()
}

/// With what someone posts, by name.
async fn posted_with(who: &Session) -> Value {
    let done = who
        .done(&json!({ "object": { "objectType": "note", "content": "x" }, "to": [public()] }))
        .await;
    assert_eq!(done["generator"]["id"], generator_of(who));
    done["generator"]["displayName"].clone()
}

on_every_backend!(
    custom_id_of_another_host_is_refused,
    generator_id_belongs_to_its_client,
    claimed_generator_id_is_returned_to_its_client,
    remote_person_keeps_type_whatever_named_first,
    recipients_without_a_host_are_refused,
);

async fn custom_id_of_another_host_is_refused(server: TestServer) {
    let alice = server.person("alice").await;
    let derived = generator_of(&alice);
    let loud = derived.to_uppercase();
    for id in [
        "http://far.example/api/user/zed/profile",
        "HTTPS://Far.example/1",
        "acct:zed@far.example",
        "ACCT:zed@far.example",
        "zed@far.example",
        "tag:far.example,2027:1",
        "bob",
        "javascript:x",
        "http://PUMP.example:80/api/note/1",
        &derived,
        &loud,
    ] {
        for kind in ["note", "group", "collection"] {
            for verb in ["post", "create"] {
                let object = json!({ "objectType": kind, "id": id, "content": "mine" });
                alice
                    .act(&json!({ "verb": verb, "object": object, "to": [public()] }))
                    .await
                    .refused(400);
            }
        }
    }
    for id in [
        "urn:example:1",
        "tag:pump.example,2027:1",
        "urn:uuid:f481d2dc-0721-4119-a0a9-58b6f083836e",
    ] {
        let object = json!({ "objectType": "note", "id": id, "content": "mine" });
        assert_eq!(
            alice.done(&json!({ "object": object })).await["object"]["id"],
            id
        );
    }
}

async fn generator_id_belongs_to_its_client(server: TestServer) {
    let (alice, mallory) = (server.person("alice").await, server.person("mallory").await);
    let id = generator_of(&alice);
    for kind in ["application", "note", "service"] {
        let claim = json!({ "objectType": kind, "id": id, "displayName": "Mallory's" });
        for verb in ["post", "like", "follow", "share", "ping"] {
            mallory
                .act(&json!({ "verb": verb, "object": claim }))
                .await
                .refused(400);
        }
        mallory
            .act(&json!({ "object": { "objectType": "note" }, "to": [claim] }))
            .await
            .refused(400);
    }
    assert_eq!(posted_with(&alice).await, "app-of-alice");
    mallory
        .done(&json!({ "verb": "like", "object": { "objectType": "application", "id": id } }))
        .await;
}

async fn claimed_generator_id_is_returned_to_its_client(server: TestServer) {
    let (alice, mallory) = (server.person("alice").await, server.person("mallory").await);
    let said = json!({ "displayName": "Mallory's" })
        .as_object()
        .cloned()
        .unwrap();
    let mut claimed = Object::new("note", generator_of(&alice), "claimed", said);
    claimed.author = Some(mallory.id());
    let put = Change::PutObject {
        object: claimed,
        expect: Expect::Absent,
    };
    server.app.storage().commit(vec![put]).await.unwrap();
    for _ in 0..2 {
        assert_eq!(posted_with(&alice).await, "app-of-alice");
    }
    let change =
        json!({ "objectType": "application", "id": generator_of(&alice), "displayName": "Mine" });
    mallory
        .act(&json!({ "verb": "update", "object": change }))
        .await
        .refused(400);
}

async fn remote_person_keeps_type_whatever_named_first(server: TestServer) {
    let (alice, mallory) = (server.person("alice").await, server.person("mallory").await);
    for (n, id) in ["acct:zoe@far.example", "acct:zed@far.example"]
        .into_iter()
        .enumerate()
    {
        let zed = json!({ "objectType": "person", "id": id });
        for kind in ["note", "group", "service"] {
            let other = json!({ "objectType": kind, "id": id });
            mallory
                .act(&json!({ "verb": "like", "object": other }))
                .await;
        }
        let sent = alice
            .done(&json!({ "object": { "objectType": "note", "content": "hi" }, "to": [zed] }))
            .await;
        assert_eq!(
            (&sent["to"][0]["id"], &sent["to"][0]["objectType"]),
            (&zed["id"], &zed["objectType"])
        );
        alice
            .done(&json!({ "verb": "follow", "object": zed }))
            .await;
        mallory
            .act(&json!({ "verb": "share", "object": { "objectType": "group", "id": id } }))
            .await;
        let following = alice.feed("following").await;
        assert_eq!(
            (
                &following["totalItems"],
                &following["items"][0]["objectType"]
            ),
            (&json!(n + 1), &json!("person"))
        );
        let by_id = format!("/api/person?id={}", Urls::encode(id));
        assert_eq!(
            alice.get(&by_id).await.ok()["links"]["self"]["href"],
            format!("{BASE}{by_id}")
        );
    }
}

async fn recipients_without_a_host_are_refused(server: TestServer) {
    let alice = server.person("alice").await;
    for id in [
        "bob",
        "acct:bob",
        "acct:@far.example",
        "acct:zed@",
        "urn:x",
        "http:",
        "far.example/zed",
        "javascript:x@y",
    ] {
        for kind in ["person", "group", "collection"] {
            let nobody = json!({ "objectType": kind, "id": id });
            for to in ["to", "cc", "bto", "bcc"] {
                alice
                    .act(&json!({ "object": { "objectType": "note" }, to: [nobody] }))
                    .await
                    .refused(400);
            }
            alice
                .act(&json!({ "verb": "follow", "object": nobody }))
                .await
                .refused(400);
        }
    }
}
