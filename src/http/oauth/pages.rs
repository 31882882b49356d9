//! The pages of the way to an access token.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use url::Url;

use super::{
    super::page::{leading_away, render},
    csrf::CsrfGuard,
};
use crate::{
    Context,
    model::{Account, Client, ClientIdentity, Scope, Secret},
    protocol::{oauth2::redirect, quoted},
    service::{
        mail,
        oauth::{OUT_OF_BAND, PendingAuthorization, RequestTokenConsent},
        oauth2::authorize::{self, AuthorizationRequest},
    },
};

const SIGN_IN: &str = "Sign in";

/// Said to who tries passwords too often.
pub(super) const TOO_MANY_ATTEMPTS: &str =
    "That was tried too often. Wait a minute, then try again.";

/// Said to who gives a wrong password.
pub(super) const WRONG_PASSWORD: &str =
    "That name and password don't belong together. Capital letters matter in both.";

/// A form, and what it sends besides what a person fills in.
struct PageForm<'a> {
    id: &'a str,
    action: String,
    hidden: Vec<(&'a str, &'a str)>,
}

#[derive(Template)]
#[template(path = "oauth/sign_in.html")]
struct SignInPage<'a> {
    /// Prefix of links.
    root: &'a str,
    application: String,
    form: PageForm<'a>,
    /// Name of the nickname field.
    field: &'a str,
    nickname: &'a str,
    alert: Option<&'a str>,
    /// Whether a new password can be had by mail.
    recovery: bool,
    /// Whether one can go back without signing in.
    cancel: bool,
}

#[derive(Template)]
#[template(path = "oauth/consent.html")]
struct ConsentPage<'a> {
    host: &'a str,
    application: String,
    description: Option<&'a str>,
    nickname: &'a str,
    rights: Vec<&'a str>,
    destination: Option<String>,
    form: PageForm<'a>,
    /// The name of the button that allows it, and what is written on it.
    allow: (&'a str, &'a str),
}

#[derive(Template)]
#[template(path = "oauth/complete.html")]
struct CompletePage<'a> {
    /// Code for the application: its label, element id, and value.
    code: (&'a str, &'a str, &'a str),
    token: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "oauth/refused.html")]
struct Refused<'a> {
    sentence: &'a str,
    /// Where the application is told.
    address: &'a str,
    destination: &'a str,
}

#[derive(Template)]
#[template(path = "oauth/denied.html")]
struct DeniedPage;

/// Describes the rights of a scope.
fn rights(scope: Scope) -> Vec<&'static str> {
    let rights = scope.contained().flat_map(|scope| match scope {
        Scope::Read => [
            "read your inbox and all that you may read",
            "see your mail address and settings",
        ],
        Scope::WriteOwn => [
            "post, like, share and follow in your name",
            "change your profile and your lists",
        ],
        Scope::WriteAll => [
            "change your password, mail address and settings, and delete your account",
            "take back what you allowed other applications",
        ],
    });
    rights.collect()
}

/// The form to sign in.
pub(super) fn sign_in(
    ctx: &Context,
    pending: &PendingAuthorization,
    guard: &CsrfGuard,
    nickname: &str,
    alert: Option<&str>,
) -> Response {
    let page = SignInPage {
        root: ctx.urls().path(),
        application: name_of(&pending.client),
        form: PageForm {
            id: "oauth-authentication",
            action: below(ctx, "/oauth/authorize"),
            hidden: vec![
                ("oauth_token", &pending.token.token),
                ("guard", guard.value()),
            ],
        },
        field: "username",
        nickname,
        alert,
        recovery: mail::recover::is_possible(ctx),
        cancel: false,
    };
    render(ctx.app(), StatusCode::OK, SIGN_IN, &page)
}

/// The form to sign in for OAuth 2.0.
pub(super) fn authenticate(
    ctx: &Context,
    question: &AuthorizationRequest,
    guard: &CsrfGuard,
    nickname: &str,
    alert: Option<&str>,
) -> Response {
    let parameters = question.parameters();
    let mut hidden: Vec<(&str, &str)> = parameters
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    hidden.push(("guard", guard.value()));
    let page = SignInPage {
        root: ctx.urls().path(),
        application: name_of(&question.client),
        form: PageForm {
            id: "oauth2-authentication",
            action: below(ctx, "/oauth2/authc"),
            hidden,
        },
        field: "nickname",
        nickname,
        alert,
        cancel: true,
        recovery: mail::recover::is_possible(ctx),
    };
    leading_away(render(ctx.app(), StatusCode::OK, SIGN_IN, &page))
}

