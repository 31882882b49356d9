//! Answers of others to things of people here, passed on to followers.

use hydraulics::service::background;
use serde_json::{Value, json};

use super::host::{Host, PUBLIC};
use crate::federation::joined::{World, counts, seen};
use crate::support::{Backend, Network, Session, TestServer, comment_on, everyone, id};

joined_on_every_backend!(
    answer_and_its_changes_are_passed_on_as_they_came,
    answer_for_followers_is_passed_on_and_a_private_one_is_not,
    answer_to_a_thing_of_others_is_not_passed_on,
    answer_is_forgotten_after_it_was_passed_on,
    passed_on_answer_is_believed_by_its_proof,
);

/// A server with alice, whom bob and ann follow, who are of two other servers.
struct Scene {
    world: World<1>,
    alice: Session,
    far: Host,
    ann: Value,
}

impl Scene {
    async fn on(backend: Backend) -> Self {
        let world = World::<1>::on(Network::of_activitypub(), backend).await;
        let alice = world.servers[0].person("alice").await;
        let near = Host::on(&world.network, "near.example");
        let far = Host::on(&world.network, "far.example");
        let ann = far.actor("Person", "ann");
        for (host, name) in [(&near, "bob"), (&far, "ann")] {
            let follower = host.actor("Person", name);
            let follow = json!({
                "@context": "https://www.w3.org/ns/activitystreams", "id": host.url("follow"),
                "type": "Follow", "actor": follower["id"],
                "object": world.servers[0].app.urls().absolute("/api/user/alice/profile"),
            });
            host.send(&world.servers[0], &follow).await.is(202);
        }
        world.deliver().await;
        Self {
            world,
            alice,
            far,
            ann,
        }
    }

    fn server(&self) -> &TestServer {
        &self.world.servers[0]
    }

    /// An activity of ann's with an answer to something.
    fn answer(&self, kind: &str, to: &Value, audience: &Value) -> Value {
        let note = json!({
            "id": self.far.url("n1"), "type": "Note", "attributedTo": self.ann["id"],
            "content": kind, "inReplyTo": id(to), "to": audience, "cc": [],
            "updated": "2027-01-15T08:00:01Z",
        });
        json!({
            "@context": "https://www.w3.org/ns/activitystreams", "type": kind,
            "id": self.far.url(&format!("a/{kind}")), "actor": self.ann["id"],
            "to": audience, "cc": [], "object": note,
        })
    }

    /// Has ann's server send an activity, and returns the bodies that others got.
    async fn passed_on(&self, activity: &Value) -> Vec<String> {
        self.world.deliver().await;
        self.world.network.take_requests();
        self.far.send(self.server(), activity).await.is(202);
        self.world.deliver().await;
        let last = self.world.network.last_request("near.example/bob/inbox");
        let requests = self.world.network.take_requests();
        let posts = requests.iter().filter(|one| one.starts_with("POST"));
        let posts: Vec<&String> = posts.collect();
        assert!(
            posts.iter().all(|it| it.contains("near.example/bob/inbox")),
            "{posts:?}"
        );
        let body = |_| String::from_utf8(last.as_ref()?.body().to_vec()).ok();
        posts.into_iter().filter_map(body).collect()
    }
}

async fn answer_and_its_changes_are_passed_on_as_they_came(backend: Backend) {
    let scene = Scene::on(backend).await;
    let note = scene.alice.note("hello", everyone()).await;
    for kind in ["Create", "Update"] {
        scene.server().clock.advance(60);
        let answer = scene.answer(kind, &note, &json!([PUBLIC]));
        assert_eq!(scene.passed_on(&answer).await, [answer.to_string()]);
        assert_eq!(scene.passed_on(&answer).await, [""; 0], "once only");
    }
}

async fn answer_for_followers_is_passed_on_and_a_private_one_is_not(backend: Backend) {
    let scene = Scene::on(backend).await;
    let followers = json!({ "cc": [scene.alice.followers()] });
    let note = scene.alice.note("for followers", followers).await;
    let urls = scene.server().app.urls();
    let alice = json!([urls.absolute("/api/user/alice/profile")]);
    let private = scene.answer("Create", &note, &alice);
    assert_eq!(scene.passed_on(&private).await, [""; 0]);
    let followers = json!([urls.absolute("/api/user/alice/followers")]);
    let mut answer = scene.answer("Create", &note, &followers);
    answer["id"] = scene.far.url("a2").into();
    answer["object"]["id"] = scene.far.url("n2").into();
    assert_eq!(scene.passed_on(&answer).await, [answer.to_string()]);
}

async fn answer_to_a_thing_of_others_is_not_passed_on(backend: Backend) {
    let scene = Scene::on(backend).await;
    let note = scene.alice.note("hello", everyone()).await;
    let answer = scene.answer("Create", &note, &json!([PUBLIC]));
    assert_eq!(scene.passed_on(&answer).await.len(), 1);
    let mut second = scene.answer("Create", &answer["object"], &json!([PUBLIC]));
    second["id"] = scene.far.url("a2").into();
    second["object"]["id"] = scene.far.url("n2").into();
    assert_eq!(scene.passed_on(&second).await, [""; 0]);
    assert_eq!(counts(&scene.alice, &note).await, [0, 0, 1]);
}

async fn answer_is_forgotten_after_it_was_passed_on(backend: Backend) {
    let scene = Scene::on(backend).await;
    let note = scene.alice.note("hello", everyone()).await;
    let answer = scene.answer("Create", &note, &json!([PUBLIC]));
    scene.passed_on(&answer).await;
    let ctx = scene.server().ctx();
    let job = format!("forwarding {}", answer["id"].as_str().unwrap());
    for (minutes, is_kept) in [(59, true), (2, false)] {
        scene.server().clock.advance(minutes * 60);
        background::delete_expired(&ctx).await.unwrap();
        let kept = ctx.storage().find_job(&job).await.unwrap();
        assert_eq!(kept.is_some(), is_kept);
    }
}

async fn passed_on_answer_is_believed_by_its_proof(backend: Backend) {
    let world = World::<3>::on(Network::of_activitypub(), backend).await;
    let alice = world.servers[0].person("alice").await;
    let bob = world.servers[1].person("bob").await;
    let eve = world.servers[2].person("eve").await;
    world.followed(&[&bob, &eve], &alice).await;
    let note = alice.note("hello", everyone()).await;
    world.deliver().await;
    world.network.take_requests();
    let comment = eve.done(&comment_on(&note, "hi")).await["object"].take();
    world.deliver().await;
    assert_eq!(seen(&bob, &comment).await["content"], "hi");
    assert_eq!(counts(&bob, &note).await, [0, 0, 1]);
    let requests = world.network.take_requests();
    let is_of_eve = |one: &&String| one.starts_with("GET") && one.contains("//s2.example");
    let fetched: Vec<&String> = requests.iter().filter(is_of_eve).collect();
    assert!(
        fetched.iter().all(|one| one.contains("/eve")),
        "{fetched:?}"
    );
}
