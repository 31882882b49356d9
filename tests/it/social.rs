//! Social activities and their effects (pump-api 7 and 8).

use serde_json::{Value, json};

use crate::support::{BASE, Request, Session, TestServer, about, everyone, ids};

fn comment_on(object: &Value, content: &str) -> Value {
    json!({ "object": {
        "objectType": "comment", "content": content,
        "inReplyTo": { "objectType": object["objectType"], "id": object["id"] }
    } })
}

/// The verbs in a feed of someone, newest first.
async fn verbs(who: &Session, feed: &str) -> Vec<String> {
    let feed = who.feed(feed).await;
    feed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["verb"].as_str().unwrap().to_owned())
        .collect()
}

on_every_backend!(
    a_new_person_has_what_the_reference_gives_them,
    whoami_leads_to_the_profile_at_its_own_address,
    a_posted_note_comes_back_whole,
    major_minor_and_direct_are_filed_apart,
    following_is_counted_on_both_ends_and_undone,
    likes_are_counted_named_and_undone_in_either_spelling,
    a_share_reaches_ones_followers_and_counts_one_person_once,
    the_author_hears_of_every_like_share_and_comment,
    a_comment_goes_where_the_note_went,
    unreadable_object_takes_no_reply_like_or_share,
    only_the_author_changes_and_what_is_fixed_stays,
    deleted_object_leaves_a_tombstone,
    lists_are_made_filled_emptied_and_deleted,
    people_of_other_servers_can_be_put_on_a_list,
    deleted_upload_is_not_listed,
    a_profile_is_updated_in_both_ways_and_followers_hear,
    an_account_is_changed_by_its_owner_with_its_password,
    the_short_ways_do_what_the_verbs_do,
    two_at_once_leave_one_edge_and_honest_counts,
);

