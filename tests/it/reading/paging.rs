//! Paging through feeds and followers.

use serde_json::{Value, json};

use crate::support::{BASE, TestServer, everyone, ids};

on_every_backend!(
    pages_in_both_directions_have_every_item_once,
    followers_are_paged_by_person_ids,
);

async fn pages_in_both_directions_have_every_item_once(server: TestServer) {
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

async fn followers_are_paged_by_person_ids(server: TestServer) {
    let alice = server.person("alice").await;
    for number in 0..5 {
        let fan = server.person(&format!("fan{number}")).await;
        fan.follow(&alice).await;
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
