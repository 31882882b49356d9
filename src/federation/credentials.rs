//! Credentials of this server at others: registered when they are first needed, and once more when
//! they are refused (pump-api 12.4).

use std::sync::Arc;

use bytes::Bytes;
use chrono::{SubsecRound, TimeDelta};
use form_urlencoded::Serializer;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Map, Value};
use url::Url;

use super::{
    dialback,
    discover::{Endpoint, REGISTRATION_ENDPOINT},
    fetch::{FetchBudget, Post, post},
};
use crate::{
    App,
    app::{Dated, Fetched, PeerError, PeerFailure, REGISTRATION},
    model::{RemoteCredential, Secret},
    protocol::dialback::format_date,
    storage::{Change, Result as StorageResult},
};

/// Age from which on credentials are made anew after 403 or 410, which also have other reasons.
const MIN_DOUBTED_AGE: TimeDelta = TimeDelta::days(1);

/// Maximum bytes of a client id, and of a secret.
const MAX_CREDENTIAL_BYTES: usize = 512;

type Key = (Box<str>, Box<str>);

/// Returns our credentials at a host for an identity: `acct:NICK@HOST` of an account here, or our
/// own host. They are registered if there are none; concurrent callers share one registration.
pub(super) async fn credential(
    app: &App,
    host: &str,
    identity: &str,
    budget: &FetchBudget,
) -> Result<Arc<RemoteCredential>, PeerError> {
    let key: Key = (host.into(), identity.into());
    let peers = app.peers();
    let guard = match peers.credentials.get_value_or_guard_async(&key).await {
        Ok(credential) => return Ok(credential),
        Err(guard) => guard,
    };
    let stored = app.storage().find_remote_credential(host, identity).await;
    let credential = match stored.map_err(|error| failure(host, error.into()))? {
        Some(stored) => stored,
        None => registered(app, &key, budget).await?,
    };
    let credential = Arc::new(credential);
    // It can't be inserted if it was removed meanwhile.
    let _ = guard.insert(Arc::clone(&credential));
    Ok(credential)
}

/// Whether an answer means that the credentials are no longer known.
pub(super) fn are_refused(app: &App, credential: &RemoteCredential, error: &PeerError) -> bool {
    match error.answer().map(|answer| answer.status) {
        Some(StatusCode::UNAUTHORIZED) => true,
        Some(StatusCode::FORBIDDEN | StatusCode::GONE) => {
            app.clock().now() - credential.created >= MIN_DOUBTED_AGE
        }
        _ => false,
    }
}

/// Returns other credentials in place of those that were refused.
pub(super) async fn renewed(
    app: &App,
    refused: &RemoteCredential,
    budget: &FetchBudget,
) -> Result<Arc<RemoteCredential>, PeerError> {
    let (host, identity) = (&*refused.host, &*refused.identity);
    tracing::info!(
        host,
        identity,
        "credentials were refused, registering again"
    );
    let key: Key = (host.into(), identity.into());
    let is_refused = |known: &Arc<RemoteCredential>| known.client_id == refused.client_id;
    app.peers().credentials.remove_if(&key, is_refused);
    let removed = remove(app, refused).await;
    removed.map_err(|error| failure(host, error.into()))?;
    credential(app, host, identity, budget).await
}

/// Notes that new credentials were refused as well: for a while none are asked for.
pub(super) fn note_refusal(app: &App, refused: &RemoteCredential, error: &PeerError) {
    let key: Key = (
        refused.host.as_str().into(),
        refused.identity.as_str().into(),
    );
    let value = PeerError {
        step: REGISTRATION,
        ..error.clone()
    };
    let at = app.clock().now();
    app.peers().refusals.insert(key, Dated { at, value });
}

/// Returns the failure of a recent registration, if there is one.
pub(super) fn recent_refusal(
    app: &App,
    host: &str,
    identity: &str,
    budget: &FetchBudget,
) -> Option<PeerError> {
    let key: Key = (host.into(), identity.into());
    let refused = app.peers().refusals.get(&key)?;
    let is_recent = refused.is_refused(app.clock().now()) && budget.believes(&refused);
    is_recent.then_some(refused.value)
}

