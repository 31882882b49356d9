//! Servers are killed while they deliver: every activity arrives, once.

use std::time::Duration;

use serde_json::json;

use crate::{
    conversation::befriend,
    person::{Person, text},
    server::Server,
};

/// Posts of a round.
const POSTS: usize = 60;

/// Rounds, unless `HYDRAULICS_TEST_KILLS` says otherwise.
const ROUNDS: usize = 3;

#[allow(
    clippy::disallowed_methods,
    reason = "a longer run is asked for by hand"
)]
fn rounds() -> usize {
    let asked = std::env::var("HYDRAULICS_TEST_KILLS");
    asked
        .ok()
        .and_then(|asked| asked.parse().ok())
        .unwrap_or(ROUNDS)
}

#[tokio::test]
async fn every_activity_arrives_once_though_servers_are_killed() {
    let mut a = Server::on_sqlite("127.0.0.22", "alice");
    let mut b = Server::on_postgres("127.0.0.23", "bob", "kill").await;
    let mut c = Server::on_sqlite("127.0.0.24", "carol");
    for server in [&mut a, &mut b, &mut c] {
        server.start();
    }
    let alice = Person::at("alice", &a, 0);
    let bob = Person::at("bob", &b, 1);
    let carol = Person::at("carol", &c, 0);
    let people = [&alice, &bob, &carol];
    befriend(&people).await;

    let mut expected = Vec::new();
    for round in 0..rounds() {
        for number in 0..POSTS {
            for person in people {
                let content = format!("{} says {number} of {round}", person.name);
                let note = json!({ "objectType": "note", "content": content });
                let posted = person.perform(json!({ "object": note })).await;
                expected.push(text(&posted["id"]));
            }
        }
        // In the middle of delivering what was posted.
        for (server, node) in [(&mut a, 0), (&mut b, round % 2), (&mut c, 0)] {
            tokio::time::sleep(Duration::from_millis(150)).await;
            server.kill(node);
        }
        for server in [&mut a, &mut b, &mut c] {
            server.start();
        }
    }
    expected.sort_unstable();
    for person in people {
        person.has("inbox/major", |ids| ids == expected).await;
    }
}
