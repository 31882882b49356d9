//! Servers joined on a network, which all see the same conversation.

use hydraulics::service::{
    background::{self, DeliveryWorker},
    federation::{Sender, queue_report},
    queue,
};
use serde_json::{Value, json};

use crate::pages::{reader::Reader, relations::asked};
use crate::support::{
    Backend, Network, Session, TestServer, about, addressed, comment_on, everyone, id,
};

joined_on_every_backend!(
    reactions_here_reach_followers_of_the_author,
    undone_reaction_reaches_the_server_of_the_thing,
    deep_thread_is_the_same_on_all_servers,
    deleted_account_is_gone_on_other_servers,
    block_ends_follows_on_both_servers,
    request_to_follow_waits_on_the_server_of_the_person,
);

/// Servers that deliver to each other. The network ends with it.
pub(crate) struct World<const N: usize> {
    pub(crate) network: Network,
    pub(crate) servers: [TestServer; N],
}

impl<const N: usize> World<N> {
    async fn new(backend: Backend) -> Self {
        Self::on(Network::default(), backend).await
    }

    /// The servers `https://s0.example` and so on, on a network.
    pub(crate) async fn on(network: Network, backend: Backend) -> Self {
        let mut servers = Vec::with_capacity(N);
        for number in 0..N {
            let url = format!("https://s{number}.example");
            servers.push(TestServer::at(backend, &network, &url).await);
        }
        let servers = servers.try_into().unwrap_or_else(|_| unreachable!());
        Self { network, servers }
    }

    /// Delivers all that waits, and what comes of it. Nothing may fail.
    pub(crate) async fn deliver(&self) {
        for _ in 0..3 {
            for server in &self.servers {
                let ctx = server.ctx();
                queue::run_until_idle(&ctx, &DeliveryWorker).await.unwrap();
                Sender::new(&server.app).run_until_idle().await.unwrap();
                assert_eq!(queue_report::waiting_hosts(&ctx).await.unwrap(), []);
            }
        }
    }

    /// Lets persons follow another one.
    pub(crate) async fn followed(&self, followers: &[&Session], other: &Session) {
        for follower in followers {
            follower.follow(other).await;
        }
        self.deliver().await;
    }
}

/// A thing as the server of a person shows it.
pub(crate) async fn seen(by: &Session, thing: &Value) -> Value {
    let kind = thing["objectType"].as_str().unwrap();
    by.get(&format!("/api/{kind}?id={}", id(thing))).await.ok()
}

/// How often a thing was liked, shared and answered, as the server of a person knows.
pub(crate) async fn counts(by: &Session, thing: &Value) -> [u64; 3] {
    let thing = seen(by, thing).await;
    ["likes", "shares", "replies"].map(|feed| thing[feed]["totalItems"].as_u64().unwrap())
}

async fn reactions_here_reach_followers_of_the_author(backend: Backend) {
    let world = World::<2>::new(backend).await;
    let [alice, carol] = world.servers[0].people(["alice", "carol"]).await;
    let [bob, dave] = world.servers[1].people(["bob", "dave"]).await;
    world.followed(&[&bob, &dave], &alice).await;
    let note = alice.note("hello", everyone()).await;
    world.deliver().await;
    carol.done(&comment_on(&note, "hi")).await;
    carol.done(&about("like", &note)).await;
    let share = |verb| addressed(about(verb, &note), &everyone());
    carol.done(&share("share")).await;
    world.deliver().await;
    assert_eq!(counts(&bob, &note).await, [1, 1, 1]);
    let replies = seen(&bob, &note).await["replies"]["items"].take();
    assert_eq!(replies[0]["author"]["id"], carol.id());
    carol.done(&about("unlike", &note)).await;
    carol.done(&share("unshare")).await;
    world.deliver().await;
    assert_eq!(counts(&dave, &note).await, [0, 0, 1]);
}

async fn undone_reaction_reaches_the_server_of_the_thing(backend: Backend) {
    let world = World::<2>::new(backend).await;
    let [alice, _] = world.servers[0].people(["alice", "carol"]).await;
    let [bob, dave] = world.servers[1].people(["bob", "dave"]).await;
    world.followed(&[&bob, &dave], &alice).await;
    let note = alice.note("hello", everyone()).await;
    world.deliver().await;
    for verb in ["like", "share"] {
        bob.done(&about(verb, &note)).await;
        dave.done(&about(verb, &note)).await;
    }
    world.deliver().await;
    assert_eq!(counts(&alice, &note).await, [2, 2, 0]);
    for verb in ["unlike", "unshare"] {
        bob.done(&about(verb, &note)).await;
    }
    world.deliver().await;
    assert_eq!(counts(&alice, &note).await, [1, 1, 0]);
}

