//! OAuth 2.0 (pump-api 5).

mod authz;
mod token;

use axum::{
    Router,
    routing::{get, post},
};

use crate::App;

/// The routes under `/oauth2`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/oauth2/authz", get(authz::begin).post(authz::answer))
        .route("/oauth2/authc", get(authz::ask).post(authz::sign_in))
        .route("/oauth2/token", post(token::token))
        .route("/oauth2/revoke", post(token::revoke))
}
