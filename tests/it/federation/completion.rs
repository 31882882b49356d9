//! Persons and things that are fetched, since nobody here knows them.

use hydraulics::service::{background::DeliveryWorker, queue};
use serde_json::{Value, json};

use super::{
    peer::{Peer, passing_on, waiting},
    web::Web,
};
use crate::support::{Session, TestServer, about, addressed, comment_on, public};

on_every_backend!(
    bare_actor_is_looked_up,
    unknown_parents_are_fetched_upwards,
    endless_thread_is_fetched_as_far_as_allowed,
    shared_thing_is_fetched_from_its_own_server,
    thing_that_another_server_shows_is_refused,
    local_person_finds_remote_things_by_id,
    followed_address_is_found,
    passed_on_activity_is_fetched_from_its_server,
    passed_on_activity_waits_for_its_server,
    group_server_brings_posts_to_members_here,
    group_server_brings_what_another_member_has_already,
);

/// The server with other servers around it.
fn connected(server: &TestServer) -> (TestServer, Web) {
    let web = Web::default();
    (server.connected_to(web.clone()), web)
}

async fn note(alice: &Session, id: &str) -> Value {
    alice.get(&format!("/api/note?id={id}")).await.ok()
}

async fn bare_actor_is_looked_up(server: TestServer) {
    let (server, web) = connected(&server);
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    web.put(&zed.url("api/user/profile"), &zed.profile());
    let mut post = addressed(zed.post("1"), &json!({ "to": [alice.person()] }));
    post["actor"] = zed.reference();
    zed.deliver(&alice, &post).await.ok();
    let seen = alice.feed("inbox/major").await["items"][0].clone();
    assert_eq!(seen["actor"]["displayName"], "zed");
    let account = server
        .app
        .storage()
        .find_remote_accounts(&[&zed.id()])
        .await
        .unwrap();
    let account = account[0].clone().unwrap();
    assert_eq!(account.profile_url, Some(zed.url("api/user/profile")));
}

/// A chain of notes, each of which answers the one before it.
fn chain(web: &Web, peer: &Peer, length: u32) {
    for number in 0..length {
        let mut note = peer.note(&number.to_string());
        let parent = peer.note(&(number + 1).to_string());
        note["inReplyTo"] = json!({ "objectType": "note", "id": parent["id"] });
        web.show(&note);
    }
}

async fn unknown_parents_are_fetched_upwards(server: TestServer) {
    let (server, web) = connected(&server);
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    let tom = Peer::at(&server, "tom", "third.example").await;
    chain(&web, &tom, 2);
    let mut first = tom.note("2");
    // A ring, which is walked once.
    first["inReplyTo"] = json!({ "objectType": "note", "id": tom.note("0")["id"] });
    web.show(&first);
    zed.is_followed_by(&alice).await;
    let comment = zed.comment(
        "c",
        &json!({ "objectType": "note", "id": tom.note("0")["id"] }),
    );
    let comment = addressed(
        zed.activity("c", "post", &comment),
        &json!({ "to": [public()] }),
    );
    let before = web.requests();
    zed.deliver(&alice, &comment).await.ok();
    assert_eq!(web.requests() - before, 3);
    let parent = note(&alice, &tom.url("api/note/0")).await;
    assert_eq!(parent["content"], "<p>0</p>");
    assert_eq!(parent["inReplyTo"]["content"], "<p>1</p>");
    assert_eq!(parent["replies"]["totalItems"], 2);
    zed.deliver(&alice, &comment).await.ok();
    assert_eq!(web.requests() - before, 3, "known things are not fetched");
}

async fn endless_thread_is_fetched_as_far_as_allowed(server: TestServer) {
    let (server, web) = connected(&server);
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    let tom = Peer::at(&server, "tom", "third.example").await;
    chain(&web, &tom, 100);
    zed.is_followed_by(&alice).await;
    let comment = zed.comment("c", &tom.note("0"));
    let comment = addressed(
        zed.activity("c", "post", &comment),
        &json!({ "to": [public()] }),
    );
    let before = web.requests();
    zed.deliver(&alice, &comment).await.ok();
    let asked = web.requests() - before;
    assert!((10..=13).contains(&asked), "{asked}");
    note(&alice, &tom.url("api/note/9")).await;
}

