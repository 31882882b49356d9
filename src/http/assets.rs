//! Files that are part of the program.

use axum::{
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use bytes::Bytes;

use super::conditional::with_etag;
use crate::{App, app::STYLE, service::Error};

/// Paths that are not for search engines: those of programs, and of forms.
const UNINDEXED_PATHS: [&str; 3] = ["/api/", "/main/", "/oauth"];

/// Paths below these that are.
const INDEXED_PATHS: [&str; 5] = [
    "/main/about",
    "/main/help",
    "/main/privacy",
    "/main/rules",
    "/main/terms",
];

/// How long what changes with the program alone is kept.
const CACHE_ONE_HOUR: &str = "public, max-age=3600";

/// How long the icon is kept.
const CACHE_ONE_DAY: &str = "public, max-age=86400";

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// `GET /static/{file}`: a file of the operator, or else of the program.
pub(super) async fn file(State(app): State<App>, Path(file): Path<String>) -> Response {
    let (kind, bytes): (_, &'static [u8]) = match file.as_str() {
        "style.css" => ("text/css; charset=utf-8", STYLE.as_bytes()),
        "site.js" => (SCRIPT, include_bytes!("../../static/site.js")),
        "compose.js" => (SCRIPT, include_bytes!("../../static/compose.js")),
        "crop.js" => (SCRIPT, include_bytes!("../../static/crop.js")),
        "icons.svg" => ("image/svg+xml", include_bytes!("../../static/icons.svg")),
        "mark.svg" => ("image/svg+xml", include_bytes!("../../static/mark.svg")),
        "mark.png" => ("image/png", include_bytes!("../../static/mark.png")),
        name if app.custom_pages().file(name).is_some() => ("", &[]),
        _ => return Error::not_found(format!("Cannot GET /static/{file}")).into_response(),
    };
    answer(&app, &file, kind, CACHE_ONE_HOUR, bytes)
}

/// `GET /images/default.png`: the picture of people who have none.
pub(super) async fn avatar(State(app): State<App>) -> Response {
    let bytes = include_bytes!("../../static/default.png");
    answer(&app, "default.png", "image/png", CACHE_ONE_HOUR, bytes)
}

/// `GET /favicon.ico`.
pub(super) async fn favicon(State(app): State<App>) -> Response {
    let bytes = include_bytes!("../../static/favicon.ico");
    answer(&app, "favicon.ico", "image/x-icon", CACHE_ONE_DAY, bytes)
}

/// `GET /robots.txt`.
pub(super) async fn robots(State(app): State<App>) -> Response {
    let root = app.urls().path();
    let rules = |rule, paths: &[&str]| {
        let lines = paths.iter().map(|path| format!("{rule}: {root}{path}\n"));
        lines.collect::<String>()
    };
    let allowed = rules("Allow", &INDEXED_PATHS);
    let disallowed = rules("Disallow", &UNINDEXED_PATHS);
    let text = format!("User-agent: *\n{allowed}{disallowed}");
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        ),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static(CACHE_ONE_HOUR),
        ),
    ];
    with_etag((headers, text.clone()).into_response(), text.as_bytes())
}

/// The file of a name, or that of the operator in its place, with a tag made of its bytes. It has
/// no `Last-Modified`: the program knows what is in it, not since when.
fn answer(
    app: &App,
    name: &str,
    kind: &'static str,
    cache: &'static str,
    bytes: &'static [u8],
) -> Response {
    let (kind, bytes) = match app.custom_pages().file(name) {
        Some(file) => (file.content_type, file.bytes.clone()),
        None => (kind, Bytes::from_static(bytes)),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
    ];
    with_etag((headers, bytes.clone()).into_response(), &bytes)
}
