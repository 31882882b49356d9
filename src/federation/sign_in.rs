//! Requests by which people of other servers sign in here: OAuth 1.0a at their server, with this
//! server as the client (pump-api 12.10).

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::Value;
use url::Url;

use super::{
    credentials::{are_refused, credential, note_refusal, recent_refusal, renewed},
    discover::{ACCESS_TOKEN, AUTHORIZE, Endpoint, REQUEST_TOKEN, WHOAMI},
    fetch::{FetchBudget, Get, OBJECT_TYPES, Post, Proof, get, post, read_object},
    server_identity,
};
use crate::{
    App,
    app::{Fetched, PeerError, PeerFailure},
    model::{RemoteCredential, Secret, host_of_url},
    protocol::oauth1::Signer,
};

/// The step of a [`PeerError`] in which a verifier is exchanged.
pub(crate) const EXCHANGE: &str = "access token";

/// Maximum bytes of a token, and of its secret.
const MAX_TOKEN_BYTES: usize = 512;

/// A token that another server gave to this one, and its secret.
#[derive(Clone, Debug)]
pub(crate) struct PeerToken {
    pub(crate) name: String,
    pub(crate) secret: Secret,
}

/// OAuth parameters of a request beside the client's.
#[derive(Clone, Copy, Default)]
struct Leg<'a> {
    token: Option<&'a PeerToken>,
    callback: Option<&'a str>,
    verifier: Option<&'a str>,
}

/// Asks a host for a request token. Returns it with the address of the page where the person allows
/// it. Credentials that the host does not know any more are made anew, once.
pub(crate) async fn request_token(
    app: &App,
    host: &str,
    callback: &str,
    budget: &FetchBudget,
) -> Result<(PeerToken, Url), PeerError> {
    let step = "request token";
    let mut page = Endpoint::find(app, host, AUTHORIZE, budget).await?.url;
    let mut endpoint = Endpoint::find(app, host, REQUEST_TOKEN, budget).await?;
    let leg = Leg {
        callback: Some(callback),
        ..Leg::default()
    };
    let mut key = credential(app, host, &server_identity(app.urls()), budget).await?;
    let mut may_renew = recent_refusal(app, host, &key.identity, budget).is_none();
    let answer = loop {
        let error = match send(app, step, &endpoint.url, &key, leg, None).await {
            Ok(answer) => break answer,
            Err(error) => error,
        };
        if !are_refused(app, &key, &error) && !is_unknown_client(&error) {
            endpoint = endpoint.moved(app, error, budget).await?;
        } else if may_renew {
            key = renewed(app, &key, budget).await?;
            may_renew = false;
        } else {
            note_refusal(app, &key, &error);
            return Err(error);
        }
    };
    let token = read_token(&answer).ok_or_else(|| unusable_token(host, step))?;
    page.query_pairs_mut()
        .append_pair("oauth_token", &token.name);
    Ok((token, page))
}

/// Exchanges a request token that its person allowed for an access token.
pub(crate) async fn access_token(
    app: &App,
    host: &str,
    request: &PeerToken,
    verifier: &str,
    budget: &FetchBudget,
) -> Result<PeerToken, PeerError> {
    let endpoint = Endpoint::find(app, host, ACCESS_TOKEN, budget).await?;
    let key = credential(app, host, &server_identity(app.urls()), budget).await?;
    let leg = Leg {
        token: Some(request),
        verifier: Some(verifier),
        ..Leg::default()
    };
    let answer = send(app, EXCHANGE, &endpoint.url, &key, leg, None).await?;
    read_token(&answer).ok_or_else(|| unusable_token(host, EXCHANGE))
}

