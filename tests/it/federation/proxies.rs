//! Pictures and collections of another server, which people here read through proxies.

use bytes::Bytes;
use http::{Request as HttpRequest, header};
use hydraulics::{model::Client, storage::Change};
use image::ImageFormat;
use serde_json::{Value, json};

use super::peer::Peer;
use crate::support::{
    Answer, Backend, Fault, Network, Request, Session, TestServer, addressed, answer, comment_on,
    picture, public,
};

joined_on_every_backend!(
    private_picture_is_shown_to_its_addressee,
    replies_are_read_in_the_name_of_the_reader,
    lost_credentials_are_made_anew,
);

/// Two servers. Zed of the second one writes to alice of the first one, where bob is, too.
pub(super) struct World {
    pub(super) network: Network,
    pub(super) two: TestServer,
    pub(super) alice: Session,
    pub(super) bob: Session,
    pub(super) zed: Session,
    peer: Peer,
}

impl World {
    pub(super) async fn make(backend: Backend) -> Self {
        let network = Network::default();
        let one = TestServer::at(backend, &network, "https://one.example").await;
        let two = TestServer::at(backend, &network, "https://two.example").await;
        let [alice, bob] = one.people(["alice", "bob"]).await;
        Self {
            zed: two.person("zed").await,
            peer: Peer::at(&one, "zed", "two.example").await,
            network,
            two,
            alice,
            bob,
        }
    }

    /// Has zed post something, and returns it as alice sees it.
    async fn received(&self, activity: &Value) -> Value {
        let posted = self.zed.done(activity).await;
        self.peer.deliver(&self.alice, &posted).await.ok();
        self.alice.feed("inbox/major").await["items"][0].take()
    }

    async fn received_note(&self) -> Value {
        let note = json!({ "object": { "objectType": "note", "content": "x" } });
        let note = addressed(note, &json!({ "to": [self.alice.person()] }));
        self.received(&note).await
    }

    pub(super) async fn received_picture(&self, to: Value) -> Value {
        self.received_file(to, picture(9, 9, ImageFormat::Png))
            .await
    }

    pub(super) async fn received_file(&self, to: Value, file: Vec<u8>) -> Value {
        let uploads = "/api/user/zed/uploads";
        let uploaded = self.zed.request("POST", uploads, "image/png", file).await;
        let to = json!([to, self.alice.person()]);
        let post = json!({ "verb": "post", "object": uploaded.ok(), "to": to });
        self.received(&post).await
    }

    /// How many times a client was registered since the last call.
    fn registrations(&self) -> usize {
        let requests = self.network.take_requests();
        let is_one = |it: &&String| it.ends_with("two.example/api/client/register");
        requests.iter().filter(is_one).count()
    }
}

/// The proxy beside a URL.
#[track_caller]
pub(super) fn proxy(of: &Value) -> &str {
    let proxy = of["pump_io"]["proxyURL"].as_str();
    proxy.unwrap_or_else(|| panic!("no proxy: {of}"))
}

fn is_signed(request: &HttpRequest<Bytes>) -> bool {
    request.headers().contains_key(header::AUTHORIZATION)
}

#[track_caller]
fn refuse(answer: Answer) {
    assert_eq!(answer.refused(502), "Unable to retrieve proxy data");
}

async fn private_picture_is_shown_to_its_addressee(backend: Backend) {
    let world = World::make(backend).await;
    let seen = world.received_picture(world.alice.person()).await;
    let target = proxy(&seen["object"]["image"]);
    let read = world.alice.get(target).await.is(200);
    assert_eq!(read.header("content-type"), "image/png");
    assert_eq!(read.header("x-content-type-options"), "nosniff");
    assert!(read.header("content-security-policy").contains("sandbox"));
    assert!(image::load_from_memory(&read.body).is_ok());
    world.network.take_requests();
    let again = Request::get(target.trim_start_matches("https://one.example"));
    let again = again.header("if-none-match", read.header("etag"));
    let again = again.by(&world.alice.credentials);
    world.alice.server.send(again).await.is(304);
    assert_eq!(world.network.take_requests().len(), 1);
    assert_eq!(world.bob.get(target).await.refused(404), "No such proxy");
    assert_eq!(world.network.take_requests(), [""; 0]);
}

#[tokio::test]
async fn public_picture_is_fetched_in_no_name() {
    let world = World::make(Backend::Memory).await;
    let seen = world.received_picture(public()).await;
    world.network.take_requests();
    world.bob.get(proxy(&seen["object"]["image"])).await.is(200);
    let asked = world.network.last_request("two.example").unwrap();
    assert!(!is_signed(&asked));
    assert_eq!(world.network.take_requests().len(), 1);
}

