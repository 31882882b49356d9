//! The page at `/`, for people who find this server with a browser.

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};

use super::{layers::never_store, page, remote::Visit};
use crate::{App, service::federation::remote_sign_in::RemoteSession};

#[derive(Template)]
#[template(path = "welcome.html")]
struct HomePage<'a> {
    /// Prefix of links.
    root: &'a str,
    authority: &'a str,
    has_tls: bool,
    has_port: bool,
    project: &'static str,
    /// Whether people of other servers can sign in.
    federates: bool,
    /// The id of the person who has.
    person: Option<&'a str>,
}

/// `GET /`: what this is, how to point a client at it, and who is signed in. PyPump looks here for
/// where the pages of OAuth are, and goes where it is sent, so it is an answer and no redirect. No
/// browser keeps it beyond a sign-in or its end.
pub(super) async fn home(State(app): State<App>, visit: Visit) -> Response {
    let session = match visit.session().await {
        Ok(session) => session,
        Err(error) => return page::failure(&app, error),
    };
    let urls = app.urls();
    let welcome = HomePage {
        root: urls.path(),
        authority: urls.authority(),
        has_tls: urls.scheme() == "https",
        has_port: urls.authority() != urls.host(),
        project: env!("CARGO_PKG_REPOSITORY"),
        federates: app.settings().federation.enabled,
        person: session.as_ref().map(RemoteSession::person),
    };
    never_store(page::render(
        &app,
        StatusCode::OK,
        &app.settings().site,
        &welcome,
    ))
    .await
}
