//! Moves of people of other servers to other accounts.

use hydraulics::{
    model::Nickname,
    service::{accounts, background::MoveWorker, moving, queue},
};
use serde_json::{Value, json};

use super::{
    document,
    host::{Host, PUBLIC},
};
use crate::federation::joined::World;
use crate::support::{Backend, Network, Session, about};

joined_on_every_backend!(
    followers_of_an_actor_who_moved_follow_the_new_account,
    move_to_an_account_that_does_not_name_the_old_one_is_refused,
    actor_moves_once_within_a_week,
    follower_who_blocks_the_new_account_does_not_follow_it,
    person_with_an_alias_moves_here,
    followers_hear_where_a_person_moves,
);

/// A server where alice and bob follow ann of another one.
struct Scene {
    world: World<1>,
    people: [Session; 2],
    old: Host,
    new: Host,
}

impl Scene {
    async fn on(backend: Backend) -> Self {
        let world = World::<1>::on(Network::of_activitypub(), backend).await;
        let people = world.servers[0].people(["alice", "bob"]).await;
        let old = Host::on(&world.network, "old.example");
        let new = Host::on(&world.network, "new.example");
        old.actor("Person", "ann");
        for person in &people {
            person.done(&about("follow", &person_of(&old))).await;
        }
        world.deliver().await;
        Self {
            world,
            people,
            old,
            new,
        }
    }

    /// Shows the new account, with aliases.
    fn account(&self, name: &str, aliases: &[&str]) -> Value {
        let mut actor = self.new.actor("Person", name);
        actor["alsoKnownAs"] = json!(aliases);
        self.new.show(&actor);
        actor
    }

    /// Ann moves, and those who follow her are moved.
    async fn moves(&self, number: u32, target: &Value) {
        let ann = self.old.url("ann");
        let activity = json!({
            "@context": "https://www.w3.org/ns/activitystreams", "type": "Move",
            "id": self.old.url(&format!("moves/{number}")), "actor": ann, "object": ann,
            "target": target["id"], "to": [PUBLIC],
        });
        let server = &self.world.servers[0];
        self.old.send(server, &activity).await.is(202);
        let ctx = server.ctx();
        queue::run_until_idle(&ctx, &MoveWorker).await.unwrap();
        self.world.deliver().await;
    }
}

fn person_of(host: &Host) -> Value {
    json!({ "objectType": "person", "id": format!("acct:ann@{}", host.name) })
}

const OLD_ID: &str = "acct:ann@old.example";
const NEW_ID: &str = "acct:ann@new.example";

async fn followers_of_an_actor_who_moved_follow_the_new_account(backend: Backend) {
    let scene = Scene::on(backend).await;
    let [alice, bob] = &scene.people;
    let target = scene.account("ann", &["https://old.example/ann"]);
    bob.done(&about("follow", &person_of(&scene.new))).await;
    scene.world.deliver().await;
    let before = bob.ids("inbox/direct").await;
    scene.world.network.take_requests();
    scene.moves(1, &target).await;
    for person in [alice, bob] {
        assert_eq!(
            person.ids("following").await,
            [NEW_ID],
            "{}",
            person.nickname
        );
    }
    assert_eq!(bob.ids("inbox/direct").await, before);
    let sent = scene.world.network.take_requests();
    let to = |inbox: &str| sent.iter().filter(|one| one.ends_with(inbox)).count();
    assert_eq!(to("new.example/ann/inbox"), 1, "{sent:?}");
    assert_eq!(to("old.example/ann/inbox"), 2, "{sent:?}");
    let profile = alice.get(&format!("/api/person?id={OLD_ID}")).await.ok();
    assert_eq!(profile["movedTo"]["id"], NEW_ID);
    let verbs: Vec<Value> = alice.feed("feed").await["items"]
        .as_array()
        .unwrap()
        .iter()
        .take(2)
        .map(|item| item["verb"].clone())
        .collect();
    assert_eq!(verbs, ["stop-following", "follow"]);
}

async fn move_to_an_account_that_does_not_name_the_old_one_is_refused(backend: Backend) {
    let scene = Scene::on(backend).await;
    let target = scene.account("ann", &["https://old.example/eve"]);
    scene.moves(1, &target).await;
    let missing = json!({ "id": scene.new.url("nobody") });
    scene.moves(2, &missing).await;
    assert_eq!(scene.people[0].ids("following").await, [OLD_ID]);
    // Nobody moves another.
    let target = scene.account("ann", &["https://old.example/ann"]);
    let eve = scene.old.actor("Person", "eve");
    let forged = json!({
        "type": "Move", "id": scene.old.url("moves/9"), "actor": eve["id"],
        "object": scene.old.url("ann"), "target": target["id"],
    });
    let server = &scene.world.servers[0];
    scene.old.send(server, &forged).await.is(202);
    let ctx = server.ctx();
    queue::run_until_idle(&ctx, &MoveWorker).await.unwrap();
    assert_eq!(scene.people[0].ids("following").await, [OLD_ID]);
}

