//! Claims of identity by Dialback: those of others are verified, and ours are confirmed.

use http::header;
use hydraulics::{
    app::Clock,
    federation::{FetchBudget, block_host, server_identity, signed_get},
    model::HostBlock,
};
use serde_json::json;

use super::{stub::Stub, two_servers};
use crate::support::{Answer, Backend, Fault, Network, Request, TestServer, http_date};

const REGISTER: &str = "/api/client/register";

/// A server that may be lied to, in a network with an honest one and a stub at `evil.example`.
struct World {
    network: Network,
    one: TestServer,
    two: TestServer,
}

impl World {
    async fn make(backend: Backend) -> Self {
        let (network, one, two) = two_servers(backend).await;
        Self { network, one, two }
    }

    /// Claims an identity at the second server, at a time that is so many seconds off.
    async fn claim(&self, authorization: &str, off: i64) -> Answer {
        let date = self.two.clock.now() + chrono::TimeDelta::seconds(off);
        let request = Request::post(REGISTER)
            .form(&[("type", "client_associate")])
            .header("authorization", authorization)
            .header("date", &http_date(date));
        self.two.send(request).await
    }

    /// The words with which a claim is refused.
    async fn refusal(&self, authorization: &str, off: i64) -> String {
        let refused = self.claim(authorization, off).await.is(401);
        assert!(refused.header("content-type").starts_with("text/plain"));
        for name in ["www-authentication", "www-authenticate"] {
            assert_eq!(refused.header(name), "Dialback");
        }
        refused.text()
    }

    /// Puts a stub of `evil.example` with that dialback endpoint into the network.
    fn evil(&self, dialback: &str) {
        let links = [("dialback", dialback)];
        Stub::default()
            .with_links("/.well-known/host-meta.json", &links)
            .with_links(
                "/.well-known/webfinger?resource=acct%3Azed%40evil.example",
                &links,
            )
            .with("/dialback", "text/plain", "OK")
            .at(&self.network, "https://evil.example");
    }
}

joined_on_every_backend!(
    identities_of_a_stub_are_verified_and_kept,
    a_claim_counts_once_and_within_five_minutes,
    a_claim_of_ours_that_was_overheard_is_worth_nothing,
    a_blocked_host_is_refused_without_a_request,
);

