//! The page at `/`, for people who find this server with a browser.

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};

use super::page;
use crate::App;

#[derive(Template)]
#[template(path = "welcome.html")]
struct HomePage<'a> {
    authority: &'a str,
    has_tls: bool,
    has_port: bool,
    project: &'static str,
}

/// `GET /`: what this is, and how to point a client at it. PyPump looks here for where the pages of
/// OAuth are, and goes where it is sent, so it is an answer and no redirect.
pub(super) async fn home(State(app): State<App>) -> Response {
    let urls = app.urls();
    let welcome = HomePage {
        authority: urls.authority(),
        has_tls: urls.scheme() == "https",
        has_port: urls.authority() != urls.host(),
        project: env!("CARGO_PKG_REPOSITORY"),
    };
    page::render(&app, StatusCode::OK, &app.settings().site, &welcome)
}
