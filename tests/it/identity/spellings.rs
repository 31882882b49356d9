//! Spellings of local ids: hosts, ports and schemes.

use hydraulics::{
    model::{Nickname, Urls},
    service::{accounts, activity},
};
use image::ImageFormat;
use serde_json::json;
use url::Url;

use crate::support::{BASE, Request, TestServer, about, named, picture, public};

on_every_backend!(
    every_spelling_of_a_local_person_id_is_equal,
    every_spelling_of_a_local_object_id_is_equal,
    objects_of_a_former_scheme_keep_their_ids,
    port_in_person_ids_is_optional,
    avatar_is_public_under_any_spelling_of_its_url,
);

async fn every_spelling_of_a_local_person_id_is_equal(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let lists = alice.ids("lists/person").await;
    let list = json!({
        "objectType": "collection",
        "id": lists[0].replace("pump.example", "PUMP.EXAMPLE:80"),
    });
    for id in [
        "acct:bob@pump.example",
        "acct:bob@PUMP.example",
        "acct:bob@pump.example:80",
        "bob@Pump.example",
        "http://pump.example/bob",
        "https://pump.example/bob",
        "http://PUMP.example:80/bob/",
        "https://pump.example:443/api/user/bob/profile",
        "http://localhost:8080/bob",
        "http://127.0.0.1:8080/api/user/bob/profile",
        "acct:bob@localhost",
    ] {
        let spelled = json!({ "objectType": "person", "id": id });
        let sent = alice
            .done(&json!({
                "object": { "objectType": "note", "content": id },
                "to": [spelled, bob.person()],
            }))
            .await;
        assert_eq!(sent["to"].as_array().map(Vec::len), Some(1), "{id}");
        assert_eq!(sent["to"][0]["id"], bob.id(), "{id}");
        assert_eq!(
            bob.feed("inbox/direct").await["items"][0]["object"]["content"],
            id
        );
        for verb in ["follow", "stop-following"] {
            assert_eq!(
                alice
                    .done(&json!({ "verb": verb, "object": spelled }))
                    .await["object"]["id"],
                bob.id()
            );
        }
        for verb in ["add", "remove"] {
            alice
                .done(&json!({ "verb": verb, "object": spelled, "target": list }))
                .await;
        }
        alice.post("/api/user/alice/following", &spelled).await.ok();
        alice
            .get(&format!(
                "/api/user/alice/following?before={}",
                Urls::encode(id)
            ))
            .await
            .ok();
        alice
            .done(&json!({ "verb": "stop-following", "object": bob.person() }))
            .await;
    }
    let actor = json!({ "objectType": "person", "id": "https://PUMP.example/alice" });
    alice
        .done(&json!({ "actor": actor, "object": { "objectType": "note" } }))
        .await;
}

async fn every_spelling_of_a_local_object_id_is_equal(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let note = alice.note("one", json!({ "to": [public()] })).await;
    let path = note["id"].as_str().unwrap().strip_prefix(BASE).unwrap();
    for (n, host) in [
        "https://pump.example",
        "HTTP://PUMP.example:80",
        "http://localhost:8080",
    ]
    .into_iter()
    .enumerate()
    {
        let spelled = json!({ "objectType": "note", "id": format!("{host}{path}") });
        for verb in ["like", "unlike", "share", "unshare"] {
            assert_eq!(
                bob.done(&json!({ "verb": verb, "object": spelled })).await["object"]["id"],
                note["id"],
                "{host}"
            );
        }
        let comment = json!({ "objectType": "comment", "content": "c", "inReplyTo": spelled });
        bob.done(&json!({ "object": comment })).await;
        let replies = alice.get(&format!("{path}/replies")).await.ok();
        assert_eq!(replies["totalItems"], n + 1, "{host}");
        let seen = bob
            .get(&format!(
                "/api/note?id={}",
                Urls::encode(spelled["id"].as_str().unwrap())
            ))
            .await
            .ok();
        assert_eq!(seen["id"], note["id"]);
        let change = json!({ "objectType": "note", "id": spelled["id"], "content": host });
        alice
            .done(&json!({ "verb": "update", "object": change }))
            .await;
        assert_eq!(bob.get(path).await.ok()["content"], host);
        let followers = alice.followers()["id"]
            .as_str()
            .unwrap()
            .replace(BASE, host);
        let cc = json!([{ "objectType": "collection", "id": followers }]);
        let sent = alice
            .done(&json!({ "object": { "objectType": "note" }, "cc": cc }))
            .await;
        assert_eq!(sent["cc"][0]["id"], alice.followers()["id"]);
        bob.act(&json!({
            "verb": "like",
            "object": { "objectType": "note", "id": format!("{host}/api/note/none") },
        }))
        .await
        .refused(400);
    }
}

