//! Passing for someone else, and reading what is not for one's eyes: neither works, by whatever
//! way.

use serde_json::json;

use crate::support::{BASE, Session, TestServer, named, public};

const PUBLIC: &str = hydraulics::model::PUBLIC;

/// All that someone sees in their inbox, as text.
async fn inbox(who: &Session) -> String {
    who.feed("inbox?count=200").await.to_string()
}

on_every_backend!(
    an_activity_is_made_by_doing_it_and_never_changes_its_actor,
    read_only_activity_properties_are_ignored,
    secret_recipients_stay_secret_whatever_others_do_with_it,
    unreadable_objects_show_in_no_response,
    a_title_is_told_to_those_who_may_read_it,
    a_list_of_ones_own_keeps_no_access_that_was_lost,
    reply_reaches_only_the_parents_audience,
    first_mention_cannot_define_a_remote_object,
    no_mention_changes_what_a_remote_object_is,
    people_are_named_as_clients_name_them,
    a_comment_is_shared_and_unshared_like_anything_else,
    virtual_collections_are_immutable,
    a_list_can_be_renamed_and_still_be_deleted,
    answers_are_bounded_by_what_may_be_sent,
);

async fn an_activity_is_made_by_doing_it_and_never_changes_its_actor(server: TestServer) {
    let (alice, mallory) = (server.person("alice").await, server.person("mallory").await);
    let mine = mallory
        .done(
            &json!({ "object": { "objectType": "note", "content": "x" }, "to": [alice.person()] }),
        )
        .await;
    let forged = json!({
        "objectType": "activity", "id": mine["id"], "verb": "post", "actor": alice.person(),
        "url": format!("{BASE}/alice/activity/x"), "content": "alice said so"
    });
    let mut fresh = forged.clone();
    fresh.as_object_mut().unwrap().remove("id");
    for verb in ["update", "delete", "post", "create"] {
        mallory
            .act(&json!({ "verb": verb, "object": forged }))
            .await
            .refused(400);
    }
    for verb in ["post", "create", "ping", "share", "like"] {
        mallory
            .act(&json!({ "verb": verb, "object": fresh }))
            .await
            .refused(400);
    }
    for kind in ["person", "activity"] {
        let posing =
            json!({ "objectType": kind, "preferredUsername": "alice", "displayName": "alice" });
        mallory
            .act(&json!({ "verb": "ping", "object": posing }))
            .await
            .refused(400);
    }
    let seen = alice.feed("inbox").await["items"][0].clone();
    assert_eq!(
        (&seen["actor"]["id"], &seen["verb"]),
        (&json!(mallory.id()), &json!("post"))
    );
    assert_eq!(
        alice.get(mine["id"].as_str().unwrap()).await.ok()["actor"]["id"],
        mallory.id()
    );
}

async fn read_only_activity_properties_are_ignored(server: TestServer) {
    let alice = server.person("alice").await;
    let activity = alice.done(&json!({
            "object": { "objectType": "note", "content": "x" }, "deleted": "2027-01-01T00:00:00Z", "liked": true,
            "pump_io": { "proxyURL": "http://evil.example/" }, "members": { "url": "http://evil.example/" },
            "id": "http://evil.example/1", "generator": { "displayName": "Evil" }, "url": "http://evil.example/"
        })).await;
    for key in ["deleted", "liked", "pump_io", "members"] {
        assert!(activity.get(key).is_none(), "{key}");
    }
    assert!(!activity.to_string().contains("evil.example"), "{activity}");
    assert_eq!(activity["generator"]["displayName"], "app-of-alice");
}

