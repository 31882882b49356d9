//! `NodeInfo` 2.0 and 2.1: the software of this server, and how many people it has.

use serde_json::{Value, json};

use crate::{
    Context,
    app::RegistrationMode,
    model::Stream,
    protocol::discovery::{Document, Link},
    service::{Error, Result, federation::actors::require_activitypub},
};

/// Versions of the document.
const VERSIONS: [&str; 2] = ["2.1", "2.0"];

/// Link relation and schema of a version, without it.
const SCHEMA: &str = "http://nodeinfo.diaspora.software/ns/schema/";

/// Link relation of the actor of a server (FEP-2677).
const APPLICATION: &str = "https://www.w3.org/ns/activitystreams#Application";

/// Returns the links to the documents, and to the actor of this server.
///
/// Errors: 404 if no `ActivityPub` servers are spoken to.
pub(crate) fn node_info_links(ctx: &Context) -> Result<Value> {
    require_activitypub(ctx)?;
    let urls = ctx.urls();
    let version = |version| {
        let there = urls.absolute(&format!("/main/nodeinfo/{version}"));
        Link::to(format!("{SCHEMA}{version}"), there)
    };
    let actor = Link::to(APPLICATION, urls.instance_actor());
    let document = Document {
        links: VERSIONS.into_iter().map(version).chain([actor]).collect(),
        ..Document::default()
    };
    Ok(document.to_json())
}

/// Returns the document of a version. Errors: 404 if there is no such version, or if no
/// `ActivityPub` servers are spoken to.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn node_info(ctx: &Context, version: &str) -> Result<Value> {
    require_activitypub(ctx)?;
    if !VERSIONS.contains(&version) {
        return Err(Error::not_found("There is NodeInfo 2.0 and 2.1."));
    }
    let (app, settings) = (ctx.app(), ctx.app().settings());
    let totals = app.recent_reads().approximate_totals(&[Stream::Users]);
    let users = totals.await?.first().copied().unwrap_or_default();
    let mut software = json!({ "name": "hydraulics", "version": env!("CARGO_PKG_VERSION") });
    if version != "2.0" {
        software["repository"] = env!("CARGO_PKG_REPOSITORY").into();
    }
    Ok(json!({
        "version": version,
        "software": software,
        "protocols": ["activitypub", "pumpio"],
        "services": { "inbound": [], "outbound": ["atom1.0"] },
        "openRegistrations": settings.registration.mode == RegistrationMode::Open,
        "usage": { "users": { "total": users } },
        "metadata": { "nodeName": settings.site, "nodeDescription": settings.pages.description },
    }))
}

/// Returns the content type of a version.
pub(crate) fn node_info_type(version: &str) -> String {
    format!("application/json; profile=\"{SCHEMA}{version}#\"")
}
