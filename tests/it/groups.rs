//! Groups: who may join, who may speak, and who gets to see what (pump-api 8, 8.1, 10.7).

use serde_json::{Value, json};

use crate::support::{BASE, Request, Session, TestServer, about, everyone, ids, named};

fn to(group: &Value) -> Value {
    json!({ "to": [named(group)] })
}

/// A group of that name.
async fn found(who: &Session, name: &str, recipients: Value) -> Value {
    let mut create =
        json!({ "verb": "create", "object": { "objectType": "group", "displayName": name } });
    create
        .as_object_mut()
        .unwrap()
        .extend(recipients.as_object().unwrap().clone());
    who.done(&create).await["object"].take()
}

async fn feed(who: &Session, group: &Value, feed: &str) -> Value {
    who.get(&format!("{}/{feed}", group["id"].as_str().unwrap()))
        .await
        .ok()
}

on_every_backend!(
    a_group_comes_with_its_feeds_and_is_empty,
    joining_and_leaving_is_counted_told_and_done_once,
    a_group_is_joined_by_those_who_may_know_of_it,
    group_post_reaches_only_members,
    only_members_speak_to_a_group,
    members_add_documents_and_take_them_out,
    group_creator_can_remove_members,
    removed_member_cannot_post_to_the_group,
    groups_of_other_servers_can_be_joined_and_give_nothing_here,
    a_group_with_an_id_of_its_own_is_found_by_both,
    invalid_group_requests_are_rejected,
    members_get_a_live_feed_of_the_group,
);

async fn a_group_comes_with_its_feeds_and_is_empty(server: TestServer) {
    let alice = server.person("alice").await;
    let group = found(&alice, "Pumpers", everyone()).await;
    let id = group["id"].as_str().unwrap();
    assert!(id.starts_with(&format!("{BASE}/api/group/")));
    assert_eq!(
        group["members"],
        json!({ "url": format!("{id}/members"), "totalItems": 0 })
    );
    assert_eq!(
        group["documents"],
        json!({ "url": format!("{id}/documents"), "totalItems": 0 })
    );
    assert_eq!(
        group["links"],
        json!({ "self": { "href": id }, "activity-inbox": { "href": format!("{id}/inbox") } })
    );
    assert_eq!(
        alice.feed("feed/major").await["items"][0]["object"]["id"],
        id,
        "making a group is major"
    );
    for (feed_name, title, types) in [
        ("members", "Members of Pumpers", json!(["person"])),
        ("inbox", "Activities for Pumpers", json!(["activity"])),
        ("documents", "Documents of Pumpers", Value::Null),
    ] {
        let empty = feed(&alice, &group, feed_name).await;
        assert_eq!(
            (
                &empty["displayName"],
                &empty["objectTypes"],
                &empty["totalItems"]
            ),
            (&json!(title), &types, &json!(0))
        );
        assert_eq!(
            (&empty["url"], empty.get("author")),
            (&json!(format!("{id}/{feed_name}")), None)
        );
        let link = if feed_name == "members" {
            "current"
        } else {
            "first"
        };
        assert_eq!(empty["links"][link]["href"], format!("{id}/{feed_name}"));
    }
    let unnamed = alice
        .done(&json!({ "object": { "objectType": "group" }, "to": everyone()["to"] }))
        .await["object"]
        .take();
    assert_eq!(
        feed(&alice, &unnamed, "inbox").await["displayName"],
        "Activities for a group"
    );
}

async fn joining_and_leaving_is_counted_told_and_done_once(server: TestServer) {
    let (alice, bob, carol) = (
        server.person("alice").await,
        server.person("bob").await,
        server.person("carol").await,
    );
    let group = found(&alice, "Pumpers", everyone()).await;
    let id = group["id"].as_str().unwrap();
    alice.done(&about("join", &group)).await;
    let joined = bob.done(&about("join", &group)).await;
    assert_eq!(
        (&joined["to"][0]["id"], &joined["cc"][0]["id"]),
        (&group["id"], &bob.followers()["id"])
    );
    assert_eq!(joined["object"]["members"]["totalItems"], 2);
    let members = feed(&carol, &group, "members").await;
    assert_eq!(
        (ids(&members), &members["totalItems"]),
        (vec![bob.id(), alice.id()], &json!(2))
    );
    assert_eq!(
        alice.feed("inbox/minor").await["items"][0]["verb"],
        "join",
        "the others hear"
    );
    let again = bob.act(&about("join", &group)).await.refused(400);
    assert_eq!(
        again,
        format!("Already have a(n) 'membership' with id '{}∈{id}'", bob.id())
    );

    bob.done(&about("leave", &group)).await;
    assert_eq!(ids(&feed(&carol, &group, "members").await), [alice.id()]);
    assert_eq!(alice.feed("inbox/minor").await["items"][0]["verb"], "leave");
    let again = bob.act(&about("leave", &group)).await.refused(400);
    assert_eq!(
        again,
        format!("No such 'membership' with id '{}∈{id}'", bob.id())
    );
    assert_eq!(carol.get(id).await.ok()["members"]["totalItems"], 1);
}

