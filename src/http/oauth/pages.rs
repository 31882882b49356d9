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
    model::{Account, Client, Scope, Secret},
    protocol::{oauth2::redirect, quoted},
    service::{
        mail,
        oauth::{Consent, OUT_OF_BAND, Pending},
        oauth2::authorize::{self, Question},
    },
};

const SIGN_IN: &str = "Sign in";

/// Said to who tries passwords too often.
pub(super) const TOO_OFTEN: &str = "That was tried too often. Wait a minute, then try again.";

/// Said to who gives a wrong password.
pub(super) const WRONG_PASSWORD: &str =
    "That name and password don't belong together. Capital letters matter in both.";

/// A form, and what it sends besides what a person fills in.
struct Form<'a> {
    id: &'a str,
    action: String,
    hidden: Vec<(&'a str, &'a str)>,
}

#[derive(Template)]
#[template(path = "oauth/sign_in.html")]
struct SignIn<'a> {
    /// What links begin with.
    root: &'a str,
    application: String,
    form: Form<'a>,
    /// What the field for the nickname is called.
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
struct Ask<'a> {
    host: &'a str,
    application: String,
    description: Option<&'a str>,
    nickname: &'a str,
    rights: Vec<&'a str>,
    destination: Option<String>,
    form: Form<'a>,
    /// The name of the button that allows it, and what is written on it.
    allow: (&'a str, &'a str),
}

#[derive(Template)]
#[template(path = "oauth/complete.html")]
struct Complete<'a> {
    /// What the application needs: its name, its id on the page, and itself.
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
struct Denied;

/// What a scope lets an application do.
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
    pending: &Pending,
    guard: &Guard,
    nickname: &str,
    alert: Option<&str>,
) -> Response {
    let page = SignIn {
        root: ctx.urls().path(),
        application: name_of(&pending.client),
        form: Form {
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
    question: &Question,
    guard: &Guard,
    nickname: &str,
    alert: Option<&str>,
) -> Response {
    let parameters = question.parameters();
    let mut hidden: Vec<(&str, &str)> = parameters
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    hidden.push(("guard", guard.value()));
    let page = SignIn {
        root: ctx.urls().path(),
        application: name_of(&question.client),
        form: Form {
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
pub(super) fn consent(ctx: &Context, consent: &Consent, guard: &Guard) -> Response {
    let Pending { token, client } = &consent.pending;
    let form = Form {
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
    question: &Question,
    consent: &authorize::Consent,
    guard: &Guard,
) -> Response {
    let form = Form {
        id: "oauth2-authorization",
        action: below(ctx, "/oauth2/authz"),
        hidden: vec![
            ("ticket", consent.ticket.expose()),
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
    form: Form<'_>,
    allow: (&str, &str),
) -> Response {
    let page = Ask {
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

/// A page with a form that may be answered with a way to the application.
fn leading_away(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    response
}

/// The policy of all pages without its `form-action`: browsers hold that against each redirect that follows
/// the form, and where an application sends people on to is not for us to know.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// What to tell an application that can't be sent it.
pub(super) fn verifier(ctx: &Context, token: &str, verifier: &str) -> Response {
    let page = Complete {
        code: ("Verifier", "verifier", verifier),
        token: Some(token),
    };
    render(ctx.app(), StatusCode::OK, "Authorization Complete", &page)
}

/// What to tell an application that can't be sent it, in OAuth 2.0.
pub(super) fn code(ctx: &Context, code: &Secret) -> Response {
    let page = Complete {
        code: ("Code", "code", code.expose()),
        token: None,
    };
    render(ctx.app(), StatusCode::OK, "Authorization Complete", &page)
}

/// The end, for who said no.
pub(super) fn denied(ctx: &Context) -> Response {
    render(ctx.app(), StatusCode::OK, "Denied", &Denied)
}

/// What is wrong with what an application asks for, and the way back. The person goes it, or does not: anybody
/// can register an application, so nobody is sent where it says without having been asked.
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

fn name_of(client: &Client) -> String {
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
