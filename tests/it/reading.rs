//! Visibility and paging.

use serde_json::{Value, json};

use crate::support::{BASE, TestServer, everyone, ids};

const PUBLIC: &str = hydraulics::model::PUBLIC;

on_every_backend!(
    note_is_readable_by_its_recipients_only,
    activity_has_object_type_in_mixed_lists,
    list_members_read_the_object_at_its_own_url,
    secret_recipients_are_seen_by_the_author_only,
    an_inbox_is_its_owners,
    unreadable_items_are_neither_listed_nor_counted,
    sharing_something_private_does_not_show_it,
    paging_both_ways_loses_and_doubles_nothing,
    followers_are_paged_by_the_ids_that_clients_have,
);

async fn note_is_readable_by_its_recipients_only(server: TestServer) {
    let (alice, bob, carol) = (
        server.person("alice").await,
        server.person("bob").await,
        server.person("carol").await,
    );
    bob.done(&json!({ "verb": "follow", "object": alice.person() }))
        .await;

    for (recipients, bob_reads, carol_reads, anyone_reads) in [
        (everyone(), true, true, true),
        (json!({}), true, false, false),
        (json!({ "to": [carol.person()] }), false, true, false),
        (json!({ "bcc": [carol.person()] }), false, true, false),
        (json!({ "cc": [bob.followers()] }), false, false, false),
    ] {
        let note = alice.note("psst", recipients.clone()).await;
        let id = note["id"].as_str().unwrap();
        for (who, reads) in [
            (&alice, true),
            (&bob, bob_reads),
            (&carol, carol_reads),
            (&alice.two_legged(), anyone_reads),
        ] {
            for path in ["", "/likes", "/replies", "/shares"] {
                let reply = who.get(&format!("{id}{path}")).await;
                let status = if reads { 200 } else { 403 };
                assert_eq!(
                    reply.status.as_u16(),
                    status,
                    "{} {recipients} {path}: {}",
                    who.nickname,
                    reply.text()
                );
            }
        }
    }
}

async fn activity_has_object_type_in_mixed_lists(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let posted = alice.done(&json!({ "to": [{ "objectType": "collection", "id": PUBLIC }], "object": { "objectType": "note" } })).await;
    let activity = json!({ "objectType": "activity", "id": posted["id"] });
    let liked = bob.post("/api/user/bob/favorites", &activity).await.ok();
    let told = bob
        .done(&json!({ "verb": "share", "object": activity }))
        .await;
    for shown in [
        &liked,
        &bob.feed("favorites").await["items"][0],
        &told["object"],
    ] {
        assert_eq!(
            (&shown["id"], &shown["objectType"]),
            (&posted["id"], &json!("activity"))
        );
    }
    assert_eq!(
        alice.feed("feed").await["items"][0]["objectType"],
        Value::Null
    );
}

async fn list_members_read_the_object_at_its_own_url(server: TestServer) {
    let (alice, bob, carol) = (
        server.person("alice").await,
        server.person("bob").await,
        server.person("carol").await,
    );
    let list = alice.done(&json!({
            "verb": "create",
            "object": { "objectType": "collection", "objectTypes": ["person"], "displayName": "Crew" }
        })).await["object"].take();
    let target = json!({ "objectType": "collection", "id": list["id"] });
    alice
        .done(&json!({ "verb": "add", "object": bob.person(), "target": target }))
        .await;

    let note = alice.note("for the crew", json!({ "to": [target] })).await;
    let id = note["id"].as_str().unwrap();
    assert_eq!(bob.get(id).await.ok()["content"], "for the crew");
    carol.get(id).await.refused(403);
    assert_eq!(
        bob.feed("inbox/major").await["items"][0]["object"]["id"],
        note["id"]
    );

    alice
        .done(&json!({ "verb": "remove", "object": bob.person(), "target": target }))
        .await;
    bob.get(id).await.refused(403);
}