#[tokio::test]
async fn host_that_wants_a_name_gets_that_of_the_reader() {
    let world = World::make(Backend::Memory).await;
    let seen = world.received_picture(public()).await;
    world
        .zed
        .delete(seen["object"]["id"].as_str().unwrap())
        .await
        .ok();
    // A file that is gone for everyone is not asked for again.
    refuse(world.bob.get(proxy(&seen["object"]["image"])).await);
    let clients = world.two.app.storage().list_clients().await.unwrap();
    let proven = |client: &&Client| client.identity.is_some();
    assert_eq!(clients.iter().filter(proven).count(), 0);
    let eve = Eve::make(&world, |request| {
        if is_signed(request) {
            answer(200, "image/png", "picture")
        } else {
            answer(403, "text/plain", "who?")
        }
    });
    let to = json!({ "to": [public(), world.alice.person()] });
    let seen = eve.await.received(&world, to).await;
    let read = world.alice.get(proxy(&seen["object"]["image"])).await;
    assert_eq!(read.is(200).text(), "picture");
}

async fn replies_are_read_in_the_name_of_the_reader(backend: Backend) {
    let world = World::make(backend).await;
    let seen = world.received_note().await;
    let note = &seen["object"];
    let comment = comment_on(note, "only for you");
    let comment = addressed(comment, &json!({ "to": [world.alice.person()] }));
    world.zed.done(&comment).await;
    let url = note["replies"]["url"].as_str().unwrap();
    assert!(url.starts_with("https://two.example/"), "{url}");
    let replies = world.alice.get(proxy(&note["replies"])).await.is(200);
    assert_eq!(replies.header("cache-control"), "private, no-cache");
    assert_eq!(replies.header("x-content-type-options"), "nosniff");
    let items = replies.json()["items"].take();
    assert_eq!(items[0]["content"], "only for you");
    assert_eq!(items[0]["author"]["id"], "acct:zed@two.example");
    let itself = world.alice.get(proxy(note)).await.ok();
    assert_eq!(itself["id"], note["id"]);
    for of in [
        &note["likes"],
        &note["shares"],
        &seen["actor"]["followers"],
        &seen["actor"]["following"],
        &seen["actor"]["favorites"],
        &seen["actor"]["lists"],
    ] {
        let read = world.alice.get(proxy(of)).await.ok();
        assert_eq!(read["url"], of["url"]);
    }
    let profile = world.alice.get(proxy(&seen["actor"])).await.ok();
    assert_eq!(profile["displayName"], seen["actor"]["displayName"]);
    assert_eq!(world.registrations(), 1);
    world.bob.get(proxy(&note["replies"])).await.is(404);
}

async fn lost_credentials_are_made_anew(backend: Backend) {
    let world = World::make(backend).await;
    let seen = world.received_note().await;
    let target = proxy(&seen["object"]["replies"]);
    world.alice.get(target).await.ok();
    assert_eq!(world.registrations(), 1);
    let clients = world.two.app.storage().list_clients().await.unwrap();
    for client in clients.into_iter().filter(|it| it.identity.is_some()) {
        let change = Change::RemoveClient(client.id);
        world.two.app.storage().commit(vec![change]).await.unwrap();
    }
    world.alice.get(target).await.ok();
    assert_eq!(world.registrations(), 1);
    // A host that goes on refusing is not asked for credentials each time.
    world
        .network
        .fail("two.example/api/note", Fault::Status(401));
    for registrations in [1, 0, 0] {
        refuse(world.alice.get(target).await);
        assert_eq!(world.registrations(), registrations);
    }
}

/// Somebody whose server answers as it is told.
pub(super) struct Eve(Peer);

impl Eve {
    pub(super) async fn make(
        world: &World,
        answers: impl Fn(&HttpRequest<Bytes>) -> http::Response<Bytes> + Send + Sync + 'static,
    ) -> Self {
        let stub = move |request: &HttpRequest<Bytes>| match request.uri().path() {
            "/.well-known/host-meta.json" => {
                let url = "https://stub.example/register";
                let links = json!({ "links": [{ "rel": "registration_endpoint", "href": url }] });
                answer(200, "application/json", links.to_string())
            }
            "/register" => {
                let client = json!({ "client_id": "a", "client_secret": "b" });
                answer(200, "application/json", client.to_string())
            }
            _ => answers(request),
        };
        world.network.stub("https://stub.example", stub);
        Self(Peer::at(&world.alice.server, "eve", "stub.example").await)
    }

