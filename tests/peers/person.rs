//! A person at a client of one of the servers.

use std::time::Duration;

use axum::body::Body;
use http_body_util::BodyExt;
use hydraulics::app::SystemClock;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::{Value, json};

use crate::{
    request::{Credentials, Request},
    server::Server,
};

/// How long the servers have to agree. The lease of a worker that was killed is a part of that.
pub(crate) const AGREEMENT_TIMEOUT: Duration = Duration::from_mins(7);

/// How long a client waits for an answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Pause between two looks.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// A person at a client.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) name: &'static str,
    host: &'static str,
    address: String,
    client: Client<hyper_util::client::legacy::connect::HttpConnector, Body>,
}

impl Person {
    /// A client of a node of the server.
    pub(crate) fn at(name: &'static str, server: &Server, node: usize) -> Self {
        Self {
            name,
            host: server.host,
            address: server.address(node),
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Their id.
    pub(crate) fn id(&self) -> String {
        format!("acct:{}@{}", self.name, self.host)
    }

    pub(crate) fn reference(&self) -> Value {
        json!({ "objectType": "person", "id": self.id() })
    }

    fn signed(&self, request: Request) -> http::Request<Body> {
        let credentials = Credentials::client("app", "app-secret").with_token(
            &format!("{}-token", self.name),
            &format!("{}-secret", self.name),
        );
        let mut request = request
            .header("host", self.host)
            .by(&credentials)
            .build(&SystemClock);
        let uri = format!("http://{}{}", self.address, request.uri());
        *request.uri_mut() = uri.parse().expect("a URI");
        request
    }

    /// The answer to a request, or `None` if the server died over it.
    pub(crate) async fn send(&self, request: Request) -> Option<(u16, Value)> {
        let answered = async {
            let response = self.client.request(self.signed(request)).await.ok()?;
            let status = response.status().as_u16();
            let body = response.into_body().collect().await.ok()?.to_bytes();
            let body = serde_json::from_slice(&body)
                .unwrap_or_else(|_| String::from_utf8_lossy(&body).into_owned().into());
            Some((status, body))
        };
        tokio::time::timeout(ANSWER_TIMEOUT, answered).await.ok()?
    }

    /// The answer to an activity; `None` if the server died over it.
    pub(crate) async fn act(&self, activity: &Value) -> Option<(u16, Value)> {
        let request = Request::post(&format!("/api/user/{}/feed", self.name)).json(activity);
        self.send(request).await
    }

    /// Does what an activity says; `None` if the server died over it.
    pub(crate) async fn attempt(&self, activity: &Value) -> Option<Value> {
        let (status, body) = self.act(activity).await?;
        assert_eq!(status, 200, "{} does {activity}: {body}", self.name);
        Some(body)
    }

    /// Does what an activity says, at a server that lives.
    pub(crate) async fn perform(&self, activity: Value) -> Value {
        self.attempt(&activity).await.expect("the server lives")
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self
            .send(Request::get(path))
            .await
            .expect("the server lives");
        assert_eq!(status, 200, "{} reads {path}: {body}", self.name);
        body
    }

    /// The ids of all items of a feed of theirs, in any order.
    pub(crate) async fn ids(&self, feed: &str) -> Vec<String> {
        let items = self.items(feed).await;
        let mut ids: Vec<String> = items.iter().map(|item| text(&item["id"])).collect();
        ids.sort_unstable();
        ids
    }

    /// All items of a feed of theirs.
    pub(crate) async fn items(&self, feed: &str) -> Vec<Value> {
        let (mut all, mut next) = (Vec::new(), Some(self.feed(feed, "?count=200")));
        while let Some(path) = next {
            let mut page = self.get(&path).await;
            all.append(page["items"].as_array_mut().expect("items"));
            let older = page["links"]["next"]["href"].as_str();
            next = older.map(|url| url.replace(&format!("http://{}", self.host), ""));
        }
        all
    }

    /// Status of a thing with that id where this person looks, and the thing.
    pub(crate) async fn look(&self, kind: &str, id: &str) -> (u16, Value) {
        let path = format!("/api/{kind}?id={}", encoded(id));
        self.send(Request::get(&path)).await.expect("an answer")
    }

    fn feed(&self, feed: &str, query: &str) -> String {
        format!("/api/user/{}/{feed}{query}", self.name)
    }

    /// Waits until a thing with that id is as it should be where this person looks.
    pub(crate) async fn sees(&self, kind: &str, id: &str, is_right: impl Fn(&Value) -> bool) {
        let mut last = Value::Null;
        let looking = async {
            loop {
                let (status, body) = self.look(kind, id).await;
                if status == 200 && is_right(&body) {
                    return;
                }
                last = json!({ "status": status, "body": body });
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        if tokio::time::timeout(AGREEMENT_TIMEOUT, looking)
            .await
            .is_err()
        {
            panic!("{} sees {id} as {last:#}", self.name);
        }
    }

    /// Waits until a feed of theirs has just these items.
    pub(crate) async fn has(&self, feed: &str, is_right: impl Fn(&[String]) -> bool) {
        let mut last = Vec::new();
        let looking = async {
            loop {
                last = self.ids(feed).await;
                if is_right(&last) {
                    return;
                }
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        if tokio::time::timeout(AGREEMENT_TIMEOUT, looking)
            .await
            .is_err()
        {
            panic!("{} has in {feed}: {last:#?}", self.name);
        }
    }
}

/// A string that must be there.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

fn encoded(id: &str) -> String {
    form_urlencoded::byte_serialize(id.as_bytes()).collect()
}
