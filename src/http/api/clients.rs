//! Registration of clients (pump-api 3).

use std::time::Duration;

use axum::{
    Extension,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{answer::JsonAnswer, limits::Registrations};
use crate::{
    App,
    context::Caller,
    federation::{Claim, ClaimError, PeerFailure, verify_claim},
    http::extract::{ClientAddress, Fields, plain_text_error},
    model::ClientIdentity,
    service::{Error, clients},
};

/// The header in which the reference names the scheme, as it spells it.
const WWW_AUTHENTICATION: HeaderName = HeaderName::from_static("www-authentication");

/// How long to wait while too many servers register.
const BUSY_WAIT: Duration = Duration::from_secs(30);

/// Registers or changes a client. One that proves by Dialback who it is has that identity.
pub(super) async fn register(
    State(app): State<App>,
    Extension(registrations): Extension<Registrations>,
    ClientAddress(address): ClientAddress,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    Fields(fields): Fields,
) -> Result<JsonAnswer, RegistrationError> {
    let registration = clients::ClientRegistration::parse(&fields)?;
    let identity = if headers.contains_key(header::AUTHORIZATION) {
        registrations.admit_server(address)?;
        Some(verify(&app, &headers, query).await?)
    } else {
        registrations.admit_client(address)?;
        None
    };
    let ctx = app.context(Caller::Anonymous);
    let client = clients::register(&ctx, registration, identity).await?;
    Ok(JsonAnswer::of(json!({
        "client_id": client.id,
        "client_secret": client.secret.expose(),
        "expires_at": 0,
    })))
}

/// Verifies the identity that a request claims.
async fn verify(
    app: &App,
    headers: &HeaderMap,
    query: Option<String>,
) -> Result<ClientIdentity, ClaimError> {
    let text = |name| Some(headers.get(name)?.to_str().unwrap_or_default());
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    let claim = Claim {
        authorization: text(header::AUTHORIZATION).unwrap_or_default(),
        date: text(header::DATE),
        url: &app.urls().absolute(&format!("/api/client/register{query}")),
    };
    verify_claim(app, claim).await
}

/// Failure of a registration.
pub(super) enum RegistrationError {
    Service(Error),
    Claim(ClaimError),
}

impl From<Error> for RegistrationError {
    fn from(error: Error) -> Self {
        Self::Service(error)
    }
}

impl From<ClaimError> for RegistrationError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::Storage(error) => Self::Service(PeerFailure::Storage(error).into()),
            ClaimError::Busy => Self::Service(Error::busy(error.to_string(), BUSY_WAIT)),
            error => Self::Claim(error),
        }
    }
}

/// A claim is refused in the form of the reference: plain text, with the scheme that is asked for.
impl IntoResponse for RegistrationError {
    fn into_response(self) -> Response {
        let error = match self {
            Self::Service(error) => return error.into_response(),
            Self::Claim(error) => error,
        };
        let mut response = plain_text_error(Error::unauthorized(error.to_string()));
        for name in [WWW_AUTHENTICATION, header::WWW_AUTHENTICATE] {
            let scheme = HeaderValue::from_static("Dialback");
            response.headers_mut().insert(name, scheme);
        }
        response
    }
}
