//! Groups (pump-api 8, 8.1, 10.7): membership, posts, documents and addresses.

mod addresses;
mod documents;
mod membership;
mod posts;

use serde_json::{Value, json};

use crate::support::{Session, about, addressed, named};

fn to(group: &Value) -> Value {
    json!({ "to": [named(group)] })
}

/// A group of that name.
async fn create(who: &Session, name: &str, recipients: Value) -> Value {
    let group = json!({ "objectType": "group", "displayName": name });
    let create = addressed(json!({ "verb": "create", "object": group }), &recipients);
    who.done(&create).await["object"].take()
}

/// A group that only these persons may join, who have joined it.
async fn private_group(author: &Session, members: &[&Session]) -> Value {
    let people: Vec<Value> = members.iter().map(|member| member.person()).collect();
    let group = create(author, "Cabal", json!({ "to": people })).await;
    for member in members {
        member.done(&about("join", &group)).await;
    }
    group
}

async fn feed(who: &Session, group: &Value, feed: &str) -> Value {
    who.get(&format!("{}/{feed}", group["id"].as_str().unwrap()))
        .await
        .ok()
}
