//! Persons and servers that an activity reaches, and those that it does not reach again.

use hydraulics::{
    model::Stream,
    service::{
        background::{self, DeliveryWorker},
        federation::queue_report,
        queue,
    },
};
use serde_json::{Value, json};

use super::peer::{Peer, waiting};
use crate::support::{Session, TestServer, about, addressed, everyone, public};

on_every_backend!(
    private_thing_concerns_its_owner_only,
    deleted_actor_leaves_all_streams,
    added_recipient_alone_gets_the_activity,
    named_follower_gets_a_deferred_post_once,
    deferred_passing_on_is_for_other_servers_only,
    changes_reach_actors_who_reacted,
    member_removed_by_a_remote_owner_is_out,
    second_profile_of_one_second_counts,
);

/// Empties the queue of deliveries, as if all were delivered.
async fn deliver_all(server: &TestServer) {
    queue_report::drop_waiting(&server.ctx(), None)
        .await
        .unwrap();
}

async fn private_thing_concerns_its_owner_only(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let zed = Peer::person(&server, "zed").await;
    let private = alice.note("x", json!({ "to": [zed.reference()] })).await;
    let shown = alice.note("x", everyone()).await;
    let like = |name, note: &Value| zed.activity(name, "like", note);
    zed.deliver(&bob, &like("1", &private)).await.refused(400);
    zed.deliver(&alice, &like("1", &private)).await.ok();
    zed.deliver(&bob, &like("2", &shown)).await.ok();
}

async fn deleted_actor_leaves_all_streams(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    zed.is_followed_by(&bob).await;
    zed.follow("f", &alice).await;
    zed.deliver(&alice, &zed.post("1")).await.ok();
    let note = alice.note("x", everyone()).await;
    zed.deliver(&alice, &zed.activity("l", "like", &note))
        .await
        .ok();
    let gone = zed.activity("d", "delete", &zed.reference());
    zed.deliver(&alice, &gone).await.ok();
    background::run_cleanup(&server.ctx()).await.unwrap();
    assert_eq!(alice.ids("followers").await, [""; 0]);
    assert_eq!(bob.ids("following").await, [""; 0]);
    let note = alice.get(note["id"].as_str().unwrap()).await.ok();
    assert_eq!(note["likes"]["totalItems"], 0);
    let post = format!("/api/note?id={}", zed.url("api/note/1"));
    alice.get(&post).await.refused(410);
    zed.deliver(&bob, &gone).await.ok();
    zed.deliver(&bob, &zed.post("2")).await.refused(400);
}

