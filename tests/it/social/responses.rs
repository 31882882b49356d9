//! Follows, likes, shares and comments: their counts, inboxes, and undoing.

use serde_json::{Value, json};

use crate::support::{TestServer, about, comment_on, everyone, ids};

on_every_backend!(
    follow_is_counted_on_both_sides_and_undone,
    like_is_counted_and_undone_in_either_spelling,
    share_reaches_followers_and_counts_once_for_a_person,
    author_receives_every_like_share_and_comment,
    comment_reaches_the_audience_of_the_note,
    unreadable_object_takes_no_reply_like_or_share,
    posting_to_a_collection_equals_the_verb,
    concurrent_likes_and_edits_keep_counts_right,
    comment_can_be_shared_and_unshared,
);

async fn follow_is_counted_on_both_sides_and_undone(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.follow(&alice).await;
    assert_eq!(
        (alice.ids("followers").await, bob.ids("following").await),
        (vec![bob.id()], vec![alice.id()])
    );
    let profile = bob.get("/api/user/alice/profile").await.ok();
    assert_eq!(
        (
            &profile["followers"]["totalItems"],
            &profile["pump_io"]["followed"]
        ),
        (&json!(1), &json!(true))
    );
    assert_eq!(alice.verbs("inbox/direct/minor").await, ["follow"]);
    let again = bob
        .act(&json!({ "verb": "follow", "object": alice.person() }))
        .await
        .refused(400);
    assert_eq!(
        again,
        format!(
            "Already have a(n) 'edge' with id '{}→{}'",
            bob.id(),
            alice.id()
        )
    );

    bob.done(&json!({ "verb": "stop-following", "object": alice.person() }))
        .await;
    assert_eq!(
        (
            alice.ids("followers").await.len(),
            bob.ids("following").await.len()
        ),
        (0, 0)
    );
    let again = bob
        .act(&json!({ "verb": "stop-following", "object": alice.person() }))
        .await
        .refused(400);
    assert_eq!(
        again,
        format!("No such 'edge' with id '{}→{}'", bob.id(), alice.id())
    );
}

async fn like_is_counted_and_undone_in_either_spelling(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let note = alice.note("like me", everyone()).await;
    let id = note["id"].as_str().unwrap();
    bob.done(&about("favorite", &note)).await;
    assert!(
        bob.act(&about("like", &note))
            .await
            .refused(400)
            .contains('♥')
    );
    let seen = bob.get(id).await.ok();
    assert_eq!(
        (
            &seen["liked"],
            &seen["likes"]["totalItems"],
            &seen["likes"]["items"][0]["id"]
        ),
        (&json!(true), &json!(1), &json!(bob.id()))
    );
    assert!(
        seen["likes"].get("displayName").is_none(),
        "clients take a feed with a name for a whole one"
    );
    let likes = alice.get(&format!("{id}/likes")).await.ok();
    assert_eq!(
        (ids(&likes), likes["displayName"].is_string()),
        (vec![bob.id()], true)
    );
    assert_eq!(bob.ids("favorites").await, [id]);
    assert_eq!(alice.get(id).await.ok()["liked"], false);
    bob.done(&about("unlike", &note)).await;
    assert_eq!(bob.get(id).await.ok()["likes"]["totalItems"], 0);
    assert_eq!(bob.feed("favorites").await["totalItems"], 0);
    bob.act(&about("unfavorite", &note)).await.refused(400);
}

async fn share_reaches_followers_and_counts_once_for_a_person(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    carol.follow(&bob).await;
    let note = alice.note("share me", everyone()).await;
    let id = note["id"].as_str().unwrap();
    bob.done(&about("share", &note)).await;
    bob.done(&about("share", &note)).await;
    let seen = bob.get(id).await.ok();
    assert_eq!(
        (&seen["shares"]["totalItems"], &seen["pump_io"]["shared"]),
        (&json!(1), &json!(true))
    );
    let shared = &carol.feed("inbox/major").await["items"][0];
    assert_eq!(
        (
            &shared["verb"],
            &shared["object"]["content"],
            &shared["object"]["author"]["id"]
        ),
        (&json!("share"), &json!("share me"), &json!(alice.id()))
    );
    bob.done(&about("unshare", &note)).await;
    assert_eq!(bob.get(id).await.ok()["shares"]["totalItems"], 0);
    bob.act(&about("unshare", &note)).await.refused(400);
}

