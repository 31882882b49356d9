//! Verification of the identity that another server claims by Dialback (pump-api 12.3).

use std::sync::Arc;

use bytes::Bytes;
use form_urlencoded::Serializer;
use http::{HeaderMap, HeaderValue, header};
use url::Url;

use super::{
    discover::{Endpoint, discover},
    fetch::{FetchBudget, Post, post},
    hosts::check_host,
};
use crate::{
    App,
    app::{PeerError, PeerFailure},
    model::{ClientIdentity, Nonce, host_name, host_of_url},
    protocol::dialback::{BadDialback, Claimed, DialbackHeader, is_current, parse_date},
    storage::StorageError,
};

/// Requests that the verification of a claim may make.
const REQUESTS_PER_CLAIM: u32 = 12;

/// Prefix of the client of a nonce that is a claim; no client has such an id.
const CLAIM_NONCE_PREFIX: &str = "dialback ";

/// A claim of identity in a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim<'a> {
    /// The `Authorization` header.
    pub(crate) authorization: &'a str,
    /// The `Date` header.
    pub(crate) date: Option<&'a str>,
    /// The URL of the request as its sender has it.
    pub(crate) url: &'a str,
}

/// Why a claim is not believed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClaimError {
    /// The header can't be read.
    #[error(transparent)]
    Header(#[from] BadDialback),
    /// The request has no date.
    #[error("No 'Date' header")]
    NoDate,
    /// The date is too old, of the future, or none.
    #[error("'Date' header is outside our 5-minute window")]
    OutsideWindow,
    /// The claim was made before.
    #[error("We've already seen this request.")]
    Replayed,
    /// It is no identity of a host.
    #[error("'{0}' is no identity of a host")]
    BadIdentity(String),
    /// It has a port at which no server of a stranger is asked.
    #[error("'{0}' has a port other than 80 and 443")]
    OddPort(String),
    /// The host refused to confirm it.
    #[error("Error {0}")]
    Unconfirmed(String),
    /// The host can't be reached. The reason is not told, as it says what is at an address.
    #[error("{} can't be reached", .0.host)]
    Unreached(PeerError),
    /// The host could not be asked.
    #[error(transparent)]
    Peer(PeerError),
    /// Too many claims are being verified.
    #[error("Too many servers are registering. Try again in a moment.")]
    Busy,
    /// Our storage failed.
    #[error(transparent)]
    Storage(Arc<StorageError>),
}

impl From<StorageError> for ClaimError {
    fn from(error: StorageError) -> Self {
        Self::Storage(Arc::new(error))
    }
}

impl From<PeerError> for ClaimError {
    fn from(error: PeerError) -> Self {
        match error.cause {
            PeerFailure::Busy | PeerFailure::HostLimit => Self::Busy,
            PeerFailure::Storage(error) => Self::Storage(error),
            PeerFailure::Unreachable(_)
            | PeerFailure::Certificate(_)
            | PeerFailure::TimedOut(_)
            | PeerFailure::NotPublic => Self::Unreached(error),
            _ => Self::Peer(error),
        }
    }
}

impl ClaimError {
    /// The cause, in words for the operator.
    fn cause(&self) -> String {
        match self {
            Self::Unreached(error) => error.to_string(),
            error => error.to_string(),
        }
    }
}

/// Verifies a claim: its date, that it is new, and that the host of the identity confirms it.
pub(crate) async fn verify_claim(
    app: &App,
    claim: Claim<'_>,
) -> Result<ClientIdentity, ClaimError> {
    let header = DialbackHeader::parse(claim.authorization)?;
    let verified = verify(app, claim, &header).await;
    if let Err(error) = &verified {
        let identity = header.identity.value();
        tracing::info!(error = error.cause(), identity, "claim of identity refused");
    }
    verified
}

