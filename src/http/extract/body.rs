//! Reading bodies.

use axum::{
    body::Body,
    http::{HeaderMap, header},
};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::service::{Error, ErrorKind, Result};

/// Whether the content type is this one, whatever its parameters.
pub(in crate::http) fn is(headers: &HeaderMap, essence: &str) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<mime::Mime>().ok())
        .is_some_and(|mime| mime.essence_str() == essence)
}

/// Reads a body of at most `limit` bytes.
pub(in crate::http) async fn read(body: Body, limit: usize) -> Result<Bytes> {
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Error::new(
            ErrorKind::TooLarge,
            format!("The body of the request is larger than {limit} bytes."),
        )),
        Err(error) if has_stalled(&*error) => Err(Error::new(
            ErrorKind::TooSlow,
            "The body of the request came too slowly.",
        )),
        Err(_) => Err(Error::bad_request(
            "The body of the request could not be read.",
        )),
    }
}

/// Whether a body was waited for too long.
fn has_stalled(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    causes.any(|cause| {
        let cause = cause.downcast_ref::<std::io::Error>();
        cause.is_some_and(|cause| cause.kind() == std::io::ErrorKind::TimedOut)
    })
}
