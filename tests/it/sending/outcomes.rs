//! Deliveries on every backend, over signed requests.

use hydraulics::service::federation::{Sender, blocks, queue_report};
use serde_json::{Value, json};

use super::peer::{Arrival, Peer};
use crate::support::{Fault, Network, Session, TestServer};

on_every_backend!(
    note_reaches_a_person_of_another_host,
    refused_credentials_are_made_anew,
    author_sees_what_waits_and_why,
    hosts_are_retried_and_dropped_by_the_operator,
    unknown_person_of_another_host_gets_nothing,
    host_that_knows_nothing_keeps_its_deliveries,
    blocked_host_gets_nothing_and_is_purged,
    deferred_fan_out_reaches_other_hosts,
);

struct World {
    network: Network,
    peer: Peer,
    server: TestServer,
    alice: Session,
    sender: Sender,
}

impl World {
    async fn new(server: TestServer) -> Self {
        let network = Network::default();
        let server = server.joined(&network);
        Self {
            peer: Peer::join(&network),
            alice: server.person("alice").await,
            sender: Sender::new(&server.app),
            network,
            server,
        }
    }

    /// Alice posts a note to a person of the other host.
    async fn post_to(&self, nickname: &str, content: &str) -> Value {
        let activity = json!({
            "object": { "objectType": "note", "content": content },
            "to": [person(nickname)],
        });
        self.alice.done(&activity).await
    }

    async fn deliver(&self) -> Vec<Arrival> {
        self.sender.run_until_idle().await.unwrap();
        self.peer.take()
    }

    async fn deliveries(&self, activity: &Value) -> Value {
        let path = format!(
            "{}/deliveries",
            activity["links"]["self"]["href"].as_str().unwrap()
        );
        self.alice.get(&path).await.ok()
    }
}

fn person(nickname: &str) -> Value {
    json!({ "objectType": "person", "id": format!("acct:{nickname}@peer.example") })
}

async fn note_reaches_a_person_of_another_host(server: TestServer) {
    let world = World::new(server).await;
    let posted = world.post_to("bob", "hello").await;
    let arrivals = world.deliver().await;
    let [arrival] = &*arrivals else {
        panic!("{arrivals:?}")
    };
    assert_eq!(arrival.path, "/api/user/bob/inbox");
    assert!(arrival.authorization.starts_with("OAuth "));
    let activity = &arrival.activity;
    assert_eq!(activity["id"], posted["id"]);
    assert_eq!(activity["object"]["content"], "hello");
    assert_eq!(activity["actor"]["id"], world.alice.id());
    assert_eq!(activity["actor"]["followers"]["totalItems"], 0);
    assert_eq!(activity["generator"]["displayName"], "app-of-alice");
    for leaked in ["liked", "pump_io", "received"] {
        assert!(!activity.to_string().contains(leaked), "{activity}");
    }
    assert!(world.deliver().await.is_empty(), "each once");
    world.post_to("bob", "again").await;
    world.network.take_requests();
    assert_eq!(world.deliver().await.len(), 1);
    let requests = world.network.take_requests();
    assert_eq!(requests, ["POST https://peer.example/api/user/bob/inbox"]);
}

async fn refused_credentials_are_made_anew(server: TestServer) {
    let world = World::new(server).await;
    world.post_to("bob", "one").await;
    assert_eq!(world.deliver().await.len(), 1);
    world.peer.forget_clients();
    world.post_to("bob", "two").await;
    let arrivals = world.deliver().await;
    assert_eq!(arrivals.len(), 1);
    assert_eq!(arrivals[0].activity["object"]["content"], "two");
}

async fn author_sees_what_waits_and_why(server: TestServer) {
    let world = World::new(server).await;
    let bob = world.server.person("bob").await;
    world.network.fail("peer.example", Fault::Refused);
    let posted = world.post_to("bob", "hello").await;
    let waiting = world.deliveries(&posted).await;
    assert_eq!(waiting["isComplete"], true);
    assert_eq!(waiting["items"][0]["account"], "acct:bob@peer.example");
    assert!(waiting["items"][0].get("lastError").is_none());
    world.deliver().await;
    let waiting = world.deliveries(&posted).await;
    let shown = &waiting["items"][0];
    assert_eq!(shown["host"], "peer.example");
    assert_eq!(shown["since"], posted["published"]);
    assert_eq!(shown["failingSince"], posted["published"]);
    let error = shown["lastError"].as_str().unwrap();
    assert!(error.contains("connection refused"), "{error}");
    assert!(shown["nextAttempt"].as_str() > shown["since"].as_str());
    let path = posted["links"]["self"]["href"].as_str().unwrap();
    let path = format!("{path}/deliveries");
    assert_eq!(
        bob.get(&path).await.refused(403),
        "Only the actor can modify this object."
    );
    world.network.mend();
    world.server.clock.advance(300);
    assert_eq!(world.deliver().await.len(), 1);
    assert_eq!(world.deliveries(&posted).await["items"], json!([]));
}

