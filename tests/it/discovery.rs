//! Host-meta, webfinger and lrdd.

use hydraulics::model::Urls;
use serde_json::json;

use crate::support::{Answer, Request, TestServer};

/// The server under another public URL, with an account of alice's.
async fn at(server: &TestServer, base: &str) -> TestServer {
    let urls = Urls::new(&base.parse().unwrap()).unwrap();
    let server = server.again(|settings| settings.urls = urls);
    server.account("alice").await;
    server
}

/// What someone who takes such answers gets.
async fn taking(server: &TestServer, target: &str, accept: &str) -> Answer {
    server
        .send(Request::get(target).header("accept", accept))
        .await
}

on_every_backend! {
    async fn host_meta_has_its_links_in_order_in_both_forms(server) {
        let server = at(&server, "https://h.example").await;
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
        for (target, accept) in [
            ("/.well-known/host-meta.json", "text/html"),
            ("/.well-known/host-meta", "application/json"),
            ("/.well-known/host-meta", "*/*"),
        ] {
            let answer = taking(&server, target, accept).await;
            assert_eq!(answer.header("access-control-allow-origin"), "*");
            assert_eq!(answer.ok(), links);
        }
        let answer = server.send(Request::get("/.well-known/host-meta")).await.is(200);
        assert_eq!(answer.header("content-type"), "application/xrd+xml");
        assert_eq!(answer.text().matches("<Link ").count(), 8);
    }

    async fn people_are_found_however_clients_ask_for_them(server) {
        let server = at(&server, "https://h.example").await;
        are_found(&server, "https://h.example").await;
    }

    async fn people_of_a_server_with_a_port_are_found_too(server) {
        let server = at(&server, "http://h.example:8080").await;
        are_found(&server, "http://h.example:8080").await;
    }

    async fn what_is_not_found_is_told_by_what_was_asked(server) {
        let server = at(&server, "https://h.example").await;
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
            let answer = server.send(Request::get(&format!("/api/lrdd{query}"))).await;
            assert_eq!(answer.refused(status), message, "{query}");
            let page = Request::get(&format!("/.well-known/webfinger{query}"));
            let page = server.send(page).await.is(status);
            assert!(page.header("content-type").starts_with("text/html"));
        }
    }

    async fn lrdd_answers_in_the_form_that_is_asked_for(server) {
        let server = at(&server, "https://h.example").await;
        let target = "/api/lrdd?resource=acct:alice@h.example";
        let xrd = server.send(Request::get(target)).await.is(200);
        assert_eq!(xrd.header("content-type"), "application/xrd+xml");
        let link = r#"<Link rel="self" href="https://h.example/api/user/alice/profile"/>"#;
        assert!(xrd.text().contains(link));
        let jrd = taking(&server, target, "application/json").await.ok();
        assert_eq!(jrd["links"][2]["rel"], "self");
    }
}

/// Asks for alice in every way there is.
async fn are_found(server: &TestServer, base: &str) {
    let profile = format!("{base}/api/user/alice/profile");
    for resource in [
        "acct:alice@h.example",
        "alice@h.example",
        "alice@H.EXAMPLE:8080",
        &profile,
    ] {
        let target = format!("/.well-known/webfinger?resource={}", Urls::encode(resource));
        let found = server.send(Request::get(&target)).await.is(200);
        assert!(found.header("server").contains("pump.io/"));
        let links = found.json()["links"].clone();
        let links = links.as_array().unwrap();
        let rels: Vec<_> = links
            .iter()
            .map(|link| link["rel"].as_str().unwrap())
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
        let head = server.send(Request::new("HEAD", &target)).await.is(200);
        assert!(head.body.is_empty());
    }
}
