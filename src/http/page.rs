//! Pages for people.

use std::fmt;

use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};

use crate::{App, service::Error};

/// A page that says one thing.
#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    site: Site<'a>,
    title: &'a str,
    text: &'a str,
}

/// The site that a page is of: what it is called, and below which path it is.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    called: &'a str,
    /// For templates: what their links begin with.
    pub(super) root: &'a str,
}

impl<'a> Site<'a> {
    pub(super) fn of(app: &'a App) -> Self {
        Self {
            called: &app.settings().site,
            root: app.urls().path(),
        }
    }
}

impl fmt::Display for Site<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.called)
    }
}

/// Renders a page.
pub(super) fn render(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => Error::internal(error).into_response(),
    }
}

/// A page that says one thing.
pub(super) fn message(app: &App, status: StatusCode, message: &str) -> Response {
    let site = Site::of(app);
    let title = status.canonical_reason().unwrap_or("Error");
    let page = Message {
        site,
        title,
        text: message,
    };
    render(status, &page)
}

/// The page that tells a person of a failure.
pub(super) fn failure(app: &App, error: Error) -> Response {
    let status = super::error::status(error.kind());
    let mut response = message(app, status, error.message());
    super::error::advise(&mut response, &error);
    super::error::keep(&mut response, error);
    response
}