async fn deep_thread_is_the_same_on_all_servers(backend: Backend) {
    let world = World::<4>::new(backend).await;
    let alice = world.servers[0].person("alice").await;
    let [bob, _] = world.servers[1].people(["bob", "ben"]).await;
    let [carl, _] = world.servers[2].people(["carl", "cora"]).await;
    let [dave, dora] = world.servers[3].people(["dave", "dora"]).await;
    world.followed(&[&bob, &carl, &dave, &dora], &alice).await;
    let note = alice.note("hello", everyone()).await;
    world.deliver().await;
    let comment = bob.done(&comment_on(&note, "one")).await["object"].take();
    world.deliver().await;
    carl.done(&comment_on(&comment, "two")).await;
    carl.done(&about("like", &comment)).await;
    world.deliver().await;
    for person in [&alice, &bob, &carl, &dave, &dora] {
        let counts = counts(person, &comment).await;
        assert_eq!(counts, [1, 0, 1], "{}", person.nickname);
    }
}

async fn deleted_account_is_gone_on_other_servers(backend: Backend) {
    let world = World::<2>::new(backend).await;
    let [alice, carol] = world.servers[0].people(["alice", "carol"]).await;
    let [bob, dave] = world.servers[1].people(["bob", "dave"]).await;
    world.followed(&[&bob, &dave], &alice).await;
    world.followed(&[&alice, &carol], &bob).await;
    let note = alice.note("hello", everyone()).await;
    world.deliver().await;
    assert_eq!(bob.ids("followers").await.len(), 2);
    let deleted = alice.request("DELETE", "/api/user/alice", "application/json", "");
    deleted.await.ok();
    background::run_cleanup(&alice.server.ctx()).await.unwrap();
    world.deliver().await;
    background::run_cleanup(&bob.server.ctx()).await.unwrap();
    assert_eq!(bob.ids("following").await, [""; 0]);
    assert_eq!(dave.ids("following").await, [""; 0]);
    assert_eq!(bob.ids("followers").await, [carol.id()]);
    let note = format!("/api/note?id={}", id(&note));
    dave.get(&note).await.refused(410);
}

async fn block_ends_follows_on_both_servers(backend: Backend) {
    let world = World::<2>::new(backend).await;
    let alice = world.servers[0].person("alice").await;
    let bob = world.servers[1].person("bob").await;
    world.followed(&[&bob], &alice).await;
    world.followed(&[&alice], &bob).await;
    let target = "/api/user/alice/blocked";
    alice.post(target, &bob.person()).await.ok();
    world.deliver().await;
    assert_eq!(bob.feed("followers").await["totalItems"], 0);
    for feed in ["followers", "following"] {
        assert_eq!(alice.feed(feed).await["totalItems"], 0, "{feed}");
    }
    // The server of the blocked person can't know, and its deliveries end.
    let note = alice.note("hello", everyone()).await;
    let before = alice.ids("inbox").await;
    world.deliver().await;
    bob.note("for you", json!({ "to": [alice.person()] })).await;
    world.deliver().await;
    assert_eq!(alice.ids("inbox").await, before);
    let note = alice.get(id(&note)).await.ok();
    assert_eq!(note["content"], "hello");
}

async fn request_to_follow_waits_on_the_server_of_the_person(backend: Backend) {
    let world = World::<2>::new(backend).await;
    let alice = world.servers[0].person("alice").await;
    let bob = world.servers[1].person("bob").await;
    let reader = Reader::signed_in(&world.servers[0], "alice", "").await;
    asked(&reader).await;
    world.followed(&[&bob], &alice).await;
    assert_eq!(alice.feed("followers").await["totalItems"], 0);
    assert_eq!(bob.ids("following").await, [alice.id()]);
    let private = json!({ "cc": [alice.followers()] });
    alice.note("before", private.clone()).await;
    let before = bob.ids("inbox/major").await.len();
    world.deliver().await;
    assert_eq!(bob.ids("inbox/major").await.len(), before);
    alice
        .post("/api/user/alice/requests", &bob.person())
        .await
        .ok();
    alice.note("after", private).await;
    world.deliver().await;
    assert_eq!(bob.ids("inbox/major").await.len(), before + 1);
}
