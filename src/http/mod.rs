//! HTTP: the router and all that knows axum.
//!
//! [`routes`] is the one map of all URLs, [`layers`] the one stack of middleware. A handler
//! extracts, calls one service and answers.

mod accept;
mod api;
mod conditional;
mod error;
mod extract;
mod health;
mod kept;
mod layers;
mod limits;
mod mail;
mod media;
mod oauth;
mod page;
mod routes;
mod serve;
mod statics;
mod welcome;
mod well_known;

use axum::Router;

use crate::App;
pub use serve::serve;

/// The whole server as a router, ready to be served or to be mounted in a host application.
///
/// The peer's address is taken from axum's `ConnectInfo<SocketAddr>`, so serve it with
/// `into_make_service_with_connect_info::<SocketAddr>()`; without it no peer is a trusted proxy.
pub fn router(app: App) -> Router {
    let routes = routes::all(&app).with_state(app.clone());
    layers::around(app, routes)
}