async fn identities_of_a_stub_are_verified_and_kept(backend: Backend) {
    let world = World::make(backend).await;
    world.evil("https://evil.example/dialback");
    for claim in [
        r#"Dialback host="EVIL.example", token="1""#,
        r#"Dialback webfinger="zed@evil.example",token="2""#,
    ] {
        world.claim(claim, 0).await.is(200);
    }
    let asked = world.network.last_request("evil.example/dialback").unwrap();
    let fields: Vec<_> = form_urlencoded::parse(asked.body()).into_owned().collect();
    let date = http_date(world.two.clock.now());
    let expected = [
        ("webfinger", "zed@evil.example"),
        ("token", "2"),
        ("url", "https://two.example/api/client/register"),
        ("date", &date),
    ];
    assert_eq!(
        fields,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

#[tokio::test]
async fn forged_claims_are_refused() {
    let world = World::make(Backend::Memory).await;
    world.evil("https://evil.example/dialback");
    for (claim, words) in [
        ("Basic YTpi", "Authorization scheme is not 'Dialback'"),
        ("Dialback", "Authorization header has no 'token' field"),
        (
            r#"Dialback token="x""#,
            "Authorization header has neither 'host' nor 'webfinger' fields",
        ),
        (
            r#"Dialback webfinger="alice@one.example", token="x""#,
            "Error 400: Not my token",
        ),
        (
            r#"Dialback host="one.example", token="x""#,
            "Error 400: Not my token",
        ),
        (
            r#"Dialback webfinger="nobody@one.example", token="x""#,
            "lrdd at one.example: 404 Not Found",
        ),
        (
            r#"Dialback host="two.example", token="x""#,
            "dialback at two.example: it is this server",
        ),
        (
            r#"Dialback webfinger="bob@TWO.example:443", token="x""#,
            "dialback at two.example: it is this server",
        ),
        (
            r#"Dialback host="localhost", token="x""#,
            "dialback at localhost: it is this server",
        ),
        (
            r#"Dialback host="gone.example", token="x""#,
            "gone.example can't be reached",
        ),
        (
            r#"Dialback host="gone.example:22", token="x""#,
            "'gone.example:22' has a port other than 80 and 443",
        ),
        (
            r#"Dialback webfinger="zed@[2001:db8::1]:22", token="x""#,
            "'zed@[2001:db8::1]:22' has a port other than 80 and 443",
        ),
        (
            r#"Dialback webfinger="a b", token="x""#,
            "'a b' is no identity of a host",
        ),
    ] {
        let refusal = world.refusal(claim, 0).await;
        assert!(refusal.starts_with(words), "{claim}: {refusal}");
    }
}

async fn a_claim_counts_once_and_within_five_minutes(backend: Backend) {
    let world = World::make(backend).await;
    world.evil("https://evil.example/dialback");
    let claim = r#"Dialback host="evil.example", token="x""#;
    for off in [-360, 360] {
        assert_eq!(
            world.refusal(claim, off).await,
            "'Date' header is outside our 5-minute window"
        );
    }
    world.claim(claim, 0).await.is(200);
    for again in [claim, r#"Dialback host="EVIL.example.:443" token=x"#] {
        assert_eq!(
            world.refusal(again, 0).await,
            "We've already seen this request."
        );
    }
    let elsewhere = Request::post(&format!("{REGISTER}?again"))
        .form(&[("type", "client_associate")])
        .header("authorization", claim)
        .header("date", &http_date(world.two.clock.now()));
    assert_eq!(
        world.two.send(elsewhere).await.is(401).text(),
        "We've already seen this request."
    );
    let undated = Request::post(REGISTER).form(&[("type", "client_associate")]);
    let undated = world.two.send(undated.header("authorization", claim)).await;
    assert_eq!(undated.is(401).text(), "No 'Date' header");
    let stored = world.two.app.storage().find_remote_host("evil.example");
    assert_eq!(
        stored.await.unwrap(),
        None,
        "a claim leaves no trace of its host"
    );
}

async fn a_claim_of_ours_that_was_overheard_is_worth_nothing(backend: Backend) {
    let world = World::make(backend).await;
    world.two.account("bob").await;
    let url = "https://two.example/api/user/bob/profile";
    let identity = server_identity(world.one.app.urls());
    let budget = FetchBudget::default();
    signed_get(&world.one.app, &identity, url, &budget)
        .await
        .unwrap();
    let sent = world
        .network
        .last_request("two.example/api/client/register")
        .unwrap();
    let header = |name| sent.headers()[name].to_str().unwrap().to_owned();
    let (claim, date) = (header(header::AUTHORIZATION), header(header::DATE));
    assert_eq!(
        world.refusal(&claim, 0).await,
        "We've already seen this request."
    );
    // Nor at a third server, for which it was not made.
    let three = TestServer::at(backend, &world.network, "https://three.example").await;
    let replayed = Request::post(REGISTER)
        .json(&json!({ "type": "client_associate" }))
        .header("authorization", &claim)
        .header("date", &date);
    let refused = three.send(replayed).await.is(401);
    assert_eq!(refused.text(), "Error 400: Not my token");
}

#[tokio::test]
async fn dialback_endpoint_must_be_on_the_host_that_is_claimed() {
    for endpoint in [
        "https://one.example/api/dialback",
        "https://evil.example:8443/dialback",
        "https://a.evil.example/dialback",
        "http://127.0.0.1/dialback",
    ] {
        let world = World::make(Backend::Memory).await;
        world.evil(endpoint);
        let host = world
            .refusal(r#"Dialback host="evil.example", token="x""#, 0)
            .await;
        assert_eq!(
            host,
            format!("host-meta at evil.example: the dialback {endpoint} is on another host")
        );
        let person = r#"Dialback webfinger="zed@evil.example", token="x""#;
        assert_eq!(
            world.refusal(person, 0).await,
            "webfinger at evil.example: the dialback link leads to another host"
        );
        let requests = world.network.take_requests();
        assert!(
            requests.iter().all(|it| it.starts_with("GET ")),
            "{requests:?}"
        );
    }
}

#[tokio::test]
async fn a_redirect_confirms_nothing() {
    let world = World::make(Backend::Memory).await;
    world.evil("https://evil.example/moved");
    let moved = Fault::Redirect("https://evil.example/dialback".into());
    world.network.fail("evil.example/moved", moved);
    let refusal = world
        .refusal(r#"Dialback host="evil.example", token="x""#, 0)
        .await;
    let words = "dialback at evil.example: redirected to https://evil.example/dialback";
    assert_eq!(refusal, words);
}

async fn a_blocked_host_is_refused_without_a_request(backend: Backend) {
    let world = World::make(backend).await;
    let block = HostBlock {
        host: "evil.example".into(),
        subdomains: true,
        reason: None,
        created: world.two.clock.now(),
    };
    block_host(&world.two.app, block).await.unwrap();
    let refusal = world
        .refusal(r#"Dialback host="a.evil.example", token="x""#, 0)
        .await;
    assert_eq!(refusal, "dialback at a.evil.example: the host is blocked");
    assert_eq!(world.network.take_requests(), [""; 0]);
}

#[tokio::test]
async fn dialback_answers_as_the_reference_does() {
    let world = World::make(Backend::Memory).await;
    let date = http_date(world.one.clock.now());
    let old = http_date(world.one.clock.now() - chrono::TimeDelta::minutes(6));
    let alice = ("webfinger", "alice@one.example");
    let (token, date) = (("token", "x"), ("date", &*date));
    for (fields, words) in [
        (&[token, date][..], "No identity"),
        (&[("host", "two.example"), token, date], "Incorrect host"),
        (&[alice, date], "No token"),
        (&[alice, token], "No date"),
        (&[alice, token, ("date", &old)], "Invalid date"),
        (&[alice, token, date], "Not my token"),
    ] {
        let answer = world
            .one
            .send(Request::post("/api/dialback").form(fields))
            .await;
        let answer = answer.is(400);
        assert_eq!(answer.text(), words);
        assert!(answer.header("content-type").starts_with("text/html"));
    }
}
