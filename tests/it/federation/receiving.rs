//! Received activities: stored once, and in the inboxes of all whom they are for.

use serde_json::{Value, json};

use super::peer::Peer;
use crate::support::{Request, TestServer, addressed, ids, public};

on_every_backend!(
    public_note_reaches_the_follower,
    answer_is_the_activity_as_it_is_stored,
    repeated_delivery_changes_nothing,
    first_arrival_reaches_all_followers,
    private_activity_is_readable_where_it_arrived,
    same_activity_at_once_is_stored_once,
    unbound_client_delivers_nothing,
    odd_properties_of_a_received_note_are_left_out,
    remote_person_reads_what_followers_may,
    received_post_and_its_author_are_found,
);

async fn public_note_reaches_the_follower(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    zed.deliver(&alice, &zed.post("1")).await.ok();
    let seen = alice.feed("inbox/major").await["items"][0].clone();
    assert_eq!(seen["object"]["content"], "<p>1</p>");
    assert_eq!(seen["actor"]["displayName"], "zed");
    assert_eq!(seen["object"]["likes"]["totalItems"], 0);
    assert_eq!(seen["object"]["likes"]["url"], zed.url("api/note/1/likes"));
    assert_eq!(seen["actor"]["followers"]["totalItems"], Value::Null);
    assert_eq!(
        seen["content"],
        "<a href='https://far.example/zed'>zed</a> posted \
         <a href='https://far.example/zed/note/1'>a note</a>"
    );
    assert_ne!(bob.ids("inbox").await[0], seen["id"]);
    let found = bob
        .get(&format!("/api/note?id={}", zed.url("api/note/1")))
        .await;
    assert_eq!(found.ok()["author"]["id"], zed.id());
}

async fn answer_is_the_activity_as_it_is_stored(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    let mut post = addressed(zed.post("1"), &json!({ "to": [alice.person()] }));
    post["content"] = "said <script>x</script>".into();
    post["_uuid"] = "x".into();
    post["generator"] = json!({ "id": "urn:uuid:1", "displayName": "Web", "published": "x" });
    let stored = zed.deliver(&alice, &post).await.ok();
    for (key, value) in [
        ("id", post["id"].clone()),
        ("published", post["published"].clone()),
        ("content", "said ".into()),
        ("received", "2027-01-15T08:00:00Z".into()),
        ("updated", "2027-01-15T08:00:00Z".into()),
        ("_uuid", Value::Null),
    ] {
        assert_eq!(stored[key], value, "{key}");
    }
    assert_eq!(stored["generator"]["displayName"], "Web");
    assert_eq!(stored["to"][0]["displayName"], "alice");
    // Without an id it gets one of this server.
    post.as_object_mut().unwrap().shift_remove("id");
    post["object"]["id"] = zed.url("api/note/2").into();
    let stored = zed.deliver(&alice, &post).await.ok();
    assert!(
        stored["id"]
            .as_str()
            .unwrap()
            .starts_with("http://pump.example/api/activity/")
    );
}

async fn repeated_delivery_changes_nothing(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    zed.deliver(&alice, &zed.post("1")).await.ok();
    let before = alice.feed("inbox").await;
    let mut again = zed.post("1");
    again["object"]["content"] = "other".into();
    zed.deliver(&alice, &again).await.ok();
    assert_eq!(alice.feed("inbox").await, before);
}

async fn first_arrival_reaches_all_followers(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let zed = Peer::person(&server, "zed").await;
    // The server of the person is known from the first delivery on.
    zed.is_followed_by(&alice).await;
    zed.deliver(&alice, &zed.post("1")).await.ok();
    zed.is_followed_by(&bob).await;
    let closed = addressed(zed.post("2"), &json!({ "to": [], "cc": [zed.followers()] }));
    zed.deliver(&alice, &closed).await.ok();
    for follower in [&alice, &bob] {
        let id = closed["id"].as_str().unwrap().to_owned();
        assert!(follower.ids("inbox/major").await.contains(&id));
    }
    let path = format!("/api/note?id={}", zed.url("api/note/2"));
    bob.get(&path).await.ok();
    let shown = &bob.feed("inbox/major").await["items"][0];
    assert_eq!(shown["cc"][0]["displayName"], "Followers");
    server.person("carol").await.get(&path).await.refused(403);
    let waiting = super::peer::waiting(&server, &closed).await;
    assert!(waiting.is_empty(), "{waiting:?}");
}

async fn private_activity_is_readable_where_it_arrived(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    let zed = Peer::person(&server, "zed").await;
    for follower in [&alice, &bob] {
        zed.is_followed_by(follower).await;
    }
    let nobody = json!({ "objectType": "collection", "id": zed.url("api/collection/friends") });
    let closed = addressed(zed.post("1"), &json!({ "to": [nobody], "cc": [] }));
    zed.deliver(&alice, &closed).await.ok();
    let path = format!("/api/note?id={}", zed.url("api/note/1"));
    alice.get(&path).await.ok();
    bob.get(&path).await.refused(403);
    zed.deliver(&bob, &closed).await.ok();
    bob.get(&path).await.ok();
    carol.get(&path).await.refused(403);
    let id = closed["id"].as_str().unwrap().to_owned();
    assert!(bob.ids("inbox/major").await.contains(&id));
}

