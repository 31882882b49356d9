//! Requests as bytes, signed with OAuth 1.0a before anything is sent.

use std::{
    num::NonZero,
    sync::atomic::{AtomicU64, Ordering},
};

use anyhow::{Context, Result};
use hydraulics::app::{Clock, Entropy, SystemClock, SystemEntropy};
use oauth1_request::{Builder, Credentials as Pair, ParameterList, signature_method::HMAC_SHA1};
use serde_json::Value;
use url::{Position, Url};

/// With what a request is signed: a client, and perhaps a token.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) key: String,
    pub(crate) secret: String,
    pub(crate) token: Option<(String, String)>,
}

impl Credentials {
    pub(crate) fn with_token(&self, token: &str, secret: &str) -> Self {
        Self {
            token: Some((token.into(), secret.into())),
            ..self.clone()
        }
    }
}

/// In place of the status of an answer that may have any.
pub(crate) const ANY_STATUS: u16 = 0;

/// A request, and the status that it must be answered with.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) bytes: Box<[u8]>,
    pub(crate) status: u16,
}

impl Ask {
    /// The same, to be answered with another status than 200.
    pub(crate) fn answered(self, status: u16) -> Self {
        Self { status, ..self }
    }
}

/// Makes requests to one server.
pub(crate) struct Signer {
    base: String,
    authority: String,
    /// Different in each run, so that a server which remembers nonces has seen none of ours.
    salt: String,
    nonces: AtomicU64,
}

impl Signer {
    pub(crate) fn new(server: &Url) -> Self {
        let chance: &dyn Entropy = &SystemEntropy;
        Self {
            base: server[..Position::BeforePath].to_owned(),
            authority: server[Position::BeforeHost..Position::AfterPort].to_owned(),
            salt: chance.token::<8>(),
            nonces: AtomicU64::new(0),
        }
    }

    /// The URL of the server, without a slash at the end.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// The path of one of the server's URLs.
    pub(crate) fn path_of<'a>(&self, url: &'a str) -> Result<&'a str> {
        url.strip_prefix(&self.base)
            .with_context(|| format!("{url} is not at {}", self.base))
    }

    pub(crate) fn anonymous(&self, target: &str) -> Ask {
        self.request("GET", target, None, b"")
    }

    /// A page, for the browser with a cookie.
    pub(crate) fn browse(&self, target: &str, cookie: Option<&str>) -> Ask {
        let cookie = cookie.map_or_else(String::new, |cookie| format!("Cookie: {cookie}\r\n"));
        self.compose(
            "GET",
            target,
            &format!("Accept: text/html\r\n{cookie}"),
            b"",
        )
    }

    /// The sign-in of a browser.
    pub(crate) fn sign_in(&self, nickname: &str, password: &str) -> Ask {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("nickname", nickname), ("password", password)])
            .finish();
        let headers = format!(
            "Content-Type: application/x-www-form-urlencoded\r\nOrigin: {}\r\n",
            self.base
        );
        self.compose("POST", "/main/login", &headers, form.as_bytes())
    }

    pub(crate) fn get(&self, target: &str, by: &Credentials) -> Ask {
        self.request("GET", target, Some(by), b"")
    }

    pub(crate) fn post(&self, target: &str, by: Option<&Credentials>, body: &Value) -> Ask {
        self.request("POST", target, by, body.to_string().as_bytes())
    }

    /// A POST for somebody with a bearer token.
    pub(crate) fn post_as(&self, target: &str, token: &str, body: &Value) -> Ask {
        let headers =
            format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n");
        self.compose("POST", target, &headers, body.to_string().as_bytes())
    }

    /// A form of another server, which claims by Dialback to be of that identity.
    pub(crate) fn claim(&self, target: &str, identity: &str, body: &str) -> Ask {
        let number = self.nonces.fetch_add(1, Ordering::Relaxed);
        let field = if identity.contains('@') {
            "webfinger"
        } else {
            "host"
        };
        let date = SystemClock.now().format("%a, %d %b %Y %H:%M:%S GMT");
        let token = format!("{}{number}", self.salt);
        let headers = [
            "Content-Type: application/x-www-form-urlencoded",
            &format!("Authorization: Dialback {field}=\"{identity}\", token=\"{token}\""),
            &format!("Date: {date}\r\n"),
        ];
        let headers = headers.join("\r\n");
        self.compose("POST", target, &headers, body.as_bytes())
    }

    fn request(&self, method: &str, target: &str, by: Option<&Credentials>, body: &[u8]) -> Ask {
        let mut headers = String::new();
        if let Some(by) = by {
            headers += "Authorization: ";
            headers += &self.authorization(method, target, by);
            headers += "\r\n";
        }
        if method == "POST" {
            headers += "Content-Type: application/json\r\n";
        }
        self.compose(method, target, &headers, body)
    }

    fn compose(&self, method: &str, target: &str, headers: &str, body: &[u8]) -> Ask {
        let authority = &self.authority;
        let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {authority}\r\n{headers}");
        if method == "POST" {
            head += "Content-Length: ";
            head += &body.len().to_string();
            head += "\r\n";
        }
        head += "\r\n";
        Ask {
            bytes: [head.as_bytes(), body].concat().into(),
            status: 200,
        }
    }

    fn authorization(&self, method: &str, target: &str, by: &Credentials) -> String {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let parameters: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let number = self.nonces.fetch_add(1, Ordering::Relaxed);
        let nonce = format!("{}{number}", self.salt);
        let now = u64::try_from(SystemClock.now().timestamp()).unwrap_or_default();
        let client = Pair::new(by.key.as_str(), by.secret.as_str());
        let token = by.token.as_ref();
        let mut builder = Builder::<_, _>::new(client, HMAC_SHA1);
        builder.nonce(nonce.as_str());
        builder.timestamp(NonZero::new(now));
        builder.token(token.map(|(token, secret)| Pair::new(token.as_str(), secret.as_str())));
        let uri = format!("{}{path}", self.base);
        builder.authorize(method, uri, &ParameterList::new(parameters))
    }
}
