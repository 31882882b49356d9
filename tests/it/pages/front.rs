//! The front page and the timelines: for strangers, for members, and in their language.

use std::collections::HashSet;

use hydraulics::app::RegistrationMode;
use serde_json::json;

use super::reader::Reader;
use crate::support::{Request, TestServer, about, comment_on, everyone};

const BROWSER: &str = "A browser";

on_every_backend!(
    front_page_of_strangers_offers_sign_in_and_registration,
    front_page_of_members_is_their_timeline,
    timelines_have_the_parts_of_the_inbox,
    links_of_a_timeline_lead_somewhere,
    pages_of_a_feed_are_linked_and_complete,
    pages_have_the_language_of_the_browser,
    cached_page_is_for_one_reader_only,
    pages_of_members_are_never_stored,
    front_page_finds_posts_behind_many_others,
);

async fn front_page_of_strangers_offers_sign_in_and_registration(server: TestServer) {
    let front = Reader::stranger(&server).open("/").await.is(200);
    assert_eq!(front.header("content-type"), "text/html; charset=utf-8");
    let text = front.text();
    for expected in ["id=\"login\"", "id=\"register\"", "/main/register\""] {
        assert!(text.contains(expected), "{expected}");
    }
    assert!(!text.contains("id=\"feed\"") && !text.contains("id=\"logout\""));
    let closed = server.again(|settings| settings.registration.mode = RegistrationMode::Closed);
    let text = Reader::stranger(&closed).read("/").await;
    assert!(!text.contains("/main/register"));
    Reader::stranger(&closed)
        .open("/main/register")
        .await
        .is(403);
}

async fn front_page_of_members_is_their_timeline(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    alice.follow(&bob).await;
    bob.note("Good morning", everyone()).await;
    let text = Reader::signed_in(&server, "alice", BROWSER)
        .await
        .read("/")
        .await;
    assert!(text.contains("Good morning") && text.contains("id=\"feed\""));
    assert!(text.contains("id=\"logout\"") && !text.contains("id=\"login\""));
    assert!(text.contains("<meta name=\"robots\" content=\"noindex\">"));
}

async fn timelines_have_the_parts_of_the_inbox(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    bob.follow(&alice).await;
    let to_alice = json!({ "to": [alice.person()] });
    bob.note("For you alone", to_alice).await;
    let reader = Reader::signed_in(&server, "alice", BROWSER).await;
    let messages = reader.read("/main/messages").await;
    assert!(messages.contains("For you alone"));
    let meanwhile = reader.read("/main/meanwhile").await;
    assert!(!meanwhile.contains("For you alone") && meanwhile.contains("class=\"event\""));
    for (path, entry) in [
        ("/", "href=\"/\" aria-current=\"page\""),
        (
            "/main/messages",
            "href=\"/main/messages\" aria-current=\"page\"",
        ),
    ] {
        let text = reader.read(path).await;
        assert_eq!(text.matches("aria-current").count(), 1, "{path}");
        assert!(text.contains(entry), "{path}");
    }
}

async fn links_of_a_timeline_lead_somewhere(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    alice.follow(&bob).await;
    let kept = bob.note("Kept", everyone()).await;
    let gone = bob.note("Gone", everyone()).await;
    bob.done(&about("favorite", &kept)).await;
    alice.done(&comment_on(&gone, "An answer")).await;
    bob.done(&about("delete", &gone)).await;
    let reader = Reader::signed_in(&server, "alice", BROWSER).await;
    let mut links = HashSet::new();
    for page in ["/", "/main/meanwhile", "/main/messages", "/alice", "/bob"] {
        let text = reader.read(page).await;
        let found = text.split(" href=\"/").skip(1);
        links.extend(found.map(|rest| format!("/{}", rest.split(['"', '#']).next().unwrap())));
    }
    let is_of_the_server = |link: &String| link.starts_with("/pump.example/note/");
    assert!(
        links.iter().any(is_of_the_server),
        "the welcome note: {links:?}"
    );
    for link in links {
        reader.open(&link.replace("&#38;", "&")).await.is(200);
    }
}

