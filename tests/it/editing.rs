//! Editing, retraction and change of audience of activities (pump-api 9.6).

use serde_json::{Value, json};

use crate::support::{Session, TestServer, about, ids, named, public};

fn note(content: &str, to: Value) -> Value {
    let note = json!({ "objectType": "note", "content": content, "displayName": "A Title" });
    let mut activity = json!({ "object": note });
    activity["to"] = to;
    activity
}

fn comment(on: &Value, content: &str) -> Value {
    json!({ "object": { "objectType": "comment", "content": content, "inReplyTo": named(on) } })
}

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

/// How often a feed tells of a thing.
async fn times(who: &Session, feed: &str, activity: &Value) -> usize {
    who.ids(feed)
        .await
        .iter()
        .filter(|found| *found == id(activity))
        .count()
}

on_every_backend!(
    only_the_actor_edits_an_activity,
    an_activity_does_not_become_another,
    retracted_activity_is_a_tombstone_hidden_from_others,
    a_like_that_is_taken_back_still_counts,
    a_post_is_made_public_later_and_reaches_whom_it_had_not,
    a_post_is_narrowed_and_who_is_left_out_reads_it_no_longer,
    a_reply_that_is_readdressed_keeps_to_its_conversation,
    reply_made_public_reaches_the_thread_starters_followers,
    widened_activity_hides_titles_of_private_objects,
    recipients_of_an_update_may_read_the_object,
    unposted_upload_stays_private_after_an_update,
    a_share_goes_to_whom_it_is_addressed,
    two_changes_at_once_leave_one_of_them_whole,
);

async fn only_the_actor_edits_an_activity(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let posted = alice.done(&note("x", json!([public()]))).await;
    server.clock.advance(60);
    let put = alice.put(id(&posted), &json!({
            "content": "<b>told</b><script></script>", "title": "T", "mood": { "x": 1 }, "_uuid": "x", "likes": { "totalItems": 9 },
            "published": "1999-01-01T00:00:00Z", "updated": "1999-01-01T00:00:00Z", "url": "http://evil.example/", "generator": { "id": "x" }
        })).await.ok();
    assert_eq!(
        (&put["content"], &put["title"], &put["mood"]["x"]),
        (&json!("<b>told</b>"), &json!("T"), &json!(1))
    );
    assert_eq!(
        (&put["updated"], &put["published"], &put["url"]),
        (
            &json!("2027-01-15T08:01:00Z"),
            &posted["published"],
            &posted["url"]
        )
    );
    assert_eq!(
        (put.get("_uuid"), put.get("likes"), &put["generator"]),
        (None, None, &posted["generator"])
    );
    assert_eq!(
        (&put["to"], &put["object"]["content"]),
        (&posted["to"], &json!("x"))
    );
    let seen = bob.get(id(&posted)).await.ok();
    assert_eq!(
        (&seen["content"], &seen["mood"]["x"]),
        (&json!("<b>told</b>"), &json!(1))
    );
    let put = alice
        .put(
            id(&posted),
            &json!({ "mood": null, "content": null, "verb": null, "to": null }),
        )
        .await
        .ok();
    assert_eq!(
        (put.get("mood"), &put["content"], &put["verb"], &put["to"]),
        (None, &json!("<b>told</b>"), &json!("post"), &posted["to"])
    );
    assert_eq!(
        alice.put(id(&posted), &put).await.ok(),
        put,
        "sent back as it came it stays as it is"
    );
}

