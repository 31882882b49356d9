//! Changes of the audience of an activity that is stored.

use serde_json::json;

use super::{note, times};
use crate::support::{TestServer, about, comment_on, id, ids, named, public};

on_every_backend!(
    post_made_public_reaches_its_new_audience,
    narrowed_post_is_hidden_from_former_audience,
    readdressed_reply_stays_in_its_conversation,
    reply_made_public_reaches_the_thread_starters_followers,
    widened_activity_hides_titles_of_private_objects,
);

async fn post_made_public_reaches_its_new_audience(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    carol.follow(&alice).await;
    let posted = alice.done(&note("x", json!([bob.person()]))).await;
    carol.get(id(&posted["object"])).await.refused(403);
    let put = alice
        .put(id(&posted), &json!({ "cc": [public()] }))
        .await
        .ok();
    assert_eq!(
        (&put["to"][0]["id"], &put["cc"][0]["id"]),
        (&json!(bob.id()), &public()["id"])
    );
    for who in [&bob, &carol, &carol.two_legged()] {
        assert_eq!(who.get(id(&posted["object"])).await.ok()["content"], "x");
        who.get(id(&posted)).await.ok();
    }
    assert_eq!(
        (
            times(&bob, "inbox/major", &posted).await,
            times(&carol, "inbox/major", &posted).await
        ),
        (1, 1)
    );
    assert_eq!(
        (
            times(&bob, "inbox/direct", &posted).await,
            times(&carol, "inbox/direct", &posted).await
        ),
        (1, 0)
    );
    assert_eq!(
        ids(&carol.two_legged().get("/api/user/alice/feed").await.ok()),
        [id(&posted)]
    );
    // Answers go where it goes now.
    let reply = carol.done(&comment_on(&posted["object"], "late")).await;
    assert_eq!(
        carol.two_legged().get(id(&reply["object"])).await.ok()["content"],
        "late"
    );
    assert_eq!(times(&bob, "inbox/minor", &reply).await, 1);
}

async fn narrowed_post_is_hidden_from_former_audience(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    carol.follow(&alice).await;
    let posted = alice
        .done(&json!({
            "object": { "objectType": "note", "content": "hush", "displayName": "A Title" },
            "to": [public()],
            "cc": [bob.person()],
            "title": "telling",
        }))
        .await;
    let before = carol.done(&comment_on(&posted["object"], "seen")).await;
    alice.put(id(&posted), &json!({ "to": [] })).await.ok();
    assert_eq!(bob.get(id(&posted["object"])).await.ok()["content"], "hush");
    for answer in [
        carol.get(id(&posted["object"])).await,
        carol.get(id(&posted)).await,
        carol.two_legged().get(id(&posted["object"])).await,
    ] {
        answer.refused(403);
    }
    let seen = carol.feed("inbox").await;
    assert!(
        !["hush", "A Title", "telling"]
            .iter()
            .any(|word| seen.to_string().contains(word)),
        "{seen}"
    );
    assert_eq!(
        times(&carol, "inbox/major", &posted).await,
        1,
        "what clients hold on to in a feed stays there"
    );
    let shell = carol.feed("inbox/major").await["items"][0].clone();
    assert_eq!(
        (
            &shell["verb"],
            &shell["actor"]["id"],
            &shell["object"],
            shell.get("deleted")
        ),
        (
            &json!("post"),
            &json!(alice.id()),
            &named(&posted["object"]),
            None
        )
    );
    carol
        .act(&comment_on(&posted["object"], "again"))
        .await
        .refused(403);
    // Her words stay hers, and where they were said.
    assert_eq!(
        carol.get(id(&before["object"])).await.ok()["inReplyTo"],
        named(&posted["object"])
    );
    // Answers from now on stay with those who are left.
    let reply = bob.done(&comment_on(&posted["object"], "among us")).await;
    carol.get(id(&reply["object"])).await.refused(403);
    assert_eq!(times(&carol, "inbox", &reply).await, 0);
    alice.put(id(&posted), &json!({ "cc": [] })).await.ok();
    bob.get(id(&posted["object"])).await.refused(403);
    assert_eq!(
        alice.get(id(&posted["object"])).await.ok()["content"],
        "hush"
    );
}

async fn readdressed_reply_stays_in_its_conversation(server: TestServer) {
    let [alice, bob, carol, dave] = server.people(["alice", "bob", "carol", "dave"]).await;
    for fan in [&bob, &carol] {
        fan.follow(&alice).await;
    }
    let note = alice.note("for followers", json!({})).await;
    let reply = bob
        .done(&json!({ "object": comment_on(&note, "aside")["object"], "to": [dave.person()] }))
        .await;
    assert_eq!(
        alice.get(id(&reply["object"])).await.ok()["content"],
        "aside"
    );
    bob.put(id(&reply), &json!({ "to": [alice.followers()] }))
        .await
        .ok();
    assert_eq!(
        carol.get(id(&reply["object"])).await.ok()["content"],
        "aside"
    );
    assert_eq!(
        (
            times(&carol, "inbox/minor", &reply).await,
            times(&alice, "inbox/minor", &reply).await
        ),
        (1, 1)
    );
    dave.get(id(&reply["object"])).await.refused(403);
    // Someone else's followers are no audience of one's own.
    let own = bob
        .done(&json!({
            "object": { "objectType": "note", "content": "mine" },
            "to": [dave.person()],
        }))
        .await;
    bob.put(id(&own), &json!({ "cc": [alice.followers()] }))
        .await
        .ok();
    carol.get(id(&own["object"])).await.refused(403);
}

async fn reply_made_public_reaches_the_thread_starters_followers(server: TestServer) {
    let [alice, bob, carol, dave] = server.people(["alice", "bob", "carol", "dave"]).await;
    dave.follow(&alice).await;
    let note = alice.note("hello", json!({ "to": [public()] })).await;
    let first = bob.done(&comment_on(&note, "and?")).await;
    let second = carol.done(&comment_on(&first["object"], "well")).await;
    let third = bob
        .done(&json!({
            "object": comment_on(&second["object"], "so")["object"],
            "to": [carol.person()],
        }))
        .await;
    dave.get(id(&third["object"])).await.refused(403);
    bob.put(id(&third), &json!({ "to": [public()] })).await.ok();
    assert_eq!(dave.get(id(&third["object"])).await.ok()["content"], "so");
    assert_eq!(times(&dave, "inbox", &third).await, 1);
}

async fn widened_activity_hides_titles_of_private_objects(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    let posted = alice.done(&note("x", json!([bob.person()]))).await;
    let like = bob.done(&about("like", &posted["object"])).await;
    assert!(like["content"].as_str().unwrap().contains("A Title"));
    let mut open = like.clone();
    open["cc"] = json!([public()]);
    bob.put(id(&like), &open).await.ok();
    let seen = carol.get(id(&like)).await.ok();
    assert!(!seen.to_string().contains("A Title"), "{seen}");
    assert_eq!(
        alice.get(id(&like)).await.ok()["object"]["displayName"],
        "A Title",
        "its author hears of it as before"
    );
}
