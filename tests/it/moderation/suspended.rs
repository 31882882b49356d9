//! Suspended accounts: nobody signs in to them, and nothing of them is shown.

use hydraulics::model::Standing;
use serde_json::{Value, json};

use super::limit;
use crate::support::{
    PASSWORD, Request, Session, TestServer, about, addressed, comment_on, everyone, id, ids, path,
    picture,
};

on_every_backend!(
    suspension_ends_all_access,
    suspended_person_is_hidden_and_comes_back,
    suspended_person_leaves_lists_and_search,
    page_of_hidden_items_is_not_the_end,
    file_of_a_suspended_person_is_hidden,
    suspended_person_is_not_followed_or_answered,
    suspension_outdates_cached_answers_of_other_nodes_too,
);

const SENTENCE: &str = "This account is suspended.";

/// Signs in on the pages.
async fn sign_in(server: &TestServer, nickname: &str) -> (u16, String) {
    let fields = [("nickname", nickname), ("password", PASSWORD)];
    let form = Request::post("/main/login").form(&fields);
    let origin = server.app.urls().origin().to_owned();
    let form = form.header("origin", &origin);
    let answer = server.send(form.header("accept", "text/html")).await;
    (answer.status.as_u16(), answer.text())
}

async fn suspension_ends_all_access(server: TestServer) {
    let mallory = server.person("mallory").await;
    let fields = [("nickname", "mallory"), ("password", PASSWORD)];
    let origin = server.app.urls().origin().to_owned();
    let form = Request::post("/main/login").form(&fields);
    let answer = server.send(form.header("origin", &origin)).await.is(303);
    let cookie = answer
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let front = async || {
        let front = Request::get("/").header("cookie", &cookie);
        server.send(front).await.is(200).text()
    };
    assert!(front().await.contains("<bdi>mallory</bdi>"));

    limit(&server, "mallory", Standing::Suspended).await;
    assert!(!front().await.contains("<bdi>mallory</bdi>"));
    let refused = mallory.get("/api/user/mallory/inbox").await.is(400);
    assert!(refused.text().contains("expired Token"));
    let (status, page) = sign_in(&server, "mallory").await;
    assert_eq!(status, 403);
    assert!(page.contains(SENTENCE), "{page}");

    limit(&server, "mallory", Standing::Good).await;
    mallory.get("/api/user/mallory/inbox").await.is(400);
    assert_eq!(sign_in(&server, "mallory").await.0, 303);
}

/// Returns what strangers and others get at the addresses of a person and a note.
async fn statuses(reader: &Session, note: &Value) -> Vec<u16> {
    let (server, mut statuses) = (&reader.server, Vec::new());
    let object = path(&note["id"]);
    let page = path(&note["url"]);
    for target in [
        "/api/user/mallory/profile",
        "/api/user/mallory",
        "/api/user/mallory/feed",
        "/api/user/mallory/followers",
        "/api/user/mallory/feed.atom",
        object,
    ] {
        statuses.push(reader.get(target).await.status.as_u16());
        statuses.push(server.send(Request::get(target)).await.status.as_u16());
    }
    for target in ["/mallory", page] {
        let request = Request::get(target).header("accept", "text/html");
        statuses.push(server.send(request).await.status.as_u16());
    }
    let finger = "/.well-known/webfinger?resource=acct:mallory@pump.example";
    statuses.push(server.send(Request::get(finger)).await.status.as_u16());
    statuses
}