async fn shared_thing_is_fetched_from_its_own_server(server: TestServer) {
    let (server, web) = connected(&server);
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    let tom = Peer::at(&server, "tom", "third.example").await;
    let mut shown = tom.note("1");
    shown["author"] = tom.profile();
    web.show(&shown);
    zed.is_followed_by(&alice).await;
    let mut told = tom.note("1");
    told["content"] = "put into their mouth".into();
    let share = addressed(
        zed.activity("s", "share", &told),
        &json!({ "to": [public()] }),
    );
    zed.deliver(&alice, &share).await.ok();
    let seen = alice.feed("inbox/major").await["items"][0]["object"].clone();
    assert_eq!(
        (&seen["content"], &seen["shares"]["totalItems"]),
        (&json!("<p>1</p>"), &json!(1))
    );
    assert_eq!(seen["author"]["displayName"], "tom");
}

async fn thing_that_another_server_shows_is_refused(server: TestServer) {
    let (server, web) = connected(&server);
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    let tom = Peer::at(&server, "tom", "third.example").await;
    for (name, key, value) in [
        ("1", "id", json!(zed.url("api/note/7"))),
        ("2", "author", zed.reference()),
        ("3", "author", alice.person()),
        ("4", "author", Value::Null),
        ("5", "objectType", json!("activity")),
        ("6", "content", "x".repeat(200_000).into()),
    ] {
        let mut shown = tom.note(name);
        let id = shown["id"].clone();
        shown[key] = value;
        web.put(id.as_str().unwrap(), &shown);
        let like = about("like", &json!({ "objectType": "note", "id": id }));
        alice.done(&like).await;
        let stub = note(&alice, id.as_str().unwrap()).await;
        assert_eq!(
            (&stub["content"], &stub["author"]),
            (&Value::Null, &Value::Null),
            "{name}"
        );
    }
    alice
        .get(&format!("/api/note?id={}", zed.url("api/note/7")))
        .await
        .refused(404);
}

async fn local_person_finds_remote_things_by_id(server: TestServer) {
    let (server, web) = connected(&server);
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let tom = Peer::at(&server, "tom", "third.example").await;
    web.show(&tom.note("1"));
    let named = json!({ "objectType": "note", "id": tom.url("api/note/1") });
    let comment = alice.done(&comment_on(&named, "found")).await;
    assert_eq!(waiting(&server, &comment).await, [tom.id()]);
    let found = note(&bob, &tom.url("api/note/1")).await;
    assert_eq!(
        (&found["content"], &found["author"]["id"]),
        (&json!("<p>1</p>"), &json!(tom.id()))
    );
    assert_eq!(found["replies"]["items"][0]["content"], "found");
    let before = web.requests();
    bob.note("local", json!({ "to": [alice.person()] })).await;
    assert_eq!(web.requests(), before);
}

async fn followed_address_is_found(server: TestServer) {
    let (server, web) = connected(&server);
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    let zed = Peer::person(&server, "zed").await;
    web.put(&zed.url("api/user/profile"), &zed.profile());
    let follow =
        |id: &str| json!({ "verb": "follow", "object": { "objectType": "person", "id": id } });
    for (who, address) in [
        (&alice, "https://far.example/zed"),
        (&bob, "zed@FAR.example"),
        (&carol, "acct:zed@far.example"),
    ] {
        let done = who.done(&follow(address)).await;
        assert_eq!(done["object"]["id"], zed.id());
        assert_eq!(done["object"]["displayName"], "zed");
        assert_eq!(waiting(&server, &done).await, [zed.id()]);
    }
}

async fn passed_on_activity_is_fetched_from_its_server(server: TestServer) {
    let (server, web) = connected(&server);
    let alice = server.person("alice").await;
    let [zed, tom, host] = passing_on(&server, &alice).await;
    let like = tom.activity("l", "like", &zed.note("1"));
    let like = addressed(like, &json!({ "to": [public()] }));
    // Nobody shows it, or it is another.
    host.deliver(&alice, &like).await.refused(400);
    let mut other = like.clone();
    other["id"] = tom.url("other").into();
    web.put(like["id"].as_str().unwrap(), &other);
    host.deliver(&alice, &like).await.refused(400);
    assert_eq!(
        note(&alice, &zed.url("api/note/1")).await["likes"]["totalItems"],
        0
    );
    web.show(&like);
    server.clock.advance(600);
    host.deliver(&alice, &like).await.ok();
    assert_eq!(
        note(&alice, &zed.url("api/note/1")).await["likes"]["totalItems"],
        1
    );
    // About nothing that is known, it is not even looked for.
    let before = web.requests();
    let like = tom.activity("m", "like", &tom.note("2"));
    host.deliver(&alice, &like).await.refused(400);
    assert_eq!(web.requests(), before);
}

