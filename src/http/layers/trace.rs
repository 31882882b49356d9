//! A request id on every line and in the answer, and one line per request.

use std::{
    borrow::Cow,
    time::{Duration, Instant},
};

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue},
    response::Response,
};
use tracing::{Instrument, info_span};

use super::super::error::Failure;
use crate::App;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is below these has a code in it, which is a secret.
const SECRET: [&str; 3] = ["/main/confirm/", "/main/recover/", "/main/unsubscribe/"];

/// Logs a request without its query and headers, where signatures and tokens are. The line of the answer
/// has all that is to be said in fields of its own: nothing is looked up in the span, and it says the
/// same if the filter leaves spans out.
pub(super) async fn trace<F>(
    app: &App,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response
where
    F: Future<Output = Response>,
{
    let id = app.entropy().token::<12>();
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let path = shown(uri.path());
    let span = info_span!("request", request_id = id, %method, path = &*path);
    let begun = Instant::now();
    let mut response = next(request).instrument(span).await;
    let milliseconds = milliseconds(begun.elapsed());
    let status = response.status().as_u16();
    if let Some(failure) = response.extensions().get::<Failure>() {
        let error = failure.causes();
        tracing::error!(request_id = id, %method, path = &*path, error, "failed");
    }
    // Health checks come every few seconds, and say nothing as long as all is well.
    if matches!(uri.path(), "/livez" | "/readyz") && status < 400 {
        tracing::debug!(request_id = id, %method, path = &*path, status, milliseconds, "answered");
    } else {
        tracing::info!(request_id = id, %method, path = &*path, status, milliseconds, "answered");
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// To the microsecond.
fn milliseconds(duration: Duration) -> f64 {
    f64::from(u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)) / 1000.0
}

/// A path without the secret in it.
fn shown(path: &str) -> Cow<'_, str> {
    match SECRET.iter().find(|secret| path.starts_with(**secret)) {
        Some(secret) => format!("{secret}...").into(),
        None => path.into(),
    }
}