async fn same_activity_at_once_is_stored_once(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let zed = Peer::person(&server, "zed").await;
    for follower in [&alice, &bob] {
        zed.is_followed_by(follower).await;
    }
    let (post, other) = (zed.post("1"), server.again(|_| ()));
    let elsewhere = Peer {
        server: other,
        ..zed.clone()
    };
    let share = addressed(
        zed.activity("2", "share", &zed.note("1")),
        &json!({ "to": [public()] }),
    );
    let answers = tokio::join!(
        zed.deliver(&alice, &post),
        elsewhere.deliver(&bob, &post),
        zed.deliver(&bob, &post),
        elsewhere.deliver(&alice, &share),
        zed.deliver(&alice, &share),
    );
    for answer in [answers.0, answers.1, answers.2, answers.3, answers.4] {
        answer.ok();
    }
    for follower in [&alice, &bob] {
        let received = follower.ids("inbox/major").await;
        let received = received
            .iter()
            .filter(|id| id.starts_with("https://far.example"));
        assert_eq!(received.count(), 2);
    }
    let note = alice
        .get(&format!("/api/note?id={}", zed.url("api/note/1")))
        .await
        .ok();
    assert_eq!(
        (&note["content"], &note["shares"]["totalItems"]),
        (&json!("<p>1</p>"), &json!(1))
    );
}

async fn unbound_client_delivers_nothing(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    let stranger = server.client().await;
    let post = addressed(zed.post("1"), &json!({ "to": [alice.person()] }));
    let path = "/api/user/alice/inbox";
    let request = || Request::post(path).json(&post);
    let answer = server.send(request().by(&stranger)).await.is(401);
    assert_eq!(answer.text(), "Authentication required");
    server.send(request().by(&alice.credentials)).await.is(400);
    server.send(request()).await.is(400);
    zed.send("/api/user/nobody/inbox", &post).await.refused(404);
    zed.get(path).await.is(400);
}

async fn odd_properties_of_a_received_note_are_left_out(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    let mut post = zed.post("1");
    for (key, value) in [
        (
            "upstreamDuplicates",
            json!({ "0": "http://far.example/zed" }),
        ),
        ("image", json!([])),
        ("location", json!("")),
        ("links", json!({})),
    ] {
        post["actor"][key] = value.clone();
        post["object"][key] = value;
    }
    post["actor"]
        .as_object_mut()
        .unwrap()
        .shift_remove("objectType");
    post["object"]
        .as_object_mut()
        .unwrap()
        .shift_remove("objectType");
    zed.deliver(&alice, &post).await.ok();
    let seen = alice.feed("inbox").await["items"][0].clone();
    assert_eq!(seen["actor"]["objectType"], "person");
    assert_eq!(seen["object"]["content"], "<p>1</p>");
}

async fn remote_person_reads_what_followers_may(server: TestServer) {
    let alice = server.person("alice").await;
    let zed = Peer::person(&server, "zed").await;
    let yan = Peer::person(&server, "yan").await;
    zed.follow("f", &alice).await;
    let note = alice
        .note("for followers", json!({ "cc": [alice.followers()] }))
        .await;
    let path = note["id"].as_str().unwrap();
    assert_eq!(zed.get(path).await.ok()["content"], "for followers");
    yan.get(path).await.refused(403);
    zed.by_host("far.example")
        .await
        .get(path)
        .await
        .refused(403);
    assert_eq!(zed.get(path).await.ok()["content"], "for followers");
    let feed = zed.get("/api/user/alice/feed").await.ok().to_string();
    assert!(feed.contains("for followers"));
    let feed = yan.get("/api/user/alice/feed").await.ok().to_string();
    assert!(!feed.contains("for followers"));
    zed.get("/api/user/alice/inbox").await.is(400);
}

async fn received_post_and_its_author_are_found(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let zed = Peer::person(&server, "zed").await;
    zed.is_followed_by(&alice).await;
    let mut post = zed.post("1");
    post["object"]["content"] = "<p>remote #Tea</p>".into();
    post["object"]["tags"] = json!([{ "objectType": "hashtag", "displayName": "Tea" }]);
    zed.deliver(&alice, &post).await.ok();
    let id = zed.url("api/note/1");
    for target in [
        "search?q=remote",
        "search?q=from:zed@far.example",
        "tag/tea/feed",
    ] {
        let found = bob.get(&format!("/api/{target}")).await.ok();
        assert_eq!(ids(&found), [&*id], "{target}");
        assert_eq!(found["items"][0]["content"], "<p>remote #Tea</p>");
    }
    let people = bob.get("/api/search/people?q=zed@far").await.ok();
    assert_eq!(ids(&people), [zed.id()]);
}
