//! Discovery: `/.well-known/` and `/api/lrdd` (pump-api 2.3).

mod accept;

use axum::{
    Router,
    extract::{RawQuery, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::get,
};

use super::error::JSON;
use crate::{
    App,
    context::Caller,
    protocol::discovery::{Document, XRD},
    service::{self, discovery},
};

/// The routes of discovery.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/.well-known/host-meta", get(host_meta))
        .route("/.well-known/host-meta.json", get(host_meta_json))
        .route("/.well-known/webfinger", get(webfinger))
        .route("/api/lrdd", get(lrdd))
}

async fn host_meta(State(app): State<App>, headers: HeaderMap) -> Response {
    let document = discovery::host(&app.context(Caller::Anyone));
    answer(&document, accept::prefers_json(&headers))
}

async fn host_meta_json(State(app): State<App>) -> Response {
    answer(&discovery::host(&app.context(Caller::Anyone)), true)
}

async fn webfinger(State(app): State<App>, RawQuery(query): RawQuery) -> service::Result<Response> {
    Ok(answer(&find(&app, query).await?, true))
}

async fn lrdd(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> service::Result<Response> {
    let document = find(&app, query).await?;
    Ok(answer(&document, accept::prefers_json(&headers)))
}

async fn find(app: &App, query: Option<String>) -> service::Result<Document> {
    let query = query.unwrap_or_default();
    let resource = form_urlencoded::parse(query.as_bytes())
        .find_map(|(name, value)| (name == "resource").then_some(value));
    discovery::resource(&app.context(Caller::Anyone), resource.as_deref()).await
}

/// The document in one of its forms. Scripts of other sites may read it: it is public, and the same
/// for everyone.
fn answer(document: &Document, json: bool) -> Response {
    let open = (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    let vary = (header::VARY, "Accept");
    if json {
        let body = document.to_json().to_string();
        ([(header::CONTENT_TYPE, JSON)], [open, vary], body).into_response()
    } else {
        ([(header::CONTENT_TYPE, XRD), open, vary], document.to_xml()).into_response()
    }
}