/// Returns the person for whom an access token is good, as the host shows them.
pub(crate) async fn whoami(
    app: &App,
    host: &str,
    token: &PeerToken,
    budget: &FetchBudget,
) -> Result<Value, PeerError> {
    let step = "whoami";
    let mut url = Endpoint::find(app, host, WHOAMI, budget).await?.url;
    let key = credential(app, host, &server_identity(app.urls()), budget).await?;
    let leg = Leg {
        token: Some(token),
        ..Leg::default()
    };
    let is_at_host = |url: &Url| host_of_url(url).as_deref() == Some(host);
    let mut may_move = true;
    let fetched = loop {
        let request = Get {
            step,
            url: &url,
            accept: OBJECT_TYPES,
            proof: Some(Proof::of_oauth(
                &token.name,
                authorization(app, step, &key, ("GET", &url), leg)?,
            )),
        };
        let error = match get(app, &request, budget).await {
            Ok(fetched) => break fetched,
            Err(error) => error,
        };
        // The signature was of the URL that sent it there.
        let moved = error.answer().map(|answer| answer.url.clone());
        match moved.filter(|last| may_move && *last != url && is_at_host(last)) {
            Some(last) => (url, may_move) = (last, false),
            None => return Err(error),
        }
    };
    if !is_at_host(&fetched.url) {
        let elsewhere = PeerFailure::Redirected(fetched.url.as_str().into());
        return Err(PeerError::new(step, host, elsewhere));
    }
    read_object(&fetched).map_err(|cause| PeerError::new(step, host, cause))
}

/// Posts JSON to a URL of the host that gave an access token, on behalf of its person. Returns the
/// JSON of the answer.
pub(crate) async fn post_as(
    app: &App,
    host: &str,
    token: &PeerToken,
    url: &Url,
    body: Bytes,
) -> Result<Value, PeerError> {
    let step = "outbox";
    if host_of_url(url).as_deref() != Some(host) {
        let text = format!("the outbox {url} is on another host");
        return Err(PeerError::new(
            step,
            host,
            PeerFailure::Unusable(text.into()),
        ));
    }
    let budget = FetchBudget::default();
    let key = credential(app, host, &server_identity(app.urls()), &budget).await?;
    let leg = Leg {
        token: Some(token),
        ..Leg::default()
    };
    let answer = send(app, step, url, &key, leg, Some(body)).await?;
    read_object(&answer).map_err(|cause| PeerError::new(step, host, cause))
}

/// Posts JSON, or nothing.
async fn send(
    app: &App,
    step: &'static str,
    url: &Url,
    key: &RemoteCredential,
    leg: Leg<'_>,
    json: Option<Bytes>,
) -> Result<Fetched, PeerError> {
    let mut headers = HeaderMap::new();
    if json.is_some() {
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json);
    }
    let signed = authorization(app, step, key, ("POST", url), leg)?;
    headers.insert(header::AUTHORIZATION, signed);
    let request = Post {
        step,
        url,
        headers,
        body: json.unwrap_or_default(),
    };
    post(app, request).await
}

fn authorization(
    app: &App,
    step: &'static str,
    key: &RemoteCredential,
    (method, url): (&str, &Url),
    leg: Leg<'_>,
) -> Result<HeaderValue, PeerError> {
    let client = (&*key.client_id, key.secret.expose());
    let nonce = app.entropy().token::<16>();
    let timestamp = app.clock().now().timestamp();
    let token = leg.token;
    let signer = Signer {
        token: token.map(|token| (&*token.name, token.secret.expose())),
        callback: leg.callback,
        verifier: leg.verifier,
        ..Signer::two_legged(client, &nonce, timestamp.try_into().unwrap_or_default())
    };
    let header = signer.authorization(method, url).parse();
    let bad = || PeerFailure::BadAddress(url.as_str().into());
    header.map_err(|_| PeerError::new(step, &key.host, bad()))
}

/// Whether a host does not know our client, which it says with 400 where tokens are given.
fn is_unknown_client(error: &PeerError) -> bool {
    error.answer().is_some_and(|answer| {
        answer.status == StatusCode::BAD_REQUEST && answer.text.contains("Invalid Consumer Key")
    })
}

/// Reads the token of an answer, of whatever media type.
fn read_token(answer: &Fetched) -> Option<PeerToken> {
    let text = |name| {
        let mut fields = form_urlencoded::parse(&answer.body);
        let (_, value) = fields.find(|(known, _)| known == name)?;
        let is_fine = (1..=MAX_TOKEN_BYTES).contains(&value.len()) && !value.contains('\0');
        is_fine.then(|| value.into_owned())
    };
    Some(PeerToken {
        name: text("oauth_token")?,
        secret: Secret::new(text("oauth_token_secret")?),
    })
}

fn unusable_token(host: &str, step: &'static str) -> PeerError {
    let text = "no oauth_token and oauth_token_secret in the answer";
    PeerError::new(step, host, PeerFailure::Unusable(text.into()))
}
