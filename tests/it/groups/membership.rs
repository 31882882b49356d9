//! Creating, joining and leaving a group, and removing its members.

use serde_json::{Value, json};

use super::{create, feed, private_group, to};
use crate::support::{BASE, Session, TestServer, about, everyone, ids, named};

on_every_backend!(
    new_group_has_empty_feeds,
    join_and_leave_are_counted_announced_and_not_repeated,
    group_can_be_joined_only_by_its_audience,
    group_creator_can_remove_members,
);

async fn new_group_has_empty_feeds(server: TestServer) {
    let alice = server.person("alice").await;
    let group = create(&alice, "Pumpers", everyone()).await;
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

async fn join_and_leave_are_counted_announced_and_not_repeated(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    let group = create(&alice, "Pumpers", everyone()).await;
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

async fn group_can_be_joined_only_by_its_audience(server: TestServer) {
    let [alice, bob, mallory] = server.people(["alice", "bob", "mallory"]).await;
    let group = create(&alice, "Cabal", json!({ "to": [bob.person()] })).await;
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

    // A member who came in as a follower stays in when they stop following.
    let fans = create(&alice, "Fans", json!({})).await;
    mallory.act(&about("join", &fans)).await.refused(403);
    mallory.follow(&alice).await;
    mallory.done(&about("join", &fans)).await;
    mallory
        .done(&about("stop-following", &alice.person()))
        .await;
    assert_eq!(ids(&feed(&mallory, &fans, "members").await), [mallory.id()]);
}

async fn group_creator_can_remove_members(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    let group = private_group(&alice, &[&bob, &carol]).await;
    let note = carol.note("secret", to(&group)).await;
    let out = |who: &Session| {
        json!({
            "verb": "remove",
            "object": who.person(),
            "target": named(&group),
        })
    };
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
