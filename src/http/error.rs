//! How a failure of a service is answered.

use std::{fmt::Write, sync::Arc, time::Duration};

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    app::texts::Phrase,
    service::{Error, ErrorKind},
};

/// The content type of all JSON.
pub(super) const JSON_CONTENT_TYPE: HeaderValue =
    HeaderValue::from_static("application/json; charset=utf-8");

/// Message for internal errors.
pub(super) const INTERNAL_ERROR_MESSAGE: &str = "Something went wrong on the server.";

/// How long to wait for what is not there now, where nobody knows how long that takes.
const DEFAULT_RETRY_AFTER: Duration = Duration::from_secs(10);

/// A failure kept in the extensions of its answer, for the log.
#[derive(Clone)]
pub(super) struct LoggedError(Arc<Error>);

/// The sentence of a failure, and its phrase, in the extensions of its answer, so that it can be
/// told in another form.
#[derive(Clone)]
pub(super) struct PublicMessage {
    pub(super) text: Arc<str>,
    pub(super) phrase: Option<Phrase>,
}

/// `{"error": message}` with the status of its kind. Faults of ours say nothing of their cause; it
/// is kept in the answer for `layers` to log.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = status(self.kind());
        let message = match self.kind() {
            ErrorKind::Internal => INTERNAL_ERROR_MESSAGE,
            _ => self.message(),
        };
        let body = serde_json::json!({ "error": message }).to_string();
        let mut response =
            (status, [(header::CONTENT_TYPE, JSON_CONTENT_TYPE)], body).into_response();
        response.extensions_mut().insert(PublicMessage {
            text: message.into(),
            phrase: self.phrase().cloned(),
        });
        set_retry_after(&mut response, &self);
        attach_error(&mut response, self);
        response
    }
}

/// A failure that is JSON whoever asks, as it is for programs only.
pub(super) fn json_error(error: Error) -> Response {
    let mut response = error.into_response();
    response.extensions_mut().remove::<PublicMessage>();
    response
}

/// Says in an answer when it is worth asking again, where that is known.
pub(super) fn set_retry_after(response: &mut Response, error: &Error) {
    let wait = match error.kind() {
        ErrorKind::Unavailable => error.retry_after().or(Some(DEFAULT_RETRY_AFTER)),
        _ => error.retry_after(),
    };
    if let Some(wait) = wait {
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, retry_after_seconds(wait));
    }
}

/// The value of a `Retry-After`: whole seconds, none of which is too early.
pub(super) fn retry_after_seconds(wait: Duration) -> HeaderValue {
    let begun = u64::from(wait.subsec_nanos() > 0);
    wait.as_secs().saturating_add(begun).into()
}

/// Keeps a failure that is ours in its answer, for the log. Another server's is none of ours.
pub(super) fn attach_error(response: &mut Response, error: Error) {
    let kind = error.kind();
    if status(kind).is_server_error() && kind != ErrorKind::BadGateway {
        response
            .extensions_mut()
            .insert(LoggedError(Arc::new(error)));
    }
}

/// The status that a kind of failure is answered with.
#[must_use]
pub fn status(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::BadRequest => StatusCode::BAD_REQUEST,
        ErrorKind::Unauthorized => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::Gone => StatusCode::GONE,
        ErrorKind::TooSlow => StatusCode::REQUEST_TIMEOUT,
        ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorKind::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::BadGateway => StatusCode::BAD_GATEWAY,
        ErrorKind::InsufficientStorage => StatusCode::INSUFFICIENT_STORAGE,
        ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl LoggedError {
    /// Returns whether the server refused a request that it has no room for now.
    pub(super) fn is_busy(&self) -> bool {
        self.0.is_busy()
    }

    /// The error and all its causes, in one line.
    pub(super) fn causes(&self) -> String {
        let mut text = self.0.to_string();
        let mut error: &dyn std::error::Error = &*self.0;
        while let Some(source) = error.source() {
            // Writing to a String can't fail.
            let _ = write!(text, ": {source}");
            error = source;
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::StorageError;

    #[test]
    fn a_full_disk_is_507_and_says_when_to_try_again() {
        let error = Error::from(StorageError::Full("no room".into()));
        let answer = error.into_response();
        assert_eq!(answer.status(), StatusCode::INSUFFICIENT_STORAGE);
        assert_eq!(answer.headers()[header::RETRY_AFTER], "60");
        let told = answer
            .extensions()
            .get::<PublicMessage>()
            .map(|told| told.text.to_string());
        assert!(told.is_some_and(|told| told.contains("disk is full")));
    }
}
