//! Another Pump server, which gives credentials to anyone, and keeps what arrives.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, header};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::support::{Network, answer};

/// A post to an inbox.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    pub(super) path: String,
    pub(super) authorization: String,
    pub(super) activity: Value,
}

/// The server `https://peer.example`.
#[derive(Clone, Default)]
pub(super) struct Peer(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// How many clients have registered. Only the last is known.
    clients: usize,
    arrivals: Vec<Arrival>,
}

impl Peer {
    /// Makes it part of a network.
    pub(super) fn join(network: &Network) -> Self {
        let peer = Self::default();
        let answering = peer.clone();
        network.stub("https://peer.example", move |request| {
            answering.answer(request)
        });
        peer
    }

    /// Takes what has arrived.
    pub(super) fn take(&self) -> Vec<Arrival> {
        std::mem::take(&mut self.0.lock().arrivals)
    }

    /// Forgets its clients.
    pub(super) fn forget_clients(&self) {
        self.0.lock().clients += 1;
    }

    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let json = |body: &Value| answer(200, "application/json", body.to_string());
        let path = request.uri().path().to_owned();
        match &*path {
            "/.well-known/host-meta.json" => json(&json!({
                "links": [
                    {
                        "rel": "registration_endpoint",
                        "href": "https://peer.example/api/client/register",
                    },
                    { "rel": "lrdd", "template": "https://peer.example/api/lrdd?resource={uri}" },
                ],
            })),
            "/.well-known/webfinger" => {
                let query = request.uri().query().unwrap_or_default();
                let (_, resource) = form_urlencoded::parse(query.as_bytes()).next().unwrap();
                let acct = resource.trim_start_matches("acct:");
                let nickname = acct.split('@').next().unwrap();
                if nickname == "nobody" {
                    return answer(404, "text/plain", "no such person");
                }
                let inbox = format!("https://peer.example/api/user/{nickname}/inbox");
                json(&json!({ "links": [{ "rel": "activity-inbox", "href": inbox }] }))
            }
            "/api/client/register" => {
                let mut state = self.0.lock();
                state.clients += 1;
                json(&json!({
                    "client_id": format!("client-{}", state.clients),
                    "client_secret": "secret",
                    "expires_at": 0,
                }))
            }
            inbox if inbox.ends_with("/inbox") => self.take_in(request, path),
            _ => answer(404, "text/plain", "nothing"),
        }
    }

    fn take_in(&self, request: &Request<Bytes>, path: String) -> Response<Bytes> {
        let mut state = self.0.lock();
        let authorization = &request.headers()[header::AUTHORIZATION];
        let authorization = authorization.to_str().unwrap().to_owned();
        if !authorization.contains(&format!("\"client-{}\"", state.clients)) {
            return answer(401, "text/plain", "unknown client");
        }
        state.arrivals.push(Arrival {
            path,
            authorization,
            activity: serde_json::from_slice(request.body()).unwrap(),
        });
        answer(200, "application/json", "{}")
    }
}
