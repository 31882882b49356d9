//! Blocks and mutes of persons: what no longer arrives, and what is refused.

use serde_json::{Value, json};

use crate::support::{
    Session, TestServer, about, addressed, comment_on, everyone, id, ids, path, person_list, public,
};

on_every_backend!(
    muted_person_reaches_nothing_and_sees_no_difference,
    block_ends_what_is_between_two_persons,
    blocked_person_is_refused,
    lists_of_blocked_persons_are_for_their_owner,
    refused_relation_says_why,
    block_verb_in_an_outbox_blocks_and_stays_private,
);

async fn contents(session: &Session) -> Vec<Value> {
    let inbox = session.feed("inbox/major").await;
    // The last is the welcome of the server.
    let (_, items) = inbox["items"].as_array().unwrap().split_last().unwrap();
    items
        .iter()
        .map(|item| item["object"]["content"].clone())
        .collect()
}

async fn shun(session: &Session, relation: &str, other: &Value) {
    let target = format!("/api/user/alice/{relation}");
    assert_eq!(session.post(&target, other).await.ok()["id"], other["id"]);
}

async fn muted_person_reaches_nothing_and_sees_no_difference(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    alice.follow(&bob).await;
    carol.follow(&bob).await;
    bob.note("before", everyone()).await;
    shun(&alice, "muted", &bob.person()).await;
    bob.note("after", everyone()).await;
    let to_alice = json!({ "to": [alice.person()] });
    bob.note("to you", to_alice.clone()).await;
    let note = alice.note("mine", everyone()).await;
    bob.done(&comment_on(&note, "so?")).await;
    assert_eq!(contents(&alice).await, ["mine", "before"]);
    assert_eq!(contents(&carol).await, ["after", "before"]);
    let followers = bob.ids("followers").await;
    assert!(followers.contains(&alice.id()), "{followers:?}");
    let target = format!("/api/user/alice/muted?id={}", bob.id());
    alice.delete(&target).await.ok();
    alice.delete(&target).await.ok();
    bob.note("again", to_alice).await;
    assert_eq!(contents(&alice).await, ["again", "mine", "before"]);
}

async fn block_ends_what_is_between_two_persons(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    alice.follow(&bob).await;
    bob.follow(&alice).await;
    let list = alice.done(&person_list("Pals")).await["object"].take();
    let add = json!({ "verb": "add", "object": bob.person(), "target": list });
    alice.done(&add).await;
    let to_list = json!({ "to": [{ "objectType": "collection", "id": list["id"] }] });
    let notes = [
        alice.note("for pals", to_list).await,
        alice
            .note("for followers", json!({ "cc": [alice.followers()] }))
            .await,
    ];
    for note in &notes {
        bob.get(id(note)).await.ok();
    }
    shun(&alice, "blocked", &bob.person()).await;
    for note in &notes {
        bob.get(id(note)).await.is(403);
    }
    for (who, feed) in [
        (&alice, "followers"),
        (&alice, "following"),
        (&bob, "followers"),
    ] {
        assert_eq!(who.feed(feed).await["totalItems"], 0, "{feed}");
    }
    let verbs = bob.verbs("inbox").await;
    assert!(!verbs.contains(&"stop-following".to_owned()), "{verbs:?}");
}

