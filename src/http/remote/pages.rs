//! The pages of remote sign-in.

use askama::Template;
use axum::{http::StatusCode, response::Response};

use crate::{
    app::texts::Language,
    http::{
        error::{attach_error, set_retry_after, status},
        page::{leading_away, render, sentence, visitor::Visitor},
    },
    service::Error,
};

/// Where an address is asked for.
#[derive(Template)]
#[template(path = "remote/form.html")]
struct FormPage<'a> {
    t: &'a Language,
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
    t: &'a Language,
    /// Prefix of links.
    root: &'a str,
    host: &'a str,
    has_pages: bool,
}

/// The form.
pub(super) fn form(visitor: &Visitor, address: &str, continue_to: &str) -> Response {
    form_with(visitor, StatusCode::OK, (address, continue_to), None)
}

/// The form again, with a failure.
pub(super) fn failed(visitor: &Visitor, filled_in: (&str, &str), error: Error) -> Response {
    let alert = sentence(&visitor.language, &error);
    let mut response = form_with(visitor, status(error.kind()), filled_in, Some(&alert));
    set_retry_after(&mut response, &error);
    attach_error(&mut response, error);
    response
}

fn form_with(
    visitor: &Visitor,
    status: StatusCode,
    (address, continue_to): (&str, &str),
    alert: Option<&str>,
) -> Response {
    let t = &*visitor.language;
    let page = FormPage {
        t,
        root: visitor.ctx.urls().path(),
        address,
        continue_to,
        alert,
    };
    leading_away(render(visitor, status, &t.say("remote-title"), &page))
}

/// The page for a person of this server.
pub(super) fn local(visitor: &Visitor) -> Response {
    let t = &*visitor.language;
    let page = LocalPage {
        t,
        root: visitor.ctx.urls().path(),
        host: visitor.ctx.urls().authority(),
        has_pages: visitor.ctx.app().settings().has_pages,
    };
    render(visitor, StatusCode::OK, &t.say("remote-local-title"), &page)
}
