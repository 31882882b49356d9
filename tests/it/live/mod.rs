//! Live feeds: server-sent events of feeds and inboxes.

mod access;
mod events;
mod limits;
mod resume;

use std::time::Duration;

use hydraulics::app::Settings;

use crate::support::{LiveFeed, Session, TestServer, everyone};

const INBOX: &str = "/api/user/bob/inbox";
const FEED: &str = "/api/user/alice/feed";

/// Alice, and Bob, who follows her.
async fn friends(server: &TestServer) -> (Session, Session) {
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.follow(&alice).await;
    (alice, bob)
}

/// A heart that beats often.
fn lively(settings: &mut Settings) {
    settings.live.heartbeat = Duration::from_millis(20);
}

/// Posts notes that say their numbers.
async fn count(alice: &Session, numbers: impl Iterator<Item = usize>) -> Vec<String> {
    let numbers: Vec<String> = numbers.map(|number| number.to_string()).collect();
    for number in &numbers {
        alice.note(number, everyone()).await;
    }
    numbers
}

/// The stream is over, and has nothing more to say.
async fn ends(mut feed: LiveFeed) {
    let more = feed.event().await;
    assert!(more.is_none(), "{more:?}");
}
