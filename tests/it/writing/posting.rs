//! Posts, with files and without, and how they come back.

use serde_json::json;

use super::{Reader, hidden, png, with_form};
use crate::support::{Request, TestServer, everyone, person_list};

on_every_backend!(
    note_in_markdown_reaches_followers_and_strangers,
    picture_is_posted_with_title_text_and_description,
    failed_post_comes_back_with_all_that_was_typed,
    post_without_a_session_comes_back_with_the_sign_in,
    post_for_people_and_lists_is_for_no_others,
    reply_goes_where_its_parent_went,
    shared_text_and_addressee_are_filled_in,
    preview_and_people_help_members_only,
);

async fn note_in_markdown_reaches_followers_and_strangers(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    bob.follow(&alice).await;
    let reader = Reader::sign_in(&server, "alice").await;
    let fields = [
        ("title", "Kiln"),
        ("content", "**hot**\n\n<script>x()</script>"),
        ("format", "markdown"),
        ("audience", "public"),
    ];
    let place = reader.posted("/main/post", &fields, None).await;
    let page = Reader::stranger(&server).get(&place).await.is(200).text();
    assert!(page.contains("<strong>hot</strong>") && page.contains("Kiln"));
    assert!(page.contains("Everyone") && !page.contains("x()"));
    let note = bob.feed("inbox/major").await["items"][0]["object"].take();
    assert_eq!(note["displayName"], "Kiln");
    assert_eq!(note["objectType"], "note");
    assert_eq!(note["source"]["mediaType"], "text/markdown");
}

async fn picture_is_posted_with_title_text_and_description(server: TestServer) {
    let alice = server.person("alice").await;
    let reader = Reader::sign_in(&server, "alice").await;
    let fields = [
        ("title", "Pot"),
        ("content", "1 < 2"),
        ("format", "plain"),
        ("alt", "A cracked pot"),
        ("audience", "followers"),
    ];
    let place = reader.posted("/main/post", &fields, Some(png())).await;
    let page = reader.get(&place).await.is(200).text();
    assert!(page.contains("alt=\"A cracked pot\"") && page.contains("Followers"));
    let image = alice.feed("feed/major").await["items"][0]["object"].take();
    assert_eq!(image["objectType"], "image");
    assert_eq!(image["content"], "1 &lt; 2");
    let file = image["image"]["url"].as_str().unwrap();
    reader.get(file).await.is(200);
    Reader::stranger(&server).get(file).await.is(403);
}

async fn failed_post_comes_back_with_all_that_was_typed(server: TestServer) {
    server.account("alice").await;
    let reader = Reader::sign_in(&server, "alice").await;
    let mut fields = vec![
        ("title", "A title"),
        ("content", "line one\r\nline <two>"),
        ("alt", "a pot"),
        ("people", "nobody@@x, bob"),
        ("audience", "people"),
    ];
    let answer = reader
        .post("/main/post", &fields, Some(png()))
        .await
        .is(400);
    let page = answer.text();
    for typed in [
        "A title",
        "line one\nline &#60;two&#62;",
        "a pot",
        "nobody@@x, bob",
    ] {
        assert!(page.contains(typed), "{typed}: {page}");
    }
    let (uploaded, kind) = (hidden(&page, "uploaded"), hidden(&page, "uploaded-kind"));
    fields[3].1 = "alice";
    fields.extend([("uploaded", uploaded.as_str()), ("uploaded-kind", &kind)]);
    let place = reader.posted("/main/post", &fields, None).await;
    assert!(place.starts_with("/alice/image/"), "{place}");

    let bad = super::File {
        bytes: b"no picture".to_vec(),
        ..png()
    };
    let page = reader
        .post("/main/post", &fields[..3], Some(bad))
        .await
        .is(400);
    assert!(page.text().contains("A title"));
    let page = reader
        .post("/main/post", &[("audience", "public")], None)
        .await;
    assert!(page.is(400).text().contains("nothing to post"));
}

async fn post_without_a_session_comes_back_with_the_sign_in(server: TestServer) {
    server.account("alice").await;
    let stranger = Reader::stranger(&server);
    let fields = [("content", "not lost"), ("audience", "followers")];
    let page = stranger.post("/main/post", &fields, Some(png())).await;
    let page = page.is(401).text();
    assert!(page.contains("not lost") && page.contains("/main/login?continue="));
    assert!(page.contains("value=\"followers\" selected"));
    stranger.get("/main/post").await.is(302);

    let alice = Reader::sign_in(&server, "alice").await;
    let request = Request::post("/main/post").header("sec-fetch-site", "cross-site");
    alice.send(with_form(request, &fields, None)).await.is(403);
}

