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

use super::super::error::Failure;
use crate::App;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is below these has a code in it, which is a secret.
const SECRET: [&str; 3] = ["/main/confirm/", "/main/recover/", "/main/unsubscribe/"];

/// What is logged of a request: not its query nor its headers, where signatures and tokens are. The line
/// has all that is to be said in fields of its own: nothing is looked up in the span, and it says the
/// same if the filter leaves spans out.
pub(super) struct Line {
    id: String,
    method: Method,
    uri: Uri,
    begun: Instant,
}

impl Line {
    /// Takes the time, and gives the request its id.
    pub(super) fn begin(app: &App, request: &Request) -> Self {
        Self {
            id: app.entropy().token::<12>(),
            method: request.method().clone(),
            uri: request.uri().clone(),
            begun: Instant::now(),
        }
    }

    /// What else is logged while it is answered is logged in this.
    pub(super) fn span(&self) -> Span {
        let Self { id, method, .. } = self;
        info_span!("request", request_id = id, %method, path = &*shown(self.uri.path()))
    }

    /// Writes the line, and puts the id into the answer.
    pub(super) fn end(self, response: &mut Response) {
        let milliseconds = milliseconds(self.begun.elapsed());
        let Self {
            id, method, uri, ..
        } = self;
        let path = &*shown(uri.path());
        let status = response.status().as_u16();
        if let Some(failure) = response.extensions().get::<Failure>() {
            let error = failure.causes();
            tracing::error!(request_id = id, %method, path, error, "failed");
        }
        // Health checks come every few seconds, and say nothing as long as all is well.
        if matches!(path, "/livez" | "/readyz") && status < 400 {
            tracing::debug!(request_id = id, %method, path, status, milliseconds, "answered");
        } else {
            tracing::info!(request_id = id, %method, path, status, milliseconds, "answered");
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

/// A path without the secret in it.
fn shown(path: &str) -> Cow<'_, str> {
    match SECRET.iter().find(|secret| path.starts_with(**secret)) {
        Some(secret) => format!("{secret}...").into(),
        None => path.into(),
    }
}
