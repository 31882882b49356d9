//! Pages of what a person decides about others: blocks and mutes, requests to follow, reports; and
//! of what they are told of.

mod blocked;
mod decide;
mod notices;
mod report;
mod requests;

use axum::{
    Extension, Router,
    middleware::map_response,
    routing::{get, post},
};

use super::{
    limits, live,
    read::{self, page},
    submission::Submission,
};
use crate::{App, http::layers::never_store, service::Result};

/// The routes of these pages.
pub(super) fn routes(app: &App) -> Router<App> {
    let reads = Router::new()
        .route("/main/relation", page(decide::form))
        .route("/main/report", page(report::form))
        .route("/main/settings/blocked", page(blocked::blocked))
        .route("/main/settings/muted", page(blocked::muted))
        .route("/main/settings/requests", page(requests::list))
        .route("/main/notifications", page(notices::list));
    let forms = Router::new()
        .route("/main/relation", post(decide::decide))
        .route("/main/report", post(report::file))
        .layer(Extension(limits::ReportLimiter::new(app)))
        .route("/main/settings/requests", post(requests::decide))
        .route("/main/notifications/live", get(live::notices))
        .layer(map_response(never_store));
    reads.merge(forms)
}

/// Leads back after a form, or tells why it failed.
fn finish(form: &Submission, done: Result<()>) -> axum::response::Response {
    let back = form.get("back");
    read::answer(&form.visitor, back, done.map(|()| form.redirect(back)))
}