async fn blocked_person_is_refused(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    let note = alice.note("mine", everyone()).await;
    let liked = alice.note("liked", everyone()).await;
    bob.done(&about("like", &liked)).await;
    shun(&alice, "blocked", &bob.person()).await;
    let before = alice.ids("inbox").await;
    let direct = json!({ "object": { "objectType": "note", "content": "hey" } });
    for refused in [
        about("follow", &alice.person()),
        about("like", &note),
        about("favorite", &note),
        about("share", &note),
        comment_on(&note, "no"),
        addressed(direct.clone(), &json!({ "to": [alice.person()] })),
        addressed(
            direct.clone(),
            &json!({ "bto": [alice.person()], "cc": [public()] }),
        ),
    ] {
        let words = bob.act(&refused).await.refused(403);
        assert!(words.contains("not to hear from you"), "{words}");
    }
    bob.done(&about("unlike", &liked)).await;
    bob.done(&addressed(
        direct,
        &json!({ "to": [public()], "cc": [alice.person()] }),
    ))
    .await;
    carol.done(&about("like", &note)).await;
    let comment = carol.done(&comment_on(&note, "yes")).await["object"].take();
    bob.done(&comment_on(&comment, "with carol")).await;
    let after = alice.ids("inbox").await;
    assert_eq!(after.len(), before.len() + 2, "of carol only");
    let seen = alice.get(id(&note)).await.ok();
    assert_eq!(seen["likes"]["totalItems"], 1);
    let target = format!("/api/user/alice/blocked?id={}", bob.id());
    alice.delete(&target).await.ok();
    bob.done(&about("like", &note)).await;
    bob.follow(&alice).await;
}

async fn lists_of_blocked_persons_are_for_their_owner(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    shun(&alice, "blocked", &bob.person()).await;
    let host = json!({ "objectType": "service", "displayName": "Spam.Example" });
    let host = alice.post("/api/user/alice/blocked", &host).await.ok();
    assert_eq!(host["displayName"], "spam.example");
    let listed = alice.get("/api/user/alice/blocked").await.ok();
    assert_eq!(ids(&listed), [id(&host).to_owned(), bob.id()]);
    assert_eq!(listed["totalItems"], 2);
    assert_eq!(alice.feed("muted").await["totalItems"], 0);
    for feed in ["blocked", "muted", "requests"] {
        let target = format!("/api/user/alice/{feed}");
        bob.get(&target).await.refused(401);
        bob.post(&target, &bob.person()).await.refused(401);
        bob.delete(&format!("{target}?id={}", bob.id()))
            .await
            .refused(401);
    }
}

async fn refused_relation_says_why(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note("mine", everyone()).await;
    let host = |name: &str| json!({ "objectType": "service", "displayName": name });
    let nobody = json!({ "objectType": "person", "id": "acct:nobody@far.example" });
    for (other, status) in [
        (alice.person(), 400),
        (note, 400),
        (json!({}), 400),
        (nobody, 404),
        (host("a b"), 400),
        (host("pump.example"), 400),
    ] {
        alice
            .post("/api/user/alice/blocked", &other)
            .await
            .refused(status);
    }
}

async fn block_verb_in_an_outbox_blocks_and_stays_private(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    bob.follow(&alice).await;
    let before = bob.ids("inbox").await;
    let said = |verb: &str, object: &Value| {
        let activity = json!({ "verb": verb, "object": object });
        addressed(activity, &json!({ "to": [public()], "cc": [bob.person()] }))
    };
    let done = alice.done(&said("block", &bob.person())).await;
    assert_eq!(done["verb"], "block");
    assert_eq!(done["to"], json!([done["to"][0]]), "{done}");
    assert_eq!(id(&done["to"][0]), alice.id());
    assert_eq!(alice.ids("blocked").await, [bob.id()]);
    assert_eq!(alice.feed("followers").await["totalItems"], 0);
    assert_eq!(bob.ids("inbox").await, before);
    bob.get(path(&done["id"])).await.is(403);
    let outbox = bob.get("/api/user/alice/feed").await.ok();
    assert!(!ids(&outbox).contains(&id(&done).to_owned()));
    assert!(alice.ids("feed").await.contains(&id(&done).to_owned()));
    bob.act(&about("follow", &alice.person())).await.is(403);

    alice.done(&said("unblock", &bob.person())).await;
    assert_eq!(alice.ids("blocked").await, Vec::<String>::new());
    assert_eq!(bob.ids("inbox").await, before);
    bob.follow(&alice).await;
    alice.act(&said("block", &alice.person())).await.is(400);
    let host = json!({ "objectType": "service", "id": "acct:far.example" });
    alice.act(&said("block", &host)).await.is(400);
}
