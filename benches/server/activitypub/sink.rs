//! Other servers that speak ActivityPub, in the process of the sink.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use anyhow::{Context, Result};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::IntoResponse,
    routing::{get, post},
};
use parking_lot::Mutex;
use ring::signature::UnparsedPublicKey;
use serde::Deserialize;
use serde_json::{Value, json};
use url::{Position, Url};

use super::{
    persons::actor_id,
    signing::{MEDIA_TYPE, Signature, public_key},
};
use crate::{
    federation::{COUNTS_PATH, Counts},
    signing::Ask,
    wire::Connection,
};

/// Everything that these servers know.
struct Known {
    public_pem: String,
    counts: Mutex<Counts>,
    /// Digests of an activity and a host.
    seen: Mutex<HashSet<u64>>,
    /// Keys of those who deliver, by their ids.
    keys: tokio::sync::Mutex<HashMap<String, Arc<UnparsedPublicKey<Vec<u8>>>>>,
}

type Shared = State<Arc<Known>>;

/// The router of all hosts. Everyone there has the same key.
pub(crate) fn router(public_pem: String) -> Router {
    Router::new()
        .route(
            COUNTS_PATH,
            get(async |known: Shared| Json(*known.counts.lock())),
        )
        .route("/.well-known/webfinger", get(show_webfinger))
        .route("/users/{nickname}", get(show_actor))
        .route("/users/{nickname}/{collection}", get(show_collection))
        .route("/users/{nickname}/inbox", post(take))
        .route("/inbox", post(take))
        .with_state(Arc::new(Known {
            public_pem,
            counts: Mutex::default(),
            seen: Mutex::default(),
            keys: tokio::sync::Mutex::default(),
        }))
}

fn host_of(headers: &HeaderMap) -> &str {
    let host = headers.get(header::HOST);
    host.and_then(|host| host.to_str().ok()).unwrap_or_default()
}

fn document(value: &Value) -> impl IntoResponse + use<> {
    ([(header::CONTENT_TYPE, MEDIA_TYPE)], value.to_string())
}

#[derive(Deserialize)]
struct Asked {
    resource: String,
}

/// Knows a person by their address and by the id of the actor.
async fn show_webfinger(headers: HeaderMap, Query(asked): Query<Asked>) -> impl IntoResponse {
    let host = host_of(&headers);
    let name = match asked.resource.strip_prefix("acct:") {
        Some(address) => address.split('@').next(),
        None => asked.resource.rsplit('/').next(),
    };
    let name = name.unwrap_or_default();
    let actor = actor_id(host, name);
    let shown = json!({
        "subject": format!("acct:{name}@{host}"),
        "aliases": [actor],
        "links": [{ "rel": "self", "type": "application/activity+json", "href": actor }],
    });
    (
        [(header::CONTENT_TYPE, "application/jrd+json")],
        shown.to_string(),
    )
}

async fn show_actor(
    known: Shared,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> impl IntoResponse {
    let host = host_of(&headers);
    let id = actor_id(host, &name);
    document(&json!({
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "id": id,
        "type": "Person",
        "preferredUsername": name,
        "name": format!("Person {name} of {host}"),
        "summary": "Looks after the pumps by the mill.",
        "url": format!("http://{host}/@{name}"),
        "published": "2026-01-01T10:00:00Z",
        "manuallyApprovesFollowers": false,
        "discoverable": true,
        "inbox": format!("{id}/inbox"),
        "outbox": format!("{id}/outbox"),
        "followers": format!("{id}/followers"),
        "following": format!("{id}/following"),
        "endpoints": { "sharedInbox": format!("http://{host}/inbox") },
        "publicKey": {
            "id": format!("{id}#main-key"),
            "owner": id,
            "publicKeyPem": known.public_pem,
        },
    }))
}

/// All collections are empty.
async fn show_collection(
    headers: HeaderMap,
    Path((name, collection)): Path<(String, String)>,
) -> impl IntoResponse {
    let id = actor_id(host_of(&headers), &name);
    document(&json!({
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": format!("{id}/{collection}"),
        "type": "OrderedCollection",
        "totalItems": 0,
        "orderedItems": [],
    }))
}

#[derive(Deserialize)]
struct Delivered {
    id: String,
    r#type: String,
}

/// Takes a delivery whose signature is right.
async fn take(known: Shared, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
    let is_signed = match Signature::of(&headers) {
        Some(signature) => match known.key_of(&signature).await {
            Ok(key) => signature.is_right(&key, uri.path(), &headers, &body),
            Err(_) => false,
        },
        None => false,
    };
    if !is_signed {
        known.counts.lock().refused += 1;
        return StatusCode::UNAUTHORIZED;
    }
    let Ok(delivered) = serde_json::from_slice::<Delivered>(&body) else {
        return StatusCode::BAD_REQUEST;
    };
    let mut hasher = DefaultHasher::new();
    (delivered.id, host_of(&headers)).hash(&mut hasher);
    let is_new = known.seen.lock().insert(hasher.finish());
    let mut counts = known.counts.lock();
    match &*delivered.r#type {
        "Accept" => counts.accepted += 1,
        "Create" if is_new => counts.taken += 1,
        "Create" => counts.doubled += 1,
        _ => {}
    }
    StatusCode::ACCEPTED
}

impl Known {
    /// The key of who delivers, fetched once.
    async fn key_of(&self, signature: &Signature) -> Result<Arc<UnparsedPublicKey<Vec<u8>>>> {
        let id = signature.key_id().context("a signature names its key")?;
        let mut keys = self.keys.lock().await;
        if let Some(key) = keys.get(id) {
            return Ok(Arc::clone(key));
        }
        let key = Arc::new(fetch_key(id).await?);
        keys.insert(id.to_owned(), Arc::clone(&key));
        Ok(key)
    }
}

/// A key is shown without a signature, by all servers.
async fn fetch_key(id: &str) -> Result<UnparsedPublicKey<Vec<u8>>> {
    let url = Url::parse(id)?;
    let authority = &url[Position::BeforeHost..Position::AfterPort];
    let path = &url[Position::BeforePath..Position::AfterQuery];
    let ask = format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\nAccept: {MEDIA_TYPE}\r\n\r\n");
    let ask = Ask {
        bytes: ask.into_bytes().into(),
        status: 200,
    };
    let mut connection = Connection::open(authority).await?;
    let shown: Value = connection.ask(&ask).await?.json()?;
    let pem = shown["publicKey"]["publicKeyPem"].as_str();
    public_key(pem.context("an actor has a key")?)
}
