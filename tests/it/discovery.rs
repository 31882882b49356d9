//! Discovery of resources: host-meta, webfinger and lrdd.

use hydraulics::model::Urls;
use serde_json::{Value, json};

use crate::support::{Answer, Request, TestServer, public};

/// The server under another public URL, with an account of alice's.
async fn at(server: &TestServer, base: &str) -> TestServer {
    let urls = Urls::new(&base.parse().unwrap()).unwrap();
    let server = server.again(|settings| settings.urls = urls);
    server.account("alice").await;
    server
}

/// Returns the response for an `Accept` header.
async fn taking(server: &TestServer, target: &str, accept: &str) -> Answer {
    server
        .send(Request::get(target).header("accept", accept))
        .await
}

on_every_backend!(
    host_meta_has_its_links_in_order_in_both_forms,
    person_is_found_by_every_client_spelling,
    person_of_a_server_with_a_port_is_found,
    discovery_404_names_the_resource,
    lrdd_answers_in_the_accepted_format,
    webfinger_answers_as_rfc_7033_to_its_media_type,
    resource_is_found_by_every_spelling_of_its_id,
);

async fn host_meta_has_its_links_in_order_in_both_forms(server: TestServer) {
    let server = at(&server, "https://h.example").await;
    let api = "http://apinamespace.org";
    let links = json!({
        "links": [
            {
                "rel": "lrdd",
                "type": "application/xrd+xml",
                "template": "https://h.example/api/lrdd?resource={uri}",
            },
            {
                "rel": "lrdd",
                "type": "application/json",
                "template": "https://h.example/.well-known/webfinger?resource={uri}",
            },
            { "rel": "registration_endpoint", "href": "https://h.example/api/client/register" },
            {
                "rel": format!("{api}/oauth/request_token"),
                "href": "https://h.example/oauth/request_token",
            },
            {
                "rel": format!("{api}/oauth/authorize"),
                "href": "https://h.example/oauth/authorize",
            },
            {
                "rel": format!("{api}/oauth/access_token"),
                "href": "https://h.example/oauth/access_token",
            },
            { "rel": "dialback", "href": "https://h.example/api/dialback" },
            { "rel": format!("{api}/activitypub/whoami"), "href": "https://h.example/api/whoami" },
        ],
    });
    for (target, accept) in [
        ("/.well-known/host-meta.json", "text/html"),
        ("/.well-known/host-meta", "application/json"),
        ("/.well-known/host-meta", "*/*"),
    ] {
        let answer = taking(&server, target, accept).await;
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.ok(), links);
    }
    let answer = server
        .send(Request::get("/.well-known/host-meta"))
        .await
        .is(200);
    assert_eq!(answer.header("content-type"), "application/xrd+xml");
    assert_eq!(answer.text().matches("<Link ").count(), 8);
}

async fn person_is_found_by_every_client_spelling(server: TestServer) {
    let server = at(&server, "https://h.example").await;
    are_found(&server, "https://h.example", "acct:alice@h.example").await;
}

async fn person_of_a_server_with_a_port_is_found(server: TestServer) {
    let server = at(&server, "http://h.example:8080").await;
    let id = "http://h.example:8080/api/user/alice/profile";
    are_found(&server, "http://h.example:8080", id).await;
}

async fn discovery_404_names_the_resource(server: TestServer) {
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
        ("?resource=alice@other.example", 404, "Unrecognized host"),
        (
            "?resource=https://h.example/api/note/x",
            404,
            "No such 'note' with id 'https://h.example/api/note/x'",
        ),
        (
            "?resource=https://h.example/x",
            404,
            "No such 'user' with id 'x'",
        ),
        (
            "?resource=https://h.example/alice/x",
            404,
            "Unknown object type",
        ),
        ("?resource=%F0%9F%90%98", 404, "Unrecognized host"),
    ] {
        let answer = server
            .send(Request::get(&format!("/api/lrdd{query}")))
            .await;
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.refused(status), message, "{query}");
        let page = Request::get(&format!("/.well-known/webfinger{query}"));
        let page = server.send(page).await.is(status);
        assert_eq!(page.header("access-control-allow-origin"), "*");
        assert!(page.header("content-type").starts_with("text/html"));
    }
}

