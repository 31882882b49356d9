//! Discovery of persons, objects and hosts, also of those that half work.

use hydraulics::federation::{
    Discovered, FetchBudget, PeerError, discover, host_endpoints, refresh_endpoints,
};
use serde_json::json;

use super::stub::{Stub, jrd};
use crate::support::{Backend, Fault, Network, TestServer, id};

const INBOX: (&str, &str) = ("activity-inbox", "https://stub.example/inbox");
const WEBFINGER: &str = "/.well-known/webfinger?resource=acct%3Azed%40stub.example";
const HOST_META: &str = "/.well-known/host-meta";
const HOST_META_JSON: &str = "/.well-known/host-meta.json";
const LRDD: &str = "https://stub.example/lrdd?q={uri}";
const LRDD_PATH: &str = "/lrdd?q=acct%3Azed%40stub.example";

async fn asker() -> (Network, TestServer) {
    asker_on(Backend::Memory).await
}

async fn asker_on(backend: Backend) -> (Network, TestServer) {
    let network = Network::default();
    let server = TestServer::at(backend, &network, "https://one.example").await;
    (network, server)
}

async fn find(server: &TestServer, id: &str) -> Result<Discovered, PeerError> {
    discover(&server.app, id, &FetchBudget::default()).await
}

/// The words of a failure to find someone.
async fn failure(server: &TestServer, id: &str) -> String {
    find(server, id).await.unwrap_err().to_string()
}

#[tokio::test]
async fn servers_find_people_and_things_of_each_other() {
    let (network, one) = asker().await;
    let two = TestServer::at(Backend::Memory, &network, "https://two.example").await;
    let (alice, bob) = (one.person("alice").await, two.person("bob").await);
    for (here, there) in [(&one, &bob), (&two, &alice)] {
        let found = find(here, &there.id()).await.unwrap();
        let base = there.server.app.urls().base();
        let user = format!("{base}/api/user/{}", there.nickname);
        assert_eq!(found.id, there.id());
        assert_eq!(
            found.links["activity-inbox"].as_str(),
            format!("{user}/inbox")
        );
        assert_eq!(found.links["self"].as_str(), format!("{user}/profile"));
        assert_eq!(
            found.links["followers"].as_str(),
            format!("{user}/followers")
        );
        assert_eq!(
            found.links["dialback"].as_str(),
            format!("{base}/api/dialback")
        );
    }
    let note = bob.note("hello", json!({})).await;
    let found = find(&one, id(&note)).await.unwrap();
    assert_eq!((&*found.id, &*found.host), (id(&note), "two.example"));
    assert!(found.links.contains_key("replies"));
    for spelling in [
        "acct:bob@TWO.example.:443",
        "bob@two.example",
        "acct:Bob@two.example",
    ] {
        assert_eq!(
            find(&one, spelling).await.unwrap().id,
            bob.id(),
            "{spelling}"
        );
    }
    let nobody = failure(&one, "acct:nobody@two.example").await;
    assert!(
        nobody.starts_with("lrdd at two.example: 404 Not Found"),
        "{nobody}"
    );
    let own = failure(&one, &alice.id()).await;
    assert_eq!(own, "webfinger at one.example: it is this server");
}

#[tokio::test]
async fn a_server_without_tls_is_found_and_a_bad_certificate_is_not_passed_by() {
    let (network, one) = asker().await;
    let two = TestServer::at(Backend::Memory, &network, "http://two.example").await;
    let bob = two.person("bob").await;
    assert_eq!(find(&one, &bob.id()).await.unwrap().id, bob.id());
    let endpoints = host_endpoints(&one.app, "two.example", &FetchBudget::default()).await;
    let endpoints = endpoints.unwrap().endpoints;
    assert_eq!(
        endpoints["registration_endpoint"],
        "http://two.example/api/client/register"
    );
    network.fail("two.example", Fault::Untrusted);
    one.clock.advance(600);
    assert_eq!(
        failure(&one, &bob.id()).await,
        "webfinger at two.example: certificate not trusted \
         (invalid peer certificate: UnknownIssuer)"
    );
    let requests = network.take_requests();
    let last = requests.last().unwrap();
    assert!(last.starts_with("GET https://"), "{last}");
}

