//! Reading bodies.

use axum::{
    body::Body,
    http::{HeaderMap, header},
};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::service::{Error, ErrorKind, Result};

/// Whether the content type is this one, whatever its parameters.
pub(crate) fn is(headers: &HeaderMap, essence: &str) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<mime::Mime>().ok())
        .is_some_and(|mime| mime.essence_str() == essence)
}

/// Reads a body of at most `limit` bytes.
pub(crate) async fn read(body: Body, limit: usize) -> Result<Bytes> {
    read_long(body, limit, 0).await
}

/// Reads a body of at most `limit` bytes, and about `expected`. However small the pieces are in
/// which it comes, it takes no more memory than its bytes.
pub(crate) async fn read_long(body: Body, limit: usize, expected: usize) -> Result<Bytes> {
    let mut body = Limited::new(body, limit);
    let mut first = Bytes::new();
    let mut all = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|error| unread(&*error, limit))?.into_data() else {
            continue;
        };
        if all.is_empty() {
            if first.is_empty() {
                first = data;
                continue;
            }
            all.reserve(expected.max(first.len() + data.len()));
            all.extend_from_slice(&first);
        }
        all.extend_from_slice(&data);
    }
    Ok(if all.is_empty() { first } else { all.into() })
}

fn unread(error: &(dyn std::error::Error + Send + Sync + 'static), limit: usize) -> Error {
    if error.is::<LengthLimitError>() {
        let message = format!("The body of the request is larger than {limit} bytes.");
        return Error::new(ErrorKind::TooLarge, message);
    }
    if has_stalled(error) {
        return Error::new(
            ErrorKind::TooSlow,
            "The body of the request came too slowly.",
        );
    }
    Error::bad_request("The body of the request could not be read.")
}

/// Whether a body was waited for too long.
fn has_stalled(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    causes.any(|cause| {
        let cause = cause.downcast_ref::<std::io::Error>();
        cause.is_some_and(|cause| cause.kind() == std::io::ErrorKind::TimedOut)
    })
}
