//! The session of a browser: its cookie, and the check that a form was sent from a page of this
//! server.
//!
//! Forms carry no token: a browser says with each post which site made it (`Sec-Fetch-Site`, or
//! `Origin`), and does not send the cookie with the posts of others (`SameSite=Lax`). So a page
//! depends on its reader only, and can be cached.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, header, request::Parts};

use super::{
    cookies::{self, Cookie},
    origin::{Origin, is_cross_site},
};
use crate::{
    App,
    context::Caller,
    model::Secret,
    service::{
        Error, Result,
        federation::remote_sign_in,
        mail::confirm::may_use_api,
        passwords,
        sessions::{self, LIFETIME},
    },
};

/// Name of the cookie. With the prefix browsers take it from this host only, and over TLS.
const NAME: &str = "session";
const HOST_NAME: &str = "__Host-session";

/// Name of the cookie of a person of another server who signed in from there.
pub(super) const REMOTE_NAME: &str = "remote_session";

/// Returns the text of the session of a person of another server.
pub(super) fn remote_text(headers: &HeaderMap) -> Option<Secret> {
    cookies::find(headers, REMOTE_NAME).map(Secret::new)
}

/// Identifies the sender of a request: by the session of the browser, or by that of the host
/// application.
pub(super) async fn caller(headers: &HeaderMap, app: &App) -> Result<Caller> {
    let caller = match text(headers) {
        Some(text) => sessions::find(app, &text).await?,
        None => None,
    };
    if let Some(caller) = caller {
        return Ok(caller);
    }
    let anyone = app.context(Caller::Anonymous);
    let account = passwords::current_user(&anyone, headers).await?;
    Ok(account.map_or(Caller::Anonymous, |account| {
        Caller::HostUser(Arc::new(account))
    }))
}

/// Returns the id of the person of another server who has signed in, if one has.
pub(super) async fn principal(headers: &HeaderMap, app: &App) -> Result<Option<Arc<str>>> {
    let Some(text) = remote_text(headers) else {
        return Ok(None);
    };
    let anyone = app.context(Caller::Anonymous);
    let session = remote_sign_in::find_session(&anyone, &text).await?;
    Ok(session.map(|session| session.person().into()))
}

/// Identifies a person of another server who signed in from there, and who may read what they are
/// an addressee of.
pub(super) async fn remote_caller(headers: &HeaderMap, app: &App) -> Result<Caller> {
    let principal = principal(headers, app).await?;
    Ok(principal.map_or(Caller::Anonymous, Caller::Receiver))
}

/// Refuses a caller whose address has to be confirmed first: 403.
pub(super) fn ensure_confirmed(app: &App, caller: &Caller) -> Result<()> {
    match caller {
        Caller::User { account, .. } => may_use_api(app, account),
        _ => Ok(()),
    }
}

/// Returns the text of the session of a browser.
pub(super) fn text(headers: &HeaderMap) -> Option<Secret> {
    let names = [HOST_NAME, NAME].into_iter();
    names
        .filter_map(|name| cookies::find(headers, name))
        .map(Secret::new)
        .next()
}

/// Where a browser is told of its session, of a request.
pub(super) struct SessionCookie {
    name: &'static str,
    path: String,
    secure: bool,
}

impl SessionCookie {
    /// Reads how the request came.
    pub(super) fn of(parts: &Parts, app: &App) -> Self {
        let secure = Origin::of(parts, app).scheme == "https";
        let prefix = app.urls().path();
        Self {
            name: if secure && prefix.is_empty() {
                HOST_NAME
            } else {
                NAME
            },
            path: format!("{prefix}/"),
            secure,
        }
    }

    /// Gives the browser a session; `None` takes it.
    pub(super) fn set(&self, text: Option<&Secret>, headers: &mut HeaderMap) {
        let cookie = Cookie {
            name: self.name,
            value: text.map_or("", Secret::expose),
            path: &self.path,
            max_age: Some(text.map_or(chrono::TimeDelta::zero(), |_| LIFETIME)),
            secure: self.secure,
        };
        cookie.set(headers);
    }
}

/// Refuses a post that was not made by a page of this server, as the browser says: 403.
pub(super) fn check_site(parts: &Parts, app: &App) -> Result<()> {
    let says = |name| parts.headers.contains_key(name);
    let site = HeaderName::from_static("sec-fetch-site");
    let is_said = says(site) || says(header::ORIGIN);
    if is_said && !is_cross_site(&parts.headers, &Origin::of(parts, app), app) {
        return Ok(());
    }
    Err(Error::forbidden(
        "This was not sent from a page of this server. Go back, reload the page, and try again.",
    )
    .phrased("failure-form-elsewhere"))
}
