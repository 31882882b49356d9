//! JSON answers.

use std::sync::Arc;

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::representation::Shown;
use crate::{http::error::JSON, service::Error};

/// A JSON answer, always with status 200 (pump-api 18.1 no. 1). What is read may be sent in
/// [another form](super::representation).
pub(in crate::http) struct Answer(pub(in crate::http) Value);

/// What every handler of the API returns.
pub(super) type Answered = Result<Answer, Error>;

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let body = self.0.to_string();
        let mut response = ([(header::CONTENT_TYPE, JSON)], body).into_response();
        let shown = Shown(Arc::new(self.0));
        response.extensions_mut().insert(shown);
        response
    }
}
