//! Effects of each verb of a person of another server.

use serde_json::{Value, json};

use super::peer::Peer;
use crate::support::{Session, TestServer, about, addressed, ids, public};

on_every_backend!(
    follower_elsewhere_gets_what_is_posted,
    likes_and_shares_of_ours_are_counted,
    likes_of_what_may_not_be_read_are_refused,
    activity_about_a_deleted_thing_is_refused,
    update_and_delete_reach_all_who_have_it,
    lists_of_others_are_kept_there,
    verbs_without_effects_are_stored,
    followers_of_others_are_kept_there,
    local_person_acts_on_remote_things,
);

async fn count(alice: &Session, thing: &Value, feed: &str) -> Value {
    alice.get(thing["id"].as_str().unwrap()).await.ok()[feed]["totalItems"].clone()
}

async fn follower_elsewhere_gets_what_is_posted(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    zed.follow("f", &alice).await;
    assert_eq!(alice.ids("followers").await, [zed.id()]);
    assert_eq!(alice.verbs("inbox/direct").await[0], "follow");
    let posted = alice
        .done(&json!({ "object": { "objectType": "note", "content": "x" } }))
        .await;
    assert_eq!(super::peer::waiting(&server, &posted).await, [zed.id()]);
    let stop = zed.activity("s", "stop-following", &alice.person());
    zed.deliver(&alice, &stop).await.ok();
    assert_eq!(alice.ids("followers").await, [""; 0]);
}

async fn likes_and_shares_of_ours_are_counted(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note("x", json!({ "to": [public()] })).await;
    let zed = Peer::person(&server, "zed").await;
    for (verb, feed, counted) in [
        ("favorite", "likes", 1),
        ("unlike", "likes", 0),
        ("like", "likes", 1),
        ("unfavorite", "likes", 0),
        ("share", "shares", 1),
        ("unshare", "shares", 0),
    ] {
        zed.deliver(&alice, &zed.activity(verb, verb, &note))
            .await
            .ok();
        assert_eq!(count(&alice, &note, feed).await, counted, "{verb}");
    }
}

async fn activity_about_a_deleted_thing_is_refused(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note("x", json!({ "to": [public()] })).await;
    alice.done(&about("delete", &note)).await;
    let zed = Peer::person(&server, "zed").await;
    let like = zed.activity("l", "like", &note);
    // 410 would say that the inbox is gone.
    zed.deliver(&alice, &like).await.refused(400);
}

async fn likes_of_what_may_not_be_read_are_refused(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let note = alice.note("x", json!({ "to": [bob.person()] })).await;
    let zed = Peer::person(&server, "zed").await;
    for verb in ["like", "share"] {
        zed.deliver(&alice, &zed.activity(verb, verb, &note))
            .await
            .refused(400);
    }
    let comment = zed.comment("1", &note);
    zed.deliver(&alice, &zed.activity("c", "post", &comment))
        .await
        .refused(400);
    assert_eq!(count(&bob, &note, "replies").await, 0);
    let lost = json!({ "objectType": "note", "id": "http://pump.example/api/note/lost" });
    zed.deliver(&alice, &zed.activity("l", "like", &lost))
        .await
        .refused(400);
}

async fn update_and_delete_reach_all_who_have_it(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    zed.is_followed_by(&bob).await;
    zed.deliver(&alice, &zed.post("1")).await.ok();
    let stop = about("stop-following", &zed.reference());
    alice.done(&stop).await;
    bob.done(&stop).await;
    let path = format!("/api/note?id={}", zed.url("api/note/1"));
    let mut note = zed.note("1");
    note["content"] = "new".into();
    note["updated"] = "2027-01-15T07:30:00Z".into();
    zed.deliver(&bob, &zed.activity("u", "update", &note))
        .await
        .ok();
    assert_eq!(alice.get(&path).await.ok()["content"], "new");
    let named = json!({ "id": note["id"] });
    zed.deliver(&bob, &zed.activity("d", "delete", &named))
        .await
        .ok();
    alice.get(&path).await.refused(410);
}

async fn lists_of_others_are_kept_there(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    let list = json!({
        "objectType": "collection", "id": zed.url("api/collection/1"), "displayName": "Pals",
        "objectTypes": ["person"],
    });
    let to = json!({ "to": [public()] });
    zed.deliver(&alice, &addressed(zed.activity("c", "create", &list), &to))
        .await
        .ok();
    let own = alice.feed("lists/person").await["items"][0].clone();
    for (verb, target) in [
        ("add", &list),
        ("remove", &list),
        ("add", &own),
        ("remove", &own),
    ] {
        let mut activity = addressed(zed.activity("a", verb, &alice.person()), &to);
        activity["id"] = zed.url(&format!("{verb}/{}", target["displayName"])).into();
        activity["target"] = target.clone();
        let status = if target == &own { 400 } else { 200 };
        zed.deliver(&alice, &activity).await.is(status);
    }
}

async fn verbs_without_effects_are_stored(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    let place = json!({ "objectType": "place", "id": zed.url("place/1"), "displayName": "Here" });
    for verb in ["checkin", "play", "at-home"] {
        let activity = addressed(
            zed.activity(verb, verb, &place),
            &json!({ "to": [public()] }),
        );
        zed.deliver(&alice, &activity).await.ok();
        assert_eq!(alice.verbs("inbox").await[0], verb);
    }
}

async fn followers_of_others_are_kept_there(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    let tom = Peer::at(&server, "tom", "third.example").await;
    zed.is_followed_by(&alice).await;
    tom.is_followed_by(&alice).await;
    let follow = addressed(
        zed.activity("f", "follow", &tom.profile()),
        &json!({ "cc": [zed.followers()] }),
    );
    zed.deliver(&alice, &follow).await.ok();
    let post = tom.post("1");
    tom.deliver(&alice, &post).await.ok();
    assert_eq!(super::peer::waiting(&server, &post).await, [""; 0]);
}

async fn local_person_acts_on_remote_things(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    zed.deliver(&alice, &zed.post("1")).await.ok();
    let note = alice.feed("inbox/major").await["items"][0]["object"].clone();
    for activity in [
        about("favorite", &note),
        about("share", &note),
        json!({ "object": { "objectType": "comment", "content": "c", "inReplyTo": {
            "objectType": "note", "id": note["id"] } } }),
    ] {
        let done = alice.done(&activity).await;
        assert_eq!(
            super::peer::waiting(&server, &done).await,
            [zed.id()],
            "{activity}"
        );
    }
    let shown = bob
        .get(&format!("/api/note?id={}", zed.url("api/note/1")))
        .await
        .ok();
    assert_eq!(ids(&shown["replies"]).len(), 1);
    // A thing that nobody here knows is kept by name.
    let unknown =
        json!({ "objectType": "note", "id": "urn:uuid:f481d2dc-0721-4119-a0a9-58b6f083836e" });
    alice.done(&about("like", &unknown)).await;
    let comment = json!({ "objectType": "comment", "content": "c", "inReplyTo": unknown });
    alice.done(&json!({ "object": comment })).await;
    let elsewhere = json!({ "objectType": "note", "id": "https://far.example/api/note/9" });
    let comment = json!({ "objectType": "comment", "content": "d", "inReplyTo": elsewhere });
    alice.done(&json!({ "object": comment })).await;
    zed.deliver(&alice, &zed.post("9")).await.ok();
    let shown = alice
        .get(&format!("/api/note?id={}", zed.url("api/note/9")))
        .await
        .ok();
    assert_eq!(shown["replies"]["items"][0]["content"], "d");
}
