//! Invalid input: always an error that names the problem, and no change.

mod activities;
mod random;
mod requests;

use serde_json::Value;

use crate::support::Session;

/// Returns a person's view of the store: counts and contents of all their feeds.
async fn snapshot(who: &Session) -> Vec<Value> {
    let mut seen = Vec::new();
    for feed in [
        "feed",
        "inbox",
        "followers",
        "following",
        "favorites",
        "lists/person",
        "uploads",
        "profile",
    ] {
        seen.push(who.feed(feed).await);
    }
    seen
}
