//! Posts to a group: who may post, and who reads them.

use serde_json::json;

use super::{create, feed, private_group, to};
use crate::support::{BASE, Request, TestServer, about, everyone, ids, named};

on_every_backend!(
    group_post_reaches_only_members,
    only_members_and_the_author_post_to_a_group,
    removed_member_cannot_post_to_the_group,
    members_have_a_live_feed_of_the_group,
);

async fn group_post_reaches_only_members(server: TestServer) {
    let [alice, bob, carol, dave] = server.people(["alice", "bob", "carol", "dave"]).await;
    dave.follow(&bob).await;
    let group = create(&alice, "Pumpers", everyone()).await;
    bob.done(&about("join", &group)).await;
    carol.done(&about("join", &group)).await;
    let note = bob.note("for the group", to(&group)).await;
    let id = note["id"].as_str().unwrap();
    assert_eq!(
        carol.feed("inbox/major").await["items"][0]["object"]["content"],
        "for the group"
    );
    assert!(
        !ids(&carol.feed("inbox/direct/major").await).contains(&carol.ids("inbox/major").await[0]),
        "not to her in person"
    );
    let inbox = feed(&carol, &group, "inbox").await;
    assert_eq!(
        (
            &inbox["items"][0]["object"]["id"],
            &inbox["items"][0]["object"]["liked"]
        ),
        (&note["id"], &json!(false))
    );
    assert_eq!(inbox["items"][0]["actor"]["id"], bob.id());
    assert_eq!(carol.get(id).await.ok()["content"], "for the group");
    for outsider in [&dave, &alice] {
        outsider.get(id).await.refused(403);
        let inbox = feed(outsider, &group, "inbox").await;
        assert!(!inbox.to_string().contains("for the group"), "{inbox}");
        assert!(
            !outsider
                .feed("inbox")
                .await
                .to_string()
                .contains("for the group")
        );
    }
    // A member answers, and the members follow; who joins later reads what was said before.
    let comment =
        json!({ "objectType": "comment", "content": "indeed", "inReplyTo": named(&note) });
    let comment = carol.done(&json!({ "object": comment })).await;
    assert_eq!(comment["to"], json!([comment["to"][0], comment["to"][1]]));
    assert_eq!(
        (&comment["to"][0]["id"], &comment["to"][1]["id"]),
        (&group["id"], &json!(bob.id()))
    );
    dave.done(&about("join", &group)).await;
    let replies = dave.get(&format!("{id}/replies")).await.ok();
    assert_eq!(replies["items"][0]["content"], "indeed");
    let inbox = feed(&dave, &group, "inbox").await;
    let verbs: Vec<_> = inbox["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["verb"].as_str().unwrap())
        .collect();
    assert_eq!(verbs, ["join", "post", "post", "join", "join"]);
    dave.done(&about("leave", &group)).await;
    dave.get(id).await.refused(403);
    assert_eq!(
        feed(&dave, &group, "inbox").await["totalItems"],
        3,
        "what he did himself, and a join that followers heard of"
    );
}

async fn only_members_and_the_author_post_to_a_group(server: TestServer) {
    let [alice, bob, mallory] = server.people(["alice", "bob", "mallory"]).await;
    let group = create(&alice, "Pumpers", everyone()).await;
    bob.done(&about("join", &group)).await;
    let before = bob.feed("inbox").await["totalItems"].clone();
    for list in ["to", "cc", "bto", "bcc"] {
        let spam =
            json!({ "object": { "objectType": "note", "content": "spam" }, list: [named(&group)] });
        assert_eq!(
            mallory.act(&spam).await.refused(400),
            "Actor is not a member of the group."
        );
    }
    let at_target =
        json!({ "object": { "objectType": "note", "content": "spam" }, "target": named(&group) });
    assert_eq!(
        mallory.act(&at_target).await.refused(400),
        "Actor is not a member of the group."
    );
    // By the rules these go to the group; from strangers they don't get there.
    for verb in ["follow", "share", "like"] {
        mallory.done(&about(verb, &group)).await;
    }
    assert_eq!(bob.feed("inbox").await["totalItems"], before);
    assert_eq!(feed(&bob, &group, "inbox").await["totalItems"], 1);
    // Its author may post to it without being a member, and a former member may edit their posts.
    alice.note("welcome", to(&group)).await;
    assert_eq!(
        bob.feed("inbox/major").await["items"][0]["object"]["content"],
        "welcome"
    );
    let note = bob.note("typo", to(&group)).await;
    bob.done(&about("leave", &group)).await;
    alice.done(&about("join", &group)).await;
    bob.put(note["id"].as_str().unwrap(), &json!({ "content": "fixed" }))
        .await
        .ok();
    assert_eq!(
        alice.get(note["id"].as_str().unwrap()).await.ok()["content"],
        "fixed"
    );
    bob.act(&json!({ "object": { "objectType": "note" }, "to": to(&group)["to"] }))
        .await
        .refused(400);
}

async fn removed_member_cannot_post_to_the_group(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    let group = private_group(&alice, &[&bob, &carol]).await;
    let note = bob.note("spam", to(&group)).await;
    alice
        .done(&json!({ "verb": "remove", "object": bob.person(), "target": named(&group) }))
        .await;
    let (inbox, carols) = (
        ids(&feed(&carol, &group, "inbox").await),
        carol.ids("inbox").await,
    );
    let reply =
        json!({ "objectType": "comment", "content": "more spam", "inReplyTo": named(&note) });
    bob.done(&json!({ "object": reply })).await;
    bob.done(&json!({
        "verb": "update",
        "object": { "objectType": "note", "id": note["id"], "content": "more" },
    }))
    .await;
    assert_eq!(ids(&feed(&carol, &group, "inbox").await), inbox);
    assert_eq!(carol.ids("inbox").await, carols);
    // Posts there stay, and answers to them arrive.
    let answer =
        json!({ "objectType": "comment", "content": "go away", "inReplyTo": named(&note) });
    let answer = carol.done(&json!({ "object": answer })).await;
    assert_eq!(
        Some(ids(&feed(&carol, &group, "inbox").await)[0].as_str()),
        answer["id"].as_str()
    );
}

async fn members_have_a_live_feed_of_the_group(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let group = create(&alice, "Pumpers", json!({ "to": [bob.person()] })).await;
    alice.done(&about("join", &group)).await;
    bob.done(&about("join", &group)).await;
    let inbox = format!("{}/inbox", group["id"].as_str().unwrap());
    let mut listening = bob.listen(inbox.trim_start_matches(BASE)).await;
    alice.note("for the group", to(&group)).await;
    let shown = listening.activity().await;
    assert_eq!(shown["object"]["content"], "for the group");
    assert_eq!(shown, feed(&bob, &group, "inbox").await["items"][0]);
    let mallory = server.person("mallory").await;
    let mut live =
        Request::get(inbox.trim_start_matches(BASE)).header("accept", "text/event-stream");
    live = live.by(&mallory.credentials);
    server.send(live).await.refused(403);
}
