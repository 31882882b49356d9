//! Uploaded files (pump-api 11).

mod range;

use axum::{
    body::Body,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::extract::OpenFileRead;
use crate::{
    Context,
    service::{
        self, Error,
        media::{self, MediaFile, formats::BYTES},
    },
};
use range::RequestedRange;

/// Policy of uploads: no scripts, no forms, and an origin of its own, even for SVG.
pub(super) const UPLOAD_CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'; \
     frame-ancestors 'none'; sandbox",
);

/// `GET /uploads/{*path}`.
pub(super) async fn file(
    OpenFileRead(ctx): OpenFileRead,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Response {
    answer(&ctx, &path, &headers)
        .await
        .unwrap_or_else(Error::into_response)
}

async fn answer(ctx: &Context, path: &str, asked: &HeaderMap) -> service::Result<Response> {
    let file = media::find(ctx, path).await?;
    let headers = headers(&file)?;
    if range::not_modified(asked, &file) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    let size = file.media.size;
    let (status, range) = match range::requested_range(asked, &file) {
        RequestedRange::Whole => (StatusCode::OK, None),
        RequestedRange::Range(range) => (StatusCode::PARTIAL_CONTENT, Some(range)),
        RequestedRange::Unsatisfiable => {
            let outside = [(header::CONTENT_RANGE, format!("bytes */{size}"))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, outside).into_response());
        }
    };
    let stream = media::read(ctx, &file, range.clone()).await?;
    let mut response = (status, headers, Body::from_stream(stream)).into_response();
    let part = range.clone().unwrap_or(0..size);
    let length = HeaderValue::from(part.end - part.start);
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, length);
    if let Some(range) = range {
        let (first, last) = (range.start, range.end - 1);
        let range = value(&format!("bytes {first}-{last}/{size}"))?;
        response.headers_mut().insert(header::CONTENT_RANGE, range);
    }
    Ok(response)
}

fn headers(file: &MediaFile) -> service::Result<HeaderMap> {
    let (cache, vary) = if file.public {
        // Asked again each time: what is public may be so no more.
        ("public, max-age=0", "Authorization")
    } else {
        ("private, no-cache", "Authorization, Cookie")
    };
    let served_type = file.served_type();
    let mut headers = HeaderMap::from_iter([
        (header::CONTENT_TYPE, value(&served_type)?),
        (
            header::CONTENT_SECURITY_POLICY,
            UPLOAD_CONTENT_SECURITY_POLICY,
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
        (header::VARY, HeaderValue::from_static(vary)),
        (header::ETAG, value(&file.etag())?),
        (
            header::LAST_MODIFIED,
            value(&range::http_date(file.modified))?,
        ),
        (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
    ]);
    if served_type == BYTES {
        let name = file.media.path.rsplit('/').next().unwrap_or_default();
        let disposition = value(&format!("attachment; filename=\"{name}\""))?;
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(headers)
}

fn value(text: &str) -> service::Result<HeaderValue> {
    HeaderValue::from_str(text).map_err(Error::internal)
}