async fn secret_recipients_are_seen_by_the_author_only(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let activity = alice
        .done(&json!({
            "object": { "objectType": "note", "content": "x" },
            "to": [bob.person()], "bto": [bob.person()], "bcc": [bob.person()]
        }))
        .await;
    assert_eq!(activity["bcc"][0]["id"], bob.id());
    let id = activity["id"].as_str().unwrap();
    for seen in [
        bob.get(id).await.ok(),
        bob.feed("inbox").await["items"][0].clone(),
    ] {
        assert_eq!(seen["id"], activity["id"]);
        assert!(
            seen.get("bto").is_none() && seen.get("bcc").is_none(),
            "{seen}"
        );
    }
}

async fn an_inbox_is_its_owners(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    for feed in [
        "inbox",
        "inbox/major",
        "inbox/minor",
        "inbox/direct",
        "inbox/direct/major",
        "inbox/direct/minor",
        "uploads",
    ] {
        assert_eq!(
            alice
                .get(&format!("/api/user/alice/{feed}"))
                .await
                .status
                .as_u16(),
            200,
            "{feed}"
        );
        assert_eq!(
            bob.get(&format!("/api/user/alice/{feed}"))
                .await
                .refused(401),
            "Not authorized"
        );
        assert_eq!(
            alice
                .two_legged()
                .get(&format!("/api/user/alice/{feed}"))
                .await
                .status
                .as_u16(),
            400
        );
    }
    assert_eq!(
        alice.get("/api/user/nobody/inbox").await.refused(404),
        "No such 'user' with id 'nobody'"
    );
}

async fn unreadable_items_are_neither_listed_nor_counted(server: TestServer) {
    let (alice, bob, carol) = (
        server.person("alice").await,
        server.person("bob").await,
        server.person("carol").await,
    );
    let note = alice.note("hello", everyone()).await;
    alice.note("for bob", json!({ "to": [bob.person()] })).await;
    let comment = |to: Value| {
        json!({
            "object": { "objectType": "comment", "content": "c", "inReplyTo": { "objectType": "note", "id": note["id"] } },
            "to": [to]
        })
    };
    bob.done(&comment(
        json!({ "objectType": "collection", "id": PUBLIC }),
    ))
    .await;
    bob.done(&comment(alice.person())).await;

    let seen = |who: &crate::support::Session| {
        let (who, id) = (who.clone(), note["id"].as_str().unwrap().to_owned());
        async move {
            let replies = who.get(&format!("{id}/replies")).await.ok();
            let count = who.get(&id).await.ok()["replies"]["totalItems"].clone();
            assert_eq!(replies["totalItems"], count);
            assert_eq!(
                replies["items"].as_array().unwrap().len() as u64,
                count.as_u64().unwrap()
            );
            count.as_u64().unwrap()
        }
    };
    assert_eq!(
        (seen(&alice).await, seen(&bob).await, seen(&carol).await),
        (2, 2, 1)
    );

    let outbox = |who: &crate::support::Session| {
        let who = who.clone();
        async move {
            let feed = who.get("/api/user/alice/feed/major").await.ok();
            assert_eq!(
                feed["totalItems"].as_u64().unwrap(),
                feed["items"].as_array().unwrap().len() as u64
            );
            feed["totalItems"].as_u64().unwrap()
        }
    };
    assert_eq!(
        (
            outbox(&alice).await,
            outbox(&bob).await,
            outbox(&carol).await
        ),
        (2, 2, 1)
    );
    assert_eq!(outbox(&alice.two_legged()).await, 1);
}

async fn sharing_something_private_does_not_show_it(server: TestServer) {
    let (alice, bob, carol) = (
        server.person("alice").await,
        server.person("bob").await,
        server.person("carol").await,
    );
    carol
        .done(&json!({ "verb": "follow", "object": bob.person() }))
        .await;
    let note = alice
        .note("between us", json!({ "to": [bob.person()] }))
        .await;
    bob.done(&json!({ "verb": "share", "object": { "objectType": "note", "id": note["id"] } }))
        .await;
    let share = carol.feed("inbox/major").await["items"][0].clone();
    assert_eq!(share["verb"], "share");
    assert_eq!(
        share["object"],
        json!({ "objectType": "note", "id": note["id"] })
    );
}

