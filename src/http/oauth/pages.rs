//! The pages of the way to an access token.

use std::borrow::Cow;

use askama::Template;
use axum::{http::StatusCode, response::Response};
use url::Url;

use super::{
    super::page::{leading_away, render, visitor::Visitor},
    csrf::CsrfGuard,
};
use crate::{
    app::texts::Language,
    model::{Account, Client, ClientIdentity, Scope, Secret, Urls},
    protocol::{html::escape, oauth2::redirect, quoted},
    service::{
        mail,
        oauth::{OUT_OF_BAND, PendingAuthorization, RequestTokenConsent},
        oauth2::authorize::{self, AuthorizationRequest},
    },
};

/// Key of what is said to who tries passwords too often.
pub(super) const TOO_MANY_ATTEMPTS: &str = "sign-in-too-often";

/// Key of what is said to who gives a wrong password.
pub(super) const WRONG_PASSWORD: &str = "sign-in-wrong";

/// A form, and what it sends besides what a person fills in.
struct PageForm<'a> {
    id: &'a str,
    action: String,
    hidden: Vec<(&'a str, &'a str)>,
}

#[derive(Template)]
#[template(path = "oauth/sign_in.html")]
struct SignInPage<'a> {
    t: &'a Language,
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
    t: &'a Language,
    host: &'a str,
    title: &'a str,
    description: Option<&'a str>,
    nickname: &'a str,
    rights: Vec<&'a str>,
    destination: Option<String>,
    form: PageForm<'a>,
    /// Where one signs in as someone else.
    other: String,
    /// Name and value of the button that allows it.
    allow: (&'a str, &'a str),
}

#[derive(Template)]
#[template(path = "oauth/complete.html")]
struct CompletePage<'a> {
    t: &'a Language,
    /// Code for the application: the key of its label, element id, and value.
    code: (&'a str, &'a str, &'a str),
    token: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "oauth/refused.html")]
struct Refused<'a> {
    t: &'a Language,
    sentence: &'a str,
    /// Where the application is told.
    address: &'a str,
    destination: Cow<'a, str>,
}

#[derive(Template)]
#[template(path = "oauth/denied.html")]
struct DeniedPage<'a> {
    t: &'a Language,
}

/// Returns the keys of the rights of a scope.
fn rights(scope: Scope) -> Vec<&'static str> {
    let rights = scope.contained().flat_map(|scope| match scope {
        Scope::Read => ["right-read", "right-see-settings"],
        Scope::WriteOwn => ["right-post", "right-change-profile"],
        Scope::WriteAll => ["right-change-account", "right-revoke"],
    });
    rights.collect()
}

/// The form to sign in.
pub(super) fn sign_in(
    visitor: &Visitor,
    pending: &PendingAuthorization,
    guard: &CsrfGuard,
    nickname: &str,
    alert: Option<&str>,
) -> Response {
    let form = PageForm {
        id: "oauth-authentication",
        action: below(visitor, "/oauth/authorize"),
        hidden: vec![
            ("oauth_token", &pending.token.token),
            ("guard", guard.value()),
        ],
    };
    let (client, field) = (&pending.client, "username");
    sign_in_page(visitor, client, form, (field, nickname), alert)
}

/// The form to sign in for OAuth 2.0.
pub(super) fn authenticate(
    visitor: &Visitor,
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
    let form = PageForm {
        id: "oauth2-authentication",
        action: below(visitor, "/oauth2/authc"),
        hidden,
    };
    let (client, field) = (&question.client, "nickname");
    leading_away(sign_in_page(
        visitor,
        client,
        form,
        (field, nickname),
        alert,
    ))
}

fn sign_in_page(
    visitor: &Visitor,
    client: &Client,
    form: PageForm<'_>,
    (field, nickname): (&str, &str),
    alert: Option<&str>,
) -> Response {
    let t = &*visitor.language;
    let page = SignInPage {
        t,
        root: visitor.ctx.urls().path(),
        application: name_of(client, t),
        // The protocol of OAuth 1.0a has no way back.
        cancel: field == "nickname",
        form,
        field,
        nickname,
        alert,
        recovery: mail::recover::is_possible(&visitor.ctx),
    };
    render(visitor, StatusCode::OK, &t.say("sign-in"), &page)
}