async fn objects_of_a_former_scheme_keep_their_ids(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let before = server.again(|settings| {
        settings.urls = Urls::new(&Url::parse("https://pump.example").unwrap()).unwrap();
    });
    let then = accounts::signed_in(&before.app, &Nickname::parse("alice").unwrap())
        .await
        .unwrap();
    let note = json!({ "objectType": "note", "content": "one" });
    let first = activity::perform_json(&then, json!({ "object": note, "to": [public()] }))
        .await
        .unwrap();
    let old = alice
        .get(&format!(
            "/api/note?id={}",
            Urls::encode(&first.object.unwrap().id)
        ))
        .await
        .ok();
    assert!(old["id"].as_str().unwrap().starts_with("https:"));
    let new = alice.note("two", json!({ "to": [public()] })).await;
    for note in [&old, &new] {
        for verb in ["like", "share"] {
            bob.done(&about(verb, note)).await;
        }
        let comment = json!({ "objectType": "comment", "content": "c", "inReplyTo": named(note) });
        assert_eq!(
            bob.done(&json!({ "object": comment })).await["object"]["inReplyTo"]["content"],
            note["content"]
        );
        let seen = bob
            .get(&format!(
                "/api/note?id={}",
                Urls::encode(note["id"].as_str().unwrap())
            ))
            .await
            .ok();
        assert_eq!(seen["replies"]["totalItems"], 1);
    }
    let since = alice
        .feed(&format!("feed?since={}", Urls::encode(&first.activity.id)))
        .await;
    assert_eq!(since["items"].as_array().map(Vec::len), Some(1));
}

async fn port_in_person_ids_is_optional(server: TestServer) {
    let server = server.again(|settings| {
        settings.urls = Urls::new(&Url::parse("http://pump.example:8080").unwrap()).unwrap();
    });
    let (alice, _) = (server.person("alice").await, server.person("bob").await);
    let bob = "http://pump.example:8080/api/user/bob/profile";
    for id in [
        bob,
        "acct:bob@pump.example",
        "acct:bob@pump.example:8080",
        "https://PUMP.example:8080/bob",
        "bob@pump.example:8080",
    ] {
        let act = json!({
            "object": { "objectType": "note" },
            "to": [{ "objectType": "person", "id": id }],
        });
        let request = Request::post("/api/user/alice/feed")
            .header("host", "pump.example:8080")
            .json(&act);
        let sent = server.send(request.by(&alice.credentials)).await.ok();
        assert_eq!(sent["to"][0]["id"], bob, "{id}");
    }
}

async fn avatar_is_public_under_any_spelling_of_its_url(server: TestServer) {
    let alice = server.person("alice").await;
    let image = picture(9, 9, ImageFormat::Png);
    let upload = alice
        .request("POST", "/api/user/alice/uploads", "image/png", image)
        .await
        .ok();
    let url = upload["image"]["url"].as_str().unwrap().to_owned();
    let path = url.strip_prefix(BASE).unwrap();
    server.send(Request::get(path)).await.is(403);
    let spelled = url.replace("pump.example", "PUMP.example:80");
    alice
        .put(
            "/api/user/alice/profile",
            &json!({ "image": { "url": spelled } }),
        )
        .await
        .ok();
    server.send(Request::get(path)).await.is(200);
}