async fn a_group_is_joined_by_those_who_may_know_of_it(server: TestServer) {
    let (alice, bob, mallory) = (
        server.person("alice").await,
        server.person("bob").await,
        server.person("mallory").await,
    );
    let group = found(&alice, "Cabal", json!({ "to": [bob.person()] })).await;
    let id = group["id"].as_str().unwrap();
    let refused = mallory.act(&about("join", &group)).await.refused(403);
    assert_eq!(
        refused,
        format!("{} is not allowed to join group {id}", mallory.id())
    );
    for feed in ["members", "inbox", "documents"] {
        mallory.get(&format!("{id}/{feed}")).await.refused(403);
        mallory
            .get(&format!(
                "/api/group/{feed}?id={}",
                hydraulics::model::Urls::encode(id)
            ))
            .await
            .refused(403);
        mallory
            .two_legged()
            .get(&format!("{id}/{feed}"))
            .await
            .refused(403);
    }
    assert!(
        !mallory
            .act(&about("leave", &group))
            .await
            .refused(400)
            .contains("Cabal")
    );
    bob.done(&about("join", &group)).await;
    assert_eq!(ids(&feed(&bob, &group, "members").await), [bob.id()]);

    // Who came in as a follower stays in, and in the know, when they stop following.
    let fans = found(&alice, "Fans", json!({})).await;
    mallory.act(&about("join", &fans)).await.refused(403);
    mallory.done(&about("follow", &alice.person())).await;
    mallory.done(&about("join", &fans)).await;
    mallory
        .done(&about("stop-following", &alice.person()))
        .await;
    assert_eq!(ids(&feed(&mallory, &fans, "members").await), [mallory.id()]);
}

