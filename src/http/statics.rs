//! Files that are part of the program.

use axum::{
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::page;

/// `GET /static/{file}`.
pub(super) async fn file(Path(file): Path<String>) -> Response {
    let (kind, bytes): (_, &'static [u8]) = match file.as_str() {
        "style.css" => (
            HeaderValue::from_static("text/css; charset=utf-8"),
            include_bytes!("../../static/style.css"),
        ),
        _ => return page::message(StatusCode::NOT_FOUND, "There is no page at this address."),
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=3600"),
        ),
    ];
    (headers, bytes).into_response()
}
