//! JSON answers.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};

use crate::{
    http::error::JSON_CONTENT_TYPE,
    service::{Error, present::RenderedJson},
};

/// A JSON answer, always with status 200 (pump-api 18.1 no. 1). Reads may be sent in [another
/// representation](super::representation).
pub(crate) struct JsonAnswer(pub(crate) RenderedJson);

/// Result of every API handler.
pub(super) type ApiResult = Result<JsonAnswer, Error>;

impl JsonAnswer {
    /// An answer of something that is shown, or made.
    pub(crate) fn of(rendered: impl Into<RenderedJson>) -> Self {
        Self(rendered.into())
    }
}

impl IntoResponse for JsonAnswer {
    fn into_response(self) -> Response {
        let body = self.0.into_string();
        ([(header::CONTENT_TYPE, JSON_CONTENT_TYPE)], body).into_response()
    }
}
