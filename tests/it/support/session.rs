//! Signed requests and their answers.

use std::num::NonZeroU64;

use axum::{
    body::Body,
    http::{HeaderMap, Request, Response, StatusCode, header},
};
use http_body_util::BodyExt;
use hydraulics::app::Clock;
use oauth1_request::{Builder, Credentials, HmacSha1, ParameterList};
use serde_json::Value;

use super::{TestServer, server::BASE};

/// A client, perhaps acting for someone.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) server: TestServer,
    pub(crate) nickname: String,
    client: (String, String),
    token: Option<(String, String)>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) async fn read(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = body
            .collect()
            .await
            .expect("the answer ends")
            .to_bytes()
            .to_vec();
        Self {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body of a success as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text());
        serde_json::from_slice(&self.body).expect("the answer is JSON")
    }

    /// Checks that it is a refusal with that status, as JSON that says why, and returns the reason.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        let json: Value = serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("not JSON: {}", self.text()));
        json["error"].as_str().expect("it says why").to_owned()
    }
}

impl Session {
    pub(super) fn new(
        server: TestServer,
        client: (String, String),
        token: Option<(String, String)>,
        nickname: &str,
    ) -> Self {
        Self {
            server,
            nickname: nickname.into(),
            client,
            token,
        }
    }

    /// The same client, acting for someone.
    pub(super) fn acting_for(self, nickname: &str, token: (String, String)) -> Self {
        Self {
            token: Some(token),
            nickname: nickname.into(),
            ..self
        }
    }

    /// The same client, acting for nobody: two-legged.
    pub(crate) fn two_legged(&self) -> Self {
        Self {
            token: None,
            ..self.clone()
        }
    }

    /// The client's key.
    pub(crate) fn key(&self) -> &str {
        &self.client.0
    }

    /// The id of whom it acts for.
    pub(crate) fn id(&self) -> String {
        format!("acct:{}@pump.example", self.nickname)
    }

    /// The person as a reference.
    pub(crate) fn person(&self) -> Value {
        serde_json::json!({ "objectType": "person", "id": self.id() })
    }

    /// Where their followers are, as a reference.
    pub(crate) fn followers(&self) -> Value {
        let id = format!("{BASE}/api/user/{}/followers", self.nickname);
        serde_json::json!({ "objectType": "collection", "id": id })
    }

    /// An `Authorization` header for a request to a path or URL of the server.
    pub(crate) fn authorization(&self, method: &str, target: &str) -> String {
        let url = if target.starts_with('/') {
            format!("{BASE}{target}")
        } else {
            target.to_owned()
        };
        let (uri, query) = url.split_once('?').unwrap_or((&url, ""));
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let client = Credentials::new(self.client.0.as_str(), self.client.1.as_str());
        let mut builder = Builder::<_, &str, _>::new(client, HmacSha1::new());
        let now = self.server.clock.now().timestamp();
        let nonce = self.server.nonce();
        builder
            .nonce(nonce.as_str())
            .timestamp(NonZeroU64::new(now.unsigned_abs()));
        if let Some((token, secret)) = &self.token {
            builder.token(Credentials::new(token.as_str(), secret.as_str()));
        }
        builder.authorize(method, uri, &ParameterList::new(pairs))
    }

    /// A signed request.
    pub(crate) async fn request(
        &self,
        method: &str,
        target: &str,
        content_type: &str,
        body: impl Into<Body>,
    ) -> Reply {
        let path = target.strip_prefix(BASE).unwrap_or(target);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "pump.example")
            .header(header::AUTHORIZATION, self.authorization(method, target))
            // Clients send it on every request, bodies or not (clients T10).
            .header(header::CONTENT_TYPE, content_type)
            .body(body.into())
            .expect("a request");
        self.server.send(request).await
    }

    pub(crate) async fn get(&self, target: &str) -> Reply {
        self.request("GET", target, "application/json", Body::empty())
            .await
    }

    pub(crate) async fn post(&self, target: &str, body: &Value) -> Reply {
        self.request("POST", target, "application/json", body.to_string())
            .await
    }

    pub(crate) async fn put(&self, target: &str, body: &Value) -> Reply {
        self.request("PUT", target, "application/json", body.to_string())
            .await
    }

    pub(crate) async fn delete(&self, target: &str) -> Reply {
        self.request("DELETE", target, "application/json", Body::empty())
            .await
    }

    /// Posts an activity to one's own feed.
    pub(crate) async fn act(&self, activity: &Value) -> Reply {
        self.post(&format!("/api/user/{}/feed", self.nickname), activity)
            .await
    }

    /// Posts an activity that must succeed.
    pub(crate) async fn done(&self, activity: &Value) -> Value {
        let reply = self.act(activity).await;
        assert_eq!(reply.status, StatusCode::OK, "{activity}: {}", reply.text());
        reply.json()
    }

    /// Posts a note to someone, and returns it.
    pub(crate) async fn note(&self, content: &str, recipients: Value) -> Value {
        let mut activity =
            serde_json::json!({ "object": { "objectType": "note", "content": content } });
        activity
            .as_object_mut()
            .expect("an object")
            .extend(recipients.as_object().cloned().unwrap_or_default());
        self.done(&activity).await["object"].take()
    }

    /// One of one's own feeds, `inbox/major` say.
    pub(crate) async fn feed(&self, name: &str) -> Value {
        self.get(&format!("/api/user/{}/{name}", self.nickname))
            .await
            .json()
    }

    /// The ids of the items of one of one's own feeds.
    pub(crate) async fn ids(&self, name: &str) -> Vec<String> {
        ids(&self.feed(name).await)
    }
}

/// The ids of the items of a collection.
pub(crate) fn ids(collection: &Value) -> Vec<String> {
    let items = collection["items"]
        .as_array()
        .expect("a collection has items");
    items
        .iter()
        .map(|item| item["id"].as_str().expect("an item has an id").to_owned())
        .collect()
}