async fn remove(app: &App, credential: &RemoteCredential) -> StorageResult<()> {
    let change = Change::RemoveRemoteCredential {
        host: credential.host.clone(),
        identity: credential.identity.clone(),
        client_id: credential.client_id.clone(),
    };
    app.storage().commit(vec![change]).await
}

fn failure(host: &str, cause: PeerFailure) -> PeerError {
    PeerError::new(REGISTRATION, host, cause)
}

/// Registers at a host, unless that failed a moment ago.
async fn registered(
    app: &App,
    key: &Key,
    budget: &FetchBudget,
) -> Result<RemoteCredential, PeerError> {
    let (host, identity) = (&*key.0, &*key.1);
    if let Some(error) = recent_refusal(app, host, identity, budget) {
        return Err(error);
    }
    let result = register(app, host, identity, budget).await;
    match &result {
        Ok(_) => {
            app.peers().refusals.remove(key);
            tracing::info!(host, identity, "registered");
        }
        Err(error) => {
            let at = app.clock().now();
            let value = error.clone();
            app.peers()
                .refusals
                .insert(key.clone(), Dated { at, value });
        }
    }
    result
}

async fn register(
    app: &App,
    host: &str,
    identity: &str,
    budget: &FetchBudget,
) -> Result<RemoteCredential, PeerError> {
    let endpoint = Endpoint::find(app, host, REGISTRATION_ENDPOINT, budget).await?;
    let answer = match send(app, host, identity, &endpoint.url).await {
        Err(error) => {
            let moved = endpoint.moved(app, error, budget).await?;
            send(app, host, identity, &moved.url).await?
        }
        answer => answer?,
    };
    let unusable = || PeerFailure::Unusable("no client_id and client_secret in the answer".into());
    let credential = read(&answer).map(|(client_id, secret)| RemoteCredential {
        host: host.to_owned(),
        identity: identity.to_owned(),
        client_id,
        secret: Secret::new(secret),
        created: app.clock().now().trunc_subsecs(0),
    });
    let credential = credential.ok_or_else(|| failure(host, unusable()))?;
    let change = Change::PutRemoteCredential(credential.clone());
    let stored = app.storage().commit(vec![change]).await;
    stored.map_err(|error| failure(host, error.into()))?;
    Ok(credential)
}

/// Reads the credentials of an answer, of whatever media type.
fn read(answer: &Fetched) -> Option<(String, String)> {
    let fields: Map<String, Value> = serde_json::from_slice(&answer.body).ok()?;
    let text = |name| {
        let text = fields.get(name)?.as_str()?;
        let is_fine =
            !text.is_empty() && text.len() <= MAX_CREDENTIAL_BYTES && !text.contains('\0');
        is_fine.then(|| text.to_owned())
    };
    Some((text("client_id")?, text("client_secret")?))
}

async fn send(app: &App, host: &str, identity: &str, url: &Url) -> Result<Fetched, PeerError> {
    let date = app.clock().now();
    let claim = dialback::claim(app, identity, url.as_str(), date).await;
    let claim = claim.map_err(|error| failure(host, error.into()))?;
    let bad = |_| failure(host, PeerFailure::BadAddress(identity.into()));
    let mut headers = HeaderMap::new();
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    headers.insert(header::CONTENT_TYPE, form);
    headers.insert(
        header::AUTHORIZATION,
        claim.to_string().parse().map_err(bad)?,
    );
    headers.insert(header::DATE, format_date(date).parse().map_err(bad)?);
    let name = identity.strip_prefix("acct:").unwrap_or(identity);
    let body = Serializer::new(String::new())
        .append_pair("type", "client_associate")
        .append_pair("application_type", "web")
        .append_pair("application_name", name)
        .finish();
    let request = Post {
        step: REGISTRATION,
        url,
        headers,
        body: Bytes::from(body),
    };
    post(app, request).await
}
