//! Servers that talk while they are killed, stand still, and fail in all ways: in the end every
//! inbox has every activity once, and all show the same.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use rand::random_range;
use serde_json::{Value, json};
use tokio::{task::block_in_place, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    agreement::agree,
    conversation::befriend,
    failing_peer,
    front::{Fault, Front, LASTING, PASSING},
    person::{AGREEMENT_TIMEOUT, POLL_INTERVAL, Person},
    process,
    server::Server,
    talk::Talk,
};

/// Length of the run, unless `HYDRAULICS_TEST_PEERS_MINUTES` says otherwise. No server is killed in
/// it, since what a killed worker had leased waits for minutes.
const SHORT_RUN: Duration = Duration::from_secs(20);

/// Addresses of the servers, and of a peer that only fails. Those of a longer run are others, so
/// that these tests can be run meanwhile.
const HOSTS: [&str; 4] = ["127.0.0.32", "127.0.0.33", "127.0.0.34", "127.0.0.35"];
const LONG_RUN_HOSTS: [&str; 4] = ["127.1.0.32", "127.1.0.33", "127.1.0.34", "127.1.0.35"];

/// Interval at which a longer run tells how far it is.
const REPORT_INTERVAL: Duration = Duration::from_mins(1);

/// The servers, and the people who talk.
struct World {
    servers: [Server; 3],
    fronts: Vec<Arc<Front>>,
    talk: Arc<Talk>,
    /// How often a node was killed, and stood still.
    killed: usize,
    stopped: usize,
}

#[allow(
    clippy::disallowed_methods,
    reason = "a longer run is asked for by hand"
)]
fn minutes() -> Option<u64> {
    let asked = std::env::var("HYDRAULICS_TEST_PEERS_MINUTES");
    asked.ok().and_then(|asked| asked.parse().ok())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_lost_or_doubled_by_servers_that_fail() {
    let asked = minutes();
    let length = asked.map_or(SHORT_RUN, |minutes| Duration::from_secs(60 * minutes));
    let hosts = if asked.is_some() {
        LONG_RUN_HOSTS
    } else {
        HOSTS
    };
    let database = process::create_database("peers_endurance").await;
    let mut servers = [
        Server::hidden(hosts[0], &["alice", "anna"], ""),
        Server::hidden(hosts[1], &["bob", "bert"], &database),
        Server::hidden(hosts[2], &["carol", "cleo"], ""),
    ];
    let mut fronts = Vec::new();
    for server in &mut servers {
        server.start();
        let nodes = (0..server.nodes()).map(|node| server.address(node));
        fronts.push(Front::listen(server.host, nodes.collect()).await);
    }
    fronts.push(Front::listen(hosts[3], Vec::new()).await);
    let at = |name, server: usize| Person::at(name, &servers[server], 0);
    let people = [at("alice", 0), at("bob", 1), at("carol", 2)];
    let idols = [at("anna", 0), at("bert", 1), at("cleo", 2)];
    befriend(&people.each_ref()).await;
    let mut before = HashSet::new();
    for person in &people {
        before.extend(person.ids("feed").await);
        before.extend(person.ids("inbox").await);
    }

    let mut world = World {
        servers,
        fronts,
        talk: Arc::default(),
        killed: 0,
        stopped: 0,
    };
    let end = CancellationToken::new();
    let stranger = format!("acct:{}@{}", failing_peer::NICKNAME, hosts[3]);
    let stranger = json!({ "objectType": "person", "id": stranger });
    let mut talking = Vec::new();
    for (number, person) in people.iter().enumerate() {
        let server = &world.servers[number];
        let clients = (0..server.nodes()).map(|node| Person::at(person.name, server, node));
        let others = idols
            .iter()
            .filter(|idol| !idol.id().ends_with(server.host));
        let others = others.map(Person::reference).collect();
        let talk = world.talk.clone();
        let joined = talk.join(clients.collect(), others, stranger.clone(), end.clone());
        talking.push(tokio::spawn(joined));
    }
    world.disturb(length, asked.is_some()).await;
    end.cancel();
    for talker in talking {
        talker.await.expect("people talk");
    }
    world.calm().await;
    agree(&world.talk, &people, &idols, &before).await;
}

impl World {
    /// Disturbs the servers for so long. A longer run has longer disturbances, and kills.
    async fn disturb(&mut self, length: Duration, is_long: bool) {
        let most = if is_long { 20_000 } else { 3000 };
        let begun = Instant::now();
        let mut reported = Instant::now();
        while begun.elapsed() < length {
            let server = random_range(0..self.servers.len());
            let node = random_range(0..self.servers[server].nodes());
            let pause = Duration::from_millis(random_range(500..most));
            match random_range(0..12) {
                0..2 if is_long => {
                    self.killed += 1;
                    self.servers[server].kill(node);
                    sleep(pause).await;
                    block_in_place(|| self.servers[server].start());
                }
                0..4 => {
                    self.stopped += 1;
                    self.servers[server].stop(node, true);
                    sleep(pause).await;
                    self.servers[server].stop(node, false);
                }
                _ => self.fail(pause).await,
            }
            sleep(pause / 4).await;
            if reported.elapsed() > REPORT_INTERVAL {
                reported = Instant::now();
                self.report(begun.elapsed());
            }
        }
        self.report(begun.elapsed());
    }

    /// Lets a way to one of the servers fail, and the peer that always does.
    async fn fail(&self, pause: Duration) {
        let any = |faults: &[Fault]| faults[random_range(0..faults.len())];
        let (peer, servers) = self.fronts.split_last().expect("fronts");
        let front = &servers[random_range(0..servers.len())];
        front.fail_often(Some(any(&PASSING)));
        peer.fail_often(Some(any(&[&PASSING[..], &LASTING].concat())));
        sleep(pause).await;
        front.fail_often(None);
    }

    /// Ends all disturbances, and waits until nothing waits.
    async fn calm(&self) {
        for front in &self.fronts {
            front.fail_often(None);
        }
        let begun = Instant::now();
        loop {
            let queues = self.servers.each_ref().map(Server::queue);
            let hosts = self.servers.each_ref().map(|server| server.host);
            let is_for = |host: &&Value| hosts.contains(&host["host"].as_str().unwrap_or_default());
            if !queues.iter().flatten().any(|host| is_for(&host)) {
                break;
            }
            assert!(begun.elapsed() < AGREEMENT_TIMEOUT, "{queues:#?}");
            sleep(POLL_INTERVAL).await;
        }
        println!("nothing waits after {:?}", begun.elapsed());
    }

    fn report(&self, elapsed: Duration) {
        let done = self.talk.done.lock().len();
        let statuses = self.talk.statuses.lock();
        println!("{elapsed:.0?}: {done} activities done; answers by status {statuses:?}");
        println!(
            "  killed {} times, stood still {}",
            self.killed, self.stopped
        );
        for front in &self.fronts {
            println!("  failed requests to {}: {:?}", front.host, front.failed());
        }
        for server in &self.servers {
            let peaks: Vec<String> = (0..server.nodes())
                .map(|node| server.peak_memory(node))
                .collect();
            println!("  peak memory at {}: {peaks:?}", server.host);
        }
    }
}
