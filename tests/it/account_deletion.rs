//! Deletion of accounts: access, objects, counts, and mentions that remain.

use hydraulics::{
    model::{Nickname, Stream, Viewer},
    service::{accounts, background},
};
use serde_json::{Value, json};

use crate::support::{Request, Session, TestServer, ids, public};

/// Alice's profile, none of which may be shown after she left.
const TOLD: [&str; 4] = ["Alice Liddell", "Wonderland", "rabbit-hole", "secret-list"];

/// Alice leaves over the API, and what she made is cleared away.
async fn leave(alice: &Session) {
    let answer = alice.request("DELETE", "/api/user/alice", "application/json", "");
    assert_eq!(answer.await.ok(), "Deleted.");
    background::run_cleanup(&alice.server.ctx()).await.unwrap();
}

async fn introduce(alice: &Session) {
    let profile = json!({
        "objectType": "person", "displayName": TOLD[0], "summary": TOLD[2],
        "location": { "objectType": "place", "displayName": TOLD[1] },
    });
    alice
        .request(
            "PUT",
            "/api/user/alice/profile",
            "application/json",
            profile.to_string(),
        )
        .await
        .ok();
}

async fn post(who: &Session, content: &str) -> Value {
    let note = json!({ "objectType": "note", "content": content, "displayName": content });
    who.done(&json!({ "verb": "post", "object": note, "to": [public()] }))
        .await["object"]
        .clone()
}

async fn reply(who: &Session, parent: &Value, content: &str) -> Value {
    let comment = json!({
        "objectType": "comment", "content": content,
        "inReplyTo": { "objectType": parent["objectType"], "id": parent["id"] },
    });
    who.done(&json!({ "verb": "post", "object": comment }))
        .await["object"]
        .clone()
}

async fn entries(server: &TestServer, streams: &[Stream]) -> Vec<u64> {
    let heads = server
        .app
        .storage()
        .previews(streams, 0, Viewer::Unrestricted)
        .await
        .unwrap();
    heads.into_iter().map(|head| head.total).collect()
}

on_every_backend!(
    deletion_ends_access_and_reserves_the_nickname,
    defect_14_deleted_nickname_creates_no_partial_account,
    account_deletion_removes_only_own_objects,
    deleted_person_is_counted_nowhere,
    deleted_person_can_be_mentioned_but_not_shown,
    interrupted_cleanup_is_completed_by_the_next,
);

async fn deletion_ends_access_and_reserves_the_nickname(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let delete = |who: &Session, nickname: &str| {
        let (who, target) = (who.clone(), format!("/api/user/{nickname}"));
        async move { who.request("DELETE", &target, "application/json", "").await }
    };
    assert_eq!(delete(&bob, "alice").await.refused(401), "Not authorized");
    assert_eq!(
        delete(&bob, "nobody").await.refused(404),
        "No such 'user' with id 'nobody'"
    );
    server
        .send(Request::new("DELETE", "/api/user/alice"))
        .await
        .is(400);
    assert_eq!(delete(&alice, "alice").await.ok(), "Deleted.");

    assert_eq!(
        alice.get("/api/whoami").await.is(400).text(),
        "Invalid / expired Token"
    );
    for path in [
        "",
        "/profile",
        "/feed",
        "/feed/major",
        "/followers",
        "/following",
        "/favorites",
        "/lists/person",
    ] {
        let sentence = bob
            .get(&format!("/api/user/alice{path}"))
            .await
            .refused(404);
        assert_eq!(sentence, "No such 'user' with id 'alice'");
    }
    server
        .send(Request::get(
            "/.well-known/webfinger?resource=acct:alice@pump.example",
        ))
        .await
        .is(404);
    let users = bob.get("/api/users").await.ok();
    assert_eq!(
        (&users["totalItems"], &users["items"][0]["nickname"]),
        (&json!(1), &json!("bob"))
    );

    let client = server.client().await;
    let again = json!({ "nickname": "alice", "password": "correct horse 9" });
    for _ in 0..2 {
        let refused = server
            .send(Request::post("/api/users").json(&again).by(&client))
            .await
            .refused(409);
        assert_eq!(refused, "Already have a(n) 'user' with id 'alice'");
        background::run_cleanup(&server.ctx()).await.unwrap();
    }
    bob.get("/api/user/alice").await.is(404);
    assert_eq!(accounts::list(&server.ctx()).await.unwrap().len(), 1);
}

