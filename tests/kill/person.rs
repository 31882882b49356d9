//! A person at a client, over a real connection.

use axum::body::Body;
use http_body_util::BodyExt;
use hydraulics::app::SystemClock;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::Value;

use crate::{
    request::{Credentials, Request},
    server::Server,
};

/// Someone at a client, over a real connection.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) name: &'static str,
    address: String,
    client: Client<hyper_util::client::legacy::connect::HttpConnector, Body>,
}

impl Person {
    pub(crate) fn new(name: &'static str, server: &Server) -> Self {
        Self {
            name,
            address: server.address.clone(),
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    pub(crate) fn signed(&self, request: Request) -> axum::http::Request<Body> {
        let credentials = Credentials::client("app", "app-secret").with_token(
            &format!("{}-token", self.name),
            &format!("{}-secret", self.name),
        );
        let mut request = request
            .header("host", &self.address)
            .by(&credentials)
            .build(&SystemClock);
        let uri = format!("http://{}{}", self.address, request.uri());
        *request.uri_mut() = uri.parse().expect("a URI");
        request
    }

    /// The answer to a request, or `None` if the server died over it.
    pub(crate) async fn send(&self, request: axum::http::Request<Body>) -> Option<(u16, Value)> {
        let response = self.client.request(request).await.ok()?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.ok()?.to_bytes();
        Some((status, serde_json::from_slice(&body).unwrap_or_default()))
    }

    pub(crate) async fn post(&self, activity: &Value) -> Option<Value> {
        let request = Request::post(&format!("/api/user/{}/feed", self.name)).json(activity);
        let (status, activity) = self.send(self.signed(request)).await?;
        assert_eq!(status, 200, "{activity}");
        Some(activity)
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let path = path
            .strip_prefix(&format!("http://{}", self.address))
            .unwrap_or(path);
        let (status, body) = self
            .send(self.signed(Request::get(path)))
            .await
            .expect("the server lives");
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// All items of a collection, page by page, checked against its count.
    pub(crate) async fn all(&self, path: &str) -> Vec<Value> {
        let (mut items, mut next) = (Vec::new(), Some(format!("{path}?count=200")));
        let mut total = 0;
        while let Some(url) = next {
            let page = self.get(&url).await;
            items.extend(page["items"].as_array().expect("items").clone());
            total = page["totalItems"].as_u64().expect("a count");
            next = page["links"]["next"]["href"].as_str().map(str::to_owned);
        }
        assert_eq!(items.len() as u64, total, "{path} holds as many as it says");
        items
    }
}
