//! Proxy for media and collections of other hosts (pump-api 12.9).

use axum::{
    body::Body,
    extract::Path,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use http_body_util::Limited;

use crate::{
    http::{extract::UserFileRead, media::UPLOAD_CONTENT_SECURITY_POLICY},
    service::{
        Error,
        media::formats::{BYTES, Format},
        proxy::{self, TargetKind},
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

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// `GET /api/proxy/{id}`. A file that grows too long is cut off, so that it is known to be broken.
pub(super) async fn get(
    UserFileRead(ctx): UserFileRead,
    Path(id): Path<String>,
    asked: HeaderMap,
) -> Result<Response, Error> {
    let (kind, answer) = proxy::fetch(&ctx, &id, &asked).await?;
    let (answer, body) = answer.into_parts();
    let headers = match kind {
        TargetKind::Media => media_headers(&answer.headers)?,
        TargetKind::Document => document_headers(&answer.headers),
    };
    if answer.status == StatusCode::NOT_MODIFIED {
        return Ok((answer.status, headers).into_response());
    }
    let bounded = Limited::new(Body::from_stream(body), proxy::MAX_BYTES);
    Ok((headers, Body::new(bounded)).into_response())
}

fn media_headers(answered: &HeaderMap) -> Result<HeaderMap, Error> {
    let mut headers = common_headers(answered, HeaderValue::from_static("private, max-age=3600"));
    let served_type = served_type(answered);
    if served_type == BYTES {
        headers.insert(header::CONTENT_DISPOSITION, ATTACHMENT);
    }
    let served_type = HeaderValue::from_str(&served_type).map_err(Error::internal)?;
    headers.insert(header::CONTENT_TYPE, served_type);
    Ok(headers)
}

/// Headers of a document, which changes as any other read does.
fn document_headers(answered: &HeaderMap) -> HeaderMap {
    let mut headers = common_headers(answered, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::CONTENT_TYPE, JSON);
    headers
}

fn common_headers(answered: &HeaderMap, caching: HeaderValue) -> HeaderMap {
    let own = [
        (
            header::CONTENT_SECURITY_POLICY,
            UPLOAD_CONTENT_SECURITY_POLICY,
        ),
        (
            header::VARY,
            HeaderValue::from_static("Authorization, Cookie"),
        ),
        (header::CACHE_CONTROL, caching),
    ];
    let forwarded = FORWARDED_HEADERS.into_iter().filter_map(|name| {
        let value = answered.get(&name)?.clone();
        Some((name, value))
    });
    own.into_iter().chain(forwarded).collect()
}

/// The media type that the bytes of another host are served with, as for uploads.
fn served_type(headers: &HeaderMap) -> String {
    let said = headers.get(header::CONTENT_TYPE);
    let format = said.and_then(|value| Format::parse(value.to_str().ok()?));
    format.map_or(BYTES.to_owned(), |format| format.served_type().to_owned())
}
