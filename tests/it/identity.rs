//! Ownership of ids: one id for each object of this server, and no id of another host for an object
//! that is made here.

use std::io::Cursor;

use hydraulics::{
    model::{Nickname, Object, Urls},
    service::{accounts, activity},
    storage::{Change, Expect},
};
use image::{ImageFormat, RgbImage};
use serde_json::{Map, Value, json};
use sha1::{Digest, Sha1};
use url::Url;
use uuid::Uuid;

use crate::support::{BASE, Request, Session, TestServer, about, named, public};

/// The id of the object that stands for a client.
fn generator_of(who: &Session) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&Sha1::digest(&who.credentials.key)[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x50;
    bytes[8] = bytes[8] & 0x3f | 0xa0;
    Uuid::from_bytes(bytes).urn().to_string()
}

/// With what someone posts, by name.
async fn posted_with(who: &Session) -> Value {
    let done = who
        .done(&json!({ "object": { "objectType": "note", "content": "x" }, "to": [public()] }))
        .await;
    assert_eq!(done["generator"]["id"], generator_of(who));
    done["generator"]["displayName"].clone()
}

fn png() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = RgbImage::from_pixel(9, 9, image::Rgb([1, 2, 3]));
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

on_every_backend!(
    an_id_of_ones_own_is_of_no_other_host,
    nobody_but_a_client_is_what_posts_are_made_with,
    a_client_whose_id_was_claimed_once_gets_it_back,
    a_person_of_another_host_is_one_whoever_named_them_first,
    recipients_on_no_host_are_refused,
    every_spelling_of_a_person_here_reaches_them,
    every_spelling_of_a_thing_here_is_that_thing,
    things_of_another_scheme_keep_their_id,
    where_ids_have_a_port_people_are_named_with_and_without_it,
    an_avatar_is_opened_under_any_spelling_of_its_address,
    no_time_to_come_is_taken_from_a_client,
    no_script_comes_back_from_any_property,
);

async fn an_id_of_ones_own_is_of_no_other_host(server: TestServer) {
    let alice = server.person("alice").await;
    let derived = generator_of(&alice);
    let loud = derived.to_uppercase();
    for id in [
        "http://far.example/api/user/zed/profile",
        "HTTPS://Far.example/1",
        "acct:zed@far.example",
        "ACCT:zed@far.example",
        "zed@far.example",
        "tag:far.example,2027:1",
        "bob",
        "javascript:x",
        "http://PUMP.example:80/api/note/1",
        &derived,
        &loud,
    ] {
        for kind in ["note", "group", "collection"] {
            for verb in ["post", "create"] {
                let object = json!({ "objectType": kind, "id": id, "content": "mine" });
                alice
                    .act(&json!({ "verb": verb, "object": object, "to": [public()] }))
                    .await
                    .refused(400);
            }
        }
    }
    for id in [
        "urn:example:1",
        "tag:pump.example,2027:1",
        "urn:uuid:f481d2dc-0721-4119-a0a9-58b6f083836e",
    ] {
        let object = json!({ "objectType": "note", "id": id, "content": "mine" });
        assert_eq!(
            alice.done(&json!({ "object": object })).await["object"]["id"],
            id
        );
    }
}

async fn nobody_but_a_client_is_what_posts_are_made_with(server: TestServer) {
    let (alice, mallory) = (server.person("alice").await, server.person("mallory").await);
    let id = generator_of(&alice);
    for kind in ["application", "note", "service"] {
        let claim = json!({ "objectType": kind, "id": id, "displayName": "Mallory's" });
        for verb in ["post", "like", "follow", "share", "ping"] {
            mallory
                .act(&json!({ "verb": verb, "object": claim }))
                .await
                .refused(400);
        }
        mallory
            .act(&json!({ "object": { "objectType": "note" }, "to": [claim] }))
            .await
            .refused(400);
    }
    assert_eq!(posted_with(&alice).await, "app-of-alice");
    mallory
        .done(&json!({ "verb": "like", "object": { "objectType": "application", "id": id } }))
        .await;
}

