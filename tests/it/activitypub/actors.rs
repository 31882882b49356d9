//! Actors: people, and the server itself.

use serde_json::{Value, json};

use super::{ACTIVITY, LD, document, read};
use crate::support::{BASE, Request, TestServer, everyone};

const ALICE: &str = "http://pump.example/api/user/alice/profile";

on_every_backend!(
    person_is_an_actor_that_all_peers_can_read,
    profile_and_page_give_the_same_actor,
    owner_of_the_account_decides_about_followers,
    strangers_see_how_much_is_in_collections,
    outbox_shows_strangers_what_everyone_may_read,
    server_is_an_actor_that_posts_nothing,
    actors_have_no_keys_without_activitypub,
    deleted_person_is_gone_for_peers,
);

async fn person_is_an_actor_that_all_peers_can_read(server: TestServer) {
    let alice = server.person("alice").await;
    let profile = json!({
        "displayName": "Alice",
        "summary": "<b>me</b>",
        "image": { "url": "https://img.example/a.png", "width": 96, "height": 96 },
        "banner": { "url": "https://img.example/b.jpg" },
    });
    let change = Request::new("PUT", "/api/user/alice/profile").json(&profile);
    server.send(change.by(&alice.credentials)).await.is(200);

    let mut actor = document(&server, "/api/user/alice/profile").await;
    let actor = actor.as_object_mut().unwrap();
    let key = actor.remove("publicKey").unwrap();
    let methods = actor.remove("assertionMethod").unwrap();
    let contexts = actor.remove("@context").unwrap();
    assert!(actor.remove("updated").is_some());
    assert_eq!(
        (&contexts[0], &contexts[1]),
        (
            &json!("https://www.w3.org/ns/activitystreams"),
            &json!("https://w3id.org/security/v1")
        )
    );
    for extension in [
        "manuallyApprovesFollowers",
        "discoverable",
        "indexable",
        "webfinger",
    ] {
        assert!(contexts[2][extension].is_string(), "{extension}");
    }
    assert!(contexts[2]["featured"]["@id"].is_string());
    assert_eq!(
        (&key["id"], &key["owner"]),
        (&json!(format!("{ALICE}#main-key")), &json!(ALICE))
    );
    let multikey = methods[0]["publicKeyMultibase"].as_str().unwrap();
    assert!(multikey.starts_with("z6Mk"), "{multikey}");
    assert_eq!(
        methods,
        json!([{
            "id": format!("{ALICE}#ed25519-key"), "type": "Multikey", "controller": ALICE,
            "publicKeyMultibase": multikey,
        }])
    );
    let pem = key["publicKeyPem"].as_str().unwrap();
    assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOC"));
    assert_eq!(
        Value::from(actor.clone()),
        json!({
            "id": ALICE,
            "type": "Person",
            "preferredUsername": "alice",
            "name": "Alice",
            "summary": "<b>me</b>",
            "url": "http://pump.example/alice",
            "icon": {
                "type": "Image",
                "mediaType": "image/png",
                "url": "https://img.example/a.png",
            },
            "image": {
                "type": "Image",
                "mediaType": "image/jpeg",
                "url": "https://img.example/b.jpg",
            },
            "inbox": "http://pump.example/api/user/alice/inbox",
            "outbox": "http://pump.example/api/user/alice/feed",
            "followers": "http://pump.example/api/user/alice/profile/followers",
            "following": "http://pump.example/api/user/alice/following",
            "liked": "http://pump.example/api/user/alice/favorites",
            "featured": "http://pump.example/api/user/alice/profile/featured",
            "endpoints": { "sharedInbox": "http://pump.example/api/inbox" },
            "published": "2027-01-15T08:00:00Z",
            "webfinger": "alice@pump.example",
            "manuallyApprovesFollowers": false,
            "discoverable": true,
            "indexable": false,
            "generator": {
                "id": "http://pump.example/main/actor",
                "type": "Application",
                "implements": [{
                    "href": "https://datatracker.ietf.org/doc/html/rfc9421",
                    "name": "RFC-9421: HTTP Message Signatures",
                }],
            },
        })
    );
}

async fn profile_and_page_give_the_same_actor(server: TestServer) {
    server.account("alice").await;
    let actor = document(&server, "/api/user/alice/profile").await;
    assert_eq!(document(&server, "/alice").await, actor);
    for (path, accept, content_type) in [
        ("/alice", LD, LD),
        ("/api/user/alice/profile", LD, LD),
        (
            "/alice",
            "application/activity+json, application/ld+json",
            LD,
        ),
        (
            "/alice",
            "application/activity+json;q=1, text/html;q=0.1",
            ACTIVITY,
        ),
    ] {
        let answer = read(&server, path, accept).await.is(200);
        assert_eq!(answer.header("content-type"), content_type, "{accept}");
        assert!(answer.header("vary").contains("Accept"));
        let given: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(given, actor);
    }
    let profile = read(&server, "/api/user/alice/profile", "application/json").await;
    assert!(profile.ok().get("publicKey").is_none());
    read(&server, "/api/user/bob/profile", ACTIVITY)
        .await
        .is(404);
}