async fn secret_recipients_stay_secret_whatever_others_do_with_it(server: TestServer) {
    let (alice, bob, carol) = (
        server.person("alice").await,
        server.person("bob").await,
        server.person("carol").await,
    );
    let dave = server.person("dave").await;
    let posted = alice
        .done(&json!({
            "object": { "objectType": "note", "content": "x" }, "to": [bob.person(), dave.person()],
            "bcc": [carol.person()], "bto": [carol.person()]
        }))
        .await;
    let note = named(&posted["object"]);
    let activity = json!({ "objectType": "activity", "id": posted["id"] });
    let mut seen = String::new();
    for doing in [
        json!({ "verb": "like", "object": note }),
        json!({ "verb": "share", "object": note }),
        json!({ "verb": "read", "object": activity }),
        json!({ "verb": "like", "object": activity }),
        json!({ "verb": "share", "object": activity }),
        json!({ "object": { "objectType": "comment", "content": "c", "inReplyTo": note } }),
        json!({ "object": { "objectType": "comment", "content": "c", "inReplyTo": activity }, "to": [dave.person()] }),
    ] {
        seen += &bob.act(&doing).await.text();
    }
    seen += &(inbox(&bob).await + &inbox(&dave).await);
    assert!(
        !seen.contains(&carol.id()) && !seen.contains("bcc") && !seen.contains("bto"),
        "{seen}"
    );
}

async fn unreadable_objects_show_in_no_response(server: TestServer) {
    let (alice, bob, mallory) = (
        server.person("alice").await,
        server.person("bob").await,
        server.person("mallory").await,
    );
    let secret = alice.done(&json!({
            "object": { "objectType": "note", "content": "the text", "displayName": "The Title" }, "to": [bob.person()]
        })).await;
    let note = named(&secret["object"]);
    let group = alice.done(&json!({
            "verb": "create", "object": { "objectType": "group", "displayName": "The Title", "summary": "the text" }, "to": [bob.person()]
        })).await;
    let mut seen = String::new();
    for doing in [
        json!({ "verb": "ping", "object": { "objectType": "note", "content": "y", "inReplyTo": note } }),
        json!({ "verb": "ping", "object": { "objectType": "note", "id": "http://elsewhere.example/1", "inReplyTo": note } }),
        json!({ "verb": "ping", "object": note }),
        json!({ "verb": "follow", "object": named(&group["object"]) }),
        json!({ "verb": "add", "object": note, "target": { "objectType": "collection", "id": mallory.ids("lists/person").await[0] } }),
        json!({ "object": { "objectType": "note", "content": "z" }, "location": { "objectType": "place" }, "target": note }),
        json!({ "object": { "objectType": "comment", "content": "c", "inReplyTo": note }, "to": [public()] }),
    ] {
        seen += &mallory.act(&doing).await.text();
    }
    seen += &mallory
        .post("/api/user/mallory/following", &named(&group["object"]))
        .await
        .text();
    seen += &(inbox(&mallory).await + &mallory.feed("feed?count=200").await.to_string());
    assert!(
        !seen.contains("The Title") && !seen.contains("the text") && !seen.contains(&bob.id()),
        "{seen}"
    );
    assert!(
        !inbox(&bob).await.contains(&mallory.id()),
        "nor does it reach those it was for"
    );
}

async fn a_title_is_told_to_those_who_may_read_it(server: TestServer) {
    let (alice, bob, carol) = (
        server.person("alice").await,
        server.person("bob").await,
        server.person("carol").await,
    );
    carol
        .done(&json!({ "verb": "follow", "object": bob.person() }))
        .await;
    let secret = alice.done(&json!({
            "object": { "objectType": "note", "content": "x", "displayName": "The Title" }, "to": [bob.person()]
        })).await;
    let note = named(&secret["object"]);
    bob.done(&json!({ "verb": "share", "object": note })).await;
    bob.done(&json!({ "object": { "objectType": "comment", "content": "c", "inReplyTo": note }, "to": [public()] })).await;
    let seen = inbox(&carol).await;
    assert!(
        seen.contains("shared a note") && seen.contains("in reply to a note"),
        "{seen}"
    );
    assert!(!seen.contains("The Title"), "{seen}");
    let open = alice.done(&json!({ "object": { "objectType": "note", "content": "x", "displayName": "Open" }, "to": [public()] })).await;
    let shared = bob
        .done(&json!({ "verb": "share", "object": named(&open["object"]) }))
        .await;
    assert!(shared["content"].as_str().unwrap().contains(">Open</a>"));
}