/// The question.
pub(super) fn consent(
    visitor: &Visitor,
    consent: &RequestTokenConsent,
    guard: &CsrfGuard,
) -> Response {
    let PendingAuthorization { token, client } = &consent.pending;
    let form = PageForm {
        id: "oauth-authorization",
        action: below(visitor, "/oauth/authorize"),
        hidden: vec![
            ("oauth_token", &token.token),
            ("verifier", consent.verifier.expose()),
            ("guard", guard.value()),
        ],
    };
    let wanted = (Scope::WriteAll, &*token.callback);
    let name = Urls::encode(&token.token);
    let other = format!("{}?oauth_token={name}&as=other", form.action);
    let allow = ("authorize", "Authorize");
    ask(
        visitor,
        client,
        &consent.account,
        wanted,
        form,
        (other, allow),
    )
}

/// The question of OAuth 2.0.
pub(super) fn authorization(
    visitor: &Visitor,
    question: &AuthorizationRequest,
    consent: &authorize::AuthorizationConsent,
    guard: &CsrfGuard,
) -> Response {
    let form = PageForm {
        id: "oauth2-authorization",
        action: below(visitor, "/oauth2/authz"),
        hidden: vec![
            ("ticket", consent.consent_token.expose()),
            ("guard", guard.value()),
        ],
    };
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(question.parameters())
        .append_pair("as", "other")
        .finish();
    let other = format!("{}?{query}", below(visitor, "/oauth2/authc"));
    let wanted = (question.scope, &*question.redirect_uri);
    let allow = ("allow", "Allow");
    ask(
        visitor,
        &question.client,
        &consent.account,
        wanted,
        form,
        (other, allow),
    )
}

/// Asks the owner of an account whether a client may have a scope, and be told so at an address.
fn ask(
    visitor: &Visitor,
    client: &Client,
    account: &Account,
    (scope, address): (Scope, &str),
    form: PageForm<'_>,
    (other, allow): (String, (&str, &str)),
) -> Response {
    let t = &*visitor.language;
    let application = name_of(client, t);
    let isolated = format!("<bdi>{}</bdi>", escape(&application));
    let page = ConsentPage {
        t,
        host: visitor.ctx.urls().authority(),
        title: &t.html("consent-title", &[("application", &isolated)]),
        description: client.description.as_deref(),
        nickname: account.nickname.as_str(),
        rights: rights(scope),
        destination: destination(address),
        form,
        other,
        allow,
    };
    let title = t.with("consent-title", "application", &application);
    leading_away(render(visitor, StatusCode::OK, &title, &page))
}

/// Page with a verifier for an application without callback.
pub(super) fn verifier(visitor: &Visitor, token: &str, verifier: &str) -> Response {
    complete(visitor, ("verifier", "verifier", verifier), Some(token))
}

/// Page with a code for an application without redirect URI, in OAuth 2.0.
pub(super) fn code(visitor: &Visitor, code: &Secret) -> Response {
    complete(visitor, ("code", "code", code.expose()), None)
}

fn complete(visitor: &Visitor, code: (&str, &str, &str), token: Option<&str>) -> Response {
    let t = &*visitor.language;
    let page = CompletePage { t, code, token };
    render(visitor, StatusCode::OK, &t.say("complete-title"), &page)
}

/// The end, for who said no.
pub(super) fn denied(visitor: &Visitor) -> Response {
    let t = &*visitor.language;
    let page = DeniedPage { t };
    render(visitor, StatusCode::OK, &t.say("denied-title"), &page)
}

/// Page about a request of an application that is refused, with a link back. The person follows it
/// or not: anybody can register an application, so a redirect would be an open one (RFC 9700,
/// 4.11.2).
pub(super) fn refused(visitor: &Visitor, sentence: &str, address: &str) -> Response {
    let t = &*visitor.language;
    let destination = destination(address);
    let page = Refused {
        t,
        sentence,
        address,
        destination: destination.map_or_else(|| t.say("the-application"), Cow::Owned),
    };
    render(
        visitor,
        StatusCode::BAD_REQUEST,
        &t.say("refused-title"),
        &page,
    )
}

/// A path of ours, as a browser asks for it.
pub(super) fn below(visitor: &Visitor, path: &str) -> String {
    format!("{}{path}", visitor.ctx.urls().path())
}

/// The name of a client: that which it gave itself, or the host that it proved to be.
fn name_of(client: &Client, t: &Language) -> String {
    if let Some(ClientIdentity::Host(host)) = &client.identity {
        return host.clone();
    }
    let name = client.name.as_deref().and_then(quoted);
    name.unwrap_or_else(|| t.say("nameless-application").into_owned())
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
