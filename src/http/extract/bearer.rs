//! Bearer tokens (RFC 6750), which are taken from the `Authorization` header only. This is the one
//! place where scopes are compared with what a request needs.

use axum::{
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};

use crate::{
    App,
    context::Caller,
    model::{Scope, Secret},
    service::{Error, authenticate},
};

/// Why the holder of a token is refused.
pub(crate) enum BearerError {
    /// The token is unknown, expired or revoked.
    Invalid,
    /// It does not allow as much as this.
    Insufficient(Scope),
    /// It is a client's own, and this is for those who act for someone.
    NotDelegated,
    /// Whether it is good could not be found out.
    Failed(Error),
}

/// Returns the caller of a request's bearer token, if its scope suffices; `None` without a token.
pub(super) async fn holder(
    parts: &Parts,
    app: &App,
    needed: Scope,
) -> Result<Option<Caller>, BearerError> {
    let Some(token) = token(&parts.headers) else {
        return Ok(None);
    };
    match authenticate::bearer(app, &token).await {
        Ok(Some((caller, scope))) if scope >= needed => Ok(Some(caller)),
        Ok(Some(_)) => Err(BearerError::Insufficient(needed)),
        Ok(None) => Err(BearerError::Invalid),
        Err(error) => Err(BearerError::Failed(error)),
    }
}

/// Like [`holder`], where it must act for someone.
pub(super) async fn person(
    parts: &Parts,
    app: &App,
    needed: Scope,
) -> Result<Option<Caller>, BearerError> {
    match holder(parts, app, needed).await? {
        Some(Caller::Client(_)) => Err(BearerError::NotDelegated),
        caller => Ok(caller),
    }
}

/// Like [`holder`], for what a client does for itself, whoever it may act for.
pub(super) async fn client(
    parts: &Parts,
    app: &App,
    needed: Scope,
) -> Result<Option<Caller>, BearerError> {
    Ok(match holder(parts, app, needed).await? {
        Some(Caller::User { client, .. }) => Some(Caller::Client(client)),
        caller => caller,
    })
}

/// Returns the bearer token of a request.
pub(crate) fn token(headers: &HeaderMap) -> Option<Secret> {
    let values = headers.get_all(header::AUTHORIZATION).iter();
    let mut values = values.filter_map(|value| value.to_str().ok());
    values.find_map(|value| {
        let (scheme, token) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
        scheme
            .eq_ignore_ascii_case("Bearer")
            .then(|| Secret::new(token.trim()))
    })
}

impl IntoResponse for BearerError {
    fn into_response(self) -> Response {
        let (error, challenge) = match self {
            Self::Failed(error) => return error.into_response(),
            Self::Invalid => (
                Error::unauthorized("Invalid / expired Token"),
                r#"Bearer realm="Pump", error="invalid_token""#.to_owned(),
            ),
            Self::Insufficient(needed) => (
                Error::forbidden(format!(
                    "This needs a token with the scope {}.",
                    needed.as_str()
                )),
                challenge(Some(needed)),
            ),
            Self::NotDelegated => (
                Error::forbidden("This needs a token that someone gave the client for themselves."),
                challenge(None),
            ),
        };
        let mut response = error.into_response();
        if let Ok(challenge) = HeaderValue::try_from(challenge) {
            let headers = response.headers_mut();
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

fn challenge(needed: Option<Scope>) -> String {
    let scope = needed.map(|scope| format!(r#", scope="{}""#, scope.list()));
    let scope = scope.unwrap_or_default();
    format!(r#"Bearer realm="Pump", error="insufficient_scope"{scope}"#)
}