async fn hosts_are_retried_and_dropped_by_the_operator(server: TestServer) {
    let world = World::new(server).await;
    let ctx = world.server.ctx();
    world.network.fail("peer.example", Fault::Status(500));
    world.post_to("bob", "one").await;
    world.post_to("carol", "two").await;
    world.deliver().await;
    let hosts = queue_report::waiting_hosts(&ctx).await.unwrap();
    assert_eq!((hosts.len(), hosts[0].waiting), (1, 2));
    assert_eq!(hosts[0].host.name, "peer.example");
    let totals = queue_report::totals(&ctx).await.unwrap();
    assert_eq!((totals.deliveries, totals.hosts), ([0, 2], [0, 1]));
    world.network.mend();
    assert!(world.deliver().await.is_empty(), "it is not due");
    assert_eq!(
        queue_report::retry(&ctx, Some("other.example"))
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        queue_report::retry(&ctx, Some("peer.example"))
            .await
            .unwrap(),
        1
    );
    assert_eq!(world.deliver().await.len(), 2, "discovery is tried anew");
    world.post_to("bob", "three").await;
    assert_eq!(queue_report::drop_waiting(&ctx, None).await.unwrap(), 1);
    assert!(world.deliver().await.is_empty());
    assert_eq!(queue_report::waiting_hosts(&ctx).await.unwrap(), []);
}

async fn unknown_person_of_another_host_gets_nothing(server: TestServer) {
    let world = World::new(server).await;
    let posted = world.post_to("nobody", "hello").await;
    assert!(world.deliver().await.is_empty());
    assert_eq!(world.deliveries(&posted).await["items"], json!([]));
    world.post_to("bob", "hello").await;
    assert_eq!(world.deliver().await.len(), 1, "the host did not fail");
}

async fn host_that_knows_nothing_keeps_its_deliveries(server: TestServer) {
    let world = World::new(server).await;
    world.network.fail("peer.example", Fault::Status(404));
    world.post_to("bob", "hello").await;
    assert!(world.deliver().await.is_empty());
    world.network.mend();
    world.server.clock.advance(300);
    assert_eq!(world.deliver().await.len(), 1);
    // As does one that fails at webfinger only.
    let url = "peer.example/.well-known/webfinger";
    world.network.fail(url, Fault::Status(500));
    world.post_to("carol", "hello").await;
    assert!(world.deliver().await.is_empty());
    world.network.mend();
    world.server.clock.advance(300);
    assert_eq!(world.deliver().await.len(), 1);
}

async fn blocked_host_gets_nothing_and_is_purged(server: TestServer) {
    let world = World::new(server).await;
    let ctx = world.server.ctx();
    world
        .alice
        .done(&json!({ "verb": "follow", "object": person("bob") }))
        .await;
    world.deliver().await;
    assert!(
        blocks::purge(&ctx, "peer.example").await.is_err(),
        "it is not blocked"
    );
    let blocked = blocks::block(&ctx, "peer.example", false, Some("spam".into()));
    blocked.await.unwrap();
    world.server.clock.advance(60);
    let posted = world.post_to("bob", "hello").await;
    world.network.take_requests();
    assert!(world.deliver().await.is_empty());
    assert!(world.network.take_requests().is_empty());
    assert_eq!(world.deliveries(&posted).await["items"], json!([]));
    let following = async || world.alice.feed("following").await["totalItems"].clone();
    assert_eq!(following().await, 1, "follows survive a block");
    blocks::unblock(&ctx, "peer.example").await.unwrap();
    world.server.clock.advance(60);
    world.post_to("bob", "hello again").await;
    assert_eq!(world.deliver().await.len(), 1);
    blocks::block(&ctx, "example", true, None)
        .await
        .unwrap_err();
    blocks::block(&ctx, "peer.example", true, None)
        .await
        .unwrap();
    assert_eq!(blocks::purge(&ctx, "peer.example").await.unwrap(), 1);
    assert_eq!(following().await, 0);
    assert_eq!(blocks::list(&ctx).await.unwrap().len(), 1);
}

async fn deferred_fan_out_reaches_other_hosts(server: TestServer) {
    let few = server.again(|settings| settings.inline_fanout_limit = 1);
    let world = World::new(few).await;
    let list = crate::support::person_list("friends");
    let list = world.alice.done(&list).await["object"].take();
    for nickname in ["bob", "carol", "dave"] {
        let add = json!({
            "verb": "add",
            "object": person(nickname),
            "target": crate::support::named(&list),
        });
        world.alice.done(&add).await;
    }
    world.deliver().await;
    let note = json!({
        "object": { "objectType": "note", "content": "hello" },
        "to": [crate::support::named(&list)],
    });
    world.alice.done(&note).await;
    let worker = hydraulics::service::background::DeliveryWorker;
    hydraulics::service::queue::run_until_idle(&world.server.ctx(), &worker)
        .await
        .unwrap();
    let arrivals = world.deliver().await;
    assert_eq!(arrivals.len(), 3);
    // Members of the list may read the note, and not its list of members.
    for arrival in arrivals {
        assert_eq!(arrival.activity["object"]["content"], "hello");
        assert!(arrival.activity["to"][0].get("members").is_none());
    }
}