async fn a_list_of_ones_own_keeps_no_access_that_was_lost(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.done(&json!({ "verb": "follow", "object": alice.person() }))
        .await;
    let note = alice.note("for followers", json!({})).await;
    let list = bob
        .done(&json!({ "verb": "create", "object": {
            "objectType": "collection", "objectTypes": ["note"], "displayName": "Kept"
        } }))
        .await["object"]
        .take();
    bob.done(&json!({ "verb": "add", "object": named(&note), "target": named(&list) }))
        .await;
    let members = format!("{}/members", list["id"].as_str().unwrap());
    assert_eq!(
        bob.get(&members).await.ok()["items"][0]["content"],
        "for followers"
    );
    bob.done(&json!({ "verb": "stop-following", "object": alice.person() }))
        .await;
    let left = bob.get(&members).await.ok();
    assert_eq!(
        (&left["items"], &left["totalItems"]),
        (&json!([]), &json!(0))
    );
}

async fn reply_reaches_only_the_parents_audience(server: TestServer) {
    let (alice, bob, carol) = (
        server.person("alice").await,
        server.person("bob").await,
        server.person("carol").await,
    );
    carol
        .done(&json!({ "verb": "follow", "object": alice.person() }))
        .await;
    let note = alice
        .note("bob only", json!({ "to": [bob.person()] }))
        .await;
    for to in [json!([alice.followers()]), json!([public()])] {
        bob.done(&json!({
                "object": { "objectType": "comment", "content": "shouted", "inReplyTo": named(&note) }, "to": to
            })).await;
    }
    assert!(!inbox(&carol).await.contains("shouted"));
    let open = alice.note("open", json!({ "to": [public()] })).await;
    bob.done(&json!({ "object": { "objectType": "comment", "content": "said aloud", "inReplyTo": named(&open) } })).await;
    assert!(inbox(&carol).await.contains("said aloud"));
}

async fn first_mention_cannot_define_a_remote_object(server: TestServer) {
    let (alice, mallory) = (server.person("alice").await, server.person("mallory").await);
    for kind in ["person", "note", "other"] {
        let seen = mallory.done(&json!({ "object": { "objectType": "note" }, "to": [{ "objectType": kind, "id": PUBLIC }] })).await;
        assert_eq!(seen["to"][0]["objectType"], "collection");
    }
    mallory
        .done(&json!({ "object": { "objectType": "note" }, "to": [{ "id": PUBLIC }] }))
        .await;
    let zed = json!({ "objectType": "note", "id": "acct:zed@elsewhere.example" });
    mallory
        .act(&json!({ "object": { "objectType": "note" }, "to": [zed] }))
        .await
        .refused(400);
    mallory
        .act(&json!({ "verb": "like", "object": zed }))
        .await
        .refused(400);
    alice.done(&json!({ "verb": "follow", "object": { "objectType": "person", "id": "acct:zed@elsewhere.example" } })).await;

    let there = json!({ "objectType": "note", "id": "http://elsewhere.example/1", "content": "mallory's words" });
    mallory
        .done(&json!({ "verb": "like", "object": there }))
        .await;
    let seen = alice
        .get("/api/note?id=http%3A%2F%2Felsewhere.example%2F1")
        .await
        .ok();
    assert!(
        seen.get("content").is_none() && seen.get("author").is_none(),
        "{seen}"
    );
}

async fn no_mention_changes_what_a_remote_object_is(server: TestServer) {
    let (bob, mallory) = (server.person("bob").await, server.person("mallory").await);
    for (kind, id, lie) in [
        ("note", "http://other.example/note/1", "person"),
        ("group", "http://other.example/group/1", "person"),
        ("collection", "http://other.example/list/1", "group"),
    ] {
        let thing = json!({ "objectType": kind, "id": id });
        let lie = json!({ "objectType": lie, "id": id });
        bob.done(&json!({ "verb": "favorite", "object": thing }))
            .await;
        // A wrong first name keeps nobody from the address.
        mallory
            .done(&json!({ "object": { "objectType": "note" }, "to": [lie] }))
            .await;
        mallory
            .done(&json!({ "verb": "follow", "object": lie }))
            .await;
        assert_eq!(mallory.feed("following").await["items"][0]["id"], id);
        assert_eq!(bob.feed("favorites").await["items"][0]["objectType"], kind);
        let path = format!("/api/{kind}?id={}", hydraulics::model::Urls::encode(id));
        assert_eq!(bob.get(&path).await.ok()["objectType"], kind);
    }
    let zed = json!({ "objectType": "service", "id": "acct:zed@other.example" });
    mallory
        .done(&json!({ "verb": "follow", "object": zed }))
        .await;
    assert_eq!(
        mallory.feed("following").await["items"][0]["objectType"],
        "person"
    );
}