async fn owner_of_the_account_decides_about_followers(server: TestServer) {
    server.account("alice").await;
    let path = "/api/user/alice/profile";
    let before = document(&server, path).await;
    assert_eq!(before["manuallyApprovesFollowers"], false);
    let approves = hydraulics::storage::Change::Push {
        stream: hydraulics::model::Stream::FollowApprovers,
        item: "acct:alice@pump.example".into(),
        class: None,
        duplicate: hydraulics::storage::Duplicate::Ignore,
    };
    server.app.storage().commit(vec![approves]).await.unwrap();
    let after = document(&server, path).await;
    assert_eq!(after["manuallyApprovesFollowers"], true);
}

async fn strangers_see_how_much_is_in_collections(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    bob.follow(&alice).await;
    alice.follow(&bob).await;
    let note = alice.note("hello", everyone()).await;
    let reference = json!({ "objectType": "note", "id": note["id"] });
    alice
        .done(&json!({ "verb": "favorite", "object": reference }))
        .await;
    let actor = document(&server, "/alice").await;
    for (name, least) in [
        ("followers", 1),
        ("following", 1),
        ("liked", 1),
        ("outbox", 1),
    ] {
        let id = actor[name].as_str().unwrap();
        let collection = document(&server, id.strip_prefix(BASE).unwrap()).await;
        assert_eq!(
            (&collection["id"], &collection["type"]),
            (&json!(id), &json!("OrderedCollection"))
        );
        assert!(
            collection["totalItems"].as_u64().unwrap() >= least,
            "{name}"
        );
        let first = collection["first"].as_str().unwrap();
        let page = document(&server, first.strip_prefix(BASE).unwrap()).await;
        assert_eq!(
            (&page["type"], &page["partOf"]),
            (&json!("OrderedCollectionPage"), &json!(id)),
            "{name}"
        );
        assert!(!page["orderedItems"].as_array().unwrap().is_empty());
    }
    let former = document(&server, "/api/user/alice/followers").await;
    assert_eq!(former["id"], actor["followers"], "kept by peers");
    let featured = actor["featured"].as_str().unwrap();
    let featured = document(&server, featured.strip_prefix(BASE).unwrap()).await;
    assert_eq!(
        (&featured["id"], &featured["orderedItems"]),
        (&actor["featured"], &json!([]))
    );
    read(&server, "/api/user/nobody/profile/featured", ACTIVITY)
        .await
        .is(404);
}

async fn outbox_shows_strangers_what_everyone_may_read(server: TestServer) {
    let alice = server.person("alice").await;
    let mut posted = Vec::new();
    for number in 0..45 {
        alice
            .note("for followers", json!({ "cc": [alice.followers()] }))
            .await;
        let note = alice.note(&format!("note {number}"), everyone()).await;
        posted.insert(0, note["id"].clone());
    }
    let outbox = document(&server, "/api/user/alice/feed").await;
    let (mut ahead, mut walked) = (outbox["first"].clone(), Vec::new());
    while let Some(url) = ahead.as_str().map(str::to_owned) {
        let mut page = document(&server, url.strip_prefix(BASE).unwrap()).await;
        assert_eq!((&page["id"], &page["partOf"]), (&ahead, &outbox["id"]));
        let items = page["orderedItems"].as_array().unwrap().iter();
        let posts = items.filter(|item| item["type"] == "Create");
        walked.extend(posts.map(|item| item["object"]["id"].clone()));
        ahead = page["next"].take();
    }
    assert_eq!(walked, posted);
}

async fn server_is_an_actor_that_posts_nothing(server: TestServer) {
    server.account("alice").await;
    let id = "http://pump.example/main/actor";
    let actor = document(&server, "/main/actor").await;
    for (key, value) in [
        ("id", id),
        ("type", "Application"),
        ("preferredUsername", "pump.example"),
        ("inbox", "http://pump.example/api/inbox"),
        ("outbox", "http://pump.example/main/actor/outbox"),
        ("webfinger", "pump.example@pump.example"),
    ] {
        assert_eq!(actor[key], value);
    }
    let person = document(&server, "/alice").await;
    let key = &actor["publicKey"];
    assert_eq!(key["publicKeyPem"], person["publicKey"]["publicKeyPem"]);
    assert_eq!(key["id"], format!("{id}#main-key"));
    assert_eq!(key["owner"], id);
    let outbox = document(&server, "/main/actor/outbox").await;
    assert_eq!(
        (&outbox["id"], &outbox["totalItems"]),
        (&actor["outbox"], &json!(0))
    );
    let answer = read(&server, "/main/actor", LD).await.is(200);
    assert_eq!(answer.header("content-type"), LD);
}

async fn actors_have_no_keys_without_activitypub(server: TestServer) {
    server.account("alice").await;
    for off in [
        server.again(|settings| settings.federation.activitypub = false),
        server.again(|settings| settings.federation.enabled = false),
    ] {
        let person = document(&off, "/api/user/alice/profile").await;
        assert_eq!(person["type"], "Person");
        assert!(person.get("publicKey").is_none());
        for path in ["/main/actor", "/main/actor/outbox"] {
            read(&off, path, ACTIVITY).await.is(404);
        }
    }
}

async fn deleted_person_is_gone_for_peers(server: TestServer) {
    let alice = server.person("alice").await;
    alice.delete("/api/user/alice").await.ok();
    for path in ["/api/user/alice/profile", "/alice"] {
        for accept in [ACTIVITY, LD] {
            read(&server, path, accept).await.is(410);
        }
        read(&server, path, "application/json").await.is(404);
    }
    read(&server, "/api/user/nobody/profile", ACTIVITY)
        .await
        .is(404);
}
