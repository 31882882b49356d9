//! Pages for people.

use askama::Template;
use axum::{
    http::StatusCode,
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