async fn an_activity_does_not_become_another(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let posted = alice.done(&note("x", json!([public()]))).await;
    let other = bob.note("other", json!({ "to": [public()] })).await;
    for (change, key) in [
        (json!({ "verb": "share" }), "verb"),
        (json!({ "object": named(&other) }), "object"),
        (json!({ "object": id(&other) }), "object"),
        (json!({ "target": named(&other) }), "target"),
    ] {
        assert_eq!(
            alice.put(id(&posted), &change).await.refused(400),
            format!("Can't change the '{key}' of an activity")
        );
    }
    assert_eq!(
        alice
            .put(id(&posted), &json!({ "actor": bob.person() }))
            .await
            .refused(400),
        "Invalid actor"
    );
    for bad in [
        json!({ "content": {} }),
        json!({ "to": "all" }),
        json!({ "verb": 5 }),
        json!({ "to": [{ "objectType": "person", "id": "acct:nobody@pump.example" }] }),
    ] {
        alice.put(id(&posted), &bad).await.refused(400);
    }
    alice
        .put(
            id(&posted),
            &json!({ "object": { "content": "not this way" } }),
        )
        .await
        .ok();
    assert_eq!(alice.get(id(&posted)).await.ok()["object"]["content"], "x");
    for answer in [
        bob.put(id(&posted), &json!({ "content": "x" })).await,
        bob.delete(id(&posted)).await,
    ] {
        assert_eq!(
            answer.refused(403),
            "Only the actor can modify this object."
        );
    }
    for answer in [
        alice.put("/api/activity/none", &json!({})).await,
        alice.delete("/api/activity/none").await,
    ] {
        assert_eq!(answer.refused(404), "Can't find an activity with id none");
    }
    let mood = "x".repeat(100_000);
    alice.put(id(&posted), &json!({ "mood": mood })).await.ok();
    alice
        .put(id(&posted), &json!({ "humour": mood }))
        .await
        .refused(413);
}

async fn retracted_activity_is_a_tombstone_hidden_from_others(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let posted = alice.done(&json!({ "object": { "objectType": "note", "content": "hush", "displayName": "A Title" }, "to": [bob.person(), public()], "title": "telling" })).await;
    bob.done(&about("like", &posted["object"])).await;
    server.clock.advance(60);
    assert_eq!(alice.delete(id(&posted)).await.ok(), json!("Deleted"));
    for who in [&alice, &bob] {
        assert_eq!(who.get(id(&posted)).await.refused(410), "Deleted");
    }
    alice.delete(id(&posted)).await.refused(410);
    alice
        .put(id(&posted), &json!({ "content": "x" }))
        .await
        .refused(410);
    bob.get(id(&posted["object"])).await.refused(403);
    bob.act(&about("share", &posted["object"]))
        .await
        .refused(403);
    assert_eq!(
        alice.get(id(&posted["object"])).await.ok()["content"],
        "hush"
    );

    let mark = alice.feed("feed/major").await["items"][0].clone();
    assert_eq!(
        (&mark["id"], &mark["deleted"], &mark["updated"]),
        (
            &posted["id"],
            &json!("2027-01-15T08:01:00Z"),
            &json!("2027-01-15T08:01:00Z")
        )
    );
    assert_eq!(
        (mark.get("to"), mark.get("title"), &mark["published"]),
        (None, None, &posted["published"])
    );
    assert_eq!(
        mark["content"],
        "<a href='http://pump.example/alice'>alice</a> posted a note"
    );
    let seen = bob.feed("inbox/major").await["items"][0].clone();
    assert_eq!(
        (&seen["id"], seen["deleted"].is_string(), &seen["object"]),
        (&posted["id"], true, &named(&posted["object"]))
    );
    assert!(!bob.feed("inbox").await.to_string().contains("telling"));
    assert_eq!(
        bob.get("/api/user/alice/feed/major").await.ok()["totalItems"],
        0
    );

    // It is theirs alone again, and can be posted again.
    let again = alice
        .done(&json!({ "object": named(&posted["object"]), "to": [bob.person()] }))
        .await;
    assert_eq!(bob.get(id(&posted["object"])).await.ok()["content"], "hush");
    assert_eq!(times(&bob, "inbox/major", &again).await, 1);
}

async fn a_like_that_is_taken_back_still_counts(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let note = alice.note("x", json!({ "to": [public()] })).await;
    let like = bob.done(&about("like", &note)).await;
    bob.delete(id(&like)).await.ok();
    assert_eq!(alice.get(id(&note)).await.ok()["likes"]["totalItems"], 1);
    bob.done(&about("unlike", &note)).await;
}

