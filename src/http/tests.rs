//! Discovery and files, through the router and a store in memory.

mod discovery;
mod uploads;

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use bytes::Bytes;
use http_body_util::BodyExt;
use object_store::memory::InMemory;
use serde_json::{Map, Value};
use tower::ServiceExt;
use url::Url;

use crate::{
    App,
    app::{ManualClock, Parts, SeededEntropy, Settings},
    context::Caller,
    model::{AccessToken, Client, ClientKind, Secret, Urls},
    service::accounts::{self, Registration},
    storage::{Change, memory::Memory},
};

/// The authorisation of alice's client, and of bob's.
const ALICE: &str = r#"OAuth oauth_consumer_key="c", oauth_token="alice", oauth_signature_method="PLAINTEXT", oauth_signature="s%26s""#;
const BOB: &str = r#"OAuth oauth_consumer_key="c", oauth_token="bob", oauth_signature_method="PLAINTEXT", oauth_signature="s%26s""#;

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn header(&self, name: header::HeaderName) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

struct Server(Router);

impl Server {
    async fn at(base: &str) -> Self {
        let mut settings = Settings::new(Urls::new(&Url::parse(base).unwrap()).unwrap());
        settings.oauth.plaintext_without_tls = true;
        settings.uploads.max_bytes = 10_000;
        let app = App::new(Parts {
            storage: Arc::new(Memory::new()),
            blobs: Arc::new(InMemory::new()),
            clock: Arc::new(ManualClock::at(1_793_880_000)),
            entropy: Arc::new(SeededEntropy::new(1)),
            settings,
        });
        let created = app.clock().now();
        let client = Client {
            id: "c".into(),
            secret: Secret::new("s"),
            kind: ClientKind::Native,
            name: None,
            description: None,
            logo_url: None,
            contacts: Vec::new(),
            redirect_uris: Vec::new(),
            created,
            updated: created,
        };
        app.storage()
            .commit(vec![Change::PutClient(client)])
            .await
            .unwrap();
        for nickname in ["alice", "bob"] {
            let registration = Registration {
                nickname: nickname.into(),
                password: Secret::new("a password of length"),
                email: None,
                extra: Map::new(),
            };
            let ctx = app.context(Caller::Server);
            let account = accounts::register(&ctx, registration).await.unwrap();
            let token = AccessToken {
                token: nickname.into(),
                secret: Secret::new("s"),
                client: "c".into(),
                user: account.nickname,
                created,
            };
            let put = Change::PutAccessToken(token);
            app.storage().commit(vec![put]).await.unwrap();
        }
        Self(super::router(app))
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.0.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask("GET", path, headers, Body::empty()).await
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Body) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "h.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body).unwrap()).await
    }

    async fn upload(&self, media_type: &str, body: impl Into<Body>) -> Answer {
        let headers = [("authorization", ALICE), ("content-type", media_type)];
        self.ask("POST", "/api/user/alice/uploads", &headers, body.into())
            .await
    }
}
