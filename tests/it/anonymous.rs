//! Reads without credentials.

use serde_json::json;

use crate::support::{Request, TestServer, everyone, path};

on_every_backend!(
    public_objects_are_readable_without_credentials,
    reachability_probe_passes_where_reads_are_open,
    anonymous_reads_reveal_no_more_than_client_reads,
    invalid_signature_is_not_treated_as_anonymous,
    anonymous_responses_are_revalidated_by_caches,
    anonymous_reads_can_be_switched_off,
);

async fn public_objects_are_readable_without_credentials(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note("for all", everyone()).await;
    alice.note("for followers", json!({})).await;
    let read = |target: String| {
        let server = server.clone();
        async move { server.send(Request::get(&target)).await }
    };

    let shown = read(path(&note["id"]).to_owned()).await.ok();
    assert_eq!(shown["content"], "for all");
    assert!(
        shown.get("liked").is_none() && shown.get("pump_io").is_none(),
        "{shown}"
    );
    let user = read("/api/user/alice".into()).await.ok();
    assert_eq!(user["profile"]["id"], alice.id());
    assert!(
        user.get("email").is_none() && user.get("settings").is_none(),
        "{user}"
    );
    for (feed, total) in [
        ("feed", 1),
        ("feed/major", 1),
        ("feed/minor", 0),
        ("followers", 0),
        ("following", 0),
        ("favorites", 0),
        ("lists/person", 0),
    ] {
        let shown = read(format!("/api/user/alice/{feed}")).await.ok();
        assert_eq!(
            (
                &shown["totalItems"],
                shown["items"].as_array().unwrap().len()
            ),
            (&json!(total), total),
            "{feed}"
        );
        assert_eq!(
            shown,
            alice.two_legged().feed(feed).await,
            "as a client that acts for nobody"
        );
    }
    for feed in ["likes", "replies", "shares"] {
        read(format!("{}/{feed}", path(&note["id"]))).await.ok();
    }
}

async fn reachability_probe_passes_where_reads_are_open(server: TestServer) {
    server.account("alice").await;
    for (feed, status) in [
        ("feed", 200),
        ("feed/major", 200),
        ("following", 200),
        ("inbox", 401),
    ] {
        server
            .send(Request::get(&format!("/api/user/alice/{feed}")))
            .await
            .is(status);
    }
}

async fn anonymous_reads_reveal_no_more_than_client_reads(server: TestServer) {
    let alice = server.person("alice").await;
    let private = alice
        .done(&json!({ "object": { "objectType": "note", "content": "psst" } }))
        .await;
    let gone = alice.note("gone", everyone()).await;
    alice.delete(gone["id"].as_str().unwrap()).await.is(200);
    let client = alice.two_legged();
    for (target, to_client) in [
        (path(&private["id"]).to_owned(), 403),
        (path(&private["object"]["id"]).to_owned(), 403),
        (format!("{}/replies", path(&private["object"]["id"])), 403),
        ("/api/note/nothing".into(), 404),
        ("/api/activity/nothing".into(), 404),
        ("/api/user/nobody".into(), 404),
        ("/api/user/nobody/feed".into(), 404),
        (path(&gone["id"]).to_owned(), 410),
    ] {
        let heard = client.get(&target).await.refused(to_client);
        let answer = server.send(Request::get(&target)).await;
        if to_client == 403 {
            assert_eq!(answer.refused(401), "Not logged in.", "{target}");
        } else {
            assert_eq!(answer.refused(to_client), heard, "{target}");
        }
    }
    assert_eq!(
        server.send(Request::get("/api/users")).await.refused(401),
        "Not logged in."
    );
    client.get("/api/users").await.ok();
}

async fn invalid_signature_is_not_treated_as_anonymous(server: TestServer) {
    let alice = server.person("alice").await;
    let mut bad = alice.credentials.clone();
    bad.secret = "wrong".into();
    let answer = server
        .send(Request::get("/api/user/alice/feed").by(&bad))
        .await
        .is(400);
    assert_eq!(answer.text(), "Invalid signature");
}

async fn anonymous_responses_are_revalidated_by_caches(server: TestServer) {
    let alice = server.person("alice").await;
    alice.note("for followers", json!({})).await;
    let target = "/api/user/alice/feed";
    let open = server.send(Request::get(target)).await.is(200);
    assert_eq!(open.header("cache-control"), "no-cache");
    let vary: Vec<&str> = open
        .headers
        .get_all("vary")
        .iter()
        .map(|value| value.to_str().unwrap())
        .collect();
    assert!(vary.contains(&"Authorization, Signature"), "{vary:?}");
    let own = alice.get(target).await.is(200);
    assert_ne!(own.header("etag"), open.header("etag"));
    let again = Request::get(target).header("if-none-match", open.header("etag"));
    assert_eq!(
        server.send(again).await.is(304).header("cache-control"),
        "no-cache"
    );
}

async fn anonymous_reads_can_be_switched_off(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note("for all", everyone()).await;
    let closed = server.again(|settings| settings.api.anonymous_read = false);
    for target in [
        "/api/user/alice/feed",
        "/api/user/alice",
        "/api/users",
        "/api/note/nothing",
        path(&note["id"]),
    ] {
        assert_eq!(
            closed.send(Request::get(target)).await.refused(401),
            "Not logged in.",
            "{target}"
        );
    }
}
