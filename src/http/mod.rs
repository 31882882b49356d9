//! HTTP: the router and all that knows axum.
//!
//! `routes` is the one map of all URLs, `layers` the one stack of middleware. A handler
//! extracts, calls one service and answers.

mod accept;
mod api;
mod assets;
mod body;
mod conditional;
mod cookies;
mod error;
mod extract;
mod health;
mod layers;
mod limits;
mod log_throttle;
mod mail;
mod media;
mod metrics;
mod oauth;
mod origin;
mod page;
mod pages;
mod remote;
mod routes;
mod second_step;
mod serve;
mod session;
mod sign_in_limits;
mod stripped;
mod well_known;

use axum::{Router, body::Body};

use crate::App;
pub use error::status;
pub use metrics::metrics_router;
pub use serve::{serve, serve_router};

/// The whole server as a router, ready to be served or to be mounted in a host application.
///
/// It answers below the path of the [public URL](crate::model::Urls), and at the root what is well
/// known. Set [`Settings::proxy_strips_path`](crate::app::Settings::proxy_strips_path) if a proxy
/// takes that path off. So a host has its own routes first, and this for all others:
///
/// ```
/// # use axum::{Router, routing::get};
/// # fn example(app: hydraulics::App) -> Router {
/// Router::new()
///     .route("/", get(async || "A page of the host's"))
///     .fallback_service(hydraulics::http::router(app))
/// # }
/// ```
///
/// Other frameworks can call it as a [`tower::Service`], with the URI as it was sent.
///
/// The peer's address is taken from axum's `ConnectInfo<SocketAddr>`, so serve it with
/// `into_make_service_with_connect_info::<SocketAddr>()`; without it no peer is a trusted proxy.
pub fn router(app: App) -> Router {
    let path = app.urls().path().to_owned();
    let proxy_strips_path = app.settings().proxy_strips_path;
    let routes = routes::all(&app).with_state(app.clone());
    let whole = layers::around(app, routes);
    if path.is_empty() {
        return whole;
    }
    if proxy_strips_path {
        return stripped::below(path, whole);
    }
    let whole = whole.into_service::<Body>();
    Router::new()
        .route_service("/.well-known/{*rest}", whole.clone())
        .nest_service(&path, whole)
}
