//! Activities that another than their actor delivers.

use serde_json::{Value, json};

use super::host::{Host, PUBLIC, proved};
use crate::federation::joined::World;
use crate::support::{Backend, Network, Session, TestServer};

joined_on_every_backend!(
    proof_counts_whoever_delivers_the_activity,
    proof_of_another_key_counts_for_nothing,
    forwarded_activity_counts_as_its_own_server_shows_it,
    nothing_is_fetched_for_what_concerns_nobody,
    wrong_proof_takes_nothing_from_the_signature_of_its_actor,
    ed25519_key_signs_requests,
);

/// A server with alice, ann of another server, and bob of a third one, who delivers.
struct Scene {
    world: World<1>,
    alice: Session,
    far: Host,
    ann: Value,
    bob: Value,
}

impl Scene {
    async fn on(backend: Backend) -> Self {
        let world = World::<1>::on(Network::of_activitypub(), backend).await;
        let alice = world.servers[0].person("alice").await;
        let far = Host::on(&world.network, "far.example");
        let near = Host::on(&world.network, "near.example");
        let (ann, bob) = (far.actor("Person", "ann"), near.actor("Person", "bob"));
        Self {
            world,
            alice,
            far,
            ann,
            bob,
        }
    }

    fn server(&self) -> &TestServer {
        &self.world.servers[0]
    }

    /// A post of ann's that is for alice.
    fn post(&self, content: &str) -> Value {
        let alice = self.server().app.urls();
        let alice = alice.absolute("/api/user/alice/profile");
        let note = json!({
            "id": self.far.url("n1"), "type": "Note", "attributedTo": self.ann["id"],
            "content": content, "to": [PUBLIC], "cc": [alice],
            "tag": [{ "type": "Mention", "href": alice }],
        });
        json!({
            "@context": "https://www.w3.org/ns/activitystreams", "id": self.far.url("a1"),
            "type": "Create", "actor": self.ann["id"], "to": [PUBLIC], "cc": [alice],
            "object": note,
        })
    }

    async fn forwarded_by_bob(&self, activity: &Value) {
        let key = format!("{}#main-key", self.bob["id"].as_str().unwrap());
        Host::deliver(self.server(), &key, &activity.to_string())
            .await
            .is(202);
    }

    /// The id of a key of ann's.
    fn key(&self, fragment: &str) -> String {
        format!("{}{fragment}", self.ann["id"].as_str().unwrap())
    }

    /// The contents of the posts that alice got.
    async fn posts(&self) -> Vec<String> {
        let feed = self.alice.feed("inbox").await;
        let items = feed["items"].as_array().unwrap().iter();
        let ours = items.filter(|item| item["actor"]["id"] == "acct:ann@far.example");
        ours.map(|item| item["object"]["content"].as_str().unwrap().to_owned())
            .collect()
    }

    /// The paths that were fetched from ann's server.
    fn fetched(&self) -> Vec<String> {
        let requests = self.world.network.take_requests().into_iter();
        let mine = requests.filter_map(|it| Some(it.split_once("far.example/")?.1.to_owned()));
        mine.collect()
    }
}

async fn proof_counts_whoever_delivers_the_activity(backend: Backend) {
    let scene = Scene::on(backend).await;
    let post = proved(&scene.post("hello"), &scene.key("#ed25519-key"));
    scene.world.network.take_requests();
    for _ in 0..2 {
        scene.forwarded_by_bob(&post).await;
    }
    assert_eq!(scene.posts().await, ["hello"]);
    assert_eq!(scene.fetched(), ["ann"], "only for the key");
}

async fn proof_of_another_key_counts_for_nothing(backend: Backend) {
    let scene = Scene::on(backend).await;
    let mut altered = proved(&scene.post("hello"), &scene.key("#ed25519-key"));
    altered["object"]["content"] = "forged".into();
    let bobs = format!("{}#ed25519-key", scene.bob["id"].as_str().unwrap());
    for forged in [
        altered,
        proved(&scene.post("forged"), &bobs),
        proved(&scene.post("forged"), &scene.key("#other-key")),
    ] {
        scene.forwarded_by_bob(&forged).await;
    }
    let mut elsewhere = scene.post("forged");
    elsewhere["id"] = "https://near.example/a1".into();
    scene
        .forwarded_by_bob(&proved(&elsewhere, &scene.key("#ed25519-key")))
        .await;
    assert_eq!(scene.posts().await, [""; 0]);
}

async fn forwarded_activity_counts_as_its_own_server_shows_it(backend: Backend) {
    let scene = Scene::on(backend).await;
    let forged = scene.post("forged");
    scene.forwarded_by_bob(&forged).await;
    let mut another = scene.post("forged");
    another["actor"] = scene.far.actor("Person", "cat")["id"].clone();
    scene.far.show(&another);
    scene.forwarded_by_bob(&forged).await;
    assert_eq!(scene.posts().await, [""; 0]);
    scene.far.show(&scene.post("hello"));
    // A failed fetch is remembered for a while.
    scene.server().clock.advance(600);
    scene.forwarded_by_bob(&forged).await;
    assert_eq!(scene.posts().await, ["hello"]);
}

async fn nothing_is_fetched_for_what_concerns_nobody(backend: Backend) {
    let scene = Scene::on(backend).await;
    let mut post = scene.post("hello");
    post["cc"] = json!([]);
    post["object"]["cc"] = json!([]);
    post["object"]["tag"] = json!([]);
    scene.far.show(&post);
    scene.forwarded_by_bob(&post).await;
    let proved = proved(&post, &scene.key("#ed25519-key"));
    scene.forwarded_by_bob(&proved).await;
    assert_eq!(scene.fetched(), [""; 0]);
}

async fn wrong_proof_takes_nothing_from_the_signature_of_its_actor(backend: Backend) {
    let scene = Scene::on(backend).await;
    let mut post = proved(&scene.post("hello"), &scene.key("#ed25519-key"));
    post["proof"]["created"] = "2026-11-29T00:00:00Z".into();
    scene.far.send(scene.server(), &post).await.is(202);
    assert_eq!(scene.posts().await, ["hello"]);
}

async fn ed25519_key_signs_requests(backend: Backend) {
    let scene = Scene::on(backend).await;
    let post = scene.post("hello").to_string();
    let unknown = scene.key("#other-key");
    let forged = post.replace("hello", "forged");
    let server = scene.server();
    Host::deliver(server, &scene.key("#ed25519-key"), &post)
        .await
        .is(202);
    Host::deliver(server, &unknown.replace("#other", "#x#ed25519"), &forged)
        .await
        .refused(401);
    assert_eq!(scene.posts().await, ["hello"]);
}