async fn a_client_whose_id_was_claimed_once_gets_it_back(server: TestServer) {
    let (alice, mallory) = (server.person("alice").await, server.person("mallory").await);
    let said = json!({ "displayName": "Mallory's" })
        .as_object()
        .cloned()
        .unwrap();
    let mut claimed = Object::new("note", generator_of(&alice), "claimed", said);
    claimed.author = Some(mallory.id());
    let put = Change::PutObject {
        object: claimed,
        expect: Expect::Absent,
    };
    server.app.storage().commit(vec![put]).await.unwrap();
    for _ in 0..2 {
        assert_eq!(posted_with(&alice).await, "app-of-alice");
    }
    let change =
        json!({ "objectType": "application", "id": generator_of(&alice), "displayName": "Mine" });
    mallory
        .act(&json!({ "verb": "update", "object": change }))
        .await
        .refused(400);
}

async fn a_person_of_another_host_is_one_whoever_named_them_first(server: TestServer) {
    let (alice, mallory) = (server.person("alice").await, server.person("mallory").await);
    for (n, id) in ["acct:zoe@far.example", "acct:zed@far.example"]
        .into_iter()
        .enumerate()
    {
        let zed = json!({ "objectType": "person", "id": id });
        for kind in ["note", "group", "service"] {
            let other = json!({ "objectType": kind, "id": id });
            mallory
                .act(&json!({ "verb": "like", "object": other }))
                .await;
        }
        let sent = alice
            .done(&json!({ "object": { "objectType": "note", "content": "hi" }, "to": [zed] }))
            .await;
        assert_eq!(
            (&sent["to"][0]["id"], &sent["to"][0]["objectType"]),
            (&zed["id"], &zed["objectType"])
        );
        alice
            .done(&json!({ "verb": "follow", "object": zed }))
            .await;
        mallory
            .act(&json!({ "verb": "share", "object": { "objectType": "group", "id": id } }))
            .await;
        let following = alice.feed("following").await;
        assert_eq!(
            (
                &following["totalItems"],
                &following["items"][0]["objectType"]
            ),
            (&json!(n + 1), &json!("person"))
        );
        let by_id = format!("/api/person?id={}", Urls::encode(id));
        assert_eq!(
            alice.get(&by_id).await.ok()["links"]["self"]["href"],
            format!("{BASE}{by_id}")
        );
    }
}

async fn recipients_on_no_host_are_refused(server: TestServer) {
    let alice = server.person("alice").await;
    for id in [
        "bob",
        "acct:bob",
        "acct:@far.example",
        "acct:zed@",
        "urn:x",
        "http:",
        "far.example/zed",
        "javascript:x@y",
    ] {
        for kind in ["person", "group", "collection"] {
            let nobody = json!({ "objectType": kind, "id": id });
            for to in ["to", "cc", "bto", "bcc"] {
                alice
                    .act(&json!({ "object": { "objectType": "note" }, to: [nobody] }))
                    .await
                    .refused(400);
            }
            alice
                .act(&json!({ "verb": "follow", "object": nobody }))
                .await
                .refused(400);
        }
    }
}

async fn every_spelling_of_a_person_here_reaches_them(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let lists = alice.ids("lists/person").await;
    let list = json!({ "objectType": "collection", "id": lists[0].replace("pump.example", "PUMP.EXAMPLE:80") });
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
        let sent = alice.done(&json!({ "object": { "objectType": "note", "content": id }, "to": [spelled, bob.person()] })).await;
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

async fn every_spelling_of_a_thing_here_is_that_thing(server: TestServer) {
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
        bob.act(&json!({ "verb": "like", "object": { "objectType": "note", "id": format!("{host}/api/note/none") } })).await.refused(400);
    }
}

async fn things_of_another_scheme_keep_their_id(server: TestServer) {
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

async fn where_ids_have_a_port_people_are_named_with_and_without_it(server: TestServer) {
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
        let act = json!({ "object": { "objectType": "note" }, "to": [{ "objectType": "person", "id": id }] });
        let request = Request::post("/api/user/alice/feed")
            .header("host", "pump.example:8080")
            .json(&act);
        let sent = server.send(request.by(&alice.credentials)).await.ok();
        assert_eq!(sent["to"][0]["id"], bob, "{id}");
    }
}