async fn a_post_is_made_public_later_and_reaches_whom_it_had_not(server: TestServer) {
    let (alice, bob, carol) = (
        server.person("alice").await,
        server.person("bob").await,
        server.person("carol").await,
    );
    carol.done(&about("follow", &alice.person())).await;
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
    let reply = carol.done(&comment(&posted["object"], "late")).await;
    assert_eq!(
        carol.two_legged().get(id(&reply["object"])).await.ok()["content"],
        "late"
    );
    assert_eq!(times(&bob, "inbox/minor", &reply).await, 1);
}

async fn a_post_is_narrowed_and_who_is_left_out_reads_it_no_longer(server: TestServer) {
    let (alice, bob, carol) = (
        server.person("alice").await,
        server.person("bob").await,
        server.person("carol").await,
    );
    carol.done(&about("follow", &alice.person())).await;
    let posted = alice.done(&json!({ "object": { "objectType": "note", "content": "hush", "displayName": "A Title" }, "to": [public()], "cc": [bob.person()], "title": "telling" })).await;
    let before = carol.done(&comment(&posted["object"], "seen")).await;
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
        .act(&comment(&posted["object"], "again"))
        .await
        .refused(403);
    // What she said stays hers, and where it was said.
    assert_eq!(
        carol.get(id(&before["object"])).await.ok()["inReplyTo"],
        named(&posted["object"])
    );
    // Answers from now on stay with those who are left.
    let reply = bob.done(&comment(&posted["object"], "among us")).await;
    carol.get(id(&reply["object"])).await.refused(403);
    assert_eq!(times(&carol, "inbox", &reply).await, 0);
    alice.put(id(&posted), &json!({ "cc": [] })).await.ok();
    bob.get(id(&posted["object"])).await.refused(403);
    assert_eq!(
        alice.get(id(&posted["object"])).await.ok()["content"],
        "hush"
    );
}

async fn a_reply_that_is_readdressed_keeps_to_its_conversation(server: TestServer) {
    let (alice, bob, carol, dave) = (
        server.person("alice").await,
        server.person("bob").await,
        server.person("carol").await,
        server.person("dave").await,
    );
    for fan in [&bob, &carol] {
        fan.done(&about("follow", &alice.person())).await;
    }
    let note = alice.note("for followers", json!({})).await;
    let reply = bob
        .done(&json!({ "object": comment(&note, "aside")["object"], "to": [dave.person()] }))
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
    let own = bob.done(&json!({ "object": { "objectType": "note", "content": "mine" }, "to": [dave.person()] })).await;
    bob.put(id(&own), &json!({ "cc": [alice.followers()] }))
        .await
        .ok();
    carol.get(id(&own["object"])).await.refused(403);
}

async fn reply_made_public_reaches_the_thread_starters_followers(server: TestServer) {
    let (alice, bob, carol, dave) = (
        server.person("alice").await,
        server.person("bob").await,
        server.person("carol").await,
        server.person("dave").await,
    );
    dave.done(&about("follow", &alice.person())).await;
    let note = alice.note("hello", json!({ "to": [public()] })).await;
    let first = bob.done(&comment(&note, "and?")).await;
    let second = carol.done(&comment(&first["object"], "well")).await;
    let third = bob.done(&json!({ "object": comment(&second["object"], "so")["object"], "to": [carol.person()] })).await;
    dave.get(id(&third["object"])).await.refused(403);
    bob.put(id(&third), &json!({ "to": [public()] })).await.ok();
    assert_eq!(dave.get(id(&third["object"])).await.ok()["content"], "so");
    assert_eq!(times(&dave, "inbox", &third).await, 1);
}

