//! This server and its people, as servers that speak `ActivityPub` see them.

mod actors;
mod both_protocols;
mod content;
mod discovery;
mod forwarded;
mod forwarding;
mod group_posts;
mod group_shares;
mod groups;
mod host;
mod keys;
mod moves;
mod own_groups;
mod polls;
mod reads;
mod reports;
mod servers;
mod wishes;

use serde_json::Value;

use crate::support::{Answer, Request, TestServer};

const ACTIVITY: &str = "application/activity+json";
const LD: &str = r#"application/ld+json; profile="https://www.w3.org/ns/activitystreams""#;

/// Asks for something as a stranger does.
async fn read(server: &TestServer, path: &str, accept: &str) -> Answer {
    let request = Request::get(path).header("accept", accept);
    server.send(request).await
}

/// Returns a document of AS2 that a stranger asks for.
async fn document(server: &TestServer, path: &str) -> Value {
    let answer = read(server, path, ACTIVITY).await.is(200);
    assert_eq!(answer.header("content-type"), ACTIVITY);
    serde_json::from_slice(&answer.body).unwrap()
}

/// The path of a URL of any server.
fn path_of(url: &Value) -> &str {
    let (_, rest) = url.as_str().unwrap().split_once("://").unwrap();
    &rest[rest.find('/').unwrap()..]
}
