//! Access control: private data in undo, delete, cursors, titles and lists.

use hydraulics::{
    model::{Nickname, Secret},
    service::accounts::{self, Registration},
};
use serde_json::{Value, json};

use crate::support::{PASSWORD, Session, TestServer, about, ids, named, public};

/// A list of notes of someone's.
async fn shelf(who: &Session) -> Value {
    who.done(&json!({
        "verb": "create",
        "object": { "objectType": "collection", "objectTypes": ["note"], "displayName": "Shelf" },
    }))
    .await["object"]
        .take()
}

on_every_backend!(
    following_list_hides_unreadable_groups,
    actions_on_deleted_objects_can_be_undone,
    long_title_is_not_repeated_by_activities_about_it,
    page_size_is_bounded_whatever_its_items_refer_to,
    cursor_does_not_reveal_items_of_a_hidden_feed,
    deleted_accounts_nickname_stays_taken,
    undo_hides_titles_of_unreadable_objects,
    empty_reference_is_no_reply,
    reply_recipients_get_its_updates,
    title_of_a_deleted_object_is_not_shown,
);

async fn following_list_hides_unreadable_groups(server: TestServer) {
    let [alice, bob, mallory] = server.people(["alice", "bob", "mallory"]).await;
    let group = alice
        .done(&json!({
            "verb": "create",
            "object": { "objectType": "group", "displayName": "The Cabal", "summary": "plans" },
            "to": [bob.person()],
        }))
        .await["object"]
        .take();
    bob.done(&about("follow", &group)).await;
    bob.follow(&alice).await;
    let following = "/api/user/bob/following";
    assert_eq!(bob.get(following).await.ok()["totalItems"], 2);
    let seen = mallory.get(following).await.ok();
    assert!(
        !seen.to_string().contains("Cabal") && !seen.to_string().contains("plans"),
        "{seen}"
    );
    let profile = mallory.get("/api/user/bob/profile").await.ok();
    assert_eq!(
        (&seen["totalItems"], &profile["following"]["totalItems"]),
        (&json!(1), &json!(1))
    );
}

async fn actions_on_deleted_objects_can_be_undone(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let note = alice.note("x", json!({ "to": [public()] })).await;
    let list = shelf(&bob).await;
    bob.done(&about("like", &note)).await;
    bob.done(&about("share", &note)).await;
    let moved =
        |verb: &str| json!({ "verb": verb, "object": named(&note), "target": named(&list) });
    bob.done(&moved("add")).await;
    alice.done(&about("delete", &note)).await;
    bob.done(&about("unlike", &note)).await;
    bob.done(&about("unshare", &note)).await;
    bob.done(&moved("remove")).await;
    assert_eq!(bob.feed("favorites").await["totalItems"], 0);
    bob.act(&about("like", &note)).await.refused(410);
    bob.act(&moved("add")).await.refused(410);
}

async fn long_title_is_not_repeated_by_activities_about_it(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    for (title, url) in [
        ("'".repeat(1_000), "http://pump.example/x".into()),
        (
            "Title".into(),
            format!("http://pump.example/{}", "x".repeat(2_000)),
        ),
    ] {
        let note = json!({ "objectType": "note", "displayName": title, "url": url });
        let note = alice
            .done(&json!({ "object": note, "to": [public()] }))
            .await["object"]
            .take();
        assert_eq!(
            (&note["displayName"], &note["url"]),
            (&json!(title), &json!(url)),
            "it stays as it is"
        );
        let told = bob.done(&about("like", &note)).await["content"].to_string();
        assert!(told.len() < 1_000, "{}", told.len());
    }
}

