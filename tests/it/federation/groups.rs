//! Groups of this server with members of others.

use serde_json::{Value, json};

use super::peer::{Peer, waiting};
use crate::support::{Session, TestServer, about, addressed, everyone, ids};

on_every_backend!(
    remote_member_posts_to_all_members,
    only_members_post_to_a_group,
    remote_member_reads_what_went_to_the_group,
    remote_member_adds_documents,
    join_and_leave_are_repeatable,
    group_of_another_server_hears_who_joins,
    known_activity_reaches_a_group_once_its_actor_is_in_it,
);

async fn create(alice: &Session, recipients: Value) -> Value {
    let group = json!({ "verb": "create",
                        "object": { "objectType": "group", "displayName": "Pumpers" } });
    alice.done(&addressed(group, &recipients)).await["object"].take()
}

fn inbox(group: &Value) -> String {
    format!("{}/inbox", group["id"].as_str().unwrap())
}

/// An activity for a group.
fn to_group(peer: &Peer, name: &str, verb: &str, object: &Value, group: &Value) -> Value {
    addressed(peer.activity(name, verb, object), &json!({ "to": [group] }))
}

async fn join(peer: &Peer, group: &Value) -> Value {
    let join = to_group(peer, "join", "join", group, group);
    peer.send(&inbox(group), &join).await.ok()
}

async fn remote_member_posts_to_all_members(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let zed = Peer::person(&server, "zed").await;
    let yan = Peer::person(&server, "yan").await;
    let tom = Peer::at(&server, "tom", "third.example").await;
    let group = create(&alice, everyone()).await;
    bob.done(&about("join", &group)).await;
    for peer in [&zed, &yan, &tom] {
        join(peer, &group).await;
    }
    let members = bob
        .get(&format!("{}/members", group["id"].as_str().unwrap()))
        .await
        .ok();
    assert_eq!(ids(&members), [tom.id(), yan.id(), zed.id(), bob.id()]);
    let post = to_group(&zed, "1", "post", &zed.note("1"), &group);
    zed.send(&inbox(&group), &post).await.ok();
    assert_eq!(
        bob.feed("inbox/major").await["items"][0]["object"]["content"],
        "<p>1</p>"
    );
    let feed = bob.get(&inbox(&group)).await.ok();
    assert_eq!(feed["items"][0]["id"], post["id"]);
    // The server of the group is the one that knows who is in it.
    assert_eq!(
        waiting(&server, &post).await,
        [tom.id(), yan.id(), zed.id()]
    );
    let note = bob.note("to all", json!({ "to": [group] })).await;
    let feed = bob.get(&inbox(&group)).await.ok();
    assert_eq!(feed["items"][0]["object"]["id"], note["id"]);
    assert_eq!(
        waiting(&server, &feed["items"][0]).await,
        [tom.id(), yan.id(), zed.id()]
    );
}

async fn only_members_post_to_a_group(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let zed = Peer::person(&server, "zed").await;
    let group = create(&alice, everyone()).await;
    bob.done(&about("join", &group)).await;
    let before = (
        bob.feed("inbox").await,
        bob.get(&inbox(&group)).await.json(),
    );
    let post = to_group(&zed, "1", "post", &zed.note("1"), &group);
    assert_eq!(
        zed.send(&inbox(&group), &post).await.refused(400),
        "Actor is not a member of the group."
    );
    let other = addressed(zed.post("1"), &json!({ "to": [bob.person()] }));
    assert_eq!(
        zed.send(&inbox(&group), &other).await.refused(400),
        format!(
            "Group {} is not a recipient of activity {}",
            group["id"].as_str().unwrap(),
            other["id"].as_str().unwrap()
        )
    );
    assert_eq!(
        (
            bob.feed("inbox").await,
            bob.get(&inbox(&group)).await.json()
        ),
        before
    );
    // Named beside a person it reaches that person.
    let both = addressed(zed.post("1"), &json!({ "to": [bob.person(), group] }));
    zed.deliver(&bob, &both).await.ok();
    assert_eq!(
        bob.get(&inbox(&group)).await.ok()["totalItems"],
        before.1["totalItems"]
    );
    zed.send("/api/group/unknown/inbox", &post)
        .await
        .refused(404);
}