async fn a_new_person_has_what_the_reference_gives_them(server: TestServer) {
    let alice = server.person("alice").await;
    let feed = alice.feed("feed").await;
    assert_eq!(feed["displayName"], "Activities by alice");
    assert_eq!(
        (&feed["totalItems"], &feed["objectTypes"]),
        (&json!(5), &json!(["activity"]))
    );
    assert_eq!(
        verbs(&alice, "feed").await,
        ["create", "create", "create", "create", "join"]
    );
    let lists = alice.feed("lists/person").await;
    let names: Vec<_> = lists["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|list| &list["displayName"])
        .collect();
    assert_eq!(names, ["Coworkers", "Acquaintances", "Family", "Friends"]);
    assert_eq!(lists["items"][0]["members"]["totalItems"], 0);
    let user = alice.get("/api/user/alice").await.ok();
    assert_eq!(user["profile"]["id"], "acct:alice@pump.example");
    assert_eq!(
        user["profile"]["links"]["self"]["href"],
        format!("{BASE}/api/user/alice/profile")
    );
    assert_eq!(
        user["profile"]["lists"],
        json!({ "url": format!("{BASE}/api/user/alice/lists/person"), "totalItems": 4 })
    );
}

async fn whoami_leads_to_the_profile_at_its_own_address(server: TestServer) {
    let alice = server.person("alice").await;
    let reply = alice.get("/api/whoami").await;
    assert_eq!(reply.status.as_u16(), 302);
    let location = reply.headers["location"].to_str().unwrap();
    let profile = alice.get(location).await.ok();
    assert_eq!(profile["links"]["self"]["href"], location);
    assert_eq!(profile["preferredUsername"], "alice");
}

async fn a_posted_note_comes_back_whole(server: TestServer) {
    let alice = server.person("alice").await;
    let content = "Grüße <b>an</b> alle 👩‍👩‍👧 \u{202e}rtl\u{202c} é \u{10FFFF}<script>x()</script>";
    let activity = alice.done(&json!({
            "object": { "objectType": "note", "content": content, "license": "CC0", "_secret": 1 }, "title": "kept"
        })).await;
    let note = &activity["object"];
    assert_eq!(
        note["content"],
        "Grüße <b>an</b> alle 👩‍👩‍👧 \u{202e}rtl\u{202c} é \u{10FFFF}"
    );
    assert_eq!(
        (&note["license"], &note["_secret"]),
        (&json!("CC0"), &Value::Null)
    );
    assert_eq!(
        (&activity["verb"], &activity["title"]),
        (&json!("post"), &json!("kept"))
    );
    assert_eq!(activity["actor"]["id"], alice.id());
    assert_eq!(activity["cc"][0]["id"], alice.followers()["id"]);
    assert_eq!(activity["cc"][0]["displayName"], "Followers");
    assert_eq!(activity["generator"]["displayName"], "app-of-alice");
    assert!(
        note.get("author").is_none(),
        "the author of a post is its actor"
    );
    assert_eq!(
        note["likes"],
        json!({ "url": format!("{}/likes", note["id"].as_str().unwrap()), "totalItems": 0 })
    );
    assert_eq!(
        (&note["liked"], &note["pump_io"]["shared"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(note["published"], "2027-01-15T08:00:00Z");
    let uuid = note["id"].as_str().unwrap().rsplit('/').next().unwrap();
    assert_eq!(uuid.len(), 22);
    assert_eq!(note["url"], format!("{BASE}/alice/note/{uuid}"));

    let read = alice.get(note["id"].as_str().unwrap()).await.ok();
    assert_eq!(
        (&read["content"], &read["author"]["id"]),
        (&note["content"], &json!(alice.id()))
    );
    assert_eq!(
        alice.get(activity["id"].as_str().unwrap()).await.ok()["object"]["id"],
        note["id"]
    );
}

async fn major_minor_and_direct_are_filed_apart(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.done(&json!({ "verb": "follow", "object": alice.person() }))
        .await;
    let open = alice.note("open", json!({})).await;
    let direct = alice.note("direct", json!({ "to": [bob.person()] })).await;
    let secret = alice.note("secret", json!({ "bcc": [bob.person()] })).await;
    alice.done(&about("like", &open)).await;

    let objects = |feed: Value| {
        feed["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|a| a["object"]["id"].clone())
            .collect::<Vec<_>>()
    };
    let major = objects(bob.feed("inbox/major").await);
    let (welcome, major) = major.split_last().unwrap();
    assert_eq!(
        major,
        [
            secret["id"].clone(),
            direct["id"].clone(),
            open["id"].clone()
        ]
    );
    let directly = [direct["id"].clone(), welcome.clone()];
    assert_eq!(objects(bob.feed("inbox/direct").await), directly);
    assert_eq!(objects(bob.feed("inbox/direct/major").await), directly);
    assert_eq!(bob.feed("inbox/direct/minor").await["totalItems"], 0);
    assert_eq!(
        verbs(&bob, "inbox/minor").await.first().map(String::as_str),
        Some("like"),
        "a like goes where the note went"
    );
    assert_eq!(
        alice.feed("inbox").await["totalItems"].as_u64().unwrap(),
        6 + 1 + 3 + 1,
        "own doings are in one's own inbox, each once"
    );
    let refused = alice
        .post(
            "/api/user/alice/feed/minor",
            &json!({ "object": { "objectType": "note", "content": "x" } }),
        )
        .await;
    assert_eq!(refused.refused(400), "Only minor activities to this feed.");
}

async fn following_is_counted_on_both_ends_and_undone(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.done(&json!({ "verb": "follow", "object": alice.person() }))
        .await;
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
    assert_eq!(verbs(&alice, "inbox/direct/minor").await, ["follow"]);
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

async fn likes_are_counted_named_and_undone_in_either_spelling(server: TestServer) {
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

async fn a_share_reaches_ones_followers_and_counts_one_person_once(server: TestServer) {
    let (alice, bob, carol) = (
        server.person("alice").await,
        server.person("bob").await,
        server.person("carol").await,
    );
    carol
        .done(&json!({ "verb": "follow", "object": bob.person() }))
        .await;
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

async fn the_author_hears_of_every_like_share_and_comment(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let note = alice.note("hello", everyone()).await;
    let aside = |mut activity: Value| {
        activity["to"] = json!([bob.person()]);
        activity
    };
    bob.done(&aside(about("like", &note))).await;
    bob.done(&aside(about("share", &note))).await;
    bob.done(&aside(comment_on(&note, "nice"))).await;
    assert_eq!(verbs(&alice, "inbox/minor").await[..2], ["post", "like"]);
    assert_eq!(verbs(&alice, "inbox/major").await[..2], ["share", "post"]);
    let comment = &alice.feed("inbox/minor").await["items"][0]["object"];
    assert_eq!(comment["content"], "nice");
    assert_eq!(
        alice.get(comment["id"].as_str().unwrap()).await.ok()["content"],
        "nice"
    );
}

async fn a_comment_goes_where_the_note_went(server: TestServer) {
    let (alice, bob, carol) = (
        server.person("alice").await,
        server.person("bob").await,
        server.person("carol").await,
    );
    for fan in [&bob, &carol] {
        fan.done(&json!({ "verb": "follow", "object": alice.person() }))
            .await;
    }
    let note = alice.note("to my followers", json!({})).await;
    let reply = bob.done(&comment_on(&note, "as one of them")).await;
    assert_eq!(reply["to"][0]["id"], alice.id());
    assert_eq!(reply["cc"][0]["id"], alice.followers()["id"]);
    assert_eq!(reply["object"]["inReplyTo"]["content"], "to my followers");
    assert_eq!(verbs(&alice, "inbox/direct/minor").await[0], "post");

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

async fn only_the_author_changes_and_what_is_fixed_stays(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let note = alice.note("first", everyone()).await;
    let id = note["id"].as_str().unwrap();
    server.clock.advance(60);
    let change = json!({ "verb": "update", "object": {
            "id": id, "objectType": "note", "content": "second", "author": bob.person(), "published": "1999-01-01T00:00:00Z"
        } });
    assert_eq!(
        bob.act(&change).await.refused(400),
        format!("Can't update {id}: not author.")
    );
    let updated = alice.done(&change).await;
    assert_eq!(updated["to"][0]["id"], hydraulics::model::PUBLIC);
    let seen = bob.get(id).await.ok();
    assert_eq!(
        (&seen["content"], &seen["author"]["id"]),
        (&json!("second"), &json!(alice.id()))
    );
    assert_eq!(
        (&seen["published"], &seen["updated"]),
        (&note["published"], &json!("2027-01-15T08:01:00Z"))
    );

    bob.put(id, &json!({ "content": "mine" }))
        .await
        .refused(403);
    assert_eq!(
        alice.put(id, &json!({ "content": "third" })).await.ok()["content"],
        "third"
    );
    bob.delete(id).await.refused(403);
    assert_eq!(alice.get(id).await.ok()["content"], "third");
}

async fn deleted_object_leaves_a_tombstone(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.done(&json!({ "verb": "follow", "object": alice.person() }))
        .await;
    let note = alice.note("oops", json!({})).await;
    let reply = bob.done(&comment_on(&note, "seen it")).await["object"].take();
    assert!(
        bob.act(&about("delete", &note))
            .await
            .refused(400)
            .ends_with("not author.")
    );
    let gone = alice.done(&about("delete", &note)).await;
    assert!(gone["object"]["deleted"].is_string() && gone["object"].get("content").is_none());
    let id = note["id"].as_str().unwrap();
    for path in ["", "/likes", "/replies", "/shares"] {
        assert_eq!(
            bob.get(&format!("{id}{path}")).await.refused(410),
            "Deleted"
        );
    }
    alice.act(&about("delete", &note)).await.refused(410);
    bob.act(&about("like", &note)).await.refused(410);
    bob.act(&comment_on(&note, "too late")).await.refused(410);
    let seen = bob.feed("inbox/major").await["items"][0].clone();
    assert_eq!(
        (&seen["verb"], &seen["object"]["id"]),
        (&json!("post"), &json!(id))
    );
    assert!(seen["object"]["deleted"].is_string() && seen["object"].get("content").is_none());

    let other = alice.note("stays", everyone()).await;
    let reply_here = bob.done(&comment_on(&other, "mine")).await["object"].take();
    assert_eq!(
        bob.delete(reply_here["id"].as_str().unwrap()).await.ok(),
        json!("Deleted")
    );
    assert_eq!(
        alice.get(other["id"].as_str().unwrap()).await.ok()["replies"]["totalItems"],
        0
    );
    assert!(bob.get(reply["id"].as_str().unwrap()).await.ok()["inReplyTo"]["deleted"].is_string());
}

async fn lists_are_made_filled_emptied_and_deleted(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let create = json!({ "verb": "create", "object": {
            "objectType": "collection", "objectTypes": ["person"], "displayName": "Pals", "content": "<i>good</i> ones"
        } });
    let list = alice.done(&create).await["object"].take();
    assert!(
        alice
            .act(&create)
            .await
            .refused(400)
            .starts_with("Already have")
    );
    assert_eq!(
        alice.ids("lists/person").await[0],
        list["id"].as_str().unwrap()
    );
    let target = json!({ "objectType": "collection", "id": list["id"] });
    let add = json!({ "verb": "add", "object": bob.person(), "target": target });
    let added = alice.done(&add).await;
    assert_eq!(
        (
            &added["target"]["id"],
            &added["target"]["members"]["totalItems"]
        ),
        (&list["id"], &json!(1))
    );
    assert_eq!(added["target"]["members"]["items"], json!([bob.person()]));
    assert!(bob.act(&add).await.refused(400).ends_with("not author."));
    let members = alice
        .get(&format!("{}/members", list["id"].as_str().unwrap()))
        .await
        .ok();
    assert_eq!(
        (ids(&members), &members["displayName"]),
        (vec![bob.id()], &json!("Members of Pals by alice"))
    );
    let note = alice.note("x", json!({})).await;
    let wrong = json!({ "verb": "add", "object": { "objectType": "note", "id": note["id"] }, "target": target });
    assert!(
        alice
            .act(&wrong)
            .await
            .refused(400)
            .ends_with("incorrect type.")
    );

    let remove = json!({ "verb": "remove", "object": bob.person(), "target": target });
    alice.done(&remove).await;
    assert!(
        alice
            .act(&remove)
            .await
            .refused(400)
            .contains("not found in stream")
    );
    alice.done(&about("delete", &list)).await;
    assert_eq!(alice.feed("lists/person").await["totalItems"], 4);
    alice.done(&create).await;
}

async fn people_of_other_servers_can_be_put_on_a_list(server: TestServer) {
    let alice = server.person("alice").await;
    let lists = alice.feed("lists/person").await;
    let erin = json!({ "objectType": "person", "id": "acct:erin@elsewhere.example" });
    let done = alice
        .done(&json!({ "verb": "add", "object": erin, "target": lists["items"][0] }))
        .await;
    assert_eq!(done["object"]["id"], erin["id"]);
    let members = lists["items"][0]["members"]["url"].as_str().unwrap();
    assert_eq!(
        ids(&alice.get(members).await.ok()),
        ["acct:erin@elsewhere.example"]
    );
}

async fn deleted_upload_is_not_listed(server: TestServer) {
    let alice = server.person("alice").await;
    let uploads = "/api/user/alice/uploads";
    let request = Request::post(uploads)
        .body("text/plain", "kept")
        .by(&alice.credentials);
    let upload = server.send(request).await.ok();
    assert_eq!(alice.ids("uploads").await, [upload["id"].as_str().unwrap()]);
    alice.done(&about("delete", &upload)).await;
    assert_eq!(alice.feed("uploads").await["totalItems"], 0);
}

async fn a_profile_is_updated_in_both_ways_and_followers_hear(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.done(&json!({ "verb": "follow", "object": alice.person() }))
        .await;
    let place = json!({ "objectType": "place", "displayName": "Montréal" });
    let put = alice.put("/api/user/alice/profile", &json!({
            "objectType": "person", "displayName": "Alice A.", "summary": "<b>hi</b><script></script>", "location": place,
            "preferredUsername": "mallory", "followers": { "url": "http://evil.example/" }
        })).await.ok();
    assert_eq!(
        (&put["displayName"], &put["summary"], &put["location"]),
        (&json!("Alice A."), &json!("<b>hi</b>"), &place)
    );
    assert_eq!(
        (&put["preferredUsername"], &put["followers"]["url"]),
        (
            &json!("alice"),
            &json!(format!("{BASE}/api/user/alice/followers"))
        )
    );
    alice
        .done(&json!({ "verb": "update", "object": {
            "objectType": "person", "id": alice.id(), "displayName": "Alice B.",
            "pump_io": { "fullImage": { "url": "http://pump.example/x.png" }, "followed": true }
        } }))
        .await;
    let seen = bob.get("/api/user/alice").await.ok();
    assert_eq!(
        (
            &seen["profile"]["displayName"],
            &seen["profile"]["pump_io"]["fullImage"]["url"]
        ),
        (&json!("Alice B."), &json!("http://pump.example/x.png"))
    );
    assert_eq!(verbs(&bob, "inbox/minor").await[..2], ["update", "update"]);
    assert_eq!(
        alice.feed("feed").await["displayName"],
        "Activities by Alice B."
    );
    bob.put("/api/user/alice/profile", &json!({ "displayName": "x" }))
        .await
        .refused(401);
    bob.act(&json!({ "verb": "update", "object": { "objectType": "person", "id": alice.id(), "displayName": "x" } })).await.refused(400);
}

async fn an_account_is_changed_by_its_owner_with_its_password(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let change = json!({ "nickname": "alice", "password": "another-horse-10", "email": "a@b.example", "settings": { "x": 1 } });
    // One after the other: another address needs the present password.
    let mut password = change.clone();
    password.as_object_mut().unwrap().remove("email");
    alice.put("/api/user/alice", &password).await.ok();
    let user = alice.put("/api/user/alice", &change).await.ok();
    assert_eq!(
        (&user["email"], &user["settings"]["x"], user.get("password")),
        (&json!("a@b.example"), &json!(1), None)
    );
    let seen = bob.get("/api/user/alice").await.ok();
    assert!(seen.get("email").is_none() && seen.get("settings").is_none());
    bob.put("/api/user/alice", &change).await.refused(401);
    for (field, value) in [
        ("nickname", json!("other")),
        ("password", json!("short")),
        ("password", Value::Null),
        ("email", json!("no")),
    ] {
        let mut wrong = change.clone();
        wrong[field] = value;
        alice.put("/api/user/alice", &wrong).await.refused(400);
    }
    let users = alice.get("/api/users?count=50").await.ok();
    assert_eq!(users["items"][0]["nickname"], "bob");
    assert_eq!(
        (&users["totalItems"], &users["items"][1]["profile"]["id"]),
        (&json!(2), &json!(alice.id()))
    );
    assert_eq!(
        ids(
            &json!({ "items": [alice.get("/api/users?before=bob").await.ok()["items"][0]["profile"]] })
        ),
        [alice.id()]
    );
    alice.get("/api/users?before=nobody").await.refused(400);
}

async fn the_short_ways_do_what_the_verbs_do(server: TestServer) {
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
    assert_eq!(verbs(&bob, "feed").await[..2], ["favorite", "follow"]);
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

async fn two_at_once_leave_one_edge_and_honest_counts(server: TestServer) {
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
    let edit = |content: &str| json!({ "verb": "update", "object": { "objectType": "note", "id": note["id"], "content": content } });
    let (a, b, c, d) = (edit("a"), edit("b"), edit("c"), edit("d"));
    let edits = tokio::join!(alice.act(&a), alice.act(&b), alice.act(&c), alice.act(&d));
    for reply in [edits.0, edits.1, edits.2, edits.3] {
        assert_eq!(reply.status.as_u16(), 200, "{}", reply.text());
    }
    assert_eq!(verbs(&alice, "feed").await[..4], ["update"; 4]);
}
