//! OAuth: the token endpoints and the pages where a person is asked, of 1.0a (pump-api 4.3 to 4.5)
//! and 2.0.

mod authorize;
mod csrf;
mod form;
mod oauth2;
mod pages;
mod sign_in;
mod tokens;

use axum::{
    Extension, Router,
    middleware::map_response,
    routing::{any, get},
};

use super::{layers::never_store, sign_in_limits::SignInLimiter};
use crate::App;

/// The routes under `/oauth` and `/oauth2`.
pub(super) fn routes(sign_ins: SignInLimiter) -> Router<App> {
    Router::new()
        .route("/oauth/request_token", any(tokens::request_token))
        .route("/oauth/access_token", any(tokens::access_token))
        .route(
            "/oauth/authorize",
            get(authorize::ask).post(authorize::answer),
        )
        .merge(oauth2::routes())
        .layer(Extension(sign_ins))
        .layer(map_response(never_store))
}
