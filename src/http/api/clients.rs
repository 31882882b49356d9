//! Registration of clients (pump-api 3).

use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
};
use serde_json::json;

use super::{
    answer::{ApiResult, JsonAnswer},
    limits::Registrations,
};
use crate::{
    App,
    context::Caller,
    http::extract::{ClientAddress, Fields},
    service::{Error, clients},
};

/// Registers or changes a client. Authenticated registration is possible by Dialback only, and is
/// rejected while that can't be checked.
pub(super) async fn register(
    State(app): State<App>,
    Extension(registrations): Extension<Registrations>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Fields(fields): Fields,
) -> ApiResult {
    if let Some(authorization) = headers.get(header::AUTHORIZATION) {
        return Err(Error::unauthorized(if is_dialback(authorization) {
            "Dialback is not supported here."
        } else {
            "Authorization scheme is not 'Dialback'"
        }));
    }
    let ctx = app.context(Caller::Anonymous);
    let registration = clients::ClientRegistration::parse(&fields)?;
    registrations.admit_client(address)?;
    let client = clients::register(&ctx, registration).await?;
    Ok(JsonAnswer::of(json!({
        "client_id": client.id,
        "client_secret": client.secret.expose(),
        "expires_at": 0,
    })))
}

fn is_dialback(authorization: &HeaderValue) -> bool {
    let scheme = authorization.as_bytes().split(|&byte| byte == b' ').next();
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"Dialback"))
}
