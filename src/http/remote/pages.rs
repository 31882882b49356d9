//! The pages of remote sign-in.

use askama::Template;
use axum::{http::StatusCode, response::Response};

use crate::{
    App,
    http::{
        error::{attach_error, set_retry_after, status},
        page::{leading_away, render},
    },
    protocol::shortened,
    service::Error,
};

/// Maximum characters of a sentence on the form.
const MAX_ALERT_CHARS: usize = 300;

/// Where an address is asked for.
#[derive(Template)]
#[template(path = "remote/form.html")]
struct FormPage<'a> {
    /// Prefix of links.
    root: &'a str,
    address: &'a str,
    continue_to: &'a str,
    alert: Option<&'a str>,
}

/// Answer to an address of this server.
#[derive(Template)]
#[template(path = "remote/local.html")]
struct LocalPage<'a> {
    /// Prefix of links.
    root: &'a str,
    host: &'a str,
}

/// The form.
pub(super) fn form(app: &App, address: &str, continue_to: &str) -> Response {
    form_with(app, StatusCode::OK, (address, continue_to), None)
}

/// The form again, with a failure.
pub(super) fn failed(app: &App, filled_in: (&str, &str), error: Error) -> Response {
    let alert = shortened(error.message(), MAX_ALERT_CHARS);
    let mut response = form_with(app, status(error.kind()), filled_in, Some(&alert));
    set_retry_after(&mut response, &error);
    attach_error(&mut response, error);
    response
}

fn form_with(
    app: &App,
    status: StatusCode,
    (address, continue_to): (&str, &str),
    alert: Option<&str>,
) -> Response {
    let page = FormPage {
        root: app.urls().path(),
        address,
        continue_to,
        alert,
    };
    leading_away(render(app, status, "Sign in from another server", &page))
}

/// The page for a person of this server.
pub(super) fn local(app: &App) -> Response {
    let page = LocalPage {
        root: app.urls().path(),
        host: app.urls().authority(),
    };
    render(app, StatusCode::OK, "Your account is here", &page)
}
