//! Groups (pump-api 8, 8.1, 10.7): membership, posts, documents and addresses.

mod addresses;
mod documents;
mod membership;
mod posts;

use serde_json::{Value, json};

use crate::support::{Session, addressed, named};

fn to(group: &Value) -> Value {
    json!({ "to": [named(group)] })
}

/// A group of that name.
async fn create(who: &Session, name: &str, recipients: Value) -> Value {
    let group = json!({ "objectType": "group", "displayName": name });
    let create = addressed(json!({ "verb": "create", "object": group }), &recipients);
    who.done(&create).await["object"].take()
}

async fn feed(who: &Session, group: &Value, feed: &str) -> Value {
    who.get(&format!("{}/{feed}", group["id"].as_str().unwrap()))
        .await
        .ok()
}
