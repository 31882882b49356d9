//! Registration at other servers, and requests that are signed with what they gave.

use bytes::Bytes;
use chrono::TimeDelta;
use futures_util::future::join_all;
use http::Request;
use hydraulics::{
    app::Clock,
    federation::{
        FetchBudget, PeerError, person_identity, server_identity, signed_get, signed_post,
    },
    model::{Client, ClientIdentity, Nickname},
    storage::Change,
};
use serde_json::{Value, json};

use super::{stub::jrd, two_servers};
use crate::support::{Backend, Fault, Network, TestServer, answer, pump_io_6_person};

const PROFILE: &str = "https://two.example/api/user/bob/profile";

struct World {
    network: Network,
    one: TestServer,
    two: TestServer,
}

impl World {
    async fn make(backend: Backend) -> Self {
        let (network, one, two) = two_servers(backend).await;
        two.account("bob").await;
        network.take_requests();
        Self { network, one, two }
    }

    /// Reads a URL as alice of the first server.
    async fn get(&self, url: &str) -> Result<Value, PeerError> {
        signed_get(
            &self.one.app,
            &alice(&self.one),
            url,
            &FetchBudget::default(),
        )
        .await
    }

    /// How many registrations there were since the last call.
    fn registrations(&self) -> usize {
        let requests = self.network.take_requests();
        let is_one = |it: &&String| it.starts_with("POST ") && it.ends_with("/register");
        requests.iter().filter(is_one).count()
    }

    /// The clients of the second server that proved an identity.
    async fn clients(&self) -> Vec<Client> {
        let mut clients = self.two.app.storage().list_clients().await.unwrap();
        clients.retain(|client| client.identity.is_some());
        clients
    }

    /// Has the second server forget all clients.
    async fn wipe(&self) {
        for client in self.clients().await {
            let change = Change::RemoveClient(client.id);
            self.two.app.storage().commit(vec![change]).await.unwrap();
        }
    }
}

fn alice(server: &TestServer) -> String {
    person_identity(server.app.urls(), &Nickname::parse("alice").unwrap())
}

joined_on_every_backend!(
    a_person_and_a_server_register_as_who_they_are,
    concurrent_requests_share_one_registration,
    credentials_that_the_peer_lost_are_made_anew,
    a_peer_is_forgotten_a_month_after_it_was_seen,
    credentials_that_we_lost_replace_the_oldest_at_the_peer,
    a_peer_that_refuses_everything_is_asked_for_credentials_once,
    a_host_that_fails_at_registration_fails_with_words,
    fetched_json_is_of_the_host_that_was_asked,
);

async fn a_person_and_a_server_register_as_who_they_are(backend: Backend) {
    let world = World::make(backend).await;
    let profile = world.get(PROFILE).await.unwrap();
    assert_eq!(profile["id"], "acct:bob@two.example");
    let server = server_identity(world.one.app.urls());
    let budget = FetchBudget::default();
    let read = signed_get(&world.one.app, &server, PROFILE, &budget).await;
    assert_eq!(read.unwrap()["id"], profile["id"]);
    let clients = world.clients().await;
    let identities: Vec<_> = clients
        .iter()
        .filter_map(|it| it.identity.clone())
        .collect();
    for identity in [
        ClientIdentity::Person("acct:alice@one.example".into()),
        ClientIdentity::Host("one.example".into()),
    ] {
        assert!(identities.contains(&identity), "{identities:?}");
    }
    assert_eq!(world.registrations(), 2);
    world.get(PROFILE).await.unwrap();
    let restarted = world.one.again(|_| ());
    let read = signed_get(&restarted.app, &alice(&restarted), PROFILE, &budget).await;
    assert!(
        read.is_ok() && world.registrations() == 0,
        "credentials are kept"
    );
}

async fn concurrent_requests_share_one_registration(backend: Backend) {
    let world = World::make(backend).await;
    let urls = (0..20)
        .map(|n| format!("{PROFILE}?n={n}"))
        .collect::<Vec<_>>();
    let all = join_all(urls.iter().map(|url| world.get(url))).await;
    for read in all {
        read.unwrap();
    }
    assert_eq!(world.registrations(), 1);
}

async fn credentials_that_the_peer_lost_are_made_anew(backend: Backend) {
    let world = World::make(backend).await;
    world.get(PROFILE).await.unwrap();
    for _ in 0..3 {
        world.wipe().await;
        world.registrations();
        world.get(PROFILE).await.unwrap();
        assert_eq!(world.registrations(), 1);
        assert_eq!(world.clients().await.len(), 1);
    }
}

async fn a_peer_is_forgotten_a_month_after_it_was_seen(backend: Backend) {
    let world = World::make(backend).await;
    world.get(PROFILE).await.unwrap();
    let forget = async |days: i64| {
        for server in [&world.one, &world.two] {
            server.clock.advance(days * 24 * 3600);
        }
        let month_ago = (world.two.clock.now() - TimeDelta::days(30)).timestamp();
        let storage = world.two.app.storage();
        storage.forget_unused_clients(0, month_ago).await.unwrap();
    };
    for _ in 0..3 {
        forget(20).await;
        world.get(PROFILE).await.unwrap();
    }
    assert_eq!(world.registrations(), 1);
    forget(31).await;
    assert_eq!(world.clients().await.len(), 0);
    world.get(PROFILE).await.unwrap();
    assert_eq!(world.registrations(), 1, "it registers again");
}

