//! Full-text search over the API.

use serde_json::{Value, json};

use crate::support::{Backend, Request, Session, TestServer, comment_on, everyone, id, ids, path};

/// The target of a search.
fn target(endpoint: &str, text: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("q", text)
        .finish();
    format!("/api/{endpoint}?{query}")
}

/// The results of a person.
async fn found(person: &Session, text: &str) -> Value {
    person.get(&target("search", text)).await.ok()
}

/// The ids of what a person finds.
async fn found_ids(person: &Session, text: &str) -> Vec<String> {
    ids(&found(person, text).await)
}

/// The ids of what is found without credentials.
async fn public_ids(server: &TestServer, text: &str) -> Vec<String> {
    let request = Request::get(&target("search", text));
    ids(&server.send(request).await.ok())
}

on_every_backend!(
    posts_are_found_by_those_who_may_read_them,
    filters_narrow_a_search,
    results_follow_edits_and_deletions,
    results_are_paged_by_before,
    people_are_found_by_the_beginnings_of_their_names,
    malformed_searches_are_refused,
    searches_are_rate_limited_by_caller,
    searches_need_credentials_where_reads_do,
);

async fn posts_are_found_by_those_who_may_read_them(server: TestServer) {
    let [alice, bob, carol] = server.people(["alice", "bob", "carol"]).await;
    bob.follow(&alice).await;
    let open = alice.note("<p>Warm <b>tea</b></p>", everyone()).await;
    let close = alice.note("tea for friends", json!({})).await;
    let letter = alice
        .note("secret tea", json!({ "to": [bob.person()] }))
        .await;
    let reply = bob.done(&comment_on(&open, "more tea?")).await["object"].take();
    let [open, close, letter, reply] = [open, close, letter, reply].map(|one| id(&one).to_owned());
    let all = [reply.clone(), letter.clone(), close, open.clone()];
    assert_eq!(found_ids(&alice, "tea").await, all);
    assert_eq!(found_ids(&bob, "TEA").await, all);
    let public = [reply, open];
    assert_eq!(found_ids(&carol, "tea").await, public);
    assert_eq!(found_ids(&alice.two_legged(), "tea").await, public);
    assert_eq!(public_ids(&server, "tea").await, public);
    assert_eq!(found_ids(&bob, "\"secret tea\"").await, [letter]);
    assert!(found_ids(&carol, "secret").await.is_empty());

    let shown = found(&bob, "\"warm tea\"").await;
    assert_eq!(shown["totalItems"], Value::Null, "totals are not counted");
    assert_eq!(shown["items"][0]["author"]["id"], alice.id());
    assert_eq!(shown["items"][0]["liked"], false);
    assert_eq!(shown["items"][0]["objectType"], "note");
}

async fn filters_narrow_a_search(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let first = alice.note("hot #Tea", everyone()).await;
    let image = json!({ "object": { "objectType": "image", "displayName": "tea pot",
        "image": { "url": "https://pump.example/x.png" } }, "to": everyone()["to"] });
    let image = alice.done(&image).await["object"].take();
    let second = bob.note("cold tea", everyone()).await;
    let [first, image, second] = [first, image, second].map(|one| id(&one).to_owned());
    for (text, ids) in [
        ("tea", vec![&second, &image, &first]),
        ("tea -cold", vec![&image, &first]),
        ("from:bob", vec![&second]),
        ("from:@bob@pump.example tea", vec![&second]),
        ("from:acct:alice@pump.example", vec![&image, &first]),
        ("from:nobody", vec![]),
        ("from:me", vec![&image, &first]),
        ("#tea", vec![&first]),
        ("tea type:image", vec![&image]),
        ("since:2027-01-15 until:2027-01-15 from:bob", vec![&second]),
        ("until:2027-01-14", vec![]),
    ] {
        let found = found_ids(&alice, text).await;
        assert_eq!(found.iter().collect::<Vec<_>>(), ids, "{text}");
    }
    let anonymous = Request::get(&target("search", "from:me"));
    server.send(anonymous).await.refused(401);
}

async fn results_follow_edits_and_deletions(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let note = alice.note("green tea", everyone()).await;
    let note_path = path(&note["id"]).to_owned();
    let edit = json!({ "content": "black coffee" });
    alice.put(&note_path, &edit).await.ok();
    assert!(found_ids(&bob, "tea").await.is_empty());
    assert_eq!(found_ids(&bob, "coffee").await, [id(&note)]);
    alice.delete(&note_path).await.is(200);
    for person in [&alice, &bob] {
        assert!(found_ids(person, "coffee").await.is_empty());
    }

    let activity =
        json!({ "object": { "objectType": "note", "content": "mate" }, "to": everyone()["to"] });
    let activity = alice.done(&activity).await;
    assert_eq!(found_ids(&bob, "mate").await.len(), 1);
    let narrowed = json!({ "to": [alice.person()] });
    alice.put(path(&activity["id"]), &narrowed).await.ok();
    assert!(found_ids(&bob, "mate").await.is_empty());
    assert!(public_ids(&server, "mate").await.is_empty());
    assert_eq!(found_ids(&alice, "mate").await.len(), 1);
}

