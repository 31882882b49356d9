//! Signed requests to other servers, on behalf of a person here or of this server (pump-api 12.5).

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, header};
use serde_json::Value;
use url::Url;

use super::{
    credentials::{are_refused, credential, note_refusal, recent_refusal, renewed},
    fetch::{
        FetchBudget, Get, OBJECT_TYPES, OPENING, Post, Proof, answer_of, get, open, post,
        read_object,
    },
};
use crate::{
    App,
    app::{Incoming, PeerAnswer, PeerError, PeerFailure},
    model::{Nickname, RemoteCredential, Urls, host_of_url},
    protocol::oauth1::Signer,
};

/// The identity of this server itself at others.
pub fn server_identity(urls: &Urls) -> String {
    urls.host_name()
}

/// The identity of a person here at others.
pub fn person_identity(urls: &Urls, nickname: &Nickname) -> String {
    format!("acct:{nickname}@{}", urls.host_name())
}

/// Fetches JSON from another host, signed on behalf of an identity of ours.
///
/// The answer is of the host of the URL, also after redirects. Credentials that are refused are
/// made anew, once.
pub async fn signed_get(
    app: &App,
    identity: &str,
    url: &str,
    budget: &FetchBudget,
) -> Result<Value, PeerError> {
    let (url, host) = web_address("fetch", url)?;
    let mut attempt = Attempt::begin(app, identity, url, &host, budget).await?;
    let fetched = loop {
        let request = Get {
            step: "fetch",
            url: &attempt.url,
            accept: OBJECT_TYPES,
            proof: Some(Proof::of_oauth(
                identity,
                authorization(app, "fetch", &attempt.key, "GET", &attempt.url)?,
            )),
        };
        match get(app, &request, budget).await {
            Ok(fetched) => break fetched,
            Err(error) => attempt.prepare_next(app, error, budget).await?,
        }
    };
    let unusable = |cause| PeerError {
        host: (&*host).into(),
        step: "fetch",
        cause,
    };
    if !is_at(&fetched.url, &host) {
        return Err(unusable(PeerFailure::Redirected(
            fetched.url.as_str().into(),
        )));
    }
    read_object(&fetched).map_err(unusable)
}

/// Asks another host for something, signed on behalf of an identity of ours, as [`open`] does.
/// Credentials that are refused are made anew, once.
pub(crate) async fn signed_open(
    app: &App,
    identity: &str,
    url: &Url,
    headers: &HeaderMap,
) -> Result<Response<Incoming>, PeerError> {
    let budget = FetchBudget::default();
    let (url, host) = web_address(OPENING, url.as_str())?;
    let mut attempt = Attempt::begin(app, identity, url, &host, &budget).await?;
    loop {
        let mut headers = headers.clone();
        let authorization = authorization(app, OPENING, &attempt.key, "GET", &attempt.url)?;
        headers.insert(header::AUTHORIZATION, authorization);
        match open(app, &attempt.url, headers).await {
            Ok(answer) => return Ok(answer),
            Err(error) => attempt.prepare_next(app, error, &budget).await?,
        }
    }
}

/// Signed requests for one thing, of which each after the first has a reason to end better than the
/// one before.
struct Attempt {
    url: Url,
    key: Arc<RemoteCredential>,
    may_renew: bool,
    may_move: bool,
}

impl Attempt {
    async fn begin(
        app: &App,
        identity: &str,
        url: Url,
        host: &str,
        budget: &FetchBudget,
    ) -> Result<Self, PeerError> {
        Ok(Self {
            url,
            key: credential(app, host, identity, budget).await?,
            may_renew: true,
            may_move: true,
        })
    }

    /// Prepares the next request after a failure, which is returned if there is to be none.
    async fn prepare_next(
        &mut self,
        app: &App,
        error: PeerError,
        budget: &FetchBudget,
    ) -> Result<(), PeerError> {
        if let Some(last) = moved_to(&error, &self.url, &self.key.host).filter(|_| self.may_move) {
            (self.url, self.may_move) = (last, false);
        } else if self.may_renew && are_refused(app, &self.key, &error) {
            self.key = renew(app, &self.key, error, budget).await?;
            self.may_renew = false;
        } else {
            if !self.may_renew && are_refused(app, &self.key, &error) {
                note_refusal(app, &self.key, &error);
            }
            return Err(error);
        }
        Ok(())
    }
}

/// Sends JSON to another host, signed on behalf of an identity of ours. Any answer but a success is
/// an error. Credentials that are refused are made anew, once.
pub async fn signed_post(
    app: &App,
    identity: &str,
    url: &str,
    body: Bytes,
    budget: &FetchBudget,
) -> Result<PeerAnswer, PeerError> {
    let (url, host) = web_address("delivery", url)?;
    let mut key = credential(app, &host, identity, budget).await?;
    let mut may_renew = true;
    loop {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        let authorization = authorization(app, "delivery", &key, "POST", &url)?;
        headers.insert(header::AUTHORIZATION, authorization);
        let request = Post {
            step: "delivery",
            url: &url,
            headers,
            body: body.clone(),
        };
        match post(app, request).await {
            Ok(answer) => return Ok(answer_of(&answer)),
            Err(error) if !are_refused(app, &key, &error) => return Err(error),
            Err(error) if may_renew => key = renew(app, &key, error, budget).await?,
            Err(error) => {
                note_refusal(app, &key, &error);
                return Err(error);
            }
        }
        may_renew = false;
    }
}

/// Returns the URL of the same host that a request was sent on to and refused at: its signature was
/// of the URL that sent it there.
fn moved_to(error: &PeerError, url: &Url, host: &str) -> Option<Url> {
    let answer = error.answer()?;
    let is_refused = matches!(answer.status.as_u16(), 400 | 401 | 403);
    let is_moved = answer.url != *url && is_at(&answer.url, host);
    (is_refused && is_moved).then(|| answer.url.clone())
}

/// Makes credentials anew, unless that was of no use a moment ago.
async fn renew(
    app: &App,
    refused: &RemoteCredential,
    error: PeerError,
    budget: &FetchBudget,
) -> Result<Arc<RemoteCredential>, PeerError> {
    if recent_refusal(app, &refused.host, &refused.identity, budget).is_some() {
        return Err(error);
    }
    renewed(app, refused, budget).await
}

/// Returns a URL with the name of its host.
pub(super) fn web_address(step: &'static str, text: &str) -> Result<(Url, String), PeerError> {
    let url = Url::parse(text).ok().and_then(|url| {
        let host = host_of_url(&url)?;
        Some((url, host))
    });
    url.ok_or_else(|| PeerError::new(step, text, PeerFailure::BadAddress(text.into())))
}

pub(super) fn is_at(url: &Url, host: &str) -> bool {
    host_of_url(url).as_deref() == Some(host)
}

fn sign(app: &App, credential: &RemoteCredential, method: &str, url: &Url) -> String {
    let client = (&*credential.client_id, credential.secret.expose());
    let nonce = app.entropy().token::<16>();
    let timestamp = app.clock().now().timestamp();
    let signer = Signer::two_legged(client, &nonce, timestamp.try_into().unwrap_or_default());
    signer.authorization(method, url)
}

fn authorization(
    app: &App,
    step: &'static str,
    credential: &RemoteCredential,
    method: &str,
    url: &Url,
) -> Result<HeaderValue, PeerError> {
    let signed = sign(app, credential, method, url).parse();
    signed.map_err(|_| PeerError {
        host: credential.host.as_str().into(),
        step,
        cause: PeerFailure::BadAddress(url.as_str().into()),
    })
}
