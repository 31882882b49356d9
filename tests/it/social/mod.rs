//! Social activities and their effects (pump-api 7 and 8).

mod notes;
mod people;
mod responses;

use serde_json::{Value, json};

use crate::support::Session;

fn comment_on(object: &Value, content: &str) -> Value {
    json!({ "object": {
        "objectType": "comment", "content": content,
        "inReplyTo": { "objectType": object["objectType"], "id": object["id"] }
    } })
}

/// The verbs in a feed of someone, newest first.
async fn verbs(who: &Session, feed: &str) -> Vec<String> {
    let feed = who.feed(feed).await;
    feed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["verb"].as_str().unwrap().to_owned())
        .collect()
}
