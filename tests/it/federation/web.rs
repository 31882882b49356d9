//! Other servers, as they answer requests: discovery, registration of clients, and JSON.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Request, Response};
use hydraulics::app::{Incoming, Transport, TransportError};
use serde_json::{Value, json};

/// All other servers.
#[derive(Clone, Default)]
pub(super) struct Web {
    /// Documents by URL.
    pages: Arc<Mutex<BTreeMap<String, Value>>>,
    /// The URLs that were asked for, without those of discovery and registration.
    pub(super) asked: Arc<Mutex<Vec<String>>>,
    /// Whether things are answered with 503.
    fails: Arc<AtomicBool>,
}

impl Web {
    /// Shows a thing at its id.
    pub(super) fn show(&self, thing: &Value) {
        self.put(thing["id"].as_str().unwrap(), thing);
    }

    pub(super) fn put(&self, url: &str, page: &Value) {
        self.pages.lock().unwrap().insert(url.into(), page.clone());
    }

    /// Lets all servers fail that are asked for a thing, or not any more.
    pub(super) fn fail(&self, fails: bool) {
        self.fails.store(fails, Ordering::SeqCst);
    }

    pub(super) fn requests(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    fn answer(&self, request: &Request<Bytes>) -> Option<Value> {
        let uri = request.uri();
        let host = uri.host()?;
        let base = format!("https://{host}");
        match uri.path() {
            "/.well-known/webfinger" => {
                let profile = format!("{base}/api/user/profile");
                let mut query = form_urlencoded::parse(uri.query()?.as_bytes());
                let resource = query.find(|(name, _)| name == "resource")?.1;
                let nickname = match resource.strip_prefix(&format!("{base}/")) {
                    Some(path) => path,
                    None => resource.trim_start_matches("acct:").split('@').next()?,
                };
                if nickname.contains('/') {
                    return None;
                }
                Some(json!({
                    "subject": format!("acct:{nickname}@{host}"),
                    "links": [
                        { "rel": "self", "href": profile },
                        { "rel": "activity-inbox", "href": format!("{base}/inbox") },
                    ],
                }))
            }
            "/.well-known/host-meta.json" | "/.well-known/host-meta" => Some(json!({
                "links": [{ "rel": "registration_endpoint", "href": format!("{base}/register") }],
            })),
            "/register" => Some(json!({ "client_id": "c", "client_secret": "s" })),
            _ => {
                let url = uri.to_string();
                self.asked.lock().unwrap().push(url.clone());
                let signed = request.headers().contains_key("authorization");
                self.pages
                    .lock()
                    .unwrap()
                    .get(&url)
                    .filter(|_| signed)
                    .cloned()
            }
        }
    }
}

#[async_trait]
impl Transport for Web {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Incoming>, TransportError> {
        // Looked at first: a test that sees the request may change it.
        let fails = self.fails.load(Ordering::SeqCst);
        let answer = self.answer(&request);
        let is_thing = !request.uri().path().starts_with("/.well-known/");
        let status = match answer {
            _ if is_thing && fails => 503,
            Some(_) => 200,
            None => 404,
        };
        let body = Bytes::from(answer.unwrap_or_default().to_string());
        let response = Response::builder()
            .status(status)
            .header("content-type", "application/json");
        let body: Incoming = stream::iter([Ok(body)]).boxed();
        Ok(response.body(body).unwrap())
    }
}
