//! Bounds of fetches, against a transport that is told how to answer.

use std::{future::pending, io, time::Duration};

use async_trait::async_trait;
use futures_util::{
    StreamExt,
    future::join_all,
    stream::{self, repeat_with},
};
use http::{Request, Response};
use parking_lot::Mutex;

use super::*;
use crate::{
    app::{
        AppParts, FederationSettings, FinalUrl, Incoming, ManualClock, Transport, TransportError,
    },
    federation::block_host,
    model::HostBlock,
};

/// A host that answers by path, and counts.
#[derive(Default)]
struct Stub {
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Transport for Stub {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Incoming>, TransportError> {
        assert_eq!(request.headers()[header::ACCEPT_ENCODING], "identity");
        self.asked.lock().push(request.uri().to_string());
        tokio::task::yield_now().await;
        let whole = |text: &'static [u8]| stream::iter([Ok(Bytes::from_static(text))]).boxed();
        let mut status = 200;
        let mut last = None;
        let body: Incoming = match request.uri().path() {
            "/endless" => repeat_with(|| Ok(Bytes::from(vec![0; 65_536]))).boxed(),
            "/dribble" => stream::pending().boxed(),
            "/broken" => stream::iter([Err(io::Error::other("reset"))]).boxed(),
            "/silent" => pending().await,
            "/moved" => {
                last = Some("https://peer.test/there");
                whole(b"there")
            }
            "/untrusted" => {
                let cause = "invalid peer certificate: UnknownIssuer";
                return Err(TransportError::Failed(cause.into()));
            }
            "/lost" => {
                last = Some("https://evil.test/there");
                whole(b"there")
            }
            "/elsewhere" => {
                status = 307;
                whole(b"")
            }
            "/gone" => {
                status = 410;
                whole(b"It is\n gone.")
            }
            "/forbidden" => {
                status = 403;
                whole(b"<html>no</html>")
            }
            _ => whole(b"hello"),
        };
        let mut response = Response::builder().status(status);
        if let Some(last) = last {
            response = response.extension(FinalUrl(Url::parse(last).unwrap()));
        }
        let response = response
            .header("content-type", "Application/JSON; charset=utf-8")
            .header("location", "/there")
            .header("retry-after", "7");
        Ok(response.body(body).unwrap())
    }
}

struct World {
    app: App,
    stub: Arc<Stub>,
    clock: Arc<ManualClock>,
}

impl World {
    fn new() -> Self {
        Self::with(|_| ())
    }

    fn with(set: impl FnOnce(&mut FederationSettings)) -> Self {
        let (stub, clock) = (
            Arc::new(Stub::default()),
            Arc::new(ManualClock::at(1_800_000_000)),
        );
        let mut parts = AppParts::of_a_test("https://pump.test");
        parts.transport = stub.clone();
        parts.clock = clock.clone();
        parts.settings.federation.fetches_per_host_per_minute = 30;
        set(&mut parts.settings.federation);
        let app = App::new(parts);
        Self { app, stub, clock }
    }

    async fn get_within(&self, url: &str, budget: &FetchBudget) -> Result<Arc<Fetched>, PeerError> {
        let url = Url::parse(url).unwrap();
        let document = Get {
            step: "document",
            url: &url,
            accept: "application/json",
            proof: None,
        };
        get(&self.app, &document, budget).await
    }

    async fn get(&self, url: &str) -> Result<Arc<Fetched>, PeerError> {
        self.get_within(url, &FetchBudget::default()).await
    }

    async fn failure(&self, url: &str) -> String {
        self.get(url).await.unwrap_err().to_string()
    }

