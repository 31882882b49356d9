//! Files that are part of the program.

use axum::{
    extract::Path,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use super::conditional::with_etag;
use crate::service::Error;

/// Search engines may look around, but not in the API.
const ROBOTS: &str = "User-agent: *\nDisallow: /api/\n";

/// How long what changes with the program alone is kept.
const CACHE_ONE_HOUR: &str = "public, max-age=3600";

/// How long what never changes is kept.
const CACHE_ONE_YEAR: &str = "public, max-age=31536000";

/// `GET /static/{file}`.
pub(super) async fn file(Path(file): Path<String>) -> Response {
    match file.as_str() {
        "style.css" => answer(
            "text/css; charset=utf-8",
            CACHE_ONE_HOUR,
            include_bytes!("../../static/style.css"),
        ),
        "mark.svg" => answer(
            "image/svg+xml",
            CACHE_ONE_HOUR,
            include_bytes!("../../static/mark.svg"),
        ),
        "mark.png" => answer(
            "image/png",
            CACHE_ONE_HOUR,
            include_bytes!("../../static/mark.png"),
        ),
        _ => Error::not_found(format!("Cannot GET /static/{file}")).into_response(),
    }
}

/// `GET /images/default.png`: the picture of people who have none.
pub(super) async fn avatar() -> Response {
    let bytes = include_bytes!("../../static/default.png");
    answer("image/png", CACHE_ONE_HOUR, bytes)
}

/// `GET /favicon.ico`.
pub(super) async fn favicon() -> Response {
    let bytes = include_bytes!("../../static/favicon.ico");
    answer("image/x-icon", CACHE_ONE_YEAR, bytes)
}

/// `GET /robots.txt`.
pub(super) async fn robots() -> Response {
    answer(
        "text/plain; charset=utf-8",
        CACHE_ONE_HOUR,
        ROBOTS.as_bytes(),
    )
}

/// The file, with a tag made of its bytes. It has no `Last-Modified`: the program knows what is in
/// it, not since when.
fn answer(kind: &'static str, cache: &'static str, bytes: &'static [u8]) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
    ];
    with_etag((headers, bytes).into_response(), bytes)
}
