//! Registration of clients (pump-api 3).

use axum::{
    extract::State,
    http::{HeaderMap, header},
};
use serde_json::json;

use super::answer::{Answer, Answered};
use crate::{
    App,
    context::Caller,
    http::extract::Fields,
    service::{Error, clients},
};

/// Registers or changes a client. Whoever claims to be a host or a person by Dialback is refused, as
/// long as that can't be checked.
pub(super) async fn register(
    State(app): State<App>,
    headers: HeaderMap,
    Fields(fields): Fields,
) -> Answered {
    if claims_dialback(&headers) {
        return Err(Error::unauthorized("Dialback is not supported here."));
    }
    let ctx = app.context(Caller::Anyone);
    let client = clients::register(&ctx, clients::Registration::parse(&fields)?).await?;
    Ok(Answer(json!({
        "client_id": client.id,
        "client_secret": client.secret.expose(),
        "expires_at": 0,
    })))
}

fn claims_dialback(headers: &HeaderMap) -> bool {
    headers.get_all(header::AUTHORIZATION).iter().any(|value| {
        let scheme = value.as_bytes().split(|&byte| byte == b' ').next();
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"Dialback"))
    })
}
