//! The one map of all URLs.

use axum::{
    Router,
    http::{Method, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::get,
};

use super::{
    api, assets, health, mail, media, metrics, oauth, pages, remote, sign_in_limits::SignInLimiter,
    well_known,
};
use crate::{App, service::Error};

/// Every route of the server.
pub(super) fn all(app: &App) -> Router<App> {
    let sign_ins = SignInLimiter::new(app);
    Router::new()
        .merge(api::routes(app))
        .merge(oauth::routes(sign_ins.clone()))
        .merge(mail::routes(app))
        .merge(remote::routes(app))
        .merge(well_known::routes())
        .merge(metrics::routes(app))
        .merge(pages::routes(app, sign_ins))
        .route("/uploads/{*path}", get(media::file))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/static/{file}", get(assets::file))
        .route("/images/default.png", get(assets::avatar))
        .route("/favicon.ico", get(assets::favicon))
        .route("/robots.txt", get(assets::robots))
        .fallback(nothing_here)
        .method_not_allowed_fallback(not_that_method)
}

async fn nothing_here(method: Method, uri: Uri) -> Error {
    Error::not_found(format!("Cannot {method} {}", uri.path()))
}

/// Response to an unsupported method.
async fn not_that_method(method: Method, uri: Uri) -> Response {
    let error = nothing_here(method, uri).await;
    (StatusCode::METHOD_NOT_ALLOWED, error).into_response()
}
