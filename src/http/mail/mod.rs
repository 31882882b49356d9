//! The pages that links in mails lead to, under `/main` (pump-api 6.5, 6.6). They work without
//! scripts.
//!
//! Looking at a link does nothing, for programs do that with every link in a mail: each page has a
//! button. The code in the address is all that is asked for, so that no other site could know what
//! to post.

mod confirm;
mod limits;
mod recover;
mod unsubscribe;

use askama::Template;
use axum::{
    Extension, Router,
    http::{HeaderValue, StatusCode, header},
    middleware::map_response,
    response::Response,
    routing::{get, post},
};

use super::page::{render, visitor::Visitor};
use crate::{App, app::texts::Language};

/// The routes of mail.
pub(super) fn routes(app: &App) -> Router<App> {
    Router::new()
        .route(
            "/main/confirm/{code}",
            get(confirm::look).post(confirm::confirm),
        )
        .route("/main/recover", get(recover::form).post(recover::ask))
        .route(
            "/main/recover/{code}",
            get(recover::look).post(recover::set_password),
        )
        .route("/main/redeem-code", post(recover::redeem))
        .route(
            "/main/unsubscribe/{code}",
            get(unsubscribe::look).post(unsubscribe::unsubscribe),
        )
        .layer(Extension(limits::MailLimiter::new(app)))
        .layer(map_response(keep_secret))
}

/// The addresses have codes in them, and the answers tokens.
async fn keep_secret(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let silent = HeaderValue::from_static("no-referrer");
    headers.insert(header::REFERRER_POLICY, silent);
    response
}

/// A page with a button, which posts to its own address.
#[derive(Template)]
#[template(path = "mail/ask.html")]
struct ConfirmPage<'a> {
    title: &'a str,
    /// The question, as HTML.
    question: &'a str,
    button: &'a str,
}

fn ask(visitor: &Visitor, title: &str, question: &str, button: &str) -> Response {
    let page = ConfirmPage {
        title,
        question,
        button,
    };
    render(visitor, StatusCode::OK, title, &page)
}

/// A page that says that something was done.
#[derive(Template)]
#[template(path = "mail/done.html")]
struct DonePage<'a> {
    t: &'a Language,
    title: &'a str,
    message: &'a str,
}

fn done(visitor: &Visitor, title: &str, message: &str) -> Response {
    let t = &*visitor.language;
    let page = DonePage { t, title, message };
    render(visitor, StatusCode::OK, title, &page)
}