async fn credentials_that_we_lost_replace_the_oldest_at_the_peer(backend: Backend) {
    let world = World::make(backend).await;
    for n in 1..6 {
        world.get(PROFILE).await.unwrap();
        assert_eq!(world.clients().await.len(), n.min(3));
        let storage = world.one.app.storage();
        let stored = storage.find_remote_credential("two.example", "acct:alice@one.example");
        let stored = stored.await.unwrap().unwrap();
        let lost = Change::RemoveRemoteCredential {
            host: stored.host,
            identity: stored.identity,
            client_id: stored.client_id,
        };
        storage.commit(vec![lost]).await.unwrap();
        world.one.clock.advance(1);
        world.two.clock.advance(1);
        let one = world.one.again(|_| ());
        let read = signed_get(&one.app, &alice(&one), PROFILE, &FetchBudget::default()).await;
        read.unwrap();
    }
    assert_eq!(world.clients().await.len(), 3);
}

async fn a_peer_that_refuses_everything_is_asked_for_credentials_once(backend: Backend) {
    let world = World::make(backend).await;
    world
        .network
        .stub("https://stub.example", |request: &Request<Bytes>| {
            let at = |path: &str| format!("https://stub.example{path}");
            match request.uri().path() {
                "/.well-known/host-meta.json" => {
                    let links = jrd(&[("registration_endpoint", &at("/register"))]);
                    answer(200, "application/json", links.to_string())
                }
                "/register" => {
                    let client = json!({ "client_id": "a", "client_secret": "b" });
                    answer(200, "text/plain", client.to_string())
                }
                _ => answer(401, "text/plain", "banned"),
            }
        });
    let post = async || {
        let body = Bytes::from_static(b"{}");
        signed_post(
            &world.one.app,
            "one.example",
            "https://stub.example/inbox",
            body,
            &FetchBudget::default(),
        )
        .await
    };
    let failure = post().await.unwrap_err();
    assert_eq!(
        failure.to_string(),
        "delivery at stub.example: 401 Unauthorized (banned)"
    );
    assert!(!failure.is_of_host());
    assert_eq!(world.registrations(), 2, "the first, and once more");
    for _ in 0..5 {
        post().await.unwrap_err();
    }
    assert_eq!(world.registrations(), 0);
    world.one.clock.advance(60);
    post().await.unwrap_err();
    assert_eq!(world.registrations(), 1);
}

async fn a_host_that_fails_at_registration_fails_with_words(backend: Backend) {
    for (at, fault, words) in [
        (
            "two.example/api/client",
            Fault::Status(503),
            "registration at two.example: 503 Service Unavailable (no)",
        ),
        (
            "two.example/api/client",
            Fault::Body("hello"),
            "registration at two.example: no client_id and client_secret in the answer",
        ),
        (
            "two.example/api/client",
            Fault::Redirect("https://other.example/".into()),
            "registration at two.example: redirected to https://other.example/",
        ),
        (
            "two.example/.well-known",
            Fault::Body("{}"),
            "host-meta at two.example: no registration_endpoint in host-meta",
        ),
        (
            "two.example/.well-known",
            Fault::Body(
                r#"{"links":{"rel":"registration_endpoint","href":"https://evil.example/r"}}"#,
            ),
            "host-meta at two.example: the registration_endpoint https://evil.example/r is on \
             another host",
        ),
        (
            "one.example/.well-known",
            Fault::Status(500),
            "registration at two.example: 401 Unauthorized (webfinger at one.example: 500 \
             Internal Server Error (no))",
        ),
    ] {
        let world = World::make(backend).await;
        world.network.fail(at, fault);
        assert_eq!(world.get(PROFILE).await.unwrap_err().to_string(), words);
        world.network.mend();
        world.one.clock.advance(600);
        world.two.clock.advance(600);
        world.get(PROFILE).await.unwrap();
    }
}

#[tokio::test]
async fn objects_are_asked_for_in_activity_streams_1() {
    let world = World::make(Backend::Memory).await;
    world.network.stub("https://six.example", |request| {
        let register = "https://six.example/register";
        match request.uri().path() {
            "/.well-known/host-meta.json" => {
                let links = jrd(&[("registration_endpoint", register)]);
                answer(200, "application/json", links.to_string())
            }
            "/register" => {
                let client = json!({ "client_id": "a", "client_secret": "b" });
                answer(200, "application/json", client.to_string())
            }
            _ => pump_io_6_person(request, "acct:zed@six.example"),
        }
    });
    let zed = world.get("https://six.example/api/user/zed/profile").await;
    assert_eq!(zed.unwrap()["id"], "acct:zed@six.example");
}

async fn fetched_json_is_of_the_host_that_was_asked(backend: Backend) {
    let world = World::make(backend).await;
    world.get(PROFILE).await.unwrap();
    world.network.stub("https://stub.example", |_| {
        answer(200, "application/json", "{}")
    });
    for (fault, words) in [
        (
            Fault::Redirect("https://stub.example/x".into()),
            "redirected to https://stub.example/x",
        ),
        (
            Fault::Redirect("https://one.example/.well-known/host-meta.json".into()),
            "it is this server",
        ),
        (
            Fault::Json(r#"{"content":["a\u0000b"]}"#),
            "Text can't contain U+0000.",
        ),
        (Fault::Body("{}"), "'text/plain' is not application/json"),
        (Fault::Status(410), "410 Gone (no)"),
    ] {
        world.network.fail("two.example/x", fault);
        let failure = world.get("https://two.example/x").await.unwrap_err();
        assert_eq!(
            failure.to_string(),
            format!("fetch at two.example: {words}")
        );
        world.one.clock.advance(600);
        world.two.clock.advance(600);
    }
    // Signed again at the URL that it leads to on the same host.
    let moved = Fault::Redirect(PROFILE.into());
    world.network.fail("two.example/moved", moved);
    let read = world.get("https://two.example/moved").await.unwrap();
    assert_eq!(read["id"], "acct:bob@two.example");
    assert_eq!(
        world.registrations(),
        1,
        "credentials were good all the time"
    );
}
