//! Pages of lists and groups.

use serde_json::json;

use super::reader::{Reader, between};
use crate::support::{BASE, TestServer, about, public};

on_every_backend!(
    list_is_made_filled_renamed_and_deleted,
    list_of_somebody_else_can_only_be_read,
    group_page_shows_members_and_posts,
);

async fn list_is_made_filled_renamed_and_deleted(server: TestServer) {
    server.account("bob").await;
    let alice = Reader::member(&server, "alice", "").await;
    let page = alice.read("/alice/lists").await;
    assert!(
        page.contains("<title>alice - Lists - Hydraulics</title>"),
        "{page}"
    );
    let make = [("do", "create"), ("name", "Pals"), ("back", "/alice/lists")];
    let page = alice.submit("/main/lists", &make).await;
    let before = between(&page, "", "<bdi>Pals</bdi>").to_owned();
    let link = before.rsplit_once("href=\"").unwrap().1;
    let link = link.split('"').next().unwrap().to_owned();
    assert!(link.starts_with("/alice/list/"), "{link}");
    alice.post("/main/lists", &make).await.is(400);
    let nameless = [("do", "create"), ("name", " "), ("back", "/")];
    alice.post("/main/lists", &nameless).await.is(400);

    let page = alice.read(&link).await;
    let id = between(&page, "name=\"list\" value=\"", "\"").to_owned();
    for (address, status) in [("bob", 303), ("bob@pump.example", 303), ("nobody", 404)] {
        let fields = [
            ("do", "add"),
            ("list", &*id),
            ("address", address),
            ("back", &link),
        ];
        alice.post("/main/lists", &fields).await.is(status);
    }
    let page = alice.read(&link).await;
    assert!(page.contains("<bdi>bob</bdi></a>"), "{page}");
    let bob = "acct:bob@pump.example";
    let fields = [
        ("do", "remove"),
        ("list", &*id),
        ("id", bob),
        ("back", &link),
    ];
    let page = alice.submit("/main/lists", &fields).await;
    assert!(!page.contains("<bdi>bob</bdi></a>"));
    let fields = [
        ("do", "rename"),
        ("list", &*id),
        ("name", "Chums"),
        ("back", &link),
    ];
    let page = alice.submit("/main/lists", &fields).await;
    assert!(page.contains("<h1 class=\"title\"><bdi>Chums</bdi></h1>"));
    let fields = [("do", "delete"), ("list", &*id), ("back", "/alice/lists")];
    let page = alice.submit("/main/lists", &fields).await;
    assert!(!page.contains("Chums"));
    alice.open(&link).await.is(410);
}

async fn list_of_somebody_else_can_only_be_read(server: TestServer) {
    let alice = server.person("alice").await;
    let list = json!({
        "objectType": "collection", "objectTypes": ["person"], "displayName": "Open",
    });
    let create = json!({ "verb": "create", "object": list, "to": [public()] });
    let list = alice.done(&create).await["object"].take();
    let uuid = list["id"].as_str().unwrap().rsplit('/').next().unwrap();
    let bob = Reader::member(&server, "bob", "").await;
    let page = bob.read(&format!("/alice/list/{uuid}")).await;
    assert!(page.contains("<bdi>Open</bdi>") && !page.contains("/main/lists"));
    assert!(!bob.read("/alice/lists").await.contains("/main/lists"));
    bob.open(&format!("/bob/list/{uuid}")).await.is(404);
    let fields = [("do", "delete"), ("list", list["id"].as_str().unwrap())];
    bob.post("/main/lists", &fields).await.is(400);
}

async fn group_page_shows_members_and_posts(server: TestServer) {
    let alice = server.person("alice").await;
    let group = json!({ "objectType": "group", "displayName": "Pumpers" });
    let create = json!({ "verb": "create", "object": group, "to": [public()] });
    let group = alice.done(&create).await["object"].take();
    alice.done(&about("join", &group)).await;
    let note = json!({ "objectType": "note", "content": "Hello group" });
    let to = json!([{ "objectType": "group", "id": group["id"] }]);
    alice.done(&json!({ "object": note, "to": to })).await;
    let path = group["url"]
        .as_str()
        .unwrap()
        .strip_prefix(BASE)
        .unwrap()
        .to_owned();
    let bob = Reader::member(&server, "bob", "").await;
    let page = bob.read(&path).await;
    assert!(
        page.contains("<bdi>Pumpers</bdi>") && page.contains("1 member"),
        "{page}"
    );
    assert!(page.contains("<bdi>alice</bdi>") && page.contains("value=\"join\""));
    let id = group["id"].as_str().unwrap();
    let join = [
        ("verb", "join"),
        ("id", id),
        ("kind", "group"),
        ("back", &path),
    ];
    let page = bob.submit("/main/act", &join).await;
    assert!(
        page.contains("2 members") && page.contains("value=\"leave\""),
        "{page}"
    );
    assert!(page.contains("Hello group"), "{page}");
}