async fn widened_activity_hides_titles_of_private_objects(server: TestServer) {
    let (alice, bob, carol) = (
        server.person("alice").await,
        server.person("bob").await,
        server.person("carol").await,
    );
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

async fn recipients_of_an_update_may_read_the_object(server: TestServer) {
    let (alice, bob, carol) = (
        server.person("alice").await,
        server.person("bob").await,
        server.person("carol").await,
    );
    let posted = alice.done(&note("x", json!([bob.person()]))).await;
    let update = |to: Value| json!({ "verb": "update", "object": { "objectType": "note", "id": posted["object"]["id"], "content": "y" }, "to": to });
    alice.done(&update(json!([alice.person()]))).await;
    assert_eq!(
        alice.get(id(&posted)).await.ok()["to"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let updated = alice.done(&update(json!([carol.person()]))).await;
    assert_eq!(carol.get(id(&posted["object"])).await.ok()["content"], "y");
    assert_eq!(
        carol.ids("inbox/direct").await[..2],
        [id(&updated), id(&posted)]
    );
    assert_eq!(
        bob.get(id(&posted["object"])).await.ok()["content"],
        "y",
        "nobody loses it by an update"
    );
    assert_eq!(times(&bob, "inbox", &updated).await, 0);
    let to = alice.get(id(&posted)).await.ok()["to"].clone();
    assert_eq!(
        (&to[0]["id"], &to[1]["id"]),
        (&json!(bob.id()), &json!(carol.id()))
    );

    alice.done(&update(json!([public()]))).await;
    assert_eq!(
        carol.two_legged().get(id(&posted["object"])).await.ok()["content"],
        "y"
    );
    carol
        .act(&update(json!([carol.person()])))
        .await
        .refused(400);
}

async fn unposted_upload_stays_private_after_an_update(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let upload = alice
        .request("POST", "/api/user/alice/uploads", "text/plain", "kept")
        .await
        .ok();
    let update = json!({ "verb": "update", "object": { "objectType": upload["objectType"], "id": upload["id"], "displayName": "T" }, "to": [alice.person(), bob.person()] });
    alice.done(&update).await;
    bob.get(id(&upload)).await.refused(403);
    let posted = alice
        .done(&json!({ "object": named(&upload), "to": [bob.person()] }))
        .await;
    assert_eq!(bob.get(id(&upload)).await.ok()["displayName"], "T");
    alice.delete(id(&posted)).await.ok();
    bob.get(id(&upload)).await.refused(403);
}

async fn a_share_goes_to_whom_it_is_addressed(server: TestServer) {
    let (alice, bob, carol, dave) = (
        server.person("alice").await,
        server.person("bob").await,
        server.person("carol").await,
        server.person("dave").await,
    );
    for fan in [&carol, &dave] {
        fan.done(&about("follow", &bob.person())).await;
    }
    let note = alice.note("x", json!({ "to": [public()] })).await;
    let list = bob.feed("lists/person").await["items"][0].clone();
    bob.done(&json!({ "verb": "add", "object": carol.person(), "target": named(&list) }))
        .await;
    let share = bob
        .done(&json!({ "verb": "share", "object": named(&note), "to": [named(&list)] }))
        .await;
    assert_eq!(
        (
            times(&carol, "inbox/major", &share).await,
            times(&dave, "inbox/major", &share).await
        ),
        (1, 0)
    );
    assert_eq!(
        (
            times(&alice, "inbox/major", &share).await,
            dave.get(id(&share)).await.status.as_u16()
        ),
        (1, 403)
    );
    // Sharing a private thing gives nobody else access to it.
    let private = alice.note("private", json!({ "to": [bob.person()] })).await;
    bob.done(
        &json!({ "verb": "share", "object": named(&private), "to": [public(), named(&list)] }),
    )
    .await;
    carol.get(id(&private)).await.refused(403);
}

async fn two_changes_at_once_leave_one_of_them_whole(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let posted = alice.done(&note("x", json!([bob.person()]))).await;
    let (open, closed) = (json!({ "to": [public()] }), json!({ "to": [] }));
    let (first, second, third) = tokio::join!(
        alice.put(id(&posted), &open),
        alice.put(id(&posted), &closed),
        alice.delete(id(&posted))
    );
    for answer in [&first, &second, &third] {
        assert!(
            matches!(answer.status.as_u16(), 200 | 410),
            "{}",
            answer.text()
        );
    }
    third.is(200);
    bob.get(id(&posted["object"])).await.refused(403);
    alice.get(id(&posted)).await.refused(410);
}