#[tokio::test]
async fn a_host_known_by_https_is_not_asked_without_it() {
    let (network, one) = asker().await;
    let two = TestServer::at(Backend::Memory, &network, "https://two.example").await;
    let bob = two.person("bob").await;
    let endpoints = host_endpoints(&one.app, "two.example", &FetchBudget::default()).await;
    endpoints.unwrap();
    network.take_requests();
    network.fail("two.example", Fault::Refused);
    find(&one, &bob.id()).await.unwrap_err();
    let refreshed = refresh_endpoints(&one.app, "two.example", &FetchBudget::default()).await;
    refreshed.unwrap_err();
    let requests = network.take_requests();
    let is_secure = |request: &String| request.starts_with("GET https:");
    assert!(
        !requests.is_empty() && requests.iter().all(is_secure),
        "{requests:?}"
    );
}

#[tokio::test]
async fn no_template_leads_to_another_host() {
    for template in [
        "https://victim.example/{uri}",
        "https://example/{uri}",
        "https://notstub.example/{uri}",
        "https://stub.example:8443/{uri}",
    ] {
        let (network, one) = asker().await;
        let stub = Stub::default().with_links(HOST_META_JSON, &[("lrdd", template)]);
        stub.at(&network, "https://stub.example");
        find(&one, "acct:zed@stub.example").await.unwrap_err();
        let requests = network.take_requests();
        let is_own =
            |request: &String| request.starts_with("GET https://stub.example/.well-known/");
        assert!(requests.iter().all(is_own), "{requests:?}");
    }
    let (network, one) = asker().await;
    let below = ("lrdd", "https://pump.stub.example/lrdd?q={uri}");
    Stub::default()
        .with_links(HOST_META_JSON, &[below])
        .at(&network, "https://stub.example");
    Stub::default()
        .with_links(LRDD_PATH, &[INBOX])
        .at(&network, "https://pump.stub.example");
    find(&one, "acct:zed@stub.example").await.unwrap();
}

#[tokio::test]
async fn discovery_goes_on_where_a_part_of_it_is_missing() {
    let lrdd = ("lrdd", LRDD);
    let profile = ("self", "https://stub.example/zed");
    let bare = "/.well-known/webfinger?resource=zed%40stub.example";
    for (what, stub) in [
        ("webfinger", Stub::default().with_links(WEBFINGER, &[INBOX])),
        (
            "webfinger of the bare address",
            Stub::default().with_links(bare, &[INBOX]),
        ),
        (
            "webfinger in XML",
            Stub::default().with_xrd(WEBFINGER, &[INBOX]),
        ),
        (
            "host-meta in JSON",
            Stub::default()
                .with_links(HOST_META_JSON, &[lrdd])
                .with_links(LRDD_PATH, &[INBOX]),
        ),
        (
            "all in XML, after pages that are none",
            Stub::default()
                .with(
                    WEBFINGER,
                    "application/json",
                    "<html><body>hello</body></html>",
                )
                .with(HOST_META_JSON, "application/json", "{\"links\":7}")
                .with_xrd(HOST_META, &[lrdd])
                .with_xrd(LRDD_PATH, &[profile]),
        ),
        (
            "the second template",
            Stub::default()
                .with_links(
                    HOST_META_JSON,
                    &[("lrdd", "https://gone.example/{uri}"), lrdd],
                )
                .with_links(LRDD_PATH, &[INBOX]),
        ),
    ] {
        let (network, one) = asker().await;
        stub.at(&network, "https://stub.example");
        let found = find(&one, "acct:zed@stub.example").await;
        assert!(found.is_ok(), "{what}: {}", found.unwrap_err());
    }
}

#[tokio::test]
async fn a_failure_tells_which_step_failed_where() {
    let page_only = json!({ "links": [{
        "rel": "profile-page", "href": "https://stub.example/zed", "type": "text/html",
    }]});
    let page_only = page_only.to_string();
    for (stub, words) in [
        (Stub::default(), "host-meta at stub.example: 404 Not Found"),
        (
            Stub::default().with_links(HOST_META_JSON, &[("dialback", "https://stub.example/d")]),
            "webfinger at stub.example: 404 Not Found",
        ),
        (
            Stub::default().with(HOST_META, "text/html", "hello"),
            "host-meta at stub.example: neither JSON nor XML",
        ),
        (
            Stub::default().with_links(HOST_META_JSON, &[("lrdd", LRDD)]),
            "lrdd at stub.example: 404 Not Found",
        ),
        (
            Stub::default()
                .with(WEBFINGER, "application/json", &page_only)
                .with_links(HOST_META_JSON, &[("lrdd", LRDD)])
                .with(LRDD_PATH, "application/json", &page_only),
            "lrdd at stub.example: no links to an inbox or profile of the Pump API",
        ),
    ] {
        let (network, one) = asker().await;
        stub.at(&network, "https://stub.example");
        assert_eq!(failure(&one, "acct:zed@stub.example").await, words);
    }
    for (fault, words) in [
        (
            Fault::Refused,
            "webfinger at stub.example: connection refused",
        ),
        (
            Fault::Status(503),
            "webfinger at stub.example: 503 Service Unavailable (no)",
        ),
        (
            Fault::Endless,
            "host-meta at stub.example: the answer is too large",
        ),
        (
            Fault::Body("{"),
            "host-meta at stub.example: malformed JSON",
        ),
        (
            Fault::Redirect("https://inner.example:31337/".into()),
            "webfinger at stub.example: connection refused",
        ),
        (
            Fault::Redirect("https://stub.example/again".into()),
            "webfinger at stub.example: too many redirects",
        ),
    ] {
        let (network, one) = asker().await;
        network.fail("stub.example", fault);
        assert_eq!(failure(&one, "acct:zed@stub.example").await, words);
    }
    let (_, one) = asker().await;
    for id in ["urn:uuid:1", "zed", "ftp://stub.example/zed"] {
        let failure = find(&one, id).await.unwrap_err();
        assert!(failure.is_permanent(), "{failure}");
    }
}

