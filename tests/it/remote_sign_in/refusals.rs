//! Sign-ins that are refused: forged, repeated, late, or none of this server's.

use hydraulics::{model::Standing, service::moderation};
use serde_json::json;

use super::world::{BOB, World};
use crate::support::{Backend, Request, answer, pump_io_6_person};

joined_on_every_backend!(
    ticket_is_good_for_one_browser_host_and_token,
    ticket_is_good_once_and_for_ten_minutes,
    wrong_verifier_is_refused_and_ends_the_sign_in,
    person_who_denies_is_not_signed_in,
    host_that_names_a_person_of_another_is_refused,
    blocked_host_has_no_sessions,
    suspended_person_has_no_sessions,
);

async fn ticket_is_good_for_one_browser_host_and_token(backend: Backend) {
    let world = World::make(backend).await;
    let begun = world.begin("bob@two.example", "").await;
    let other = world.begin("bob@two.example", "").await;
    let back = world.press(&begun, "authorize").await;
    world.network.take_requests();
    let elsewhere = back.replace("two.example", "evil.example");
    let (none, unknown) = ("", format!("remote_ticket={}", "x".repeat(43)));
    for (path, ticket) in [
        (&back, none),
        (&back, &unknown),
        (&back, &other.ticket),
        (&elsewhere, &begun.ticket),
        (&"/main/authorized/two.example".to_owned(), &begun.ticket),
        (&"/main/authorized/%00%FF@@".to_owned(), &begun.ticket),
    ] {
        let answer = world.come_back(path, ticket).await.is(400);
        assert!(
            answer.header("content-type").starts_with("text/html"),
            "{path}"
        );
        assert!(!answer.headers.contains_key("set-cookie"), "{path}");
    }
    assert!(world.network.take_requests().is_empty(), "nobody was asked");
    world.come_back(&back, &begun.ticket).await.is(302);
}

async fn ticket_is_good_once_and_for_ten_minutes(backend: Backend) {
    let world = World::make(backend).await;
    let begun = world.begin("bob@two.example", "").await;
    let back = world.press(&begun, "authorize").await;
    world.come_back(&back, &begun.ticket).await.is(302);
    world.come_back(&back, &begun.ticket).await.is(400);
    let late = world.begin("bob@two.example", "").await;
    let back = world.press(&late, "authorize").await;
    world.one.clock.advance(600);
    world.come_back(&back, &late.ticket).await.is(400);
}

async fn wrong_verifier_is_refused_and_ends_the_sign_in(backend: Backend) {
    let world = World::make(backend).await;
    let begun = world.begin("bob@two.example", "").await;
    let back = world.press(&begun, "authorize").await;
    let answer = world
        .come_back(&format!("{back}x"), &begun.ticket)
        .await
        .is(400);
    assert!(
        answer.text().contains("access token at two.example: 401"),
        "{}",
        answer.text()
    );
    world.come_back(&back, &begun.ticket).await.is(400);
}

async fn person_who_denies_is_not_signed_in(backend: Backend) {
    let world = World::make(backend).await;
    let begun = world.begin("bob@two.example", "").await;
    let back = world.press(&begun, "deny").await;
    let answer = world.come_back(&back, &begun.ticket).await.is(400);
    assert!(
        answer.text().contains("not allowed at two.example"),
        "{}",
        answer.text()
    );
}

/// A server that says of everyone that they are the same person.
fn liar(world: &World, person: &'static str) {
    world.network.stub("https://liar.example", move |request| {
        let at = |path: &str| format!("https://liar.example{path}");
        let link = |rel: &str, path: &str| json!({ "rel": rel, "href": at(path) });
        let oauth = |name: &str| link(&format!("http://apinamespace.org/oauth/{name}"), "/token");
        let body = match request.uri().path() {
            "/.well-known/webfinger" => json!({ "links": [link("activity-inbox", "/inbox")] }),
            "/.well-known/host-meta.json" => json!({ "links": [
                link("registration_endpoint", "/register"), oauth("request_token"),
                oauth("authorize"), oauth("access_token"),
                link("http://apinamespace.org/activitypub/whoami", "/whoami"),
            ] }),
            "/register" => json!({ "client_id": "us", "client_secret": "hush" }),
            "/whoami" => return pump_io_6_person(request, person),
            "/token" => {
                let token = "oauth_token=t&oauth_token_secret=s";
                return answer(200, "text/plain", token);
            }
            _ => return answer(404, "text/plain", "none"),
        };
        answer(200, "application/json", body.to_string())
    });
}

async fn host_that_names_a_person_of_another_is_refused(backend: Backend) {
    for (person, status) in [
        ("acct:alice@one.example", 403),
        ("acct:bob@two.example", 403),
        ("https://two.example/api/user/bob/profile", 403),
        ("", 403),
        ("acct:zed@liar.example", 302),
    ] {
        let world = World::make(backend).await;
        liar(&world, person);
        let begun = world.begin("zed@liar.example", "").await;
        let back = "/main/authorized/liar.example?oauth_token=t&oauth_verifier=v";
        let answer = world.come_back(back, &begun.ticket).await.is(status);
        assert_eq!(
            status == 302,
            answer.headers.contains_key("set-cookie"),
            "{person}"
        );
    }
}

async fn blocked_host_has_no_sessions(backend: Backend) {
    let world = World::make(backend).await;
    let session = world.sign_in().await;
    world.one.block_host("two.example").await;
    assert!(!world.knows_bob(&session).await);
    let answer = world.ask("bob@two.example", "").await.is(403);
    assert!(answer.text().contains("blocked"), "{}", answer.text());
}

async fn suspended_person_has_no_sessions(backend: Backend) {
    let world = World::make(backend).await;
    let session = world.sign_in().await;
    assert!(world.knows_bob(&session).await);
    let ctx = world.one.ctx();
    let suspended = moderation::set_standing(&ctx, BOB, Standing::Suspended, "");
    suspended.await.unwrap();
    assert!(!world.knows_bob(&session).await);
    let begun = world.begin("bob@two.example", "").await;
    let back = world.press(&begun, "authorize").await;
    let answer = world.come_back(&back, &begun.ticket).await.is(403);
    let text = answer.text();
    assert!(text.contains("This account is suspended."), "{text}");
    assert!(!answer.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn page_of_another_site_begins_no_sign_in() {
    let world = World::make(Backend::Memory).await;
    let form = || Request::post("/main/remote").form(&[("webfinger", "bob@two.example")]);
    for (header, value) in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ] {
        world.one.send(form().header(header, value)).await.is(403);
    }
    assert!(world.network.take_requests().is_empty());
    world
        .one
        .send(form().header("origin", "https://one.example"))
        .await
        .is(302);
}

#[tokio::test]
async fn sign_in_never_leads_to_another_site() {
    let world = World::make(Backend::Memory).await;
    for place in ["https://evil.example/", "//evil.example", "/\\evil.example"] {
        let begun = world.begin("bob@two.example", place).await;
        let back = world.press(&begun, "authorize").await;
        let answer = world.come_back(&back, &begun.ticket).await.is(302);
        assert_eq!(answer.header("location"), "https://one.example/", "{place}");
    }
}
