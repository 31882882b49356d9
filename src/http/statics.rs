//! Files that are part of the program.

use axum::{
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::page;

/// Search engines may look around, but not in the API.
const ROBOTS: &str = "User-agent: *\nDisallow: /api/\n";

/// `GET /static/{file}`.
pub(super) async fn file(Path(file): Path<String>) -> Response {
    match file.as_str() {
        "style.css" => answer(
            "text/css; charset=utf-8",
            include_bytes!("../../static/style.css"),
        ),
        "mark.svg" => answer("image/svg+xml", include_bytes!("../../static/mark.svg")),
        _ => page::message(StatusCode::NOT_FOUND, "There is no page at this address."),
    }
}

/// `GET /images/default.png`: the picture of people who have none.
pub(super) async fn avatar() -> Response {
    answer("image/png", include_bytes!("../../static/default.png"))
}

/// `GET /favicon.ico`.
pub(super) async fn favicon() -> Response {
    answer("image/x-icon", include_bytes!("../../static/favicon.ico"))
}

/// `GET /robots.txt`.
pub(super) async fn robots() -> Response {
    answer("text/plain; charset=utf-8", ROBOTS.as_bytes())
}

fn answer(kind: &'static str, bytes: &'static [u8]) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=3600"),
        ),
    ];
    (headers, bytes).into_response()
}
