//! Metrics for Prometheus: on an address of their own, or for a bearer token.

use axum::{
    Extension, Router,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::get,
};

use super::{error::json_error, extract::bearer_token};
use crate::{
    App,
    service::{Error, metrics::MetricsReader},
};

/// Content type of the text format of `OpenMetrics`.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Router that serves the metrics of an application at `/metrics` to anyone: for an address that
/// only the operator can reach.
pub fn metrics_router(app: App) -> Router {
    Router::new()
        .route("/metrics", get(read))
        .with_state(MetricsReader::new(app))
}

/// The route for a bearer token, if there is one in the settings. Without one it is not there.
pub(super) fn routes(app: &App) -> Router<App> {
    Router::new()
        .route("/metrics", get(read_with_token))
        .layer(Extension(MetricsReader::new(app.clone())))
}

async fn read_with_token(
    State(app): State<App>,
    Extension(reader): Extension<MetricsReader>,
    headers: HeaderMap,
) -> Response {
    let Some(token) = &app.settings().metrics_token else {
        return json_error(Error::not_found("Cannot GET /metrics"));
    };
    if bearer_token(&headers).is_some_and(|shown| shown == *token) {
        read(State(reader)).await
    } else {
        let message = "The token of `metrics.token` is needed.";
        json_error(Error::unauthorized(message))
    }
}

async fn read(State(reader): State<MetricsReader>) -> Response {
    match reader.read().await {
        Ok(text) => ([(header::CONTENT_TYPE, OPENMETRICS)], text).into_response(),
        Err(error) => json_error(error),
    }
}
