//! Cursors at items that were removed, deleted or hidden since.

use hydraulics::{
    model::{Nickname, Urls},
    service::accounts,
};
use serde_json::{Value, json};

use crate::support::{BASE, Session, TestServer, about, everyone, id, ids, person_list};

/// The ids of the items since one, oldest first.
async fn since(who: &Session, feed: &str, id: &str) -> Vec<String> {
    let page = who.get(&format!("{feed}?since={}", Urls::encode(id))).await;
    let mut ids = ids(&page.ok());
    ids.reverse();
    ids
}

/// The ids of the items before one.
async fn before(who: &Session, feed: &str, id: &str) -> Vec<String> {
    let page = who
        .get(&format!("{feed}?before={}", Urls::encode(id)))
        .await;
    ids(&page.ok())
}

fn post(content: &str, recipients: &Value) -> Value {
    json!({ "object": { "objectType": "note", "content": content }, "to": recipients["to"] })
}

on_every_backend!(
    cursor_of_a_removed_item_keeps_its_position,
    cursor_of_a_deleted_person_keeps_its_position,
    cursor_of_an_unreadable_item_keeps_its_position,
    links_replace_a_long_id_by_a_short_one,
);

async fn cursor_of_a_removed_item_keeps_its_position(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let people = [
        server.person("p0").await,
        server.person("p1").await,
        server.person("p2").await,
    ];
    let create = person_list("Pals");
    let list = alice.done(&create).await["object"].take();
    let note = alice.note("liked", everyone()).await;
    let mut notes = Vec::new();
    for person in &people {
        alice.follow(person).await;
        person.follow(&alice).await;
        person.done(&about("like", &note)).await;
        person.done(&about("share", &note)).await;
        alice
            .done(&json!({
                "verb": "add",
                "object": person.person(),
                "target": { "objectType": "collection", "id": list["id"] },
            }))
            .await;
        let comment = json!({
            "object": {
                "objectType": "comment",
                "content": "c",
                "inReplyTo": { "objectType": "note", "id": note["id"] },
            },
        });
        notes.push(person.done(&comment).await["object"].take());
        alice.done(&about("favorite", notes.last().unwrap())).await;
    }
    let (of_note, of_list) = (id(&note), id(&list));
    let feeds = [
        "/api/user/alice/following".to_owned(),
        "/api/user/alice/followers".to_owned(),
        format!("{of_note}/likes"),
        format!("{of_note}/shares"),
        format!("{of_list}/members"),
        format!("{of_note}/replies"),
        "/api/user/alice/favorites".to_owned(),
    ];
    let mut seen = Vec::new();
    for feed in &feeds {
        let all = ids(&alice.get(feed).await.ok());
        assert_eq!(all.len(), 3, "{feed}");
        seen.push(all);
    }
    let middle = &people[1];
    alice
        .done(&json!({ "verb": "stop-following", "object": middle.person() }))
        .await;
    middle
        .done(&json!({ "verb": "stop-following", "object": alice.person() }))
        .await;
    middle.done(&about("unlike", &note)).await;
    middle.done(&about("unshare", &note)).await;
    alice
        .done(&json!({
            "verb": "remove",
            "object": middle.person(),
            "target": { "objectType": "collection", "id": list["id"] },
        }))
        .await;
    alice.done(&about("unfavorite", &notes[1])).await;
    middle.done(&about("delete", &notes[1])).await;
    for (feed, seen) in feeds.iter().zip(&seen) {
        for who in [&alice, &bob]
            .into_iter()
            .filter(|who| who.nickname == "alice" || !feed.contains("/members"))
        {
            assert_eq!(ids(&who.get(feed).await.ok()).len(), 2, "{feed}");
            assert_eq!(since(who, feed, &seen[1]).await, seen[..1], "{feed}");
            assert_eq!(before(who, feed, &seen[1]).await, seen[2..], "{feed}");
        }
    }
}

