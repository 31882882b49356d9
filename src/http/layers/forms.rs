//! Urlencoded bodies, which are signed and so are read before anyone is authenticated.

use axum::{body::Body, extract::Request};
use bytes::Bytes;

use super::super::body;
use crate::{App, service::Error};

/// The bytes of an urlencoded body, in the extensions of its request. The body is still there too.
#[derive(Clone)]
pub(crate) struct FormBody(pub(crate) Bytes);

/// Reads an urlencoded body into [`FormBody`].
pub(super) async fn read(app: &App, request: Request) -> Result<Request, Error> {
    if !body::is(request.headers(), "application/x-www-form-urlencoded") {
        return Ok(request);
    }
    let (mut parts, body) = request.into_parts();
    let bytes = body::read(body, app.settings().max_body).await?;
    parts.extensions.insert(FormBody(bytes.clone()));
    Ok(Request::from_parts(parts, Body::from(bytes)))
}
