//! The process of the sink.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
    net::{Ipv4Addr, SocketAddrV4},
    sync::Arc,
};

use anyhow::{Context, Result};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, Uri, header},
    routing::{get, post},
};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use super::{
    COUNTS_PATH, Counts,
    answers::{host_meta, person, webfinger},
    signature::{digest, is_signed, secret_of},
};
use crate::{
    federation::hosts::{HostState, Hosts},
    process::local,
};

/// The default port of HTTP, at which other servers are.
const HTTP_PORT: u16 = 80;

/// Deliveries that were taken.
#[derive(Default)]
struct Taken {
    counts: Counts,
    /// Digests of an activity and an inbox.
    seen: HashSet<u64>,
}

type Shared = State<Arc<Mutex<Taken>>>;

/// Plays hosts that speak the Pump API.
pub(crate) async fn serve(hosts: Hosts, port: u16) -> Result<()> {
    let router = Router::new()
        .route(
            COUNTS_PATH,
            get(async |taken: Shared| Json(taken.lock().counts)),
        )
        .route("/.well-known/host-meta.json", get(show_host_meta))
        .route("/.well-known/webfinger", get(show_webfinger))
        .route("/api/lrdd", get(show_webfinger))
        .route("/api/client/register", post(register))
        .route("/api/dialback", post(async || "OK"))
        .route("/api/user/{nickname}/profile", get(show_person))
        .route("/api/user/{nickname}/inbox", post(take))
        .with_state(Arc::default());
    play(hosts, port, router).await
}

/// Plays these hosts with a router, which tells the counts at a port of this machine, too.
pub(crate) async fn play(hosts: Hosts, port: u16, router: Router) -> Result<()> {
    for number in 0..hosts.hosts {
        let (state, address) = (hosts.state(number), Hosts::address(number));
        if state == HostState::Refusing {
            continue;
        }
        let listener = bind(address).await?;
        if state == HostState::Silent {
            tokio::spawn(swallow(listener));
        } else {
            tokio::spawn(axum::serve(listener, router.clone()).into_future());
        }
    }
    let listener = TcpListener::bind(local(port)).await?;
    axum::serve(listener, router).await?;
    Ok(())
}

async fn bind(address: Ipv4Addr) -> Result<TcpListener> {
    let address = SocketAddrV4::new(address, HTTP_PORT);
    TcpListener::bind(address).await.with_context(|| {
        format!("{address} can't be bound: be root, or set net.ipv4.ip_unprivileged_port_start")
    })
}

/// Takes connections, and never answers.
async fn swallow(listener: TcpListener) {
    let mut connections: Vec<TcpStream> = Vec::new();
    while let Ok((connection, _)) = listener.accept().await {
        connections.push(connection);
    }
}

fn host_of(headers: &HeaderMap) -> &str {
    let host = headers.get(header::HOST);
    host.and_then(|host| host.to_str().ok()).unwrap_or_default()
}

async fn show_host_meta(headers: HeaderMap) -> Json<Value> {
    Json(host_meta(host_of(&headers)))
}

#[derive(Deserialize)]
struct Asked {
    resource: String,
}

async fn show_webfinger(headers: HeaderMap, Query(asked): Query<Asked>) -> Json<Value> {
    Json(webfinger(host_of(&headers), &asked.resource))
}

async fn show_person(headers: HeaderMap, Path(nickname): Path<String>) -> Json<Value> {
    Json(person(host_of(&headers), &nickname))
}

/// Registers a client, whoever it is: the sink asks nobody, to leave the time to the server.
async fn register(headers: HeaderMap, body: String) -> Json<Value> {
    let client = digest(&(host_of(&headers).to_owned() + &body));
    let secret = secret_of(&client);
    Json(json!({ "client_id": client, "client_secret": secret, "expires_at": 0 }))
}

#[derive(Deserialize)]
struct Delivered {
    id: String,
}

/// Takes a delivery, and answers it with the activity, as a Pump server does.
async fn take(
    taken: Shared,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<([(header::HeaderName, &'static str); 1], Bytes), StatusCode> {
    let host = host_of(&headers);
    if !is_signed(&headers, &format!("http://{host}{}", uri.path())) {
        taken.lock().counts.refused += 1;
        return Err(StatusCode::UNAUTHORIZED);
    }
    let delivered = serde_json::from_slice(&body);
    let Delivered { id } = delivered.map_err(|_| StatusCode::BAD_REQUEST)?;
    let mut hasher = DefaultHasher::new();
    (id, host, uri.path()).hash(&mut hasher);
    let mut taken = taken.lock();
    if taken.seen.insert(hasher.finish()) {
        taken.counts.taken += 1;
    } else {
        taken.counts.doubled += 1;
    }
    Ok(([(header::CONTENT_TYPE, "application/json")], body))
}