async fn verify(
    app: &App,
    claim: Claim<'_>,
    header: &DialbackHeader,
) -> Result<ClientIdentity, ClaimError> {
    let date = claim.date.ok_or(ClaimError::NoDate)?;
    let time = parse_date(date).ok_or(ClaimError::OutsideWindow)?;
    if !is_current(time, app.clock().now()) {
        return Err(ClaimError::OutsideWindow);
    }
    let claimed = header.identity.value();
    let bad = || ClaimError::BadIdentity(claimed.to_owned());
    let identity = identity_of(app, &header.identity).ok_or_else(bad)?;
    let host = identity.host().ok_or_else(bad)?;
    let refused = |cause| PeerError {
        host: (&*host).into(),
        step: "dialback",
        cause,
    };
    check_host(app, &host).await.map_err(refused)?;
    if has_port(&host) && !app.settings().federation.odd_ports {
        return Err(ClaimError::OddPort(claimed.to_owned()));
    }
    // Neither another spelling of the identity nor another query makes another claim.
    let nonce = Nonce {
        client: &format!("{CLAIM_NONCE_PREFIX}{}", spelling_of(&identity)),
        token: "",
        timestamp: time.timestamp(),
        nonce: &header.token,
    };
    if !app.storage().use_nonce(&nonce).await? {
        return Err(ClaimError::Replayed);
    }
    let _pass = app
        .peers()
        .admit_claim(&host)
        .await
        .ok_or(ClaimError::Busy)?;
    let fields = [
        (header.identity.field(), claimed),
        ("token", &header.token),
        ("url", claim.url),
        ("date", date),
    ];
    confirm(app, identity, &host, &form(&fields)).await
}

/// Whether a [name](host_name) of a host has a port.
fn has_port(host: &str) -> bool {
    host.rsplit_once(':')
        .is_some_and(|(_, port)| !port.ends_with(']'))
}

fn spelling_of(identity: &ClientIdentity) -> &str {
    match identity {
        ClientIdentity::Person(id) => id,
        ClientIdentity::Host(host) => host,
    }
}

/// The identity that is claimed, in its one spelling.
fn identity_of(app: &App, claimed: &Claimed) -> Option<ClientIdentity> {
    match claimed {
        Claimed::Host(host) => Some(ClientIdentity::Host(host_name(host)?)),
        Claimed::Webfinger(webfinger) => {
            let bare = webfinger.strip_prefix("acct:").unwrap_or(webfinger);
            let id = app
                .urls()
                .canonical_id(&format!("acct:{bare}"))
                .into_owned();
            let is_person = id.starts_with("acct:") && crate::model::names_host(&id);
            is_person.then_some(ClientIdentity::Person(id))
        }
    }
}

fn form(fields: &[(&str, &str)]) -> Bytes {
    let mut form = Serializer::new(String::new());
    form.extend_pairs(fields).finish().into()
}

/// Asks the host of an identity whether it made the claim; returns the identity under which that
/// host knows it.
async fn confirm(
    app: &App,
    identity: ClientIdentity,
    host: &str,
    form: &Bytes,
) -> Result<ClientIdentity, ClaimError> {
    let budget = FetchBudget::of_claim(REQUESTS_PER_CLAIM);
    match identity {
        ClientIdentity::Person(id) => {
            let person = discover(app, &id, &budget).await?;
            let unusable = |text: &str| PeerError {
                host: (&*person.host).into(),
                step: "webfinger",
                cause: PeerFailure::Unusable(text.into()),
            };
            let url = person.links.get("dialback");
            let url = url.ok_or_else(|| unusable("no dialback link"))?;
            if host_of_url(url).as_ref() != Some(&person.host) {
                return Err(unusable("the dialback link leads to another host").into());
            }
            ask(app, url, form).await.map_err(as_claim_error)?;
            Ok(ClientIdentity::Person(person.id))
        }
        ClientIdentity::Host(_) => {
            let mut endpoint = Endpoint::find_for_claim(app, host, "dialback", &budget).await?;
            if let Err(error) = ask(app, &endpoint.url, form).await {
                let moved = endpoint.moved(app, error, &budget).await;
                endpoint = moved.map_err(as_claim_error)?;
                ask(app, &endpoint.url, form)
                    .await
                    .map_err(as_claim_error)?;
            }
            Ok(identity)
        }
    }
}

async fn ask(app: &App, url: &Url, form: &Bytes) -> Result<(), PeerError> {
    let mut headers = HeaderMap::new();
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    headers.insert(header::CONTENT_TYPE, kind);
    let request = Post {
        step: "dialback",
        url,
        headers,
        body: form.clone(),
    };
    post(app, request).await.map(drop)
}

fn as_claim_error(error: PeerError) -> ClaimError {
    match error.answer() {
        Some(answer) => {
            let status = answer.status.as_u16();
            ClaimError::Unconfirmed(format!("{status}: {}", answer.text))
        }
        None => error.into(),
    }
}