    /// Has eve send a note with a picture, and returns it as alice sees it.
    pub(super) async fn received(&self, world: &World, recipients: Value) -> Value {
        self.received_with(world, "1", recipients).await
    }

    /// The same with names of the note's own.
    pub(super) async fn received_with(
        &self,
        world: &World,
        name: &str,
        recipients: Value,
    ) -> Value {
        let mut note = self.0.note(name);
        let url = |path: &str| json!({ "url": self.0.url(path) });
        note["image"] = url(&format!("picture/{name}"));
        for (key, path) in [("replies", "html"), ("shares", "long")] {
            note[key] = url(path);
        }
        note["members"] = json!({ "url": "https://third.example/members" });
        note["lists"] = json!({ "url": "https://one.example/api/user/alice/lists/person" });
        let post = addressed(self.0.activity(name, "post", &note), &recipients);
        self.0.deliver(&world.alice, &post).await.ok();
        world.alice.feed("inbox/major").await["items"][0].take()
    }
}

#[tokio::test]
async fn documents_that_are_unfit_are_refused() {
    let world = World::make(Backend::Memory).await;
    let eve = Eve::make(&world, |request| match request.uri().path() {
        "/html" => answer(200, "text/html", "<script>"),
        "/long" => {
            let long = "x".repeat(1024 * 1024);
            answer(200, "application/json", json!(long).to_string())
        }
        "/api/note/1/likes" => answer(200, "application/json", "{\"items\": ["),
        "/api/note/1" => answer(500, "application/json", "{}"),
        _ => answer(404, "application/json", "{}"),
    });
    let to = json!({ "to": [world.alice.person()] });
    let seen = eve.await.received(&world, to).await;
    let note = &seen["object"];
    for of in ["replies", "shares", "likes"] {
        refuse(world.alice.get(proxy(&note[of])).await);
    }
    refuse(world.alice.get(proxy(note)).await);
    let moved = Fault::Redirect("https://two.example/api/user/zed/profile".into());
    world.network.fail("stub.example/html", moved);
    refuse(world.alice.get(proxy(&note["replies"])).await);
}

#[tokio::test]
async fn a_name_is_told_to_the_server_of_the_thing_only() {
    let world = World::make(Backend::Memory).await;
    let third = |request: &HttpRequest<Bytes>| {
        if is_signed(request) {
            answer(401, "text/plain", "secrets stay at home")
        } else {
            answer(200, "application/json; charset=utf-8", "{}")
        }
    };
    world.network.stub("https://third.example", third);
    let eve = Eve::make(&world, |_| answer(404, "text/plain", "no")).await;
    let to = json!({ "to": [world.alice.person()] });
    let seen = eve.received(&world, to).await;
    world
        .alice
        .get(proxy(&seen["object"]["members"]))
        .await
        .ok();
    assert_eq!(seen["object"]["lists"].get("pump_io"), None, "our own host");
}

#[tokio::test]
async fn proxies_are_for_things_of_others_and_people_here() {
    let world = World::make(Backend::Memory).await;
    let seen = world.received_picture(public()).await;
    let target = proxy(&seen["object"]["likes"]);
    let path = target.trim_start_matches("https://one.example");
    world.peer.get(path).await.is(400);
    world.alice.two_legged().get(target).await.is(400);
    world.alice.server.send(Request::get(path)).await.is(401);
    let by_id = format!("/api/image?id={}", seen["object"]["id"].as_str().unwrap());
    let unseen = [
        world.peer.get(&by_id).await.is(200),
        world.alice.server.send(Request::get(&by_id)).await.is(200),
    ];
    assert!(unseen.iter().all(|it| !it.text().contains("/api/proxy/")));
    let own = json!({ "object": { "objectType": "note", "content": "x" } });
    let own = world.alice.done(&own).await;
    for page in ["inbox", "inbox/major", "feed", "followers"] {
        let page = world.bob.get(&format!("/api/user/alice/{page}")).await;
        assert!(!page.text().contains("/api/proxy/"), "{}", page.text());
    }
    let own = world.alice.get(own["object"]["id"].as_str().unwrap()).await;
    assert!(!own.is(200).text().contains("/api/proxy/"));
}

#[tokio::test]
async fn blocked_host_is_asked_for_nothing() {
    let world = World::make(Backend::Memory).await;
    let seen = world.received_picture(public()).await;
    let server = &world.alice.server;
    server.block_host("two.example").await;
    world.network.take_requests();
    for of in [&seen["object"]["image"], &seen["object"]["likes"]] {
        refuse(world.alice.get(proxy(of)).await);
    }
    assert_eq!(world.network.take_requests(), [""; 0]);
}