/// The question.
pub(super) fn consent(ctx: &Context, consent: &RequestTokenConsent, guard: &CsrfGuard) -> Response {
    let PendingAuthorization { token, client } = &consent.pending;
    let form = PageForm {
        id: "oauth-authorization",
        action: below(ctx, "/oauth/authorize"),
        hidden: vec![
            ("oauth_token", &token.token),
            ("verifier", consent.verifier.expose()),
            ("guard", guard.value()),
        ],
    };
    let wanted = (Scope::WriteAll, &*token.callback);
    let allow = ("authorize", "Authorize");
    ask(ctx, client, &consent.account, wanted, form, allow)
}

/// The question of OAuth 2.0.
pub(super) fn authorization(
    ctx: &Context,
    question: &AuthorizationRequest,
    consent: &authorize::AuthorizationConsent,
    guard: &CsrfGuard,
) -> Response {
    let form = PageForm {
        id: "oauth2-authorization",
        action: below(ctx, "/oauth2/authz"),
        hidden: vec![
            ("ticket", consent.consent_token.expose()),
            ("guard", guard.value()),
        ],
    };
    let wanted = (question.scope, &*question.redirect_uri);
    let allow = ("allow", "Allow");
    ask(ctx, &question.client, &consent.account, wanted, form, allow)
}

/// Asks the owner of an account whether a client may have a scope, and be told so at an address.
fn ask(
    ctx: &Context,
    client: &Client,
    account: &Account,
    (scope, address): (Scope, &str),
    form: PageForm<'_>,
    allow: (&str, &str),
) -> Response {
    let page = ConsentPage {
        host: ctx.urls().authority(),
        application: name_of(client),
        description: client.description.as_deref(),
        nickname: account.nickname.as_str(),
        rights: rights(scope),
        destination: destination(address),
        form,
        allow,
    };
    let title = format!("Allow {}?", page.application);
    leading_away(render(ctx.app(), StatusCode::OK, &title, &page))
}

/// Page with a verifier for an application without callback.
pub(super) fn verifier(ctx: &Context, token: &str, verifier: &str) -> Response {
    let page = CompletePage {
        code: ("Verifier", "verifier", verifier),
        token: Some(token),
    };
    render(ctx.app(), StatusCode::OK, "Authorization Complete", &page)
}

/// Page with a code for an application without redirect URI, in OAuth 2.0.
pub(super) fn code(ctx: &Context, code: &Secret) -> Response {
    let page = CompletePage {
        code: ("Code", "code", code.expose()),
        token: None,
    };
    render(ctx.app(), StatusCode::OK, "Authorization Complete", &page)
}

/// The end, for who said no.
pub(super) fn denied(ctx: &Context) -> Response {
    render(ctx.app(), StatusCode::OK, "Denied", &DeniedPage)
}

/// Page about a request of an application that is refused, with a link back. The person follows it
/// or not: anybody can register an application, so a redirect would be an open one (RFC 9700,
/// 4.11.2).
pub(super) fn refused(ctx: &Context, sentence: &str, address: &str) -> Response {
    let destination = destination(address);
    let page = Refused {
        sentence,
        address,
        destination: destination.as_deref().unwrap_or("the application"),
    };
    render(ctx.app(), StatusCode::BAD_REQUEST, "Bad Request", &page)
}

/// A path of ours, as a browser asks for it.
fn below(ctx: &Context, path: &str) -> String {
    format!("{}{path}", ctx.urls().path())
}

/// The name of a client: that which it gave itself, or the host that it proved to be.
fn name_of(client: &Client) -> String {
    if let Some(ClientIdentity::Host(host)) = &client.identity {
        return host.clone();
    }
    let name = client.name.as_deref().and_then(quoted);
    name.unwrap_or_else(|| "An application without a name".into())
}

/// Where a person will be sent, in few words: the host of a web address, else the scheme.
fn destination(address: &str) -> Option<String> {
    if [OUT_OF_BAND, redirect::OUT_OF_BAND].contains(&address) {
        return None;
    }
    let url = Url::parse(address).ok()?;
    let host = url
        .host_str()
        .filter(|_| matches!(url.scheme(), "http" | "https"));
    Some(host.map_or_else(|| format!("{}:", url.scheme()), ToOwned::to_owned))
}
