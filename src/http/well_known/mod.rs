//! Discovery: `/.well-known/` and `/api/lrdd` (pump-api 2.3).

mod accept;
mod server;

use axum::{
    Router,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};

use super::error::JSON_CONTENT_TYPE;
use crate::{
    App,
    context::Caller,
    protocol::discovery::{Document, JRD_BY_NAME, XRD},
    service::{self, discovery},
};

/// The routes of discovery.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/.well-known/host-meta", get(host_meta))
        .route("/.well-known/host-meta.json", get(host_meta_json))
        .route("/.well-known/webfinger", get(webfinger))
        .route("/api/lrdd", get(lrdd))
        .merge(server::routes())
}

/// Whether scripts of other sites may read what is at a path, failures and redirections too:
/// discovery is public, and the same for everyone.
pub(super) fn is_open_to_scripts(path: &str) -> bool {
    matches!(
        path.trim_end_matches('/'),
        "/.well-known/host-meta"
            | "/.well-known/nodeinfo"
            | "/main/nodeinfo/2.0"
            | "/main/nodeinfo/2.1"
            | "/.well-known/host-meta.json"
            | "/.well-known/webfinger"
            | "/api/lrdd"
    )
}

async fn host_meta(State(app): State<App>, headers: HeaderMap) -> Response {
    let document = discovery::host_document(&app.context(Caller::Anonymous));
    answer(&document, accept::prefers_json(&headers))
}

async fn host_meta_json(State(app): State<App>) -> Response {
    answer(
        &discovery::host_document(&app.context(Caller::Anonymous)),
        true,
    )
}

async fn webfinger(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> service::Result<Response> {
    let mut response = answer(&find(&app, query).await?, true);
    if accept::names_jrd(&headers) {
        let jrd = HeaderValue::from_static(JRD_BY_NAME);
        response.headers_mut().insert(header::CONTENT_TYPE, jrd);
    }
    Ok(response)
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
    let all = |wanted: &'static str| {
        let given = form_urlencoded::parse(query.as_bytes());
        given.filter_map(move |(name, value)| (name == wanted).then_some(value))
    };
    let resource = all("resource").next();
    let ctx = app.context(Caller::Anonymous);
    let mut document = discovery::resource_document(&ctx, resource.as_deref()).await?;
    if all("rel").next().is_some() {
        document
            .links
            .retain(|link| all("rel").any(|rel| rel == link.rel));
    }
    Ok(document)
}

/// The document in one of its forms.
fn answer(document: &Document, json: bool) -> Response {
    let vary = (header::VARY, "Accept");
    if json {
        let body = document.to_json().to_string();
        ([(header::CONTENT_TYPE, JSON_CONTENT_TYPE)], [vary], body).into_response()
    } else {
        ([(header::CONTENT_TYPE, XRD), vary], document.to_xml()).into_response()
    }
}