async fn cursor_of_a_deleted_person_keeps_its_position(server: TestServer) {
    let alice = server.person("alice").await;
    let mut people = Vec::new();
    for name in ["p0", "p1", "p2"] {
        let person = server.person(name).await;
        person.follow(&alice).await;
        people.push(person.id());
    }
    accounts::remove(&server.ctx(), &Nickname::parse("p1").unwrap())
        .await
        .unwrap();
    hydraulics::service::background::run_cleanup(&server.ctx())
        .await
        .unwrap();
    for feed in ["/api/user/alice/followers", "/api/users"] {
        let name = |id: &str| {
            if feed == "/api/users" {
                id[5..7].to_owned()
            } else {
                id.to_owned()
            }
        };
        let page = alice
            .get(&format!("{feed}?since={}", name(&people[1])))
            .await
            .ok();
        assert_eq!(page["items"].as_array().unwrap().len(), 1, "{feed}: {page}");
    }
    assert_eq!(
        before(&alice, "/api/user/alice/followers", &people[1]).await,
        people[..1]
    );
}

async fn cursor_of_an_unreadable_item_keeps_its_position(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let carol = server.person("carol").await;
    bob.follow(&alice).await;
    let feed = "/api/user/alice/feed";
    let narrowed = alice.done(&post("narrowed", &everyone())).await;
    let taken_back = alice.done(&post("taken back", &everyone())).await;
    let to_followers = alice
        .done(&post("to followers", &json!({ "to": [alice.followers()] })))
        .await;
    let hidden = alice
        .done(&post("hidden", &json!({ "to": [carol.person()] })))
        .await;
    let last = alice.done(&post("last", &everyone())).await;
    alice
        .put(id(&narrowed), &json!({ "to": [carol.person()], "cc": [] }))
        .await
        .ok();
    alice.delete(id(&taken_back)).await.is(200);
    bob.done(&json!({ "verb": "stop-following", "object": alice.person() }))
        .await;
    for seen in [&narrowed, &taken_back, &to_followers] {
        bob.get(id(seen)).await;
        assert_eq!(
            since(&bob, feed, id(seen)).await,
            [id(&last)],
            "{}",
            seen["object"]["content"]
        );
        assert!(
            !before(&bob, feed, id(seen))
                .await
                .contains(&id(seen).to_owned())
        );
    }
    // An item that a viewer never could read is told from none that is not there.
    let error = bob
        .get(&format!("{feed}?since={}", Urls::encode(id(&hidden))))
        .await
        .refused(400);
    assert_eq!(
        error,
        format!(
            "id '{}' not found in stream 'user:alice:outbox'",
            id(&hidden)
        )
    );
    let stranger = server.person("dan").await;
    stranger
        .get(&format!("{feed}?since={}", Urls::encode(id(&to_followers))))
        .await
        .refused(400);
    assert_eq!(since(&stranger, feed, id(&narrowed)).await, [id(&last)]);
    let mut live = bob
        .listen(&format!("{feed}?since={}", Urls::encode(id(&narrowed))))
        .await;
    assert_eq!(live.contents(1).await, ["last"]);
}

async fn links_replace_a_long_id_by_a_short_one(server: TestServer) {
    let alice = server.person("alice").await;
    let long = |number: u32| format!("urn:x:{}:{number}", "é".repeat(900));
    let note = alice.note("asked", everyone()).await;
    for number in 0..5 {
        let parent = json!({ "objectType": "note", "id": note["id"] });
        let comment = json!({
            "objectType": "comment",
            "id": long(number),
            "content": "c",
            "inReplyTo": parent,
        });
        alice.done(&json!({ "object": comment })).await;
    }
    let mut next = Some(format!("{}/replies?count=2", id(&note)));
    let mut walked = Vec::new();
    while let Some(url) = next {
        assert!(url.len() < 300, "{url}");
        let page = alice.get(url.strip_prefix(BASE).unwrap_or(&url)).await.ok();
        walked.extend(ids(&page));
        next = page["links"]["next"]["href"]
            .as_str()
            .map(|next| format!("{next}&count=2"));
    }
    assert_eq!(walked, (0..5).rev().map(long).collect::<Vec<_>>());
    let replies = format!("{}/replies", id(&note));
    assert_eq!(
        since(&alice, &replies, &long(3)).await,
        [long(4)],
        "the id itself goes on to do"
    );
}