async fn defect_14_deleted_nickname_creates_no_partial_account(server: TestServer) {
    let alice = server.person("alice").await;
    leave(&alice).await;
    let client = server.client().await;
    let again = json!({ "nickname": "alice", "password": "correct horse 9" });
    server
        .send(Request::post("/api/users").json(&again).by(&client))
        .await
        .is(409);
    let nickname = Nickname::parse("alice").unwrap();
    assert_eq!(
        server.app.storage().find_account(&nickname).await.unwrap(),
        None
    );
    let other = json!({ "nickname": "alicia", "password": "correct horse 9" });
    server
        .send(Request::post("/api/users").json(&other).by(&client))
        .await
        .is(200);
}

async fn account_deletion_removes_only_own_objects(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    introduce(&alice).await;
    let note = post(&alice, "down the rabbit-hole").await;
    let list = alice
        .done(&json!({
            "verb": "create",
            "object": {
                "objectType": "collection",
                "objectTypes": ["person"],
                "displayName": "secret-list",
            },
        }))
        .await["object"]
        .clone();
    let answer = reply(&bob, &note, "mind the hatter").await;
    let bobs = post(&bob, "tea").await;
    let comment = reply(&alice, &bobs, "a rabbit-hole").await;
    assert_eq!(
        bob.get(bobs["id"].as_str().unwrap()).await.ok()["replies"]["totalItems"],
        1
    );

    leave(&alice).await;
    for thing in [&note, &list, &comment] {
        assert_eq!(
            bob.get(thing["id"].as_str().unwrap()).await.refused(410),
            "Deleted"
        );
    }
    let kept = bob.get(answer["id"].as_str().unwrap()).await.ok();
    assert_eq!(
        (&kept["content"], &kept["inReplyTo"]["id"]),
        (&json!("mind the hatter"), &note["id"])
    );
    assert!(kept["inReplyTo"]["deleted"].is_string() && kept["inReplyTo"].get("content").is_none());
    let bobs = bob.get(bobs["id"].as_str().unwrap()).await.ok();
    assert_eq!(bobs["replies"]["totalItems"], 0);
    let streams = [
        Stream::Outbox,
        Stream::Inbox,
        Stream::Uploads,
        Stream::Favorites,
        Stream::Following,
    ]
    .map(|stream| stream(alice.id()));
    assert_eq!(entries(&server, &streams).await, [0; 5]);
}

async fn deleted_person_is_counted_nowhere(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    for (who, whom) in [(&alice, &bob), (&bob, &alice)] {
        who.follow(whom).await;
    }
    let note = post(&bob, "tea").await;
    let named = json!({ "objectType": "note", "id": note["id"] });
    for verb in ["like", "share"] {
        alice.done(&json!({ "verb": verb, "object": named })).await;
    }
    let friends = bob.feed("lists/person").await["items"][3].clone();
    let list = json!({ "objectType": "collection", "id": friends["id"] });
    bob.done(&json!({ "verb": "add", "object": alice.person(), "target": list }))
        .await;
    let counts = async || {
        let profile = bob.get("/api/user/bob/profile").await.ok();
        let note = bob.get(note["id"].as_str().unwrap()).await.ok();
        let list = bob.feed("lists/person").await["items"][3].clone();
        [
            &profile["followers"],
            &profile["following"],
            &note["likes"],
            &note["shares"],
            &list["members"],
        ]
        .map(|feed| feed["totalItems"].as_u64().unwrap())
    };
    assert_eq!(counts().await, [1; 5]);
    leave(&alice).await;
    assert_eq!(counts().await, [0; 5]);
    for feed in ["followers", "following"] {
        assert!(ids(&bob.feed(feed).await).is_empty());
    }
    bob.act(&json!({ "verb": "follow", "object": alice.person() }))
        .await
        .is(410);
}

