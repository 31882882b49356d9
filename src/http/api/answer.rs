//! JSON answers.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde_json::Value;

use super::representation::Shown;
use crate::{http::error::JSON, service::Error};

/// A JSON answer, always with status 200 (pump-api 18.1 no. 1). What is read may be sent in
/// [another form](super::representation).
pub(in crate::http) struct Answer(pub(in crate::http) Value);

/// The same of JSON that is text already. It must be well-formed.
pub(in crate::http) struct Written(pub(in crate::http) String);

/// What every handler of the API returns.
pub(super) type Answered<A = Answer> = Result<A, Error>;

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        Written(self.0.to_string()).into_response()
    }
}

impl IntoResponse for Written {
    fn into_response(self) -> Response {
        let body = Bytes::from(self.0);
        let shown = Shown(body.clone());
        let mut response = ([(header::CONTENT_TYPE, JSON)], body).into_response();
        response.extensions_mut().insert(shown);
        response
    }
}