async fn suspended_person_is_hidden_and_comes_back(server: TestServer) {
    let [alice, mallory] = server.people(["alice", "mallory"]).await;
    alice.follow(&mallory).await;
    let own = alice.note("hello", everyone()).await;
    let note = mallory.note("buy this", everyone()).await;
    let answer = addressed(comment_on(&own, "and that"), &everyone());
    mallory.done(&answer).await;
    alice
        .done(&addressed(about("share", &note), &everyone()))
        .await;
    let inbox = alice.get("/api/user/alice/inbox").await.text();
    assert!(inbox.contains("buy this") && inbox.contains("and that"));
    assert_eq!(statuses(&alice, &note).await, [200; 15]);
    let own_path = path(&own["id"]);
    assert!(alice.get(own_path).await.text().contains("and that"));

    limit(&server, "mallory", Standing::Suspended).await;
    assert_eq!(statuses(&alice, &note).await, [403; 15]);
    for target in [
        "/api/user/alice/inbox",
        "/api/user/alice/inbox/major",
        "/api/user/alice/feed",
        "/api/user/alice/following",
        own_path,
        &format!("{own_path}/replies"),
    ] {
        let answer = alice.get(target).await.is(200).text();
        for words in ["buy this", "and that"] {
            assert!(!answer.contains(words), "{target}: {answer}");
        }
    }
    assert_eq!(alice.ids("following").await, Vec::<String>::new());

    limit(&server, "mallory", Standing::Good).await;
    assert_eq!(statuses(&alice, &note).await, [200; 15]);
    assert_eq!(alice.get("/api/user/alice/inbox").await.text(), inbox);
}

async fn suspended_person_leaves_lists_and_search(server: TestServer) {
    let [alice, mallory] = server.people(["alice", "mallory"]).await;
    mallory.note("cheap #pills", everyone()).await;
    let found = async || {
        let users = alice.get("/api/users").await.ok();
        let users = users["items"].as_array().unwrap().len();
        let mut counts = vec![users];
        for target in [
            "/api/search?q=cheap",
            "/api/search/people?q=mallory",
            "/api/tag/pills/feed",
        ] {
            counts.push(ids(&alice.get(target).await.ok()).len());
        }
        counts
    };
    assert_eq!(found().await, [2, 1, 1, 1]);
    for standing in [Standing::Suspended, Standing::Silenced] {
        limit(&server, "mallory", standing).await;
        assert_eq!(found().await, [1, 0, 0, 0], "{standing:?}");
    }
    limit(&server, "mallory", Standing::Good).await;
    assert_eq!(found().await, [2, 1, 1, 1]);
}

async fn page_of_hidden_items_is_not_the_end(server: TestServer) {
    let [alice, mallory] = server.people(["alice", "mallory"]).await;
    alice.follow(&mallory).await;
    alice.note("first", everyone()).await;
    for round in 0..5 {
        mallory.note(&format!("spam {round}"), everyone()).await;
    }
    limit(&server, "mallory", Standing::Suspended).await;
    let page = alice.get("/api/user/alice/inbox/major?count=2").await.ok();
    assert_eq!(page["items"][0]["object"]["content"], "first", "{page}");
}

async fn file_of_a_suspended_person_is_hidden(server: TestServer) {
    let mallory = server.person("mallory").await;
    let bytes = picture(2, 2, image::ImageFormat::Png);
    let target = "/api/user/mallory/uploads";
    let image = mallory
        .request("POST", target, "image/png", bytes)
        .await
        .ok();
    let post = json!({ "object": { "id": id(&image), "objectType": "image" } });
    let posted = mallory.done(&addressed(post, &everyone())).await;
    let file = path(&posted["object"]["image"]["url"]).to_owned();
    server.send(Request::get(&file)).await.is(200);
    limit(&server, "mallory", Standing::Suspended).await;
    server.send(Request::get(&file)).await.is(403);
}

async fn suspended_person_is_not_followed_or_answered(server: TestServer) {
    let [alice, mallory] = server.people(["alice", "mallory"]).await;
    let note = mallory.note("hello", everyone()).await;
    limit(&server, "mallory", Standing::Suspended).await;
    for activity in [
        about("follow", &mallory.person()),
        about("favorite", &note),
        about("share", &note),
        comment_on(&note, "why"),
    ] {
        let status = alice.act(&activity).await.status.as_u16();
        assert!((400..500).contains(&status), "{activity}: {status}");
    }
}

async fn suspension_outdates_cached_answers_of_other_nodes_too(server: TestServer) {
    let mallory = server.person("mallory").await;
    let note = mallory.note("hello", everyone()).await;
    let other = server.again(|_| ());
    let note = path(&note["id"]);
    for server in [&server, &other, &server, &other] {
        server.send(Request::get(note)).await.is(200);
    }
    limit(&other, "mallory", Standing::Suspended).await;
    for server in [&server, &other] {
        server.send(Request::get(note)).await.is(403);
    }
}