async fn remote_member_reads_what_went_to_the_group(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let zed = Peer::person(&server, "zed").await;
    let group = create(&alice, json!({ "to": [bob.person(), zed.reference()] })).await;
    bob.done(&about("join", &group)).await;
    let note = bob.note("inside", json!({ "to": [group] })).await;
    let path = note["id"].as_str().unwrap();
    zed.get(path).await.refused(403);
    join(&zed, &group).await;
    zed.get(path).await.ok();
    let feed = zed.get(&inbox(&group)).await.ok();
    assert!(feed.to_string().contains("inside"));
    let yan = Peer::person(&server, "yan").await;
    let uninvited = to_group(&yan, "join", "join", &group, &group);
    yan.send(&inbox(&group), &uninvited).await.refused(400);
    let leave = to_group(&zed, "leave", "leave", &group, &group);
    zed.send(&inbox(&group), &leave).await.ok();
    zed.get(path).await.refused(403);
}

async fn remote_member_adds_documents(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    let group = create(&alice, everyone()).await;
    alice.done(&about("join", &group)).await;
    let file = json!({ "objectType": "file", "id": zed.url("api/file/1"), "displayName": "F" });
    let mut post = to_group(&zed, "1", "post", &file, &group);
    post["target"] = group.clone();
    zed.send(&inbox(&group), &post).await.refused(400);
    join(&zed, &group).await;
    zed.send(&inbox(&group), &post).await.ok();
    let documents = format!("{}/documents", group["id"].as_str().unwrap());
    assert_eq!(
        ids(&alice.get(&documents).await.ok()),
        [zed.url("api/file/1")]
    );
    for (name, verb, left) in [("2", "add", 1), ("3", "remove", 0), ("4", "remove", 0)] {
        let mut activity = to_group(&zed, name, verb, &file, &group);
        activity["target"] = group.clone();
        zed.send(&inbox(&group), &activity).await.ok();
        assert_eq!(
            alice.get(&documents).await.ok()["totalItems"],
            left,
            "{verb}"
        );
    }
}

async fn join_and_leave_are_repeatable(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    let group = create(&alice, everyone()).await;
    for (name, verb, members) in [
        ("1", "join", 1),
        ("2", "join", 1),
        ("3", "leave", 0),
        ("4", "leave", 0),
        ("5", "join", 1),
    ] {
        let activity = to_group(&zed, name, verb, &group, &group);
        zed.send(&inbox(&group), &activity).await.ok();
        let path = format!("{}/members", group["id"].as_str().unwrap());
        assert_eq!(alice.get(&path).await.ok()["totalItems"], members, "{verb}");
    }
}

async fn group_of_another_server_hears_who_joins(server: TestServer) {
    let [bob] = server.people(["bob"]).await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&bob).await;
    let group = json!({ "objectType": "group", "id": zed.url("api/group/1"), "displayName": "G" });
    zed.deliver(&bob, &zed.activity("1", "create", &group))
        .await
        .ok();
    let join = bob.done(&about("join", &group)).await;
    let told = waiting(&server, &join).await;
    assert!(told.contains(&zed.url("api/group/1")), "{told:?}");
}

async fn known_activity_reaches_a_group_once_its_actor_is_in_it(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    let zed = Peer::person(&server, "zed").await;
    let tom = Peer::at(&server, "tom", "third.example").await;
    let group = create(&alice, everyone()).await;
    bob.done(&about("join", &group)).await;
    join(&tom, &group).await;
    // The copy for Carol overtakes the join.
    let post = addressed(zed.post("1"), &json!({ "to": [carol.person(), group] }));
    zed.deliver(&carol, &post).await.ok();
    zed.send(&inbox(&group), &post).await.ok();
    let id = post["id"].as_str().unwrap().to_owned();
    assert!(!bob.ids("inbox").await.contains(&id));
    join(&zed, &group).await;
    for _ in 0..2 {
        zed.send(&inbox(&group), &post).await.ok();
    }
    for feed in [
        bob.feed("inbox/major").await,
        bob.get(&inbox(&group)).await.ok(),
    ] {
        let received = ids(&feed).into_iter().filter(|received| *received == id);
        assert_eq!(received.count(), 1);
    }
    let note = format!("/api/note?id={}", zed.url("api/note/1"));
    assert_eq!(bob.get(&note).await.ok()["content"], "<p>1</p>");
    assert!(waiting(&server, &post).await.contains(&tom.id()));
}