async fn people_are_named_as_clients_name_them(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    alice.done(&json!({ "verb": "follow", "object": { "objectType": "person", "id": "bob@pump.example" } })).await;
    assert_eq!(alice.ids("following").await, [bob.id()]);
    let profile = format!("{BASE}/api/user/bob/profile");
    alice
        .note(
            "hi bob",
            json!({ "to": [{ "objectType": "person", "id": profile }] }),
        )
        .await;
    assert!(inbox(&bob).await.contains("hi bob"));
    let bare = json!({ "objectType": "person", "id": "alice@pump.example" });
    alice
        .done(&json!({ "actor": bare, "object": { "objectType": "note" } }))
        .await;
}

async fn a_comment_is_shared_and_unshared_like_anything_else(server: TestServer) {
    let (alice, bob, carol) = (
        server.person("alice").await,
        server.person("bob").await,
        server.person("carol").await,
    );
    carol
        .done(&json!({ "verb": "follow", "object": bob.person() }))
        .await;
    let note = alice.note("open", json!({ "to": [public()] })).await;
    let comment = alice
        .done(&json!({
            "object": { "objectType": "comment", "content": "and this", "inReplyTo": named(&note) }
        }))
        .await["object"]
        .take();
    bob.done(&json!({ "verb": "share", "object": named(&comment) }))
        .await;
    assert!(inbox(&carol).await.contains("and this"));
    bob.done(&json!({ "verb": "unshare", "object": named(&comment) }))
        .await;
}

async fn virtual_collections_are_immutable(server: TestServer) {
    let alice = server.person("alice").await;
    for verb in ["post", "create", "update", "delete"] {
        let mut object = alice.followers();
        object["displayName"] = json!("Fans");
        alice
            .act(&json!({ "verb": verb, "object": object }))
            .await
            .refused(400);
    }
    assert_eq!(
        alice
            .done(&json!({ "object": { "objectType": "note" } }))
            .await["cc"][0]["displayName"],
        "Followers"
    );
}

async fn a_list_can_be_renamed_and_still_be_deleted(server: TestServer) {
    let alice = server.person("alice").await;
    for (name, renamed) in [(Some("A"), json!("C")), (None, json!("B"))] {
        let mut object = json!({ "objectType": "collection", "objectTypes": ["person"] });
        object["displayName"] = json!(name);
        let list = alice
            .done(&json!({ "verb": "create", "object": object }))
            .await["object"]
            .take();
        let mut change = named(&list);
        change["displayName"] = renamed;
        alice
            .done(&json!({ "verb": "update", "object": change }))
            .await;
        alice
            .done(&json!({ "verb": "delete", "object": named(&list) }))
            .await;
        assert_eq!(alice.feed("lists/person").await["totalItems"], 4);
    }
}

async fn answers_are_bounded_by_what_may_be_sent(server: TestServer) {
    let alice = server.person("alice").await;
    let many = |count: usize| {
        (0..count)
            .map(
                |n| json!({ "objectType": "person", "id": format!("acct:p{n}@elsewhere.example") }),
            )
            .collect::<Vec<_>>()
    };
    alice
        .act(&json!({ "object": { "objectType": "note" }, "to": many(201) }))
        .await
        .refused(400);
    alice
        .done(&json!({ "object": { "objectType": "note" }, "to": many(100), "cc": many(100) }))
        .await;
    let long = json!({ "summary": "x".repeat(20_000) });
    alice
        .put("/api/user/alice/profile", &long)
        .await
        .refused(413);
    let extra =
        json!({ "nickname": "alice", "password": "another-horse-10", "x": "x".repeat(20_000) });
    alice.put("/api/user/alice", &extra).await.refused(413);
}
