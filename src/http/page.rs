//! Pages for people.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};

use crate::{App, protocol::shortened, service::Error};

/// A whole document, where the host has no [`PageLayout`](crate::app::PageLayout).
#[derive(Template)]
#[template(path = "base.html")]
struct Base<'a> {
    site: &'a str,
    /// Prefix of links.
    root: &'a str,
    title: &'a str,
    main: &'a str,
}

/// A page that says one thing.
#[derive(Template)]
#[template(path = "message.html")]
struct MessagePage<'a> {
    title: &'a str,
    text: &'a str,
}

/// Renders a page: what is said on it, in the frame that all pages have.
pub(super) fn render(app: &App, status: StatusCode, title: &str, main: &impl Template) -> Response {
    let html = main.render().and_then(|main| match app.page_layout() {
        Some(frame) => Ok(frame.render(title, &main)),
        None => Base {
            site: &app.settings().site,
            root: app.urls().path(),
            title,
            main: &main,
        }
        .render(),
    });
    match html {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => Error::internal(error).into_response(),
    }
}

/// A page with a form that may be answered with a way to elsewhere.
pub(super) fn leading_away(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, LEADING_AWAY_POLICY);
    response
}

/// The policy of all pages without `form-action`, which browsers apply to redirects after the form
/// too; where those lead is unknown.
const LEADING_AWAY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// The most characters of what is said on a page: what was asked for may stand in it.
const MAX_MESSAGE_CHARS: usize = 300;

/// A page that says one thing.
pub(super) fn message(app: &App, status: StatusCode, text: &str) -> Response {
    let title = status.canonical_reason().unwrap_or("Error");
    let text = &shortened(text, MAX_MESSAGE_CHARS);
    render(app, status, title, &MessagePage { title, text })
}

/// The page that tells a person of a failure.
pub(super) fn failure(app: &App, error: Error) -> Response {
    let status = super::error::status(error.kind());
    let mut response = message(app, status, error.message());
    super::error::set_retry_after(&mut response, &error);
    super::error::attach_error(&mut response, error);
    response
}
