//! Addresses that lead nowhere: each has a page that says why, with the step and the host.

use super::world::World;
use crate::support::{Backend, Fault, Request};

#[tokio::test]
async fn failure_at_the_peer_is_told_with_step_and_host() {
    for (beginning, fault, words) in [
        (
            "two.example",
            Fault::Refused,
            "at two.example: connection refused",
        ),
        (
            "two.example",
            Fault::Untrusted,
            "at two.example: certificate not trusted",
        ),
        (
            "two.example",
            Fault::Status(404),
            "at two.example: 404 Not Found",
        ),
        ("two.example", Fault::Status(503), "at two.example: 503"),
        (
            "two.example",
            Fault::Endless,
            "at two.example: the answer is too large",
        ),
        (
            "two.example",
            Fault::Body("<html>hello"),
            "at two.example: ",
        ),
        (
            "two.example/.well-known/host-meta",
            Fault::Body("{\"links\":[]}"),
            "host-meta at two.example: no http://apinamespace.org/oauth/authorize in host-meta",
        ),
        (
            "two.example/api/client/register",
            Fault::Status(500),
            "registration at two.example: 500",
        ),
        (
            "two.example/api/client/register",
            Fault::Body("[]"),
            "registration at two.example: no",
        ),
        (
            "two.example/oauth/request_token",
            Fault::Status(404),
            "request token at two.example: 404",
        ),
        (
            "two.example/oauth/request_token",
            Fault::Body("{}"),
            "request token at two.example: no",
        ),
        (
            "two.example/oauth/request_token",
            Fault::Redirect("https://three.example/".into()),
            "request token at two.example: ",
        ),
    ] {
        let world = World::make(Backend::Memory).await;
        world.network.fail(beginning, fault.clone());
        let answer = world.ask("bob@two.example", "/x").await.is(502);
        let page = answer.text();
        assert!(page.contains(words), "{beginning} {fault:?}: {page}");
        assert!(page.contains("role=\"alert\"") && page.contains("value=\"bob@two.example\""));
        assert!(!answer.headers.contains_key("set-cookie"));
    }
}

#[tokio::test]
async fn failure_on_the_way_back_is_told_with_step_and_host() {
    for (beginning, fault, words) in [
        (
            "two.example/oauth/access_token",
            Fault::Refused,
            "access token at two.example: ",
        ),
        (
            "two.example/oauth/access_token",
            Fault::Body("x"),
            "access token at two.example: no",
        ),
        (
            "two.example/api/whoami",
            Fault::Status(500),
            "whoami at two.example: 500",
        ),
        (
            "two.example/api/whoami",
            Fault::Body("x"),
            "is not application/json",
        ),
        (
            "two.example/api/user/bob",
            Fault::Status(404),
            "whoami at two.example: 404",
        ),
    ] {
        let world = World::make(Backend::Memory).await;
        let begun = world.begin("bob@two.example", "").await;
        let back = world.press(&begun, "authorize").await;
        world.network.fail(beginning, fault);
        let answer = world.come_back(&back, &begun.ticket).await.is(502);
        assert!(
            answer.text().contains(words),
            "{beginning}: {}",
            answer.text()
        );
        assert!(!answer.headers.contains_key("set-cookie"));
    }
}

#[tokio::test]
async fn peer_with_host_meta_as_xml_only_can_be_signed_in_from() {
    let world = World::make(Backend::Memory).await;
    let json = "two.example/.well-known/host-meta.json";
    world.network.fail(json, Fault::Status(404));
    world.begin("bob@two.example", "").await;
}

#[tokio::test]
async fn address_that_is_none_is_told_so() {
    let world = World::make(Backend::Memory).await;
    for address in [
        "",
        "bob",
        "@two.example",
        "bob@two.example/x",
        "https://two.example/bob",
    ] {
        let page = world.ask(address, "").await.is(400).text();
        assert!(page.contains("nickname@host"), "{address}: {page}");
    }
    let bare = world.one.send(Request::post("/main/remote")).await.is(400);
    assert!(bare.header("content-type").starts_with("text/html"));
    assert!(world.network.take_requests().is_empty());
    let unknown = world.ask("nobody@two.example", "").await.is(502).text();
    assert!(unknown.contains("404 Not Found"), "{unknown}");
}

#[tokio::test]
async fn address_of_this_server_is_known_as_such() {
    let world = World::make(Backend::Memory).await;
    for address in [
        "alice@one.example",
        "acct:alice@ONE.example",
        "alice@www.one.example",
        "alice@one.example:443",
    ] {
        let page = world.ask(address, "").await.is(200).text();
        assert!(
            page.contains("<h1>Your account is here</h1>"),
            "{address}: {page}"
        );
    }
    assert!(world.network.take_requests().is_empty());
}

#[tokio::test]
async fn form_lets_browsers_go_on_to_any_server() {
    let world = World::make(Backend::Memory).await;
    let page = world.one.send(Request::get(
        "/main/remote?webfinger=a%22%3E@b&continueTo=/c",
    ));
    let page = page.await.is(200);
    assert!(
        !page
            .header("content-security-policy")
            .contains("form-action")
    );
    assert!(
        page.header("content-security-policy")
            .starts_with("default-src 'none'")
    );
    assert_eq!(page.header("cache-control"), "no-store");
    let text = page.text();
    assert!(
        text.contains("value=\"a&#34;&#62;@b\"") && text.contains("value=\"/c\""),
        "{text}"
    );
}

#[tokio::test]
async fn network_that_tries_too_often_waits() {
    let world = World::make(Backend::Memory).await;
    let form = || {
        let form = Request::post("/main/remote").form(&[("webfinger", "bob")]);
        form.from("192.0.2.7:1")
    };
    for _ in 0..20 {
        world.one.send(form()).await.is(400);
    }
    let answer = world.one.send(form()).await.is(429);
    assert_eq!(answer.header("retry-after"), "6");
    world.one.send(form().from("198.51.100.7:1")).await.is(400);
}

#[tokio::test]
async fn server_that_does_not_federate_signs_nobody_in() {
    let world = World::make(Backend::Memory).await;
    let one = world
        .one
        .again(|settings| settings.federation.enabled = false);
    let front = one.send(Request::get("/")).await.is(200).text();
    assert!(!front.contains("/main/remote"));
    let form = Request::post("/main/remote").form(&[("webfinger", "bob@two.example")]);
    let page = one.send(form).await.is(403).text();
    assert!(page.contains("nothing to do with others"), "{page}");
}
