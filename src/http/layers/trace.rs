//! A request id on every line and in the answer, and one line per request.

use std::{borrow::Cow, time::Instant};

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use tracing::{Instrument, info_span};

use super::super::error::Failure;
use crate::App;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is below these has a code in it, which is a secret.
const SECRET: [&str; 3] = ["/main/confirm/", "/main/recover/", "/main/unsubscribe/"];

/// Logs a request without its query and headers, where signatures and tokens are.
pub(super) async fn trace(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = app.entropy().token::<12>();
    let span = info_span!("request", request_id = %id, method = %request.method(), path = %shown(request.uri().path()));
    // Health checks come every few seconds, and say nothing as long as all is well.
    let routine = matches!(request.uri().path(), "/livez" | "/readyz");
    let begun = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    span.in_scope(|| {
        if let Some(failure) = response.extensions().get::<Failure>() {
            tracing::error!(error = failure.causes(), "failed");
        }
        let status = response.status().as_u16();
        let milliseconds = begun.elapsed().as_secs_f64() * 1000.0;
        if routine && status < 400 {
            tracing::debug!(status, milliseconds, "answered");
        } else {
            tracing::info!(status, milliseconds, "answered");
        }
    });
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// A path without the secret in it.
fn shown(path: &str) -> Cow<'_, str> {
    match SECRET.iter().find(|secret| path.starts_with(**secret)) {
        Some(secret) => format!("{secret}...").into(),
        None => path.into(),
    }
}