async fn author_receives_every_like_share_and_comment(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let note = alice.note("hello", everyone()).await;
    let aside = |mut activity: Value| {
        activity["to"] = json!([bob.person()]);
        activity
    };
    bob.done(&aside(about("like", &note))).await;
    bob.done(&aside(about("share", &note))).await;
    bob.done(&aside(comment_on(&note, "nice"))).await;
    assert_eq!(alice.verbs("inbox/minor").await[..2], ["post", "like"]);
    assert_eq!(alice.verbs("inbox/major").await[..2], ["share", "post"]);
    let comment = &alice.feed("inbox/minor").await["items"][0]["object"];
    assert_eq!(comment["content"], "nice");
    assert_eq!(
        alice.get(comment["id"].as_str().unwrap()).await.ok()["content"],
        "nice"
    );
}

async fn comment_reaches_the_audience_of_the_note(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    for fan in [&bob, &carol] {
        fan.follow(&alice).await;
    }
    let note = alice.note("to my followers", json!({})).await;
    let reply = bob.done(&comment_on(&note, "as one of them")).await;
    assert_eq!(reply["to"][0]["id"], alice.id());
    assert_eq!(reply["cc"][0]["id"], alice.followers()["id"]);
    assert_eq!(reply["object"]["inReplyTo"]["content"], "to my followers");
    assert_eq!(alice.verbs("inbox/direct/minor").await[0], "post");

    // Another follower of alice's can follow the conversation, though she does not know bob.
    let replies = carol
        .get(&format!("{}/replies", note["id"].as_str().unwrap()))
        .await
        .ok();
    assert_eq!(
        (&replies["totalItems"], &replies["items"][0]["content"]),
        (&json!(1), &json!("as one of them"))
    );
    assert!(replies["items"][0].get("inReplyTo").is_none());
    assert_eq!(
        carol.feed("inbox/minor").await["items"][0]["object"]["content"],
        "as one of them"
    );
    let seen = carol.feed("inbox/major").await["items"][0]["object"].clone();
    assert_eq!(seen["replies"]["items"][0]["author"]["id"], bob.id());
}

async fn unreadable_object_takes_no_reply_like_or_share(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let note = alice
        .note("private", json!({ "to": [alice.person()] }))
        .await;
    bob.act(&about("like", &note)).await.refused(403);
    bob.act(&about("share", &note)).await.refused(403);
    bob.act(&comment_on(&note, "peek")).await.refused(403);
    let seen = alice.get(note["id"].as_str().unwrap()).await.ok();
    for feed in ["likes", "shares", "replies"] {
        assert_eq!(seen[feed]["totalItems"], 0);
    }
}

async fn posting_to_a_collection_equals_the_verb(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let note = alice.note("x", everyone()).await;
    let followed = bob
        .post("/api/user/bob/following", &alice.person())
        .await
        .ok();
    assert_eq!(followed["id"], alice.id());
    let liked = bob
        .post(
            "/api/user/bob/favorites",
            &json!({ "objectType": "note", "id": note["id"] }),
        )
        .await
        .ok();
    assert_eq!((&liked["id"], liked.get("liked")), (&note["id"], None));
    assert_eq!(bob.verbs("feed").await[..2], ["favorite", "follow"]);
    let list = bob.ids("lists/person").await[0].clone();
    assert_eq!(
        bob.post(&format!("{list}/members"), &alice.person())
            .await
            .ok()["id"],
        alice.id()
    );
    alice
        .post(&format!("{list}/members"), &alice.person())
        .await
        .refused(403);
    alice
        .post("/api/user/bob/following", &alice.person())
        .await
        .refused(401);
}

async fn concurrent_likes_and_edits_keep_counts_right(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let note = alice.note("x", everyone()).await;
    let like = about("like", &note);
    let (first, second) = tokio::join!(bob.act(&like), bob.act(&like));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
    assert_eq!(
        alice.get(note["id"].as_str().unwrap()).await.ok()["likes"]["totalItems"],
        1
    );
    let edit = |content: &str| {
        json!({
            "verb": "update",
            "object": { "objectType": "note", "id": note["id"], "content": content },
        })
    };
    let (a, b, c, d) = (edit("a"), edit("b"), edit("c"), edit("d"));
    let edits = tokio::join!(alice.act(&a), alice.act(&b), alice.act(&c), alice.act(&d));
    for reply in [edits.0, edits.1, edits.2, edits.3] {
        assert_eq!(reply.status.as_u16(), 200, "{}", reply.text());
    }
    assert_eq!(alice.verbs("feed").await[..4], ["update"; 4]);
}

async fn comment_can_be_shared_and_unshared(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    carol.follow(&bob).await;
    let note = alice.note("open", everyone()).await;
    let comment = alice.done(&comment_on(&note, "and this")).await["object"].take();
    bob.done(&about("share", &comment)).await;
    let inbox = carol.feed("inbox?count=200").await.to_string();
    assert!(inbox.contains("and this"));
    bob.done(&about("unshare", &comment)).await;
}
