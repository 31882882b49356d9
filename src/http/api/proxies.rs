//! Proxy for media of other hosts (pump-api 12.9).

use axum::{
    body::Body,
    extract::Path,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use http_body_util::Limited;

use crate::{
    http::{extract::UserRead, media::UPLOAD_CONTENT_SECURITY_POLICY},
    service::{
        Error,
        media::formats::{BYTES, Format},
        proxy,
    },
};

/// The headers that are passed on.
const FORWARDED_HEADERS: [HeaderName; 5] = [
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::LAST_MODIFIED,
    header::ETAG,
    header::EXPIRES,
];

const ATTACHMENT: HeaderValue = HeaderValue::from_static("attachment");

/// `GET /api/proxy/{id}`. An answer that grows too long is cut off, so that it is known to be
/// broken.
pub(super) async fn get(
    UserRead(ctx): UserRead,
    Path(id): Path<String>,
    asked: HeaderMap,
) -> Result<Response, Error> {
    let (answer, body) = proxy::fetch(&ctx, &id, &asked).await?.into_parts();
    let mut headers = HeaderMap::from_iter([
        (
            header::CONTENT_SECURITY_POLICY,
            UPLOAD_CONTENT_SECURITY_POLICY,
        ),
        (header::VARY, HeaderValue::from_static("Authorization")),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, max-age=3600"),
        ),
    ]);
    for name in FORWARDED_HEADERS {
        if let Some(value) = answer.headers.get(&name) {
            headers.insert(name, value.clone());
        }
    }
    let served_type = served_type(&answer.headers);
    if served_type == BYTES {
        headers.insert(header::CONTENT_DISPOSITION, ATTACHMENT);
    }
    let served_type = HeaderValue::from_str(&served_type).map_err(Error::internal)?;
    headers.insert(header::CONTENT_TYPE, served_type);
    if answer.status == StatusCode::NOT_MODIFIED {
        return Ok((answer.status, headers).into_response());
    }
    let bounded = Limited::new(Body::from_stream(body), proxy::MAX_BYTES);
    Ok((headers, Body::new(bounded)).into_response())
}

/// The media type that the bytes of another host are served with, as for uploads.
fn served_type(headers: &HeaderMap) -> String {
    let said = headers.get(header::CONTENT_TYPE);
    let format = said.and_then(|value| Format::parse(value.to_str().ok()?));
    format.map_or(BYTES.to_owned(), |format| format.served_type().to_owned())
}
