//! A request id on every line and in the answer, and one line per request.

use std::{
    borrow::Cow,
    time::{Duration, Instant},
};

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, Method, Uri},
    response::Response,
};
use tracing::{Span, info_span};

use super::super::{error::LoggedError, log_throttle::LogThrottle};
use crate::App;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Paths below these contain secret codes.
const SECRET_PATHS: [&str; 3] = ["main/confirm/", "main/recover/", "main/unsubscribe/"];

/// Longest path or method that is logged.
const MAX_LOGGED_BYTES: usize = 1024;

/// Access log entry of a request, without query and headers, which contain signatures and tokens.
/// The entry has all values in fields of its own, so it is complete even if the filter drops spans.
pub(super) struct AccessLogEntry {
    id: String,
    method: Method,
    uri: Uri,
    started: Instant,
}

impl AccessLogEntry {
    /// Takes the time, and gives the request its id.
    pub(super) fn begin(app: &App, request: &Request) -> Self {
        Self {
            id: app.entropy().token::<12>(),
            method: request.method().clone(),
            uri: request.uri().clone(),
            started: Instant::now(),
        }
    }

    /// Returns the span of all other log events of the request.
    pub(super) fn span(&self) -> Span {
        let method = cut(self.method.as_str());
        let path = redact_path(self.uri.path());
        info_span!("request", request_id = self.id, %method, path = &*path)
    }

    /// Writes the line, and puts the id into the answer. Of refusals of a busy server only some get
    /// a line that says why.
    pub(super) fn end(self, app: &App, response: &mut Response, busy: &LogThrottle) {
        let duration = self.started.elapsed();
        let milliseconds = milliseconds(duration);
        let Self {
            id, method, uri, ..
        } = self;
        let method = cut(method.as_str());
        let path = &*redact_path(uri.path());
        let status = response.status().as_u16();
        let below = uri.path().strip_prefix(app.urls().path());
        let route = below.unwrap_or(uri.path());
        app.metrics().record_request(route, status, duration);
        if let Some(failure) = response.extensions().get::<LoggedError>() {
            let error = failure.causes();
            if !failure.is_busy() {
                tracing::error!(request_id = id, %method, path, error, "request failed");
            } else if let Some(suppressed) = busy.admit() {
                tracing::warn!(
                    request_id = id, %method, path, error, suppressed, "request refused"
                );
            }
        }
        // Health checks come every few seconds, and say nothing as long as all is well.
        if matches!(path, "/livez" | "/readyz") && status < 400 {
            tracing::debug!(
                request_id = id, %method, path, status, milliseconds, "request completed"
            );
        } else {
            tracing::info!(
                request_id = id, %method, path, status, milliseconds, "request completed"
            );
        }
        if let Ok(id) = HeaderValue::try_from(id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
    }
}

/// To the microsecond.
fn milliseconds(duration: Duration) -> f64 {
    f64::from(u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)) / 1000.0
}

/// A path without the secret in it, and not too long. A proxy may put something before the path of
/// a link, or spell it in another way; then it leads nowhere, but its code is still good.
fn redact_path(path: &str) -> Cow<'_, str> {
    let mut words = path.as_bytes().windows("main".len());
    if !words.any(|word| word.eq_ignore_ascii_case(b"main")) {
        return cut(path);
    }
    let mut plain = path.to_ascii_lowercase().replace("%2f", "/");
    while plain.contains("//") {
        plain = plain.replace("//", "/");
    }
    let ends = |secret: &&str| Some(plain.find(*secret)? + secret.len());
    match SECRET_PATHS.iter().find_map(ends) {
        Some(end) => format!("{}...", cut(&plain[..end])).into(),
        None => cut(path),
    }
}

/// The beginning of what is too long to be logged.
fn cut(text: &str) -> Cow<'_, str> {
    if text.len() <= MAX_LOGGED_BYTES {
        return text.into();
    }
    let end = text.floor_char_boundary(MAX_LOGGED_BYTES);
    format!("{}...", &text[..end]).into()
}