async fn an_avatar_is_opened_under_any_spelling_of_its_address(server: TestServer) {
    let alice = server.person("alice").await;
    let image = png();
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

async fn no_time_to_come_is_taken_from_a_client(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let now = "2027-01-15T08:00:00Z";
    for (given, kept) in [
        ("9999-12-31T23:59:59Z", now),
        ("2027-01-15T08:00:01Z", now),
        ("1999-01-01T00:00:00Z", "1999-01-01T00:00:00Z"),
    ] {
        let object =
            json!({ "objectType": "note", "content": "x", "published": given, "updated": given });
        let done = alice.done(&json!({ "object": object, "published": given, "updated": given, "to": [public()] })).await;
        assert_eq!(
            (&done["published"], &done["updated"]),
            (&json!(kept), &json!(now))
        );
        assert_eq!(
            (&done["object"]["published"], &done["object"]["updated"]),
            (&json!(kept), &json!(kept))
        );
        let mut change = named(&done["object"]);
        change["updated"] = json!("9999-12-31T23:59:59Z");
        alice
            .done(&json!({ "verb": "update", "object": change }))
            .await;
        let again = json!({ "content": "y", "published": "9999-12-31T23:59:59Z", "updated": "9999-12-31T23:59:59Z" });
        alice.put(done["id"].as_str().unwrap(), &again).await.ok();
        bob.done(&about("share", &done["object"])).await;
    }
    alice
        .put(
            "/api/user/alice/profile",
            &json!({ "updated": "9999-12-31T23:59:59Z" }),
        )
        .await
        .ok();
    for nickname in ["alice", "bob"] {
        let feed = server
            .send(Request::get(&format!("/api/user/{nickname}/feed.atom")))
            .await
            .is(200)
            .text();
        assert!(
            feed.contains(&format!("<updated>{now}</updated>")) && !feed.contains("9999"),
            "{feed}"
        );
    }
    for time in [
        "+10000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-00:01",
        "0000-01-01T00:00:00+00:01",
        "-0001-01-01T00:00:00Z",
    ] {
        for key in ["published", "updated", "startTime", "endTime"] {
            let object = json!({ "objectType": "note", key: time });
            alice.act(&json!({ "object": object })).await.refused(400);
            alice
                .act(&json!({ "object": { "objectType": "note" }, key: time }))
                .await
                .refused(400);
        }
    }
}

async fn no_script_comes_back_from_any_property(server: TestServer) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let nasty = |key: &str| -> Map<String, Value> {
        let markup = "<b>kept</b><script>nasty()</script><img src=x onerror=nasty()>";
        json!({
                "summary": markup, "content": markup, "mood": { "x": [markup], "href": "javascript:nasty()" },
                "context": { "content": markup, "y": markup }, "source": { "x": markup, "url": "http://h.example/" },
                "provider": { "summary": markup, "links": { "a": { "href": "data:text/html,nasty()" } } },
                "tags": [markup, { "objectType": "place", "x": markup }], "icon": { "url": "vbscript:nasty()" },
                "embedCode": "<iframe src=\"javascript:nasty()\"></iframe>", key: markup,
                "attachments": [{
                    "objectType": "file", "id": "urn:x", "content": markup, "x": markup, "links": { "self": { "href": "javascript:nasty()" } },
                }],
            }).as_object().cloned().unwrap()
    };
    let mut activity = nasty("ofActivity");
    let mut object = nasty("ofObject");
    object.insert("objectType".into(), "note".into());
    activity.insert("object".into(), object.into());
    activity.insert("to".into(), json!([public()]));
    let done = alice.done(&activity.clone().into()).await;
    let mut change = nasty("ofChange");
    change.extend(named(&done["object"]).as_object().cloned().unwrap());
    alice
        .done(&json!({ "verb": "update", "object": change }))
        .await;
    alice
        .put(done["id"].as_str().unwrap(), &nasty("ofAmendment").into())
        .await
        .ok();
    alice
        .put("/api/user/alice/profile", &nasty("ofProfile").into())
        .await
        .ok();
    let mut account = nasty("ofAccount");
    account.extend(
        json!({ "nickname": "alice", "password": "another-horse-10" })
            .as_object()
            .cloned()
            .unwrap(),
    );
    alice.put("/api/user/alice", &account.into()).await.ok();
    let mut seen = bob.get("/api/user/alice/feed").await.ok().to_string();
    seen += &alice.get("/api/user/alice").await.ok().to_string();
    for key in [
        "ofObject",
        "ofChange",
        "ofAmendment",
        "ofProfile",
        "ofAccount",
    ] {
        assert!(
            seen.contains(&format!("\"{key}\":\"<b>kept</b>")),
            "{key}: {seen}"
        );
    }
    for harm in ["nasty", "script", "onerror", "data:"] {
        assert!(!seen.contains(harm), "{harm}: {seen}");
    }
    let mut bad = activity;
    bad.insert("image".into(), json!({ "url": "javascript:nasty()" }));
    alice.act(&bad.into()).await.refused(400);
}