async fn pages_of_a_feed_are_linked_and_complete(server: TestServer) {
    let alice = server.person("alice").await;
    for number in 0..45 {
        alice.note(&format!("Number {number}."), everyone()).await;
    }
    let reader = Reader::stranger(&server);
    let (mut seen, mut path) = (Vec::<u32>::new(), "/alice".to_owned());
    loop {
        let text = reader.read(&path).await;
        let contents = text.split("Number ").skip(1);
        let number = |rest: &str| rest.split('.').next().unwrap().parse::<u32>().unwrap();
        seen.extend(contents.map(number));
        let Some((_, rest)) = text.split_once("rel=\"next\" href=\"") else {
            assert!(text.contains("rel=\"prev\""));
            break;
        };
        let next = rest.split('"').next().unwrap();
        path = next.replace("&#38;", "&").replace("&amp;", "&");
    }
    let expected: Vec<u32> = (0..45).rev().collect();
    assert_eq!(seen, expected);
}

async fn pages_have_the_language_of_the_browser(server: TestServer) {
    for (accepted, tag) in [
        ("de", "de"),
        ("de-AT,de;q=0.8,en;q=0.5", "de"),
        ("en-GB", "en"),
        ("xx", "en"),
        ("xx, de;q=0.1", "de"),
        ("*", "en"),
        (";;q=,\u{e4}", "en"),
        ("", "en"),
    ] {
        let mut reader = Reader::stranger(&server);
        reader.language = accepted;
        let expected = format!("<html lang=\"{tag}\">");
        for (path, status) in [
            ("/", 200),
            ("/main/login", 200),
            ("/nobody", 404),
            ("/a/b/c/d", 404),
        ] {
            let answer = reader.open(path).await.is(status);
            assert!(answer.text().contains(&expected), "{path} for {accepted}");
        }
    }
}

async fn cached_page_is_for_one_reader_only(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let to_bob = json!({ "to": [bob.person()] });
    alice.note("For bob", to_bob).await;
    alice.note("For all", everyone()).await;
    let stranger = Reader::stranger(&server);
    let mut german = Reader::stranger(&server);
    german.language = "de";
    let bob = Reader::signed_in(&server, "bob", BROWSER).await;
    let carol = Reader::member(&server, "carol", BROWSER).await;
    for _ in 0..3 {
        for (reader, tag, private) in [
            (&stranger, "en", false),
            (&bob, "en", true),
            (&german, "de", false),
            (&carol, "en", false),
        ] {
            let text = reader.read("/alice").await;
            assert_eq!(text.contains("For bob"), private);
            assert!(text.contains("For all"));
            assert!(text.contains(&format!("<html lang=\"{tag}\">")));
        }
        let answer = stranger.open("/alice").await;
        assert_eq!(answer.header("vary").matches("Cookie").count(), 1);
    }
}

async fn pages_of_members_are_never_stored(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note("Hello", everyone()).await;
    let note = crate::support::path(&note["url"]).to_owned();
    let stranger = Reader::stranger(&server);
    let member = Reader::signed_in(&server, "alice", BROWSER).await;
    for path in [
        "/",
        "/alice",
        "/alice/followers",
        &note,
        "/nobody",
        "/main/nothing",
    ] {
        let answer = member.open(path).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        let answer = stranger.open(path).await;
        assert_eq!(answer.header("cache-control"), "no-cache", "{path}");
        assert!(answer.header("vary").contains("Cookie"), "{path}");
    }
    for path in ["/main/login", "/main/register"] {
        let answer = stranger.open(path).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    let tag = stranger.open("/alice").await.header("etag").to_owned();
    let again = stranger.request(Request::get("/alice").header("if-none-match", &tag));
    server.send(again).await.is(304);
}

async fn front_page_finds_posts_behind_many_others(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note("Behind many", everyone()).await;
    for number in 0..105 {
        let comment = comment_on(&note, &format!("number {number}"));
        alice
            .done(&crate::support::addressed(comment, &everyone()))
            .await;
    }
    let front = Reader::stranger(&server).read("/").await;
    assert!(front.contains("Behind many") && !front.contains("number 1"));
}
