//! `/api/oembed`: public things for other sites.

use hydraulics::model::Urls;
use serde_json::{Value, json};

use super::{hostile::store, preview::post_picture};
use crate::support::{Answer, Request, TestServer, about, everyone};

on_every_backend!(
    note_is_html_without_markup_of_its_author,
    picture_that_fits_is_a_photo,
    profile_is_a_link,
    other_pages_are_not_found,
    private_and_deleted_things_are_not_found_whoever_asks,
    bad_arguments_are_refused,
);

async fn ask(server: &TestServer, url: &str, more: &str) -> Answer {
    let target = format!("/api/oembed?url={}{more}", Urls::encode(url));
    server.send(Request::get(&target)).await
}

fn url(thing: &Value) -> &str {
    thing["url"].as_str().unwrap()
}

async fn note_is_html_without_markup_of_its_author(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note("<p>Good <b>morning</b></p>", everyone()).await;
    let found = ask(&server, url(&note), "&format=json&maxwidth=320")
        .await
        .ok();
    let html = found["html"].as_str().unwrap();
    assert!(
        html.contains("Good morning") && html.contains(url(&note)),
        "{html}"
    );
    let expected = json!({
        "version": "1.0", "type": "rich", "title": "a note by alice",
        "author_name": "alice", "author_url": "http://pump.example/alice",
        "provider_name": "Hydraulics", "provider_url": "http://pump.example/",
        "width": 320,
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&found[name], value, "{name}");
    }
    assert!(found["height"].as_u64().unwrap() > 0);
    let evil = "<img src=x onerror=alert(1)>\"><script>alert(1)</script>";
    let changed = json!({ "displayName": evil, "content": evil });
    store(&server, note["id"].as_str().unwrap(), &changed).await;
    store(&server, &alice.id(), &json!({ "displayName": evil })).await;
    let found = ask(&server, url(&note), "").await.ok();
    let html = found["html"].as_str().unwrap();
    assert!(
        !html.contains("<img") && !html.contains("<script"),
        "{html}"
    );
    // A query and a fragment make no other page.
    ask(&server, &format!("{}?x=1#replies", url(&note)), "")
        .await
        .is(200);
}

async fn picture_that_fits_is_a_photo(server: TestServer) {
    let alice = server.person("alice").await;
    let image = post_picture(&alice, everyone()).await;
    let full = ask(&server, url(&image), "").await.ok();
    assert_eq!(full["type"], "photo");
    assert_eq!(full["url"], image["fullImage"]["url"]);
    assert_eq!(
        (&full["width"], &full["height"]),
        (&json!(700), &json!(350))
    );
    let small = ask(&server, url(&image), "&maxwidth=400").await.ok();
    assert_eq!(small["type"], "photo");
    assert_eq!(small["url"], image["image"]["url"]);
    let tiny = ask(&server, url(&image), "&maxwidth=40&maxheight=30")
        .await
        .ok();
    assert_eq!(tiny["type"], "rich");
    assert_eq!((&tiny["width"], &tiny["height"]), (&json!(40), &json!(30)));
}

async fn profile_is_a_link(server: TestServer) {
    server.account("alice").await;
    let found = ask(&server, "http://pump.example/alice", "").await.ok();
    assert_eq!(
        (&found["type"], &found["title"]),
        (&json!("link"), &json!("alice"))
    );
}

async fn other_pages_are_not_found(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note("Hello", everyone()).await;
    let activity = alice.feed("feed").await["items"][0]["url"].take();
    for other in [
        "",
        "alice",
        "http://pump.example",
        "http://pump.example/",
        "http://pump.example/nobody",
        "http://pump.example/main/settings",
        "http://pump.example/alice/note/%00",
        "http://pump.example/alice/note/nothing",
        "http://other.example/alice",
        "http://pump.example.evil.example/alice",
        &url(&note).replace("/alice/", "/bob/"),
        activity.as_str().unwrap(),
    ] {
        ask(&server, other, "").await.refused(404);
    }
}

async fn private_and_deleted_things_are_not_found_whoever_asks(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let private = alice
        .note("The treasure", json!({ "to": [bob.person()] }))
        .await;
    let deleted = alice.note("Gone", everyone()).await;
    alice.done(&about("delete", &deleted)).await;
    for thing in [private, deleted] {
        ask(&server, url(&thing), "").await.refused(404);
        let target = format!("/api/oembed?url={}", Urls::encode(url(&thing)));
        for person in [&alice, &bob] {
            person.get(&target).await.refused(404);
        }
    }
    let closed = server.again(|settings| settings.api.anonymous_read = false);
    ask(&closed, "http://pump.example/alice", "").await.is(401);
    let without = server.again(|settings| settings.has_pages = false);
    ask(&without, "http://pump.example/alice", "").await.is(404);
}

async fn bad_arguments_are_refused(server: TestServer) {
    server.account("alice").await;
    let alice = "http://pump.example/alice";
    ask(&server, alice, "&format=xml").await.is(501);
    for wrong in ["maxwidth=0", "maxwidth=x", "maxheight=-1", "maxheight=1e9"] {
        ask(&server, alice, &format!("&{wrong}")).await.refused(400);
    }
    server.send(Request::get("/api/oembed")).await.refused(400);
}