async fn lrdd_answers_in_the_accepted_format(server: TestServer) {
    let server = at(&server, "https://h.example").await;
    let target = "/api/lrdd?resource=acct:alice@h.example";
    let xrd = server.send(Request::get(target)).await.is(200);
    assert_eq!(xrd.header("content-type"), "application/xrd+xml");
    let link = r#"<Link rel="self" href="https://h.example/api/user/alice/profile"/>"#;
    assert!(xrd.text().contains(link));
    assert!(
        xrd.text()
            .contains("<Subject>acct:alice@h.example</Subject>")
    );
    let jrd = taking(&server, target, "application/json").await.ok();
    assert_eq!(jrd["links"][3]["rel"], "self");
}

async fn webfinger_answers_as_rfc_7033_to_its_media_type(server: TestServer) {
    let server = at(&server, "https://h.example").await;
    let target = "/.well-known/webfinger?resource=acct:alice@h.example";
    let (plain, jrd) = ("application/json; charset=utf-8", "application/jrd+json");
    for (accept, kind) in [
        ("*/*", plain),
        ("application/json", plain),
        ("application/jrd+json", jrd),
        ("application/jrd+json, application/json;q=0.5", jrd),
    ] {
        let answer = taking(&server, target, accept).await.is(200);
        assert_eq!(answer.header("content-type"), kind, "{accept}");
        let document: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(document["subject"], "acct:alice@h.example");
    }
    for (rel, found) in [
        ("&rel=self", 2),
        ("&rel=self&rel=followers", 3),
        ("&rel=other", 0),
    ] {
        let answer = server
            .send(Request::get(&format!("{target}{rel}")))
            .await
            .is(200)
            .json();
        assert_eq!(answer["links"].as_array().unwrap().len(), found, "{rel}");
    }
}

async fn resource_is_found_by_every_spelling_of_its_id(server: TestServer) {
    let alice = server.person("alice").await;
    let note = alice.note("hi", json!({ "to": [public()] })).await;
    let id = note["id"].as_str().unwrap();
    for spelling in [
        id.to_owned(),
        id.replace("pump.example", "Pump.Example:80"),
        id.replace("http", "HTTPS"),
    ] {
        let target = format!(
            "/.well-known/webfinger?resource={}",
            Urls::encode(&spelling)
        );
        let found = server.send(Request::get(&target)).await.is(200).json();
        assert_eq!(
            (&found["subject"], &found["links"][0]["href"]),
            (&json!(id), &json!(id)),
            "{spelling}"
        );
    }
}

/// Asks for alice in every way there is.
async fn are_found(server: &TestServer, base: &str, subject: &str) {
    let profile = format!("{base}/api/user/alice/profile");
    for resource in [
        "acct:alice@h.example",
        "alice@h.example",
        "alice@H.EXAMPLE:8080",
        "ACCT:alice@h.example",
        "acct:Alice@H.example",
        "@alice@h.example",
        &format!("{base}/alice"),
        &format!("{base}/alice/")
            .to_uppercase()
            .replace("ALICE", "alice"),
        &profile,
    ] {
        let target = format!("/.well-known/webfinger?resource={}", Urls::encode(resource));
        let found = server.send(Request::get(&target)).await.is(200);
        assert!(found.header("server").contains("pump.io/"));
        assert_eq!(found.json()["subject"], subject, "{resource}");
        let links = found.json()["links"].clone();
        let links = links.as_array().unwrap();
        let rels: Vec<_> = links
            .iter()
            .map(|link| link["rel"].as_str().unwrap())
            .collect();
        assert_eq!(
            rels,
            [
                "self",
                "http://webfinger.net/rel/profile-page",
                "dialback",
                "self",
                "activity-inbox",
                "activity-outbox",
                "followers",
                "following",
                "favorites",
                "lists",
                "http://ostatus.org/schema/1.0/subscribe"
            ]
        );
        assert_eq!(links[0]["type"], "application/activity+json");
        assert_eq!(
            (&links[0]["href"], &links[3]["href"]),
            (&json!(profile), &json!(profile))
        );
        let head = server.send(Request::new("HEAD", &target)).await.is(200);
        assert!(head.body.is_empty());
    }
}
