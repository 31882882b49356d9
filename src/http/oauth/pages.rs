//! The pages of the way to an access token.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use url::Url;

use super::{super::page::render, guard::Guard};
use crate::{
    Context,
    model::{Client, RequestToken},
    service::oauth::{Consent, OUT_OF_BAND, Pending},
};

#[derive(Template)]
#[template(path = "oauth/sign_in.html")]
struct SignIn<'a> {
    site: &'a str,
    application: &'a str,
    token: &'a str,
    guard: &'a str,
    nickname: &'a str,
    alert: Option<&'a str>,
    /// Whether a new password can be had by mail.
    recovery: bool,
}

#[derive(Template)]
#[template(path = "oauth/consent.html")]
struct Ask<'a> {
    site: &'a str,
    host: &'a str,
    application: &'a str,
    description: Option<&'a str>,
    nickname: &'a str,
    destination: Option<String>,
    token: &'a str,
    verifier: &'a str,
    guard: &'a str,
}

#[derive(Template)]
#[template(path = "oauth/complete.html")]
struct Complete<'a> {
    site: &'a str,
    token: &'a str,
    verifier: &'a str,
}

#[derive(Template)]
#[template(path = "oauth/denied.html")]
struct Denied<'a> {
    site: &'a str,
}

/// The form to sign in.
pub(super) fn sign_in(
    ctx: &Context,
    pending: &Pending,
    guard: &Guard,
    nickname: &str,
    alert: Option<&str>,
) -> Response {
    let page = SignIn {
        site: &ctx.app().settings().site,
        application: name_of(&pending.client),
        token: &pending.token.token,
        guard: guard.value(),
        nickname,
        alert,
        recovery: ctx.app().mailer().is_some(),
    };
    render(StatusCode::OK, &page)
}

/// The question.
pub(super) fn consent(ctx: &Context, consent: &Consent, guard: &Guard) -> Response {
    let Pending { token, client } = &consent.pending;
    let page = Ask {
        site: &ctx.app().settings().site,
        host: ctx.urls().authority(),
        application: name_of(client),
        description: client.description.as_deref(),
        nickname: consent.account.nickname.as_str(),
        destination: destination(token),
        token: &token.token,
        verifier: consent.verifier.expose(),
        guard: guard.value(),
    };
    let mut response = render(StatusCode::OK, &page);
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, POLICY);
    response
}

/// The policy of all pages without its `form-action`: browsers hold that against each redirect that follows
/// the form, and where an application sends people on to is not for us to know.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// What to tell an application that can't be sent it.
pub(super) fn complete(ctx: &Context, token: &str, verifier: &str) -> Response {
    let site = &ctx.app().settings().site;
    render(
        StatusCode::OK,
        &Complete {
            site,
            token,
            verifier,
        },
    )
}

/// The end, for who said no.
pub(super) fn denied(ctx: &Context) -> Response {
    let site = &ctx.app().settings().site;
    render(StatusCode::OK, &Denied { site })
}

fn name_of(client: &Client) -> &str {
    match client.name.as_deref().map(str::trim) {
        None | Some("") => "An application without a name",
        Some(name) => name,
    }
}

/// Where a person will be sent, in few words: the host of a web address, else the scheme.
fn destination(token: &RequestToken) -> Option<String> {
    if token.callback == OUT_OF_BAND {
        return None;
    }
    let url = Url::parse(&token.callback).ok()?;
    let host = url
        .host_str()
        .filter(|_| matches!(url.scheme(), "http" | "https"));
    Some(host.map_or_else(|| format!("{}:", url.scheme()), ToOwned::to_owned))
}