async fn results_are_paged_by_before(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let mut posted = Vec::new();
    for number in 0..5 {
        let note = alice.note(&format!("tea & {number}"), everyone()).await;
        posted.insert(0, id(&note).to_owned());
    }
    let hidden = alice
        .note("hidden", json!({ "to": [alice.person()] }))
        .await;
    let (mut next, mut walked) = (target("search", "tea &") + "&count=2", Vec::new());
    for count in [2, 2, 1] {
        let page = bob.get(&next).await.ok();
        assert_eq!(ids(&page).len(), count);
        walked.extend(ids(&page));
        assert_eq!(page["links"]["prev"], Value::Null);
        if let Some(href) = page["links"]["next"]["href"].as_str() {
            assert!(href.contains("/api/search?q=tea%20%26&before="), "{href}");
            next = path(&page["links"]["next"]["href"]).to_owned() + "&count=2";
        } else {
            assert_eq!(count, 1, "the last page has no next one");
        }
    }
    assert_eq!(walked, posted);
    for bad in ["since=x", "offset=1", "before=urn:x:none", "count=201"] {
        bob.get(&format!("/api/search?q=tea&{bad}"))
            .await
            .refused(400);
    }
    let before = form_urlencoded::Serializer::new(String::new())
        .append_pair("before", id(&hidden))
        .finish();
    let target = format!("/api/search?q=tea&{before}");
    bob.get(&target).await.refused(400);
    assert_eq!(ids(&alice.get(&target).await.ok()).len(), 5);
}

async fn people_are_found_by_the_beginnings_of_their_names(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let profile = json!({ "displayName": "Alice Liddell" });
    alice.put("/api/user/alice/profile", &profile).await.ok();
    for (text, people) in [
        ("lid", vec![alice.id()]),
        ("AL", vec![alice.id()]),
        ("bob@pump.example", vec![bob.id()]),
        ("iddell", vec![]),
    ] {
        let shown = bob.get(&target("search/people", text)).await.ok();
        assert_eq!(ids(&shown), people, "{text}");
    }
    let shown = bob.get(&target("search/people", "liddell")).await.ok();
    assert_eq!(shown["items"][0]["pump_io"]["followed"], false);
    assert!(
        found_ids(&bob, "liddell").await.is_empty(),
        "not among posts"
    );
    bob.get(&target("search/people", "from:bob"))
        .await
        .refused(400);
}

async fn malformed_searches_are_refused(server: TestServer) {
    let alice = server.person("alice").await;
    let long = "é".repeat(501);
    let many = "a ".repeat(17);
    for text in [
        "",
        " ",
        "!!",
        "since:soon",
        "until:2026-02-30",
        "a\0",
        &long,
        &many,
    ] {
        alice.get(&target("search", text)).await.refused(400);
    }
    alice.get("/api/search").await.refused(400);
    alice.get("/api/search/people?q=").await.refused(400);
    for text in [
        "\"",
        "tea\"",
        "'; --",
        "a:b OR c*",
        "-",
        "#",
        "from:",
        "日本",
    ] {
        let answer = alice.get(&target("search", text)).await;
        assert!(answer.status == 200 || answer.status == 400, "{text}");
    }
}

async fn searches_are_rate_limited_by_caller(server: TestServer) {
    let [alice, bob] = server.people(["alice", "bob"]).await;
    let mut admitted = 0;
    while alice.get("/api/search?q=tea").await.status == 200 {
        admitted += 1;
    }
    assert_eq!(admitted, 60);
    let refused = alice.get("/api/search/people?q=tea").await;
    assert_eq!(refused.header("retry-after"), "1");
    refused.refused(429);
    bob.get("/api/search?q=tea").await.ok();
    let from = |peer| server.send(Request::get("/api/search?q=tea").from(peer));
    for _ in 0..60 {
        from("192.0.2.1:1").await.ok();
    }
    from("192.0.2.1:2").await.refused(429);
    from("192.0.2.2:1").await.ok();
}

async fn searches_need_credentials_where_reads_do(server: TestServer) {
    let alice = server.person("alice").await;
    alice.note("#tea", everyone()).await;
    let closed = server.again(|settings| settings.api.anonymous_read = false);
    for target in [
        "/api/search?q=tea",
        "/api/search/people?q=alice",
        "/api/tag/tea/feed",
        "/api/tag/tea/feed.atom",
        "/api/tag/tea/feed.json",
    ] {
        closed.send(Request::get(target)).await.refused(401);
        server.send(Request::get(target)).await.is(200);
    }
}

/// The words of a language are reduced to their stems when the index knows it.
#[tokio::test]
async fn older_posts_are_indexed_anew_in_another_language() {
    let server = TestServer::on(Backend::Sqlite).await;
    let alice = server.person("alice").await;
    let note = alice.note("two teas", everyone()).await;
    assert!(found_ids(&alice, "tea").await.is_empty());
    let ctx = server.ctx();
    let storage = ctx.storage();
    storage.set_search_language("english").await.unwrap();
    while storage.index_older(2).await.unwrap() {}
    assert_eq!(found_ids(&alice, "tea").await, [id(&note)]);
    storage.set_search_language("klingon").await.unwrap_err();
}