async fn post_for_people_and_lists_is_for_no_others(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    let list = alice.done(&person_list("Close ones")).await["object"].take();
    let target = json!({ "id": list["id"], "objectType": "collection" });
    let add = json!({ "verb": "add", "object": carol.person(), "target": target });
    alice.done(&add).await;
    let reader = Reader::sign_in(&server, "alice").await;
    assert!(reader.get("/").await.is(200).text().contains("Close ones"));
    let to_bob = [
        ("content", "psst"),
        ("audience", "people"),
        ("people", "@bob"),
    ];
    let to_list = [
        ("content", "psst"),
        ("audience", list["id"].as_str().unwrap()),
    ];
    for (fields, sees, sees_not) in [
        (&to_bob[..], "bob", "carol"),
        (&to_list[..], "carol", "bob"),
    ] {
        let place = reader.posted("/main/post", fields, None).await;
        Reader::sign_in(&server, sees)
            .await
            .get(&place)
            .await
            .is(200);
        Reader::sign_in(&server, sees_not)
            .await
            .get(&place)
            .await
            .is(403);
    }
    let direct = bob.feed("inbox/direct/major").await;
    assert_eq!(direct["items"][0]["object"]["content"], "<p>psst</p>");
    let others = [
        ("content", "x"),
        ("audience", "http://pump.example/api/collection/x"),
    ];
    reader.post("/main/post", &others, None).await.is(400);
}

async fn reply_goes_where_its_parent_went(server: TestServer) {
    let [alice, _] = server.people(["alice", "bob"]).await;
    let note = alice.note("a question", everyone()).await;
    let reader = Reader::sign_in(&server, "bob").await;
    let place = note["url"].as_str().unwrap();
    let page = reader.get(place).await.is(200).text();
    let (_, composer) = page.split_once("class=\"composer\"").expect("a form");
    let fields = [
        ("content", "an *answer*"),
        ("reply", &hidden(composer, "reply")),
        ("reply-kind", &hidden(composer, "reply-kind")),
        ("back", &hidden(composer, "back")),
    ];
    let back = reader.posted("/main/post", &fields, None).await;
    assert!(back.starts_with("/alice/note/") && back.ends_with("#replies"));
    let page = Reader::stranger(&server).get(place).await.is(200).text();
    assert!(page.contains("an <em>answer</em>"));
    assert_eq!(alice.verbs("inbox/minor").await[0], "post");
    let query = hydraulics::model::Urls::encode(note["id"].as_str().unwrap());
    let form = reader.get(&format!("/main/post?reply={query}")).await;
    assert!(form.is(200).text().contains("/alice/note/"));
}

async fn shared_text_and_addressee_are_filled_in(server: TestServer) {
    server.account("alice").await;
    let reader = Reader::sign_in(&server, "alice").await;
    let query = "title=A+page&text=Look%20at&url=https%3A%2F%2Fh.example%2F&to=bob%40two.example";
    let page = reader
        .get(&format!("/main/post?{query}"))
        .await
        .is(200)
        .text();
    for filled_in in ["A page", "Look at\n\nhttps://h.example/", "bob@two.example"] {
        assert!(page.contains(filled_in), "{filled_in}");
    }
    assert!(page.contains("value=\"people\" selected"));
}

async fn preview_and_people_help_members_only(server: TestServer) {
    let [_, bob] = server.people(["alice", "bob"]).await;
    bob.done(&json!({
        "verb": "update",
        "object": { "objectType": "person", "id": bob.id(), "displayName": "Bob Brandt" },
    }))
    .await;
    let (alice, stranger) = (
        Reader::sign_in(&server, "alice").await,
        Reader::stranger(&server),
    );
    let typed = [
        ("content", "_so_ <script>x</script>"),
        ("format", "markdown"),
    ];
    let ask = |path: &str, fields: &[(&str, &str)]| {
        let request = Request::post(path).form(fields);
        request.header("sec-fetch-site", "same-origin")
    };
    let shown = alice.send(ask("/main/preview", &typed)).await.is(200);
    assert_eq!(shown.text(), "<p><em>so</em> </p>");
    let people = alice.send(ask("/main/people", &[("q", "brandt")])).await;
    assert_eq!(people.ok()[0]["address"], "bob@pump.example");
    for path in ["/main/preview", "/main/people"] {
        stranger.send(ask(path, &typed)).await.is(401);
    }
}
