//! JSON answers.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;

use super::representation::Representable;
use crate::{
    http::error::JSON,
    service::{Error, present::Shown},
};

/// A JSON answer, always with status 200 (pump-api 18.1 no. 1). What is read may be sent in
/// [another form](super::representation).
pub(in crate::http) struct Answer(pub(in crate::http) Shown);

/// What every handler of the API returns.
pub(super) type Answered = Result<Answer, Error>;

impl Answer {
    /// An answer of something that is shown, or made.
    pub(in crate::http) fn of(shown: impl Into<Shown>) -> Self {
        Self(shown.into())
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let body = Bytes::from(self.0.into_string());
        let shown = Representable(body.clone());
        let mut response = ([(header::CONTENT_TYPE, JSON)], body).into_response();
        response.extensions_mut().insert(shown);
        response
    }
}
