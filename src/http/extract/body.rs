//! Reading bodies.

use axum::{
    body::Body,
    http::{HeaderMap, header},
};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;

use crate::service::{Error, ErrorKind, Result};

/// How much more than the limit is read and thrown away, so that a client that sends too much gets to
/// hear of it instead of a broken connection.
const PATIENCE: usize = 16 * 1024 * 1024;

/// Whether the content type is this one, whatever its parameters.
pub(in crate::http) fn is(headers: &HeaderMap, essence: &str) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<mime::Mime>().ok())
        .is_some_and(|mime| mime.essence_str() == essence)
}

/// Reads a body of at most `limit` bytes.
pub(in crate::http) async fn read(mut body: Body, limit: usize) -> Result<Bytes> {
    let mut bytes = BytesMut::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|_| Error::bad_request("The body of the request could not be read."))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        length += data.len();
        if length <= limit {
            bytes.extend_from_slice(&data);
        } else if length > limit.saturating_add(PATIENCE) {
            break;
        }
    }
    if length > limit {
        return Err(Error::new(
            ErrorKind::TooLarge,
            format!("The body of the request is larger than {limit} bytes."),
        ));
    }
    Ok(bytes.freeze())
}
