//! Changes of activities after the fact (pump-api 9.6).

mod audience;
mod edits;
mod retraction;
mod updates;

use serde_json::{Value, json};

use crate::support::{Session, id};

fn note(content: &str, to: Value) -> Value {
    let note = json!({ "objectType": "note", "content": content, "displayName": "A Title" });
    let mut activity = json!({ "object": note });
    activity["to"] = to;
    activity
}

/// How often a feed tells of a thing.
async fn times(who: &Session, feed: &str, activity: &Value) -> usize {
    who.ids(feed)
        .await
        .iter()
        .filter(|found| *found == id(activity))
        .count()
}
