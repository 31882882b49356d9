//! Requests, signed with `oauth1-request`.

use std::{
    net::SocketAddr,
    num::NonZero,
    sync::atomic::{AtomicU64, Ordering},
};

use axum::{body::Body, extract::ConnectInfo};
use http::header;
use hydraulics::{app::Clock, model::Urls};
use oauth1_request::{
    Builder, Credentials as Pair, ParameterList,
    signature_method::{HMAC_SHA1, PLAINTEXT, SignatureMethod},
};
use serde_json::Value;

use super::hmac_sha256::HmacSha256;

/// The host of most servers.
const DEFAULT_HOST: &str = "pump.example";

/// With what a request is signed.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) key: String,
    pub(crate) secret: String,
    pub(crate) token: Option<(String, String)>,
}

impl Credentials {
    pub(crate) fn client(key: &str, secret: &str) -> Self {
        Self {
            key: key.into(),
            secret: secret.into(),
            token: None,
        }
    }

    pub(crate) fn with_token(&self, token: &str, secret: &str) -> Self {
        Self {
            token: Some((token.into(), secret.into())),
            ..self.clone()
        }
    }
}

/// A request to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: &'static str,
    target: String,
    headers: Vec<(String, String)>,
    /// Whether the test names the host that it is sent to.
    names_host: bool,
    body: Vec<u8>,
    credentials: Option<Credentials>,
    method_name: &'static str,
    callback: Option<String>,
    verifier: Option<String>,
    nonce: Option<String>,
    timestamp: Option<i64>,
    signed_scheme: &'static str,
    signed_target: Option<String>,
    signed_host: Option<&'static str>,
    peer: Option<SocketAddr>,
}

impl Request {
    pub(crate) fn new(method: &'static str, target: &str) -> Self {
        Self {
            method,
            target: target.into(),
            headers: vec![("host".into(), DEFAULT_HOST.into())],
            names_host: false,
            body: Vec::new(),
            credentials: None,
            method_name: "HMAC-SHA1",
            callback: None,
            verifier: None,
            nonce: None,
            timestamp: None,
            signed_scheme: "http",
            signed_target: None,
            signed_host: None,
            peer: None,
        }
    }

    pub(crate) fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    pub(crate) fn post(target: &str) -> Self {
        Self::new("POST", target)
    }

    /// Adds a header, or replaces it.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.into(), value.into()));
        self.names_host |= name == "host";
        self
    }

    /// Sends it to a server with other URLs than most, unless it names a host already.
    pub(crate) fn at(self, urls: &Urls) -> Self {
        if urls.authority() == DEFAULT_HOST || self.names_host {
            return self;
        }
        let signed_scheme = if urls.scheme() == "https" {
            "https"
        } else {
            "http"
        };
        Self {
            signed_scheme,
            ..self.header("host", urls.authority())
        }
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    pub(crate) fn form(self, fields: &[(&str, &str)]) -> Self {
        self.body("application/x-www-form-urlencoded", form(fields))
    }

    pub(crate) fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", content_type)
    }

    /// Signs it.
    pub(crate) fn by(mut self, credentials: &Credentials) -> Self {
        self.credentials = Some(credentials.clone());
        self
    }

    pub(crate) fn callback(mut self, callback: &str) -> Self {
        self.callback = Some(callback.into());
        self
    }

    pub(crate) fn verifier(mut self, verifier: &str) -> Self {
        self.verifier = Some(verifier.into());
        self
    }

    /// Signs with another method than HMAC-SHA1.
    pub(crate) fn signing(mut self, method_name: &'static str) -> Self {
        self.method_name = method_name;
        self
    }

    pub(crate) fn nonce(mut self, nonce: &str) -> Self {
        self.nonce = Some(nonce.into());
        self
    }

    pub(crate) fn timestamp(mut self, timestamp: i64) -> Self {
        self.timestamp = Some(timestamp);
        self
    }

    /// Signs as if it were sent over `https`.
    pub(crate) fn signed_as_https(mut self) -> Self {
        self.signed_scheme = "https";
        self
    }

    /// Signs another host than what is sent.
    pub(crate) fn signed_as_host(mut self, host: &'static str) -> Self {
        self.signed_host = Some(host);
        self
    }

    /// Sends it from this address and port.
    pub(crate) fn from(mut self, peer: &str) -> Self {
        self.peer = Some(peer.parse().unwrap());
        self
    }

    /// Signs another path and query than what is sent.
    pub(crate) fn signed_as(mut self, target: &str) -> Self {
        self.signed_target = Some(target.into());
        self
    }

    /// The `Authorization` header it is sent with, for those who want to send it again.
    pub(crate) fn authorization(&self, clock: &dyn Clock) -> Option<String> {
        Some(match self.method_name {
            "HMAC-SHA1" => self.sign(clock, HMAC_SHA1)?,
            "HMAC-SHA256" => self.sign(clock, HmacSha256)?,
            "PLAINTEXT" => self.sign(clock, PLAINTEXT)?,
            other => self.sign(clock, HMAC_SHA1)?.replace("HMAC-SHA1", other),
        })
    }

    pub(crate) fn build(self, clock: &dyn Clock) -> http::Request<Body> {
        let authorization = self.authorization(clock);
        let mut request = http::Request::builder()
            .method(self.method)
            .uri(&self.target);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(peer) = self.peer {
            request = request.extension(ConnectInfo(peer));
        }
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        request.body(Body::from(self.body)).unwrap()
    }

    fn sign<M: SignatureMethod + Clone>(&self, clock: &dyn Clock, method: M) -> Option<String> {
        static NONCES: AtomicU64 = AtomicU64::new(0);
        let credentials = self.credentials.as_ref()?;
        let nonce = self
            .nonce
            .clone()
            .unwrap_or_else(|| format!("nonce-{}", NONCES.fetch_add(1, Ordering::Relaxed)));
        let timestamp = self.timestamp.unwrap_or_else(|| clock.now().timestamp());
        let token = credentials.token.as_ref();

        let target = self.signed_target.as_ref().unwrap_or(&self.target);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut parameters: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        if self
            .headers
            .iter()
            .any(|(_, value)| value == "application/x-www-form-urlencoded")
        {
            parameters.extend(form_urlencoded::parse(&self.body).into_owned());
        }
        let header = |name| self.headers.iter().find(|(known, _)| known == name);
        let sent_host = header("host").map_or(DEFAULT_HOST, |(_, value)| value);
        let host = self.signed_host.unwrap_or(sent_host);
        let host = if self.signed_scheme == "https" {
            host.trim_end_matches(":443")
        } else {
            host
        };
        let host = host.to_ascii_lowercase();
        let uri = format!("{}://{host}{path}", self.signed_scheme);

        let mut builder = Builder::<_, _>::new(
            Pair::new(credentials.key.as_str(), credentials.secret.as_str()),
            method,
        );
        builder.nonce(nonce.as_str());
        builder.timestamp(NonZero::new(u64::try_from(timestamp).unwrap()));
        builder.token(token.map(|(token, secret)| Pair::new(token.as_str(), secret.as_str())));
        builder.callback(self.callback.as_deref());
        builder.verifier(self.verifier.as_deref());
        let parameters = ParameterList::new(parameters);
        Some(builder.authorize(self.method, uri, &parameters))
    }
}

/// An urlencoded form.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}
