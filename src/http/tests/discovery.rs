//! Host-meta, webfinger and lrdd.

use axum::{
    body::Body,
    http::{StatusCode, header},
};
use serde_json::json;

use super::Server;
use crate::model::Urls;

#[tokio::test]
async fn host_meta_has_its_links_in_order_in_both_forms() {
    let server = Server::at("https://h.example").await;
    let api = "http://apinamespace.org";
    let links = json!({ "links": [
        { "rel": "lrdd", "type": "application/xrd+xml",
          "template": "https://h.example/api/lrdd?resource={uri}" },
        { "rel": "lrdd", "type": "application/json",
          "template": "https://h.example/.well-known/webfinger?resource={uri}" },
        { "rel": "registration_endpoint", "href": "https://h.example/api/client/register" },
        { "rel": format!("{api}/oauth/request_token"), "href": "https://h.example/oauth/request_token" },
        { "rel": format!("{api}/oauth/authorize"), "href": "https://h.example/oauth/authorize" },
        { "rel": format!("{api}/oauth/access_token"), "href": "https://h.example/oauth/access_token" },
        { "rel": "dialback", "href": "https://h.example/api/dialback" },
        { "rel": format!("{api}/activitypub/whoami"), "href": "https://h.example/api/whoami" },
    ]});
    for (at, accept) in [
        ("/.well-known/host-meta.json", "text/html"),
        ("/.well-known/host-meta", "application/json"),
        ("/.well-known/host-meta", "*/*"),
    ] {
        let answer = server.get(at, &[("accept", accept)]).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.header(header::CONTENT_TYPE),
            "application/json; charset=utf-8"
        );
        assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "*");
        assert_eq!(answer.json(), links);
    }
    let answer = server.get("/.well-known/host-meta", &[]).await;
    assert_eq!(answer.header(header::CONTENT_TYPE), "application/xrd+xml");
    assert_eq!(answer.text().matches("<Link ").count(), 8);
}

#[tokio::test]
async fn people_are_found_however_clients_ask_for_them() {
    for base in ["https://h.example", "http://h.example:8080"] {
        let server = Server::at(base).await;
        let profile = format!("{base}/api/user/alice/profile");
        for resource in [
            "acct:alice@h.example",
            "alice@h.example",
            "alice@H.EXAMPLE:8080",
            &profile,
        ] {
            let path = format!("/.well-known/webfinger?resource={}", Urls::encode(resource));
            let found = server.get(&path, &[]).await;
            assert_eq!(found.status, 200, "{resource}");
            assert_eq!(
                found.header(header::CONTENT_TYPE),
                "application/json; charset=utf-8"
            );
            assert!(found.header(header::SERVER).contains("pump.io/"));
            let links = found.json()["links"].clone();
            let rels: Vec<_> = links
                .as_array()
                .unwrap()
                .iter()
                .map(|link| link["rel"].clone())
                .collect();
            assert_eq!(
                rels,
                [
                    "http://webfinger.net/rel/profile-page",
                    "dialback",
                    "self",
                    "activity-inbox",
                    "activity-outbox",
                    "followers",
                    "following",
                    "favorites",
                    "lists"
                ]
            );
            assert_eq!(links[2]["href"], profile);
            let head = server.ask("HEAD", &path, &[], Body::empty()).await;
            assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
        }
    }
}

#[tokio::test]
async fn what_is_not_found_is_told_by_what_was_asked() {
    let server = Server::at("https://h.example").await;
    for (query, status, message) in [
        ("", 400, "No resource parameter"),
        ("?resource=", 400, "No resource parameter"),
        ("?other=alice@h.example", 400, "No resource parameter"),
        (
            "?resource=nobody@h.example",
            404,
            "No such 'user' with id 'nobody'",
        ),
        (
            "?resource=Alice@h.example",
            404,
            "No such 'user' with id 'Alice'",
        ),
        ("?resource=alice@other.example", 404, "Unrecognized host"),
        (
            "?resource=https://h.example/api/note/x",
            404,
            "No such 'note' with id 'https://h.example/api/note/x'",
        ),
        ("?resource=https://h.example/x", 404, "Unknown object type"),
        ("?resource=%F0%9F%90%98", 404, "Unrecognized host"),
    ] {
        let answer = server.get(&format!("/api/lrdd{query}"), &[]).await;
        assert_eq!(answer.status, status, "{query}");
        assert_eq!(answer.json(), json!({ "error": message }));
        let page = server
            .get(&format!("/.well-known/webfinger{query}"), &[])
            .await;
        assert_eq!(page.status, status, "{query}");
        assert!(page.header(header::CONTENT_TYPE).starts_with("text/html"));
    }
    let missing = server
        .get("/.well-known/oauth-authorization-server", &[])
        .await;
    assert_eq!(missing.status, 404);
}

#[tokio::test]
async fn lrdd_answers_in_the_form_that_is_asked_for() {
    let server = Server::at("https://h.example").await;
    let at = "/api/lrdd?resource=acct:alice@h.example";
    let xrd = server.get(at, &[]).await;
    assert_eq!(xrd.header(header::CONTENT_TYPE), "application/xrd+xml");
    assert!(
        xrd.text()
            .contains(r#"<Link rel="self" href="https://h.example/api/user/alice/profile"/>"#)
    );
    let jrd = server.get(at, &[("accept", "application/json")]).await;
    assert_eq!(jrd.json()["links"][2]["rel"], "self");
}
