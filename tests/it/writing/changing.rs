//! Edits, and what is taken back.

use hydraulics::model::Urls;

use super::{Reader, hidden};
use crate::support::{Request, TestServer, everyone};

on_every_backend!(
    edit_shows_what_was_typed_and_keeps_the_rest,
    text_of_a_client_is_edited_as_html,
    failed_edit_comes_back_with_all_that_was_typed,
    deletion_asks_once_more,
);

fn page_of(what: &str, id: &str) -> String {
    format!("/main/{what}?id={}", Urls::encode(id))
}

async fn edit_shows_what_was_typed_and_keeps_the_rest(server: TestServer) {
    let [alice, _] = server.people(["alice", "bob"]).await;
    let reader = Reader::sign_in(&server, "alice").await;
    let typed = [
        ("title", "First"),
        ("content", "a < b & **c**"),
        ("audience", "public"),
    ];
    let place = reader.posted("/main/post", &typed, None).await;
    let note = alice.feed("feed/major").await["items"][0]["object"].take();
    let id = note["id"].as_str().unwrap();
    let page = reader.get(&page_of("edit", id)).await.is(200).text();
    assert!(page.contains("a &#60; b &#38; **c**") && page.contains("First"));
    let fields = [
        ("id", id),
        ("kind", "note"),
        ("title", ""),
        ("content", "a < b & _d_"),
        ("format", "markdown"),
        ("back", &hidden(&page, "back")),
    ];
    assert_eq!(reader.posted("/main/edit", &fields, None).await, place);
    let page = Reader::stranger(&server).get(&place).await.is(200).text();
    assert!(page.contains("a &lt; b &amp; <em>d</em>") && !page.contains("First"));
    let bob = Reader::sign_in(&server, "bob").await;
    bob.get(&page_of("edit", id)).await.is(403);
    bob.post("/main/edit", &fields, None).await.is(400);
}

async fn text_of_a_client_is_edited_as_html(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note("<b>old</b>", everyone()).await;
    let reader = Reader::sign_in(&server, "alice").await;
    let page = reader
        .get(&page_of("edit", note["id"].as_str().unwrap()))
        .await;
    let page = page.is(200).text();
    assert!(page.contains("&#60;b&#62;old&#60;/b&#62;"));
    assert!(page.contains("value=\"html\" selected"));
}

async fn failed_edit_comes_back_with_all_that_was_typed(server: TestServer) {
    server.account("alice").await;
    let reader = Reader::sign_in(&server, "alice").await;
    let fields = [
        ("id", "http://pump.example/api/note/none"),
        ("kind", "note"),
        ("title", "A title"),
        ("content", "not lost"),
    ];
    for (reader, status) in [(reader, 400), (Reader::stranger(&server), 401)] {
        let page = reader
            .post("/main/edit", &fields, None)
            .await
            .is(status)
            .text();
        assert!(page.contains("A title") && page.contains("not lost"));
    }
}

async fn deletion_asks_once_more(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note("a mistake", everyone()).await;
    let (id, place) = (note["id"].as_str().unwrap(), note["url"].as_str().unwrap());
    let reader = Reader::sign_in(&server, "alice").await;
    let page = reader.get(place).await.is(200).text();
    assert!(page.contains("/main/delete?id=") && page.contains("/main/edit?id="));
    let page = reader.get(&page_of("delete", id)).await.is(200).text();
    assert!(page.contains("a mistake"));
    reader.get(place).await.is(200);
    let names = ["verb", "id", "kind", "back"];
    let values = names.map(|name| hidden(&page, name));
    let fields = names.iter().zip(&values);
    let fields: Vec<_> = fields
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let request = Request::post("/main/act").form(&fields);
    let request = request.header("sec-fetch-site", "same-origin");
    reader.send(request).await.is(303);
    reader.get(place).await.is(410);
}
