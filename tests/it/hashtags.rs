//! Hashtags of posts, and their feeds.

use serde_json::{Value, json};

use crate::support::{BASE, Request, TestServer, addressed, everyone, id, ids, path};

fn tag(name: &str, folded: &str) -> Value {
    json!({ "objectType": "hashtag", "displayName": name, "url": format!("{BASE}/tag/{folded}") })
}

fn link(name: &str, folded: &str) -> String {
    format!("<a href=\"{BASE}/tag/{folded}\" rel=\"tag\">#{name}</a>")
}

on_every_backend!(
    hashtags_become_links_and_tags,
    hashtags_follow_an_edit,
    a_hashtag_has_a_feed_of_public_posts,
    feeds_of_hashtags_come_in_every_form,
);

async fn hashtags_become_links_and_tags(server: TestServer) {
    let alice = server.person("alice").await;
    let content =
        "<p>#Tea, #café &amp; <code>#x</code> <a href=\"https://h.test/#y\">#z</a> #1</p>";
    let posted =
        json!({ "object": { "objectType": "note", "content": content, "tags": ["cup", "CAFÉ"] } });
    let note = alice.done(&posted).await["object"].take();
    let linked = content.replacen("#Tea", &link("Tea", "tea"), 1);
    let linked = linked.replacen("#café", &link("café", "caf%C3%A9"), 1);
    assert_eq!(note["content"], linked);
    assert_eq!(note["tags"], json!(["cup", "CAFÉ", tag("Tea", "tea")]));
    let stored = alice.get(path(&note["id"])).await.ok();
    assert_eq!(stored["content"], linked);
}

async fn hashtags_follow_an_edit(server: TestServer) {
    let alice = server.person("alice").await;
    let mut note = alice.note("#tea and #milk", everyone()).await;
    let content = note["content"]
        .as_str()
        .unwrap()
        .replace(&link("milk", "milk"), "#sugar");
    note["content"] = content.into();
    let edited = alice.put(path(&note["id"]), &note).await.ok();
    let both = format!("{} and {}", link("tea", "tea"), link("sugar", "sugar"));
    assert_eq!(edited["content"], both);
    assert_eq!(
        edited["tags"],
        json!([tag("tea", "tea"), tag("sugar", "sugar")])
    );
    let titled = alice
        .put(path(&note["id"]), &json!({ "displayName": "Title" }))
        .await
        .ok();
    assert_eq!(
        (&titled["content"], &titled["tags"]),
        (&edited["content"], &edited["tags"])
    );
}

async fn a_hashtag_has_a_feed_of_public_posts(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let first = alice.note("#Tea", everyone()).await;
    alice.note("#tea for friends", json!({})).await;
    alice.note("tea", everyone()).await;
    let second = json!({ "object": { "objectType": "note", "content": "x", "tags": ["TEA"] } });
    let second = bob.done(&addressed(second, &everyone())).await["object"].take();
    let open = server.send(Request::get("/api/tag/TEA/feed")).await.ok();
    assert_eq!(ids(&open), [id(&second), id(&first)]);
    let own = alice.get("/api/tag/tea/feed").await.ok();
    assert_eq!(ids(&own), ids(&open), "whoever asks");
    assert_eq!(own["url"], format!("{BASE}/api/tag/tea/feed"));
    let page = alice.get("/api/tag/tea/feed?count=1").await.ok();
    let next = alice.get(path(&page["links"]["next"]["href"])).await.ok();
    assert_eq!(ids(&next), [id(&first)]);
    alice.get("/api/tag/12/feed").await.refused(404);
    alice.get("/api/tag/a%20b/feed").await.refused(404);
    let none = alice.get("/api/tag/none/feed").await.ok();
    assert!(ids(&none).is_empty());
}

async fn feeds_of_hashtags_come_in_every_form(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note("#tea time", everyone()).await;
    let atom = server
        .send(Request::get("/api/tag/Tea/feed.atom"))
        .await
        .is(200);
    assert_eq!(
        atom.header("content-type"),
        "application/atom+xml; charset=utf-8"
    );
    for part in [
        "<title>Posts with #Tea</title>".to_owned(),
        "<title>#tea time</title>".to_owned(),
        "<name>alice</name>".to_owned(),
        format!("<id>{}</id>", id(&note)),
        format!("href=\"{BASE}/api/tag/tea/feed.atom\""),
        "<category term=\"tea\"/>".to_owned(),
    ] {
        assert!(atom.text().contains(&part), "{part}: {}", atom.text());
    }
    let accepted = Request::get("/api/tag/tea/feed").header("accept", "application/feed+json");
    let json = server.send(accepted).await.is(200);
    let json: Value = serde_json::from_slice(&json.body).unwrap();
    assert_eq!(json["feed_url"], format!("{BASE}/api/tag/tea/feed.json"));
    assert_eq!(json["items"][0]["authors"][0]["name"], "alice");
    assert_eq!(json["items"][0]["id"], note["id"]);
    let form = Request::get("/api/tag/tea/feed").header("accept", "application/activity+json");
    let form = server.send(form).await.is(200);
    assert_eq!(form.header("content-type"), "application/activity+json");
}