#[tokio::test]
async fn subject_counts_if_its_own_host_says_the_same() {
    let (network, one) = asker().await;
    let with_subject = |subject: &str, links: &[(&str, &str)]| {
        let mut document = jrd(links);
        document["subject"] = json!(subject);
        document.to_string()
    };
    let webfinger = |host: &str| format!("/.well-known/webfinger?resource=acct%3Azed%40{host}");
    let json = "application/json";
    let real = with_subject("acct:zed@Stub.example", &[INBOX]);
    // One person, whose address is at one host and whose server is another.
    let stub = Stub::default().with(&webfinger("stub.example"), json, &real);
    stub.at(&network, "https://stub.example");
    let names = Stub::default().with(&webfinger("names.example"), json, &real);
    names.at(&network, "https://names.example");
    let found = find(&one, "acct:zed@names.example").await.unwrap();
    assert_eq!(
        (&*found.id, &*found.host),
        ("acct:zed@stub.example", "stub.example")
    );
    // A host that says it has someone else's person.
    let other = with_subject("acct:zed@two.example", &[INBOX]);
    let evil = Stub::default().with(&webfinger("evil.example"), json, &other);
    evil.at(&network, "https://evil.example");
    let mine = with_subject("acct:zed@three.example", &[INBOX]);
    let two = Stub::default().with(&webfinger("two.example"), json, &mine);
    two.at(&network, "https://two.example");
    assert_eq!(
        failure(&one, "acct:zed@evil.example").await,
        "webfinger at evil.example: two.example does not confirm the subject acct:zed@two.example"
    );
    let page = with_subject("https://two.example/zed", &[INBOX]);
    let evil = Stub::default().with(&webfinger("evil.example"), json, &page);
    evil.at(&network, "https://evil.example");
    one.clock.advance(600);
    assert_eq!(
        failure(&one, "acct:zed@evil.example").await,
        "webfinger at evil.example: the subject https://two.example/zed is of another host"
    );
}

joined_on_every_backend!(endpoints_are_kept_for_a_day_and_outlive_failures);

async fn endpoints_are_kept_for_a_day_and_outlive_failures(backend: Backend) {
    let (network, one) = asker_on(backend).await;
    let registration = ("registration_endpoint", "https://stub.example/register");
    let stub = Stub::default()
        .with_links(
            HOST_META_JSON,
            &[
                ("dialback", "https://stub.example/dialback"),
                ("other", "https://stub.example/other"),
            ],
        )
        .with_xrd(HOST_META, &[registration]);
    stub.at(&network, "https://stub.example");
    let budget = FetchBudget::new(100);
    let endpoints = || host_endpoints(&one.app, "stub.example", &budget);
    let read = endpoints().await.unwrap().endpoints;
    assert_eq!(read["registration_endpoint"], registration.1);
    assert_eq!(read["dialback"], "https://stub.example/dialback");
    assert_eq!(read.len(), 2, "others are not kept");
    assert_eq!(network.take_requests().len(), 2);
    one.clock.advance(3600);
    assert_eq!(endpoints().await.unwrap().endpoints, read);
    assert_eq!(network.take_requests().len(), 0);
    network.fail("stub.example", Fault::Status(500));
    one.clock.advance(24 * 3600);
    assert_eq!(endpoints().await.unwrap().endpoints, read);
    assert!(!network.take_requests().is_empty());
    let failed = refresh_endpoints(&one.app, "stub.example", &budget).await;
    assert!(failed.unwrap_err().is_of_host());
}
