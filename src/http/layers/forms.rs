//! Urlencoded bodies, which are signed and so are read before anyone is authenticated.

use axum::{
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
};
use bytes::Bytes;

use super::super::extract::body;
use crate::App;

/// The bytes of an urlencoded body, in the extensions of its request. The body is still there too.
#[derive(Clone)]
pub(in crate::http) struct FormBody(pub(in crate::http) Bytes);

/// Reads urlencoded bodies into [`FormBody`].
pub(super) async fn read<F>(
    app: &App,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response
where
    F: Future<Output = Response>,
{
    if !body::is(request.headers(), "application/x-www-form-urlencoded") {
        return next(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let bytes = match body::read(body, app.settings().max_body).await {
        Ok(bytes) => bytes,
        Err(error) => return error.into_response(),
    };
    parts.extensions.insert(FormBody(bytes.clone()));
    next(Request::from_parts(parts, Body::from(bytes))).await
}
