//! Items that are larger or deeper than is allowed today, and repeated shares.

use hydraulics::storage::{Change, Expect};
use serde_json::{Value, json};

use super::{all, read, walk};
use crate::support::{Request, TestServer, about, addressed, everyone};

/// Changes how a thing is stored, as it may have been before there were bounds.
async fn store(server: &TestServer, id: &str, change: impl FnOnce(&mut hydraulics::model::Body)) {
    let storage = server.app.storage();
    let found = storage
        .find_objects(&[id])
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    let mut object = (*found).clone();
    change(&mut object.body);
    let change = Change::PutObject {
        object,
        expect: Expect::Any,
    };
    storage.commit(vec![change]).await.unwrap();
}

on_every_backend!(
    objects_stored_before_the_bounds_are_still_read,
    single_item_is_shown_whatever_its_size,
    too_deep_item_is_left_out_alone,
    repeated_share_is_syndicated_once_until_undone,
);

async fn objects_stored_before_the_bounds_are_still_read(server: TestServer) {
    let alice = server.person("alice").await;
    let mut ids = Vec::new();
    for number in 0..15 {
        let note = alice.note(&format!("note {number}"), everyone()).await;
        let id = note["id"].as_str().unwrap().to_owned();
        store(&server, &id, |body| {
            body.insert("content".into(), "x".repeat(400_000).into());
            body.insert("displayName".into(), "y".repeat(2_000).into());
        })
        .await;
        ids.insert(0, id);
    }
    let pages = walk(
        &server,
        "/api/user/alice/feed/major?count=200",
        "application/json",
        "/links/next/href",
    )
    .await;
    assert_eq!(all(&pages, "items", "/object/id"), ids);
    assert!(pages.len() > 1);
    let note = alice.get(&ids[0]).await.ok();
    assert_eq!(note["content"].as_str().unwrap().len(), 400_000);
    alice.done(&about("like", &note)).await;
    alice.delete(&ids[0]).await.ok();
}

async fn single_item_is_shown_whatever_its_size(server: TestServer) {
    let alice = server.person("alice").await;
    for _ in 0..3 {
        let note = alice.note("large", everyone()).await;
        store(&server, note["id"].as_str().unwrap(), |body| {
            body.insert("content".into(), "x".repeat(5_000_000).into());
        })
        .await;
    }
    let (mut seen, mut next) = (0, Some("/api/user/alice/feed/major".to_owned()));
    while let Some(at) = next {
        let page = alice.get(&at).await.ok();
        assert_eq!(page["items"].as_array().unwrap().len(), 1);
        seen += 1;
        next = page["links"]["next"]["href"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, 3);
}

async fn too_deep_item_is_left_out_alone(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.follow(&alice).await;
    for (content, key) in [("deep aside", "z"), ("fine", ""), ("deep tags", "tags")] {
        let note = alice.note(content, everyone()).await;
        store(&server, note["id"].as_str().unwrap(), |body| {
            let deep = (0..126).fold(json!(0), |inner, _| json!([inner]));
            body.extend((!key.is_empty()).then(|| (key.to_owned(), deep)));
        })
        .await;
    }
    let expected = ["fine", "deep aside"];
    let feed = read(&server, "/api/user/alice/feed.json", "*/*").await;
    let feed: Value = serde_json::from_slice(&feed.body).unwrap();
    assert_eq!(all(&[feed], "items", "/title"), expected);
    let atom = read(&server, "/api/user/alice/feed.atom", "*/*")
        .await
        .text();
    assert_eq!(atom.matches("<entry>").count(), 2);
    let request = Request::get("/api/user/bob/inbox/major?offset=0")
        .header("accept", "application/activity+json");
    let inbox = server.send(request.by(&bob.credentials)).await.is(200);
    assert_eq!(inbox.header("content-type"), "application/activity+json");
    let inbox: Value = serde_json::from_slice(&inbox.body).unwrap();
    let posted = inbox["orderedItems"].as_array().unwrap().iter();
    let posted: Vec<&Value> = posted
        .filter(|item| {
            item["actor"]
                .as_str()
                .is_some_and(|actor| actor.contains("alice"))
        })
        .collect();
    assert_eq!(posted.len(), 2, "{posted:?}");
}

async fn repeated_share_is_syndicated_once_until_undone(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let notes = [
        bob.note("one", everyone()).await,
        bob.note("two", everyone()).await,
    ];
    let titles = async || {
        let feed = read(&server, "/api/user/alice/feed.json", "*/*").await;
        let feed: Value = serde_json::from_slice(&feed.body).unwrap();
        let atom = read(&server, "/api/user/alice/feed.atom", "*/*")
            .await
            .text();
        let ids = all(&[feed], "items", "/id");
        assert_eq!(atom.matches("<entry>").count(), ids.len());
        ids
    };
    let public = |activity: Value| addressed(activity, &everyone());
    alice.note("hers", everyone()).await;
    let hers = titles().await;
    let first = alice.done(&public(about("share", &notes[0]))).await;
    assert_eq!(
        titles().await,
        [&[first["id"].as_str().unwrap().to_owned()], &hers[..]].concat()
    );
    let again = alice.done(&public(about("share", &notes[0]))).await;
    assert_eq!(
        titles().await,
        [&[again["id"].as_str().unwrap().to_owned()], &hers[..]].concat()
    );
    alice.done(&public(about("share", &notes[1]))).await;
    assert_eq!(titles().await.len(), 3);
    for note in &notes {
        alice.done(&about("unshare", note)).await;
    }
    assert_eq!(titles().await, hers);
    alice.done(&public(about("share", &notes[0]))).await;
    assert_eq!(titles().await.len(), 2);
}
