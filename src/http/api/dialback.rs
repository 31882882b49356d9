//! Confirmation that a request to another server came from here (pump-api 12.3).

use axum::{
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use serde_json::Value;

use crate::{
    App,
    federation::{Confirmation, Unconfirmed, confirm},
    http::extract::Fields,
    service::Error,
};

/// Answers as the reference does, in sentences that hold nothing of the request.
pub(super) async fn dialback(State(app): State<App>, Fields(fields): Fields) -> Response {
    let text = |name| fields.get(name).and_then(Value::as_str);
    let fields = Confirmation {
        host: text("host"),
        webfinger: text("webfinger"),
        token: text("token"),
        url: text("url"),
        date: text("date"),
    };
    match confirm(&app, fields).await {
        Ok(()) => Html("OK").into_response(),
        Err(Unconfirmed::Storage(error)) => Error::from(error).into_response(),
        Err(refusal) => (StatusCode::BAD_REQUEST, Html(refusal.to_string())).into_response(),
    }
}