    fn asked(&self) -> usize {
        self.stub.asked.lock().len()
    }
}

#[tokio::test]
async fn an_answer_is_bounded_in_bytes_and_time() {
    let world = World::new();
    let fetched = world.get("https://peer.test/x").await.unwrap();
    assert_eq!(
        (&*fetched.body, &*fetched.media_type),
        (&b"hello"[..], "application/json")
    );
    for (path, words) in [
        ("endless", "the answer is too large"),
        ("gone", "410 Gone (It is gone.)"),
        ("forbidden", "403 Forbidden"),
        ("broken", "reset"),
    ] {
        let failure = world.failure(&format!("https://peer.test/{path}")).await;
        assert_eq!(failure, format!("document at peer.test: {words}"));
    }
    let failure = world.failure("https://other.test/untrusted").await;
    let words = "certificate not trusted (invalid peer certificate: UnknownIssuer)";
    assert_eq!(failure, format!("document at other.test: {words}"));
}

#[tokio::test]
async fn a_host_that_is_silent_is_given_up() {
    let world = World::with(|settings| settings.request_timeout = Duration::ZERO);
    for path in ["dribble", "silent"] {
        let failure = world.failure(&format!("https://peer.test/{path}")).await;
        assert_eq!(failure, "document at peer.test: no answer within 0 seconds");
    }
}

#[tokio::test]
async fn concurrent_fetches_of_one_document_are_joined() {
    let world = World::new();
    let fetches = (0..100).map(|_| world.get("https://peer.test/x"));
    let all = join_all(fetches).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(world.asked(), 1);
    world.get("https://peer.test/x").await.unwrap();
    assert_eq!(world.asked(), 2, "a success is not kept");
}

#[tokio::test]
async fn a_failure_is_remembered_for_minutes() {
    let world = World::new();
    for url in ["https://peer.test/gone", "https://other.test/untrusted"] {
        let before = world.asked();
        for _ in 0..5 {
            world.get(url).await.unwrap_err();
        }
        assert_eq!(world.asked(), before + 1, "{url}");
        world.clock.advance(200);
        world.get(url).await.unwrap_err();
        assert_eq!(world.asked(), before + 2, "{url}");
    }
    let before = world.asked();
    world.get("https://other.test/x").await.unwrap_err();
    assert_eq!(world.asked(), before, "the host can't be reached");
    world.get("https://peer.test/x").await.unwrap();
    for _ in 0..2 {
        world.get("https://peer.test/forbidden").await.unwrap_err();
    }
    assert_eq!(world.asked(), before + 3, "others may be admitted");
}

#[tokio::test]
async fn requests_are_counted_by_cause_and_by_site() {
    let world = World::new();
    let budget = FetchBudget::new(2);
    for n in 0..4 {
        let fetched = world
            .get_within(&format!("https://peer.test/{n}"), &budget)
            .await;
        assert_eq!(fetched.is_ok(), n < 2);
    }
    for n in 4..50 {
        let fetched = world.get(&format!("https://h{n}.peer.test/")).await;
        assert_eq!(fetched.is_ok(), n < 32, "{n}");
    }
    let failure = world.failure("https://peer.test/x").await;
    assert!(failure.ends_with("too many requests to the host within a minute"));
    world.get("https://other.test/x").await.unwrap();
    world.clock.advance(60);
    world.get("https://peer.test/x").await.unwrap();
}

#[tokio::test]
async fn no_site_uses_up_the_requests_to_another() {
    let world = World::new();
    let of_peer = FetchBudget::new(100).caused_by(Some("peer.test".into()));
    for n in 0..20 {
        let of_evil = FetchBudget::new(1).caused_by(Some(format!("h{n}.evil.test")));
        let url = format!("https://peer.test/{n}");
        assert_eq!(
            world.get_within(&url, &of_evil).await.is_ok(),
            n < 15,
            "{n}"
        );
    }
    world.get("https://peer.test/x").await.unwrap();
    for n in 0..20 {
        let url = format!("https://peer.test/own/{n}");
        assert_eq!(
            world.get_within(&url, &of_peer).await.is_ok(),
            n < 14,
            "{n}"
        );
    }
    world.get("https://peer.test/y").await.unwrap_err();
    let of_claim = FetchBudget::of_claim(100);
    for n in 0..40 {
        let url = format!("https://peer.test/claim/{n}");
        assert_eq!(
            world.get_within(&url, &of_claim).await.is_ok(),
            n < 30,
            "{n}"
        );
    }
}

#[tokio::test]
async fn refused_hosts_are_not_asked() {
    let world = World::new();
    let block = HostBlock {
        host: "evil.test".into(),
        subdomains: true,
        reason: None,
        created: world.app.clock().now(),
    };
    block_host(&world.app, block).await.unwrap();
    for url in [
        "https://pump.test/x",
        "http://PUMP.test./x",
        "http://localhost/x",
        "https://a.evil.test/x",
        "ftp://peer.test/x",
    ] {
        world.get(url).await.unwrap_err();
    }
    assert_eq!(world.asked(), 0);
    assert_eq!(
        world.failure("https://peer.test/lost").await,
        "document at peer.test: the host is blocked"
    );
}

#[tokio::test]
async fn a_post_is_not_redirected() {
    let world = World::new();
    let send = async |path: &str| {
        let url = Url::parse(&format!("https://peer.test{path}")).unwrap();
        let request = Post {
            step: "delivery",
            url: &url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        };
        post(&world.app, request).await
    };
    assert_eq!(send("/x").await.unwrap().retry_after.unwrap().as_secs(), 7);
    for path in ["/moved", "/elsewhere"] {
        let failure = send(path).await.unwrap_err();
        assert!(!failure.is_of_host());
        assert_eq!(
            failure.to_string(),
            "delivery at peer.test: redirected to https://peer.test/there"
        );
    }
    let failure = send("/gone").await.unwrap_err();
    assert!(failure.is_permanent() && failure.answer().is_some());
    assert_eq!(
        world
            .get("https://peer.test/moved")
            .await
            .unwrap()
            .url
            .path(),
        "/there"
    );
}