async fn passed_on_activity_waits_for_its_server(server: TestServer) {
    let (server, web) = connected(&server);
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let [zed, tom, host] = passing_on(&server, &alice).await;
    let like = tom.activity("l", "like", &zed.note("1"));
    let like = addressed(like, &json!({ "to": [public()] }));
    web.show(&like);
    web.fail(true);
    host.deliver(&alice, &like).await.refused(503);
    web.fail(false);
    server.clock.advance(600);
    host.deliver(&alice, &like).await.ok();
    // It is known now, and its server need not be there.
    web.fail(true);
    let before = web.requests();
    host.deliver(&bob, &like).await.ok();
    assert_eq!(web.requests(), before);
    let id = like["id"].as_str().unwrap().to_owned();
    assert!(bob.ids("inbox").await.contains(&id));
    // Another server has nothing to say of it.
    let evil = zed.by_host("evil.example").await;
    evil.deliver(&server.person("carol").await, &like)
        .await
        .refused(400);
}

async fn group_server_brings_posts_to_members_here(server: TestServer) {
    let (server, web) = connected(&server);
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    let zed = Peer::person(&server, "zed").await;
    let group = json!({ "objectType": "group", "id": zed.url("api/group/1") });
    web.show(&json!({ "objectType": "group", "id": group["id"], "author": zed.profile() }));
    for member in [&alice, &bob] {
        let join = member.done(&about("join", &group)).await;
        assert_eq!(waiting(&server, &join).await, [zed.url("api/group/1")]);
    }
    let post = json!({ "object": { "objectType": "note", "content": "x" }, "to": [group] });
    let posted = alice.done(&post).await;
    queue::run_until_idle(&server.ctx(), &DeliveryWorker)
        .await
        .unwrap();
    let id = posted["id"].as_str().unwrap().to_owned();
    assert!(!bob.ids("inbox").await.contains(&id));
    let host = zed.by_host("far.example").await;
    host.deliver(&bob, &posted).await.ok();
    assert!(bob.ids("inbox").await.contains(&id));
    assert_eq!(
        bob.get(posted["object"]["id"].as_str().unwrap()).await.ok()["content"],
        "x"
    );
    host.deliver(&carol, &posted).await.refused(400);
    let evil = zed.by_host("evil.example").await;
    evil.deliver(&bob, &posted).await.refused(400);
}

async fn group_server_brings_what_another_member_has_already(server: TestServer) {
    let (server, web) = connected(&server);
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    let zed = Peer::person(&server, "zed").await;
    let tom = Peer::at(&server, "tom", "third.example").await;
    let group = json!({ "objectType": "group", "id": zed.url("api/group/1") });
    web.show(&json!({ "objectType": "group", "id": group["id"], "author": zed.profile() }));
    bob.done(&about("join", &group)).await;
    let post = addressed(
        tom.post("1"),
        &json!({ "to": [alice.person(), group], "cc": [] }),
    );
    tom.deliver(&alice, &post).await.ok();
    // The server of its author does not know who is in the group.
    web.fail(true);
    let host = zed.by_host("far.example").await;
    for _ in 0..2 {
        host.deliver(&bob, &post).await.ok();
    }
    let id = post["id"].as_str().unwrap().to_owned();
    let received = bob.ids("inbox/major").await;
    assert_eq!(received.iter().filter(|one| **one == id).count(), 1);
    let note = format!("/api/note?id={}", tom.url("api/note/1"));
    assert_eq!(bob.get(&note).await.ok()["content"], "<p>1</p>");
    host.deliver(&carol, &post).await.refused(400);
    let evil = zed.by_host("evil.example").await;
    evil.deliver(&carol, &post).await.refused(400);
    carol.get(&note).await.refused(403);
}
