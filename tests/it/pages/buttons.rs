//! `/main/act`: one thing by a button.

use serde_json::Value;

use super::reader::Reader;
use crate::support::{Answer, Session, TestServer, everyone, id};

const BROWSER: &str = "A browser";

on_every_backend!(
    buttons_do_what_they_say_and_lead_back,
    other_verbs_are_refused,
    button_pressed_twice_is_no_failure_of_the_server,
    button_leads_strangers_to_the_sign_in,
    button_leads_to_no_other_site,
);

async fn press(reader: &Reader, verb: &str, thing: &Value, back: &str) -> Answer {
    let fields = [
        ("verb", verb),
        ("id", thing["id"].as_str().unwrap_or_default()),
        ("kind", thing["objectType"].as_str().unwrap_or_default()),
        ("back", back),
    ];
    reader.post("/main/act", &fields).await
}

async fn pair(server: &TestServer) -> (Session, Session, Reader) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let reader = Reader::signed_in(server, "alice", BROWSER).await;
    (alice, bob, reader)
}

async fn buttons_do_what_they_say_and_lead_back(server: TestServer) {
    let (alice, bob, reader) = pair(&server).await;
    let note = bob.note("Hello", everyone()).await;
    let place = "/bob?count=5";
    for (verb, feed, count) in [
        ("favorite", "favorites", 1),
        ("unfavorite", "favorites", 0),
        ("follow", "following", 1),
        ("stop-following", "following", 0),
    ] {
        let person = bob.person();
        let thing = if feed == "favorites" { &note } else { &person };
        let answer = press(&reader, verb, thing, place).await;
        assert_eq!(reader.done(&answer), place);
        assert_eq!(alice.feed(feed).await["totalItems"], count, "{verb}");
    }
    let answer = press(&reader, "share", &note, place).await;
    reader.done(&answer);
    assert_eq!(alice.verbs("feed").await[0], "share");
    let mine = alice.note("Mine", everyone()).await;
    let answer = press(&reader, "delete", &mine, "/").await;
    reader.done(&answer);
    alice.get(id(&mine)).await.is(410);
}

async fn other_verbs_are_refused(server: TestServer) {
    let (alice, bob, reader) = pair(&server).await;
    let note = bob.note("Hello", everyone()).await;
    for verb in [
        "post",
        "update",
        "create",
        "add",
        "",
        "FAVORITE",
        "favorite\n2",
    ] {
        press(&reader, verb, &note, "/").await.is(400);
    }
    press(&reader, "delete", &note, "/").await.is(400);
    let missing =
        serde_json::json!({ "objectType": "note", "id": "http://pump.example/api/note/none" });
    let answer = press(&reader, "favorite", &missing, "/").await;
    assert!(answer.status.is_client_error(), "{answer:?}");
    assert!(answer.header("content-type").starts_with("text/html"));
    assert_eq!(alice.feed("favorites").await["totalItems"], 0);
}

async fn button_pressed_twice_is_no_failure_of_the_server(server: TestServer) {
    let (alice, bob, reader) = pair(&server).await;
    let note = bob.note("Hello", everyone()).await;
    for verb in ["favorite", "favorite", "unfavorite", "unfavorite"] {
        let answer = press(&reader, verb, &note, "/").await;
        assert!(answer.status.as_u16() < 500, "{verb}");
    }
    for verb in ["follow", "follow", "stop-following", "stop-following"] {
        let answer = press(&reader, verb, &bob.person(), "/").await;
        assert!(answer.status.as_u16() < 500, "{verb}");
    }
    assert_eq!(alice.feed("following").await["totalItems"], 0);
}

async fn button_leads_strangers_to_the_sign_in(server: TestServer) {
    let (_, bob, _) = pair(&server).await;
    let note = bob.note("Hello", everyone()).await;
    let stranger = Reader::stranger(&server);
    let answer = press(&stranger, "favorite", &note, "/bob?count=5").await;
    let answer = answer.is(302);
    let expected = "http://pump.example/main/login?continue=%2Fbob%3Fcount%3D5";
    assert_eq!(answer.header("location"), expected);
}

async fn button_leads_to_no_other_site(server: TestServer) {
    let (_, bob, reader) = pair(&server).await;
    for back in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "",
    ] {
        let note = bob.note("Hello", everyone()).await;
        let answer = press(&reader, "favorite", &note, back).await;
        assert_eq!(reader.done(&answer), "/", "{back}");
    }
}