async fn deleted_person_can_be_mentioned_but_not_shown(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    introduce(&alice).await;
    bob.follow(&alice).await;
    let note = post(&alice, "rabbit-hole").await;
    bob.done(&json!({ "verb": "like", "object": { "objectType": "note", "id": note["id"] } }))
        .await;
    bob.done(&json!({ "verb": "share", "object": { "objectType": "note", "id": note["id"] } }))
        .await;
    reply(&bob, &note, "and then").await;
    let before = bob.feed("inbox").await;
    let newest = before["items"][0]["id"].as_str().unwrap().to_owned();
    assert!(before.to_string().contains(TOLD[0]));
    let alices = before["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["actor"]["id"] == alice.id())
        .unwrap()["id"]
        .clone();

    leave(&alice).await;
    for (who, target) in [
        (&bob, "/api/user/bob/inbox".to_owned()),
        (&bob, "/api/user/bob/inbox/major".into()),
        (&bob, "/api/user/bob/feed".into()),
        (&carol, "/api/user/bob/feed".into()),
        (&bob, "/api/user/bob/favorites".into()),
        (&bob, "/api/users".into()),
        (&bob, format!("/api/user/bob/inbox?since={newest}")),
    ] {
        let shown = who.get(&target).await.ok().to_string();
        for told in TOLD {
            assert!(!shown.contains(told), "{told} in {target}: {shown}");
        }
    }
    let after = bob.feed("inbox").await;
    assert_eq!(
        ids(&after),
        ids(&before),
        "nobody's place in a feed is lost"
    );
    assert_eq!(after["totalItems"], before["totalItems"]);
    let left = after["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["id"] == alices)
        .unwrap();
    assert_eq!(left["actor"]["id"], alice.id());
    assert!(
        left["deleted"].is_string() && left["verb"].is_string() && left["object"]["id"].is_string(),
        "{left}"
    );
    bob.get(alices.as_str().unwrap()).await.is(410);
    bob.get(&format!("/api/person?id={}", alice.id()))
        .await
        .is(410);
}

async fn interrupted_cleanup_is_completed_by_the_next(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    for number in 0..120 {
        post(&alice, &format!("note {number}")).await;
    }
    bob.follow(&alice).await;
    accounts::remove(&server.ctx(), &Nickname::parse("alice").unwrap())
        .await
        .unwrap();
    let storage = server.app.storage();
    let left = async || {
        storage
            .list_objects_by(&alice.id(), 1000)
            .await
            .unwrap()
            .len()
    };
    assert!(left().await > 240);
    // Dropped wherever it happens to be.
    let ctx = server.ctx();
    let cut_off = background::run_cleanup(&ctx);
    assert!(
        tokio::time::timeout(std::time::Duration::ZERO, cut_off)
            .await
            .is_err()
            || left().await == 0
    );

    let restarted = server.again(|_| ());
    background::run_cleanup(&restarted.ctx()).await.unwrap();
    assert_eq!(left().await, 0);
    assert_eq!(
        entries(
            &server,
            &[Stream::DeletedAccounts, Stream::Followers(alice.id())]
        )
        .await,
        [1, 0]
    );
    server.clock.advance(3601);
    background::run_cleanup(&restarted.ctx()).await.unwrap();
    assert_eq!(entries(&server, &[Stream::DeletedAccounts]).await, [0]);
    background::run_cleanup(&restarted.ctx()).await.unwrap();
}