/// Alice, whom these follow from elsewhere.
async fn followed(server: &TestServer, names: &[&'static str]) -> (Session, Vec<Peer>) {
    let alice = server.person("alice").await;
    let mut peers = Vec::new();
    for name in names {
        let peer = Peer::person(server, name).await;
        peer.follow("f", &alice).await;
        peers.push(peer);
    }
    (alice, peers)
}

async fn added_recipient_alone_gets_the_activity(server: TestServer) {
    let (alice, peers) = followed(&server, &["zed"]).await;
    let [yan, tom, bob] = ["yan", "tom", "bob"].map(|name| Peer {
        nickname: name,
        ..peers[0].clone()
    });
    let post = json!({ "object": { "objectType": "note", "content": "x" } });
    let to = json!({ "to": [public(), tom.reference()], "cc": [alice.followers()] });
    let posted = alice.done(&addressed(post, &to)).await;
    assert_eq!(waiting(&server, &posted).await, [tom.id(), peers[0].id()]);
    deliver_all(&server).await;
    let update = about("update", &posted["object"]);
    let update = addressed(update, &json!({ "to": [tom.reference(), yan.reference()] }));
    alice.done(&update).await;
    assert_eq!(waiting(&server, &posted).await, [yan.id()]);
    deliver_all(&server).await;
    let edit = json!({ "bto": [bob.reference()] });
    let path = posted["links"]["self"]["href"].as_str().unwrap();
    alice.put(path, &edit).await.ok();
    assert_eq!(waiting(&server, &posted).await, [bob.id()]);
}

async fn named_follower_gets_a_deferred_post_once(server: TestServer) {
    let server = server.again(|settings| settings.inline_fanout_limit = 1);
    let (alice, peers) = followed(&server, &["zed", "yan", "tom"]).await;
    let post = json!({ "object": { "objectType": "note", "content": "x" } });
    let to = json!({ "to": [peers[0].reference()], "cc": [alice.followers()] });
    let posted = alice.done(&addressed(post, &to)).await;
    assert_eq!(waiting(&server, &posted).await, [peers[0].id()]);
    deliver_all(&server).await;
    queue::run_until_idle(&server.ctx(), &DeliveryWorker)
        .await
        .unwrap();
    let others = [peers[2].id(), peers[1].id()];
    assert_eq!(waiting(&server, &posted).await, others);
}

async fn deferred_passing_on_is_for_other_servers_only(server: TestServer) {
    let server = server.again(|settings| settings.inline_fanout_limit = 1);
    let (alice, _) = followed(&server, &["zed", "yan"]).await;
    let [bob, carol] = server.people(["bob", "carol"]).await;
    let tom = Peer::at(&server, "tom", "third.example").await;
    tom.follow("f", &alice).await;
    bob.follow(&alice).await;
    let note = alice.note("x", everyone()).await;
    let liked = carol.done(&about("like", &note)).await;
    assert_eq!(waiting(&server, &liked).await, [""; 0]);
    queue::run_until_idle(&server.ctx(), &DeliveryWorker)
        .await
        .unwrap();
    assert_eq!(waiting(&server, &liked).await.len(), 3);
    let id = liked["id"].as_str().unwrap().to_owned();
    assert!(!bob.ids("inbox").await.contains(&id));
}

async fn changes_reach_actors_who_reacted(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let zed = Peer::person(&server, "zed").await;
    let yan = Peer::person(&server, "yan").await;
    let tom = Peer::person(&server, "tom").await;
    let note = alice.note("x", everyone()).await;
    bob.done(&about("like", &note)).await;
    let like = zed.activity("l", "like", &note);
    zed.deliver(&alice, &like).await.ok();
    let share = yan.activity("s", "share", &note);
    yan.deliver(&alice, &share).await.ok();
    let comment = tom.activity("c", "post", &tom.comment("c", &note));
    let comment = addressed(comment, &json!({ "to": [alice.person()] }));
    tom.deliver(&alice, &comment).await.ok();
    let all = [tom.id(), yan.id(), zed.id()];
    let updated = alice.done(&about("update", &note)).await;
    assert_eq!(waiting(&server, &updated).await, all);
    let deleted = alice.done(&about("delete", &note)).await;
    assert_eq!(waiting(&server, &deleted).await, all);
}

async fn member_removed_by_a_remote_owner_is_out(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let zed = Peer::person(&server, "zed").await;
    let yan = Peer::person(&server, "yan").await;
    let group = json!({
        "objectType": "group", "id": zed.url("api/group/1"), "displayName": "Pumpers",
        "author": zed.reference(),
    });
    let create = zed.activity("g", "create", &group);
    let create = addressed(create, &json!({ "to": [public(), alice.person()] }));
    zed.deliver(&alice, &create).await.ok();
    for member in [&alice, &bob] {
        member.done(&about("join", &group)).await;
    }
    let remove = |peer: &Peer, name, member: &Session| {
        let mut remove = peer.activity(name, "remove", &member.person());
        remove["target"] = group.clone();
        remove
    };
    let members = Stream::Members(zed.url("api/group/1"));
    let are_members = async || {
        let (alice, bob) = (alice.id(), bob.id());
        let pairs = [(members.clone(), &*alice), (members.clone(), &*bob)];
        server.app.storage().contains(&pairs).await.unwrap()
    };
    yan.deliver(&bob, &remove(&yan, "r", &bob)).await.ok();
    assert_eq!(are_members().await, [true, true]);
    zed.deliver(&bob, &remove(&zed, "r", &bob)).await.ok();
    assert_eq!(are_members().await, [true, false]);
}

async fn second_profile_of_one_second_counts(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    for name in ["one", "two"] {
        let mut profile = zed.profile();
        profile["displayName"] = name.into();
        profile["updated"] = "2027-01-15T07:30:00Z".into();
        let update = zed.activity(name, "update", &profile);
        zed.deliver(&alice, &update).await.ok();
        let following = alice.feed("following").await;
        assert_eq!(following["items"][0]["displayName"], name);
    }
}
