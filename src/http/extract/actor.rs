//! Requests that come with an HTTP signature of an actor.

use axum::{
    body::Bytes,
    extract::{FromRequest, OriginalUri, Request},
    http::{HeaderMap, request::Parts},
};
use serde_json::{Map, Value};

use super::{json::parse, turns};
use crate::{
    App, Context,
    app::Pass,
    context::Caller,
    http::{body, layers::SentAsHead},
    protocol::{
        as2::{ACTIVITY_JSON, LD_JSON_ESSENCE},
        http_signature::{self, Claim, SignedRequest},
    },
    service::{Error, ErrorKind, Result, activitypub},
};

/// Most bytes of an activity. Peers send and take no more.
const MAX_ACTIVITY_BYTES: usize = 1024 * 1024;

/// An activity in ActivityStreams 2, with the claim of who signed it, which nobody verified yet.
pub(crate) struct SignedActivity {
    pub(crate) ctx: Context,
    pub(crate) claim: Claim,
    pub(crate) activity: Map<String, Value>,
    /// The activity as it came.
    pub(crate) body: Bytes,
    /// The turn, among those of peers.
    pub(crate) turn: Pass,
}

/// Whether a request has a body in ActivityStreams 2.
pub(crate) fn is_as2(headers: &HeaderMap) -> bool {
    body::is(headers, ACTIVITY_JSON) || body::is(headers, LD_JSON_ESSENCE)
}

impl FromRequest<App> for SignedActivity {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        if !is_as2(request.headers()) {
            let message = "Send an activity with Content-Type: application/activity+json.";
            return Err(Error::new(ErrorKind::UnsupportedMediaType, message));
        }
        let (parts, body) = request.into_parts();
        let turn = turns::of_peer(app, &parts).await?;
        let limit = app.settings().max_body.min(MAX_ACTIVITY_BYTES);
        let body = body::read(body, limit).await?;
        Ok(Self {
            ctx: app.context(Caller::Anonymous),
            claim: claim_of(&parts, app, &body)?,
            activity: parse(&body)?,
            body,
            turn,
        })
    }
}

/// Returns the actor who signed a read. `None` for a read without a signature. Where everyone may
/// read, also for one whose signature does not count: it may read what all may.
///
/// Errors: 401 for a signature that does not count, 403 for one of a refused host or a suspended
/// actor, 503 if the key can't be had now.
pub(super) async fn signed_reader(parts: &Parts, app: &App) -> Result<Option<Caller>> {
    let settings = app.settings();
    if !http_signature::is_signed(&parts.headers) || !settings.federation.speaks_activitypub() {
        return Ok(None);
    }
    let reader = async {
        let claim = claim_of(parts, app, &[])?;
        // The key may have to be fetched.
        let _turn = turns::of_peer(app, parts).await?;
        activitypub::reader(app, claim).await
    };
    match reader.await {
        Err(error) if settings.api.anonymous_read && error.kind() != ErrorKind::Forbidden => {
            tracing::debug!(%error, "signature of a read does not count");
            Ok(None)
        }
        reader => reader,
    }
}

/// Returns the claim of a request as it was sent, with the method that was meant.
fn claim_of(parts: &Parts, app: &App, body: &[u8]) -> Result<Claim> {
    let sent = parts.extensions.get::<OriginalUri>();
    let uri = sent.map_or(&parts.uri, |OriginalUri(uri)| uri);
    let is_head = parts.extensions.get::<SentAsHead>().is_some();
    let signed = SignedRequest {
        method: if is_head {
            "HEAD"
        } else {
            parts.method.as_str()
        },
        scheme: app.urls().scheme(),
        authority: app.urls().authority(),
        path: uri.path(),
        query: uri.query(),
        headers: &parts.headers,
        body,
    };
    let claim = http_signature::parse(&signed, app.clock().now());
    claim.map_err(|error| Error::unauthorized(error.to_string()))
}
