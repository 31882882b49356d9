//! Pages for people.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};

use crate::service::Error;

/// A page that says one thing.
#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    title: &'a str,
    message: &'a str,
}

/// Renders a page.
pub(super) fn render(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => Error::internal(error).into_response(),
    }
}

/// A page that says one thing.
pub(super) fn message(status: StatusCode, message: &str) -> Response {
    let title = status.canonical_reason().unwrap_or("Error");
    render(status, &Message { title, message })
}

/// The page that tells a person of a failure.
pub(super) fn failure(error: Error) -> Response {
    let status = super::error::status(error.kind());
    let mut response = message(status, error.message());
    super::error::advise(&mut response, &error);
    super::error::keep(&mut response, error);
    response
}
