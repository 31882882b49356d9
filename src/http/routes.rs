//! The one map of all URLs.

use axum::{
    Router,
    http::{Method, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::get,
};

use super::{api, health, mail, media, oauth, page, statics, welcome, well_known};
use crate::{
    App,
    service::{Error, ErrorKind},
};

/// Every route of the server.
pub(super) fn all(app: &App) -> Router<App> {
    Router::new()
        .merge(api::routes(app))
        .merge(oauth::routes(app))
        .merge(mail::routes(app))
        .merge(well_known::routes())
        .route("/", get(welcome::welcome))
        .route("/uploads/{*path}", get(media::file))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/static/{file}", get(statics::file))
        .route("/images/default.png", get(statics::avatar))
        .route("/favicon.ico", get(statics::favicon))
        .route("/robots.txt", get(statics::robots))
        .fallback(nothing_here)
        .method_not_allowed_fallback(not_that_method)
}

async fn nothing_here(method: Method, uri: Uri) -> Response {
    refuse(
        &uri,
        StatusCode::NOT_FOUND,
        format!("Cannot {method} {}", uri.path()),
        "There is no page at this address.",
    )
}

async fn not_that_method(method: Method, uri: Uri) -> Response {
    refuse(
        &uri,
        StatusCode::METHOD_NOT_ALLOWED,
        format!("Cannot {method} {}", uri.path()),
        "This page can't be asked for in that way.",
    )
}

/// Programs get JSON, people get a page.
fn refuse(uri: &Uri, status: StatusCode, for_programs: String, for_people: &str) -> Response {
    if uri.path().starts_with("/api/") {
        let error = Error::new(ErrorKind::NotFound, for_programs);
        (status, error.into_response()).into_response()
    } else {
        page::message(status, for_people)
    }
}
