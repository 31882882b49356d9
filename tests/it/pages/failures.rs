//! Pages about what is not there, or not for the reader.

use serde_json::{Value, json};

use super::reader::Reader;
use crate::support::{Request, TestServer, about, everyone, path};

const BROWSER: &str = "A browser";

on_every_backend!(
    missing_pages_are_404_and_lead_to_the_front_page,
    deleted_things_are_410,
    private_things_are_403_to_members_and_lead_strangers_to_the_sign_in,
    failures_are_told_to_programs_as_text,
    odd_queries_are_no_failures_of_the_server,
);

async fn missing_pages_are_404_and_lead_to_the_front_page(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let note = alice.note("Hello", everyone()).await;
    let of_alice = path(&note["url"]).to_owned();
    let of_bob = of_alice.replace("/alice/", "/bob/");
    let wrong_kind = of_alice.replace("/note/", "/image/");
    bob.note("Mine", everyone()).await;
    let readers = [
        Reader::stranger(&server),
        Reader::signed_in(&server, "alice", BROWSER).await,
    ];
    for reader in readers {
        reader.open(&of_alice).await.is(200);
        for place in [
            "/nobody",
            "/nobody/followers",
            "/nobody/note/AAAA",
            "/alice/note/AAAA",
            "/alice/activity/AAAA",
            "/alice/nothing",
            "/main/nothing",
            "/main/object?id=http://pump.example/api/note/none",
            "/a/b/c/d/e",
            "/%22%3E%3Cscript%3E",
            &of_bob,
            &wrong_kind,
        ] {
            let answer = reader.open(place).await.is(404);
            assert!(
                answer.header("content-type").starts_with("text/html"),
                "{place}"
            );
            let text = answer.text();
            assert!(text.contains("<nav"), "{place}");
            assert!(text.contains("<p><a href=\"/\">"), "{place}");
            assert!(!text.contains("<script>"), "{place}");
        }
    }
}

async fn deleted_things_are_410(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note("Soon gone", everyone()).await;
    let place = path(&note["url"]).to_owned();
    let reader = Reader::stranger(&server);
    reader.open(&place).await.is(200);
    alice.done(&about("delete", &note)).await;
    let answer = reader.open(&place).await.is(410);
    assert!(!answer.text().contains("Soon gone"));
}

async fn private_things_are_403_to_members_and_lead_strangers_to_the_sign_in(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let to_bob = json!({ "to": [bob.person()] });
    let activity = json!({ "object": { "objectType": "note", "content": "For bob" } });
    let done = alice
        .done(&crate::support::addressed(activity, &to_bob))
        .await;
    let pages = [&done["url"], &done["object"]["url"]];
    let stranger = Reader::stranger(&server);
    let bob = Reader::signed_in(&server, "bob", BROWSER).await;
    let carol = Reader::member(&server, "carol", BROWSER).await;
    for url in pages.into_iter().filter(|url| **url != Value::Null) {
        let place = path(url);
        let answer = stranger.open(place).await.is(302);
        let location = answer.header("location");
        assert!(location.starts_with("http://pump.example/main/login?continue=%2Falice%2F"));
        let text = carol.open(place).await.is(403).text();
        assert!(!text.contains("For bob"));
        assert!(bob.read(place).await.contains("For bob"));
    }
}

async fn failures_are_told_to_programs_as_text(server: TestServer) {
    for place in ["/nobody", "/main/nothing"] {
        let request = Request::get(place).header("accept", "application/json");
        let answer = server.send(request).await.is(404);
        let kind = answer.header("content-type");
        assert_eq!(kind, "text/plain; charset=utf-8", "{place}");
    }
}

async fn odd_queries_are_no_failures_of_the_server(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note("Hello", everyone()).await;
    let reader = Reader::signed_in(&server, "alice", BROWSER).await;
    for place in ["/", "/alice", "/alice/followers", path(&note["url"])] {
        for query in [
            "count=-1",
            "count=99999999999999999999",
            "offset=99999999999",
            "before=nothing",
            "since=%00",
            "before=%FF",
            "count=&count=",
            "&&&=",
        ] {
            let answer = reader.open(&format!("{place}?{query}")).await;
            assert!(answer.status.as_u16() < 500, "{place}?{query}");
        }
    }
}
