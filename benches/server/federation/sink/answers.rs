//! Documents that a Pump server shows to others.

use serde_json::{Value, json};

/// Links to the endpoints of a host.
pub(super) fn host_meta(host: &str) -> Value {
    let link = |rel, path| json!({ "rel": rel, "href": format!("http://{host}/api/{path}") });
    json!({ "links": [
        {
            "rel": "lrdd",
            "type": "application/json",
            "template": format!("http://{host}/.well-known/webfinger?resource={{uri}}"),
        },
        link("registration_endpoint", "client/register"),
        link("http://apinamespace.org/oauth/request_token", "request_token"),
        link("http://apinamespace.org/oauth/authorize", "authorize"),
        link("http://apinamespace.org/oauth/access_token", "access_token"),
        link("dialback", "dialback"),
        link("http://apinamespace.org/activitypub/whoami", "whoami"),
    ] })
}

/// Links of a person, by an id such as `acct:NICK@HOST`.
pub(super) fn webfinger(host: &str, resource: &str) -> Value {
    let address = resource.strip_prefix("acct:").unwrap_or(resource);
    let nickname = address.split('@').next().unwrap_or_default();
    let base = format!("http://{host}/api/user/{nickname}");
    json!({ "links": [
        { "rel": "dialback", "href": format!("http://{host}/api/dialback") },
        { "rel": "self", "href": format!("{base}/profile") },
        { "rel": "activity-inbox", "href": format!("{base}/inbox") },
        { "rel": "activity-outbox", "href": format!("{base}/feed") },
        { "rel": "followers", "href": format!("{base}/followers") },
        { "rel": "following", "href": format!("{base}/following") },
        { "rel": "favorites", "href": format!("{base}/favorites") },
    ] })
}

/// A person, as their server shows them.
pub(crate) fn person(host: &str, nickname: &str) -> Value {
    let base = format!("http://{host}/api/user/{nickname}");
    let feed = |name: &str| json!({ "url": format!("{base}/{name}"), "totalItems": 3 });
    json!({
        "objectType": "person",
        "id": format!("acct:{nickname}@{host}"),
        "preferredUsername": nickname,
        "displayName": format!("Person {nickname} of {host}"),
        "url": format!("http://{host}/{nickname}"),
        "summary": "Looks after the pumps by the mill.",
        "published": "2026-01-01T10:00:00Z",
        "updated": "2026-01-01T10:00:00Z",
        "links": {
            "self": { "href": format!("{base}/profile") },
            "activity-inbox": { "href": format!("{base}/inbox") },
            "activity-outbox": { "href": format!("{base}/feed") },
        },
        "followers": feed("followers"),
        "following": feed("following"),
        "favorites": feed("favorites"),
        "lists": feed("lists/person"),
    })
}
