//! This server itself, for others: its actor, and `NodeInfo`.

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use mime::Mime;
use serde_json::Value;

use crate::{
    App,
    context::Caller,
    http::{accept::Accept, error::JSON_CONTENT_TYPE},
    protocol::as2,
    service::{Result, discovery, federation::actors},
};

/// The routes.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/.well-known/nodeinfo", get(node_info_links))
        .route("/main/nodeinfo/{version}", get(node_info))
        .route("/main/actor", get(instance_actor))
        .route("/main/actor/outbox", get(instance_outbox))
}

async fn node_info_links(State(app): State<App>) -> Result<Response> {
    let links = discovery::node_info_links(&app.context(Caller::Anonymous))?;
    Ok(json(JSON_CONTENT_TYPE, &links))
}

async fn node_info(State(app): State<App>, Path(version): Path<String>) -> Result<Response> {
    let ctx = app.context(Caller::Anonymous);
    let document = discovery::node_info(&ctx, &version).await?;
    let content_type = discovery::node_info_type(&version).parse();
    Ok(json(content_type.unwrap_or(JSON_CONTENT_TYPE), &document))
}

fn json(content_type: HeaderValue, document: &Value) -> Response {
    ([(header::CONTENT_TYPE, content_type)], document.to_string()).into_response()
}

async fn instance_actor(State(app): State<App>, headers: HeaderMap) -> Result<Response> {
    let document = actors::instance_actor(&app.context(Caller::Anonymous)).await?;
    Ok(activity(&headers, document))
}

async fn instance_outbox(State(app): State<App>, headers: HeaderMap) -> Result<Response> {
    let document = actors::instance_outbox(&app.context(Caller::Anonymous))?;
    Ok(activity(&headers, document))
}

/// A document of AS2, by the name that is asked for; there is no other form of it.
fn activity(headers: &HeaderMap, document: String) -> Response {
    let ld_json = as2::LD_JSON.parse::<Mime>();
    let names_ld_json = ld_json.is_ok_and(|name| Accept::of(headers).names(&name));
    let content_type = if names_ld_json {
        as2::LD_JSON
    } else {
        as2::ACTIVITY_JSON
    };
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::VARY, "Accept"),
    ];
    (headers, document).into_response()
}