async fn actor_moves_once_within_a_week(backend: Backend) {
    let scene = Scene::on(backend).await;
    let [alice, bob] = &scene.people;
    let aliases = ["https://old.example/ann"];
    let (first, second) = (
        scene.account("ann", &aliases),
        scene.account("zoe", &aliases),
    );
    scene.moves(1, &first).await;
    bob.done(&about("follow", &person_of(&scene.old))).await;
    scene.world.deliver().await;
    for (number, days, following) in [(2, 0, OLD_ID), (3, 8, "acct:zoe@new.example")] {
        scene.world.servers[0].clock.advance(days * 86_400);
        scene.moves(number, &second).await;
        assert_eq!(bob.ids("following").await, [following, NEW_ID]);
    }
    assert_eq!(alice.ids("following").await, [NEW_ID]);
}

async fn follower_who_blocks_the_new_account_does_not_follow_it(backend: Backend) {
    let scene = Scene::on(backend).await;
    let [alice, bob] = &scene.people;
    let target = scene.account("ann", &["https://old.example/ann"]);
    bob.done(&about("follow", &person_of(&scene.new))).await;
    alice
        .post("/api/user/alice/blocked", &person_of(&scene.new))
        .await
        .ok();
    scene.moves(1, &target).await;
    assert_eq!(alice.ids("following").await, [""; 0]);
    assert_eq!(bob.ids("following").await, [NEW_ID]);
}

async fn person_with_an_alias_moves_here(backend: Backend) {
    let scene = Scene::on(backend).await;
    let [alice, bob] = &scene.people;
    let actor = "https://s0.example/api/user/bob/profile";
    let target = json!({ "id": actor });
    scene.moves(1, &target).await;
    assert_eq!(alice.ids("following").await, [OLD_ID]);
    let aliases = json!({ "alsoKnownAs": ["https://old.example/ann", "urn:x", 3] });
    bob.put("/api/user/bob/profile", &aliases).await.ok();
    let shown = document(&scene.world.servers[0], "/api/user/bob/profile").await;
    assert_eq!(shown["alsoKnownAs"], json!(["https://old.example/ann"]));
    scene.moves(2, &target).await;
    assert_eq!(alice.ids("following").await, [bob.id()]);
    assert_eq!(bob.ids("following").await, [""; 0]);
    assert_eq!(bob.ids("followers").await, [alice.id()]);
}

async fn followers_hear_where_a_person_moves(backend: Backend) {
    let scene = Scene::on(backend).await;
    let ([alice, bob], server) = (&scene.people, &scene.world.servers[0]);
    let own = "https://s0.example/api/user/alice/profile";
    let ann = scene.old.url("ann");
    let follow = json!({
        "type": "Follow", "id": scene.old.url("follows/1"), "actor": ann, "object": own,
    });
    scene.old.send(server, &follow).await.is(202);
    bob.done(&about("follow", &alice.person())).await;
    scene.world.deliver().await;
    let nickname = Nickname::parse(&alice.nickname).unwrap();
    let ctx = accounts::signed_in(&server.app, &nickname).await.unwrap();
    let target = scene.account("al", &["https://s0.example/api/user/bob/profile"]);
    let url = target["id"].as_str().unwrap();
    assert!(
        moving::move_to(&ctx, url).await.is_err(),
        "it names another"
    );
    scene.account("al", &[own]);
    moving::move_to(&ctx, "al@new.example").await.unwrap();
    queue::run_until_idle(&server.ctx(), &MoveWorker)
        .await
        .unwrap();
    scene.world.deliver().await;
    let sent = scene.world.network.last_request("old.example/ann/inbox");
    let sent: Value = serde_json::from_slice(sent.unwrap().body()).unwrap();
    assert_eq!(sent["type"], "Move");
    assert_eq!(sent["actor"], own);
    assert_eq!(sent["object"], own);
    assert_eq!(sent["target"], target["id"]);
    assert_eq!(
        sent["to"],
        json!([
            "https://s0.example/api/user/alice/profile/followers",
            "https://s0.example/api/user/alice/followers"
        ])
    );
    let shown = document(server, "/api/user/alice/profile").await;
    assert_eq!(shown["movedTo"], target["id"]);
    assert_eq!(bob.ids("following").await, ["acct:al@new.example", OLD_ID]);
    assert!(moving::move_to(&ctx, url).await.is_err(), "twice in a week");
}
