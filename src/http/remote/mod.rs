//! Sign-in of people of other servers, under `/main` (pump-api 12.10). The pages work without
//! scripts.

mod follow;
mod limits;
mod pages;
mod proxy;
mod sign_in;
mod visit;

use axum::{
    Extension, Router,
    middleware::map_response,
    routing::{get, post},
};

use super::layers::never_store;
use crate::App;
pub(super) use visit::Visit;

/// The routes of remote sign-in.
pub(super) fn routes(app: &App) -> Router<App> {
    Router::new()
        .route("/main/remote", get(sign_in::form).post(sign_in::begin))
        .route("/main/authorized/{host}", get(sign_in::finish))
        .route("/main/follow", get(follow::form).post(follow::follow))
        .route("/main/proxy", post(proxy::post))
        .layer(Extension(limits::RemoteLimiter::new(app)))
        .layer(map_response(never_store))
}
