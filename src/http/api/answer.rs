//! JSON answers.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::Value;

use crate::{http::error::JSON, service::Error};

/// A JSON answer, always with status 200 (pump-api 18.1 no. 1).
pub(in crate::http) struct Answer(pub(in crate::http) Value);

/// What every handler of the API returns.
pub(super) type Answered = Result<Answer, Error>;

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, JSON)], self.0.to_string()).into_response()
    }
}