async fn paging_both_ways_loses_and_doubles_nothing(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let mut posted = Vec::new();
    for number in 0..45 {
        // Every third is not for bob, who must not notice.
        let to = if number % 3 == 2 {
            json!({ "to": [alice.person()] })
        } else {
            everyone()
        };
        posted.push((
            alice.note(&format!("note {number}"), to).await["id"].clone(),
            number % 3 != 2,
        ));
    }
    for who in [&alice, &bob] {
        let expected: Vec<&Value> = posted
            .iter()
            .rev()
            .filter(|(_, public)| *public || who.nickname == "alice")
            .map(|(id, _)| id)
            .collect();
        let objects = |page: &Value| {
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["object"]["id"].clone())
                .collect::<Vec<_>>()
        };
        let (mut walked, mut oldest) = (Vec::new(), String::new());
        let mut next = Some(format!("{BASE}/api/user/alice/feed/major?count=7"));
        while let Some(url) = next {
            let page = who.get(&url).await.ok();
            assert_eq!(page["totalItems"], expected.len());
            walked.extend(objects(&page));
            page["items"].as_array().unwrap().last().unwrap()["id"]
                .as_str()
                .unwrap()
                .clone_into(&mut oldest);
            next = page["links"]["next"]["href"].as_str().map(str::to_owned);
            if let Some(next) = &next {
                assert_eq!(
                    next.split('?').nth(1).unwrap().matches('=').count(),
                    1,
                    "{next}"
                );
            }
        }
        assert_eq!(walked.iter().collect::<Vec<_>>(), expected);

        // And back up, from the oldest.
        let mut since = format!(
            "{BASE}/api/user/alice/feed/major?since={}",
            hydraulics::model::Urls::encode(&oldest)
        );
        let mut climbed = vec![walked.last().unwrap().clone()];
        loop {
            let page = who.get(&since).await.ok();
            let mut items = objects(&page);
            let Some(prev) = page["links"]["prev"]["href"].as_str() else {
                break;
            };
            items.reverse();
            climbed.extend(items);
            prev.clone_into(&mut since);
        }
        climbed.reverse();
        assert_eq!(climbed, walked);

        let mut by_offset = Vec::new();
        for offset in (0..50).step_by(10) {
            let page = who
                .get(&format!(
                    "/api/user/alice/feed/major?count=10&offset={offset}"
                ))
                .await
                .ok();
            by_offset.extend(objects(&page));
        }
        assert_eq!(by_offset, walked);
    }
    let empty = alice.get("/api/user/alice/feed?offset=200").await.ok();
    assert_eq!(empty["items"], json!([]));
    let totals = alice.get("/api/user/alice/feed/major?count=0").await.ok();
    assert_eq!(
        (totals["totalItems"].clone(), totals["items"].clone()),
        (json!(45), json!([]))
    );
    assert_eq!(
        alice
            .get("/api/user/alice/feed?before=nothing")
            .await
            .refused(400),
        "id 'nothing' not found in stream 'user:alice:outbox'"
    );
}

async fn followers_are_paged_by_the_ids_that_clients_have(server: TestServer) {
    let alice = server.person("alice").await;
    for number in 0..5 {
        let fan = server.person(&format!("fan{number}")).await;
        fan.done(&json!({ "verb": "follow", "object": alice.person() }))
            .await;
    }
    let page = alice.get("/api/user/alice/followers?count=2").await.ok();
    assert_eq!(
        ids(&page),
        ["acct:fan4@pump.example", "acct:fan3@pump.example"]
    );
    assert_eq!(
        (&page["totalItems"], &page["objectTypes"]),
        (&json!(5), &json!(["person"]))
    );
    let next = page["links"]["next"]["href"].as_str().unwrap();
    assert_eq!(
        next,
        format!("{BASE}/api/user/alice/followers?before=acct%3Afan3%40pump.example")
    );
    for before in [
        "acct:fan3@pump.example",
        "fan3@pump.example",
        &format!("{BASE}/api/user/fan3/profile"),
    ] {
        let page = alice
            .get(&format!("/api/user/alice/followers?before={before}"))
            .await
            .ok();
        assert_eq!(ids(&page).len(), 3, "{before}");
    }
    assert_eq!(
        alice.feed("followers?since=acct:fan3@pump.example").await["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