async fn page_size_is_bounded_whatever_its_items_refer_to(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let mut large = Vec::new();
    for _ in 0..40 {
        large.push(named(
            &alice
                .note(&"x".repeat(90_000), json!({ "to": [public()] }))
                .await,
        ));
    }
    for _ in 0..10 {
        alice
            .done(&json!({
                "object": { "objectType": "note", "content": "small" },
                "to": [bob.person()],
                "cc": large,
            }))
            .await;
    }
    let mut small = 0;
    let mut next = Some("/api/user/bob/inbox?count=200".to_owned());
    while let Some(at) = next {
        let page = bob.get(&at).await.is(200);
        assert!(page.body.len() < 5 << 20, "{}", page.body.len());
        let page = page.json();
        for item in page["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|item| item["object"]["content"] == "small")
        {
            assert_eq!(
                (&item["actor"]["displayName"], &item["cc"][39]["id"]),
                (&json!("alice"), &large[39]["id"])
            );
            small += 1;
        }
        next = page["links"]["next"]["href"]
            .as_str()
            .map(|next| format!("{next}&count=200"));
    }
    assert_eq!(small, 10);
}

async fn cursor_does_not_reveal_items_of_a_hidden_feed(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    let mut answers = Vec::new();
    for liked in [true, false] {
        let note = alice.note("for bob", json!({ "to": [bob.person()] })).await;
        if liked {
            bob.done(&about("like", &note)).await;
        }
        let id = note["id"].as_str().unwrap();
        let cursor = hydraulics::model::Urls::encode(id);
        let answer = carol
            .get(&format!("/api/user/bob/favorites?before={cursor}"))
            .await;
        answers.push((answer.status, answer.text().replace(id, "ID")));
    }
    assert_eq!(answers[0], answers[1]);
}

async fn deleted_accounts_nickname_stays_taken(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let note = alice.note("x", json!({ "to": [public()] })).await;
    bob.done(&about("like", &note)).await;
    alice.follow(&bob).await;
    let nickname = Nickname::parse("bob").unwrap();
    accounts::remove(&server.ctx(), &nickname).await.unwrap();

    let id = note["id"].as_str().unwrap();
    let likes = alice.get(&format!("{id}/likes")).await.ok();
    assert_eq!(
        (
            &alice.get(id).await.ok()["likes"]["totalItems"],
            ids(&likes)
        ),
        (&json!(1), vec![bob.id()])
    );
    alice.note("after", json!({ "to": [bob.person()] })).await;
    alice
        .done(&json!({ "verb": "stop-following", "object": bob.person() }))
        .await;
    alice.get("/api/user/bob/profile").await.refused(404);
    bob.get("/api/whoami").await.is(400);
    let again = Registration::new("bob", Secret::new(PASSWORD));
    assert!(accounts::register(&server.ctx(), again).await.is_err());
}

async fn undo_hides_titles_of_unreadable_objects(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.follow(&alice).await;
    let note = alice.note("for followers", json!({})).await;
    bob.done(&about("like", &note)).await;
    bob.done(&json!({ "verb": "stop-following", "object": alice.person() }))
        .await;
    alice
        .put(
            note["id"].as_str().unwrap(),
            &json!({ "displayName": "A New Title" }),
        )
        .await
        .ok();
    let seen = bob.done(&about("unlike", &note)).await;
    assert!(!seen.to_string().contains("A New Title"), "{seen}");
    assert_eq!(
        alice.get(note["id"].as_str().unwrap()).await.ok()["likes"]["totalItems"],
        0
    );
}

async fn empty_reference_is_no_reply(server: TestServer) {
    let alice = server.person("alice").await;
    let note = json!({ "objectType": "note", "content": "x", "inReplyTo": null });
    let posted = alice.done(&json!({ "object": note })).await;
    assert!(posted["object"].get("inReplyTo").is_none());
    assert_eq!(posted["cc"][0]["id"], alice.followers()["id"]);
}

async fn reply_recipients_get_its_updates(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    let note = alice.note("x", json!({ "to": [public()] })).await;
    let comment = bob
        .done(&json!({
            "object": { "objectType": "comment", "content": "aside", "inReplyTo": named(&note) },
            "to": [carol.person()],
        }))
        .await["object"]
        .take();
    bob.put(
        comment["id"].as_str().unwrap(),
        &json!({ "content": "again" }),
    )
    .await
    .ok();
    assert_eq!(
        alice.feed("inbox/minor").await["items"][0]["verb"],
        "update"
    );
    bob.done(&about("delete", &comment)).await;
    assert_eq!(
        alice.feed("inbox/minor").await["items"][0]["verb"],
        "delete"
    );
}

async fn title_of_a_deleted_object_is_not_shown(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let note = json!({ "objectType": "note", "displayName": "Regretted", "content": "x" });
    let posted = alice
        .done(&json!({ "object": note, "to": [public()] }))
        .await;
    bob.done(&about("share", &posted["object"])).await;
    assert!(bob.feed("feed").await.to_string().contains("Regretted"));
    alice.done(&about("delete", &posted["object"])).await;
    for feed in [
        alice.feed("inbox").await,
        bob.feed("feed/major").await,
        alice.get(posted["id"].as_str().unwrap()).await.ok(),
    ] {
        assert!(!feed.to_string().contains("Regretted"), "{feed}");
    }
    assert!(
        bob.feed("feed").await["items"][0]["content"]
            .as_str()
            .unwrap()
            .ends_with(" shared a note")
    );
}