async fn group_post_reaches_only_members(server: TestServer) {
    let (alice, bob, carol, dave) = (
        server.person("alice").await,
        server.person("bob").await,
        server.person("carol").await,
        server.person("dave").await,
    );
    dave.done(&about("follow", &bob.person())).await;
    let group = found(&alice, "Pumpers", everyone()).await;
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

async fn only_members_speak_to_a_group(server: TestServer) {
    let (alice, bob, mallory) = (
        server.person("alice").await,
        server.person("bob").await,
        server.person("mallory").await,
    );
    let group = found(&alice, "Pumpers", everyone()).await;
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

async fn members_add_documents_and_take_them_out(server: TestServer) {
    let (alice, bob, carol) = (
        server.person("alice").await,
        server.person("bob").await,
        server.person("carol").await,
    );
    let group = found(&alice, "Pumpers", everyone()).await;
    bob.done(&about("join", &group)).await;
    let open = bob.note("open", everyone()).await;
    let hidden = bob.note("hidden", json!({ "to": [bob.person()] })).await;
    let moved = |verb: &str, object: &Value| json!({ "verb": verb, "object": named(object), "target": named(&group) });
    assert_eq!(
        carol.act(&moved("add", &open)).await.refused(400),
        "Actor is not a member of the group."
    );
    let added = bob.done(&moved("add", &open)).await;
    assert_eq!(
        (
            &added["to"][0]["id"],
            &added["target"]["documents"]["totalItems"]
        ),
        (&group["id"], &json!(1))
    );
    assert_eq!(
        bob.act(&moved("add", &open)).await.refused(400),
        "Group already contains object."
    );
    bob.done(&moved("add", &hidden)).await;
    let documents = feed(&carol, &group, "documents").await;
    assert_eq!(
        (ids(&documents), &documents["totalItems"]),
        (vec![open["id"].as_str().unwrap().into()], &json!(1))
    );
    assert_eq!(
        (
            &documents["items"][0]["liked"],
            &documents["items"][0]["author"]["id"]
        ),
        (&json!(false), &json!(bob.id()))
    );
    assert_eq!(
        carol.get(group["id"].as_str().unwrap()).await.ok()["documents"]["totalItems"],
        1
    );
    assert_eq!(feed(&bob, &group, "documents").await["totalItems"], 2);

    let posted = bob.done(&json!({ "object": { "objectType": "note", "content": "a document" }, "target": named(&group) })).await;
    assert_eq!(posted["to"][0]["id"], group["id"]);
    assert_eq!(
        ids(&feed(&bob, &group, "documents").await)[0],
        posted["object"]["id"].as_str().unwrap()
    );

    assert_eq!(
        carol.act(&moved("remove", &open)).await.refused(400),
        "Actor is not a member of the group."
    );
    bob.done(&moved("remove", &open)).await;
    assert!(
        bob.act(&moved("remove", &open))
            .await
            .refused(400)
            .contains("not found in stream 'group:")
    );
    assert_eq!(feed(&carol, &group, "documents").await["totalItems"], 0);
}

async fn group_creator_can_remove_members(server: TestServer) {
    let (alice, bob, carol) = (
        server.person("alice").await,
        server.person("bob").await,
        server.person("carol").await,
    );
    let group = found(
        &alice,
        "Cabal",
        json!({ "to": [bob.person(), carol.person()] }),
    )
    .await;
    bob.done(&about("join", &group)).await;
    carol.done(&about("join", &group)).await;
    let note = carol.note("secret", to(&group)).await;
    let out = |who: &Session| json!({ "verb": "remove", "object": who.person(), "target": named(&group) });
    assert!(
        bob.act(&out(&carol))
            .await
            .refused(400)
            .contains("not found in stream")
    );
    alice.done(&out(&bob)).await;
    assert_eq!(ids(&feed(&alice, &group, "members").await), [carol.id()]);
    bob.get(note["id"].as_str().unwrap()).await.refused(403);
    assert!(!bob.feed("inbox").await.to_string().contains("secret"));
}

async fn removed_member_cannot_post_to_the_group(server: TestServer) {
    let (alice, bob, carol) = (
        server.person("alice").await,
        server.person("bob").await,
        server.person("carol").await,
    );
    let group = found(
        &alice,
        "Cabal",
        json!({ "to": [bob.person(), carol.person()] }),
    )
    .await;
    bob.done(&about("join", &group)).await;
    carol.done(&about("join", &group)).await;
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
    bob.done(&json!({ "verb": "update", "object": { "objectType": "note", "id": note["id"], "content": "more" } })).await;
    assert_eq!(ids(&feed(&carol, &group, "inbox").await), inbox);
    assert_eq!(carol.ids("inbox").await, carols);
    // What was said there stays, and its answers by others arrive.
    let answer =
        json!({ "objectType": "comment", "content": "go away", "inReplyTo": named(&note) });
    let answer = carol.done(&json!({ "object": answer })).await;
    assert_eq!(
        Some(ids(&feed(&carol, &group, "inbox").await)[0].as_str()),
        answer["id"].as_str()
    );
}

async fn groups_of_other_servers_can_be_joined_and_give_nothing_here(server: TestServer) {
    let (alice, mallory) = (server.person("alice").await, server.person("mallory").await);
    let group = json!({ "objectType": "group", "id": "http://elsewhere.example/api/group/1" });
    alice.done(&about("join", &group)).await;
    mallory.done(&about("join", &group)).await;
    assert!(
        alice
            .act(&about("join", &group))
            .await
            .refused(400)
            .contains("'membership'")
    );
    let note = alice.note("for them", to(&group)).await;
    mallory.get(note["id"].as_str().unwrap()).await.refused(403);
    assert!(!mallory.feed("inbox").await.to_string().contains("for them"));
    let by_id = |feed: &str| {
        format!(
            "/api/group/{feed}?id={}",
            hydraulics::model::Urls::encode("http://elsewhere.example/api/group/1")
        )
    };
    assert_eq!(
        ids(&alice.get(&by_id("members")).await.ok()),
        [mallory.id(), alice.id()]
    );
    assert_eq!(
        alice
            .get(&format!("{}&q=nobody", by_id("members")))
            .await
            .ok()["totalItems"],
        0
    );
    assert_eq!(mallory.get(&by_id("inbox")).await.ok()["totalItems"], 0);
    let seen = alice
        .get(&format!(
            "/api/group?id={}",
            hydraulics::model::Urls::encode(group["id"].as_str().unwrap())
        ))
        .await
        .ok();
    assert!(
        seen.get("members").is_none() && seen["links"].get("activity-inbox").is_none(),
        "{seen}"
    );
    alice
        .done(&json!({ "verb": "add", "object": named(&note), "target": group }))
        .await;
    assert_eq!(alice.get(&by_id("documents")).await.ok()["totalItems"], 0);
    alice.done(&about("leave", &group)).await;
    assert!(
        alice
            .act(&about("leave", &group))
            .await
            .refused(400)
            .starts_with("No such 'membership'")
    );
}

async fn a_group_with_an_id_of_its_own_is_found_by_both(server: TestServer) {
    let alice = server.person("alice").await;
    let id = "tag:pump.example,2027:pumpers & co";
    let create = json!({ "verb": "create", "object": { "objectType": "group", "id": id, "displayName": "Co" }, "to": everyone()["to"] });
    let group = alice.done(&create).await["object"].take();
    let encoded = hydraulics::model::Urls::encode(id);
    for feed in ["members", "documents"] {
        assert_eq!(
            group[feed]["url"],
            format!("{BASE}/api/group/{feed}?id={encoded}")
        );
    }
    assert_eq!(
        group["links"]["activity-inbox"]["href"],
        format!("{BASE}/api/group/inbox?id={encoded}")
    );
    alice.done(&about("join", &group)).await;
    alice.note("x", to(&group)).await;
    let uuid = group["url"].as_str().unwrap().rsplit('/').next().unwrap();
    for feed in ["members", "documents", "inbox"] {
        let by_id = alice
            .get(&format!("/api/group/{feed}?id={encoded}"))
            .await
            .ok();
        assert_eq!(by_id["url"], format!("{BASE}/api/group/{uuid}/{feed}"));
        assert_eq!(alice.get(by_id["url"].as_str().unwrap()).await.ok(), by_id);
    }
}

async fn invalid_group_requests_are_rejected(server: TestServer) {
    let alice = server.person("alice").await;
    let group = found(&alice, "Pumpers", everyone()).await;
    let id = group["id"].as_str().unwrap();
    assert_eq!(
        alice.get("/api/group/none/members").await.refused(404),
        "Can't find a group with ID = none"
    );
    assert_eq!(
        alice.get("/api/group/inbox").await.refused(400),
        "'id' required"
    );
    let note = alice.note("x", everyone()).await;
    let uuid = note["id"].as_str().unwrap().rsplit('/').next().unwrap();
    alice
        .get(&format!("/api/group/{uuid}/members"))
        .await
        .refused(404);
    let uuid = id.rsplit('/').next().unwrap();
    assert_eq!(
        alice
            .get(&format!("{id}/inbox?before=none"))
            .await
            .refused(400),
        format!("id 'none' not found in stream 'group:{uuid}:inbox'")
    );
    alice
        .get(&format!("{id}/members?count=x"))
        .await
        .refused(400);
    alice
        .post(&format!("{id}/members"), &alice.person())
        .await
        .is(405);
    for verb in ["join", "leave"] {
        alice
            .act(&json!({ "verb": verb, "object": { "objectType": "group" } }))
            .await
            .refused(400);
        alice.act(&json!({ "verb": verb, "object": { "objectType": "group", "id": format!("{BASE}/api/group/none") } })).await.refused(400);
        assert_eq!(
            alice.act(&json!({ "verb": verb })).await.refused(400),
            "Activity has no object"
        );
        alice.done(&about(verb, &note)).await;
    }
    alice.put(id, &json!({ "members": { "totalItems": 9 }, "documents": { "totalItems": 9 }, "displayName": "Renamed" })).await.ok();
    let seen = alice.get(id).await.ok();
    assert_eq!(
        (&seen["displayName"], &seen["documents"]),
        (
            &json!("Renamed"),
            &json!({ "url": format!("{id}/documents"), "totalItems": 0 })
        )
    );

    let bob = server.person("bob").await;
    bob.done(&about("join", &group)).await;
    let note = bob.note("before the end", to(&group)).await;
    alice.delete(id).await.ok();
    for feed in ["", "/members", "/inbox", "/documents"] {
        bob.get(&format!("{id}{feed}")).await.refused(410);
    }
    bob.act(&json!({ "object": { "objectType": "note" }, "to": to(&group)["to"] }))
        .await
        .refused(410);
    bob.act(&about("join", &group)).await.refused(410);
    bob.get(note["id"].as_str().unwrap()).await.ok();
    bob.done(&about("leave", &group)).await;
}

async fn members_get_a_live_feed_of_the_group(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let group = found(&alice, "Pumpers", json!({ "to": [bob.person()] })).await;
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
