//! A request of a browser, which may have begun a sign-in or have a session.

use std::{convert::Infallible, net::IpAddr};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
};
use chrono::TimeDelta;

use crate::{
    App,
    context::Caller,
    http::{
        cookies::{self, Cookie},
        origin::{Origin, client_address, is_cross_site},
        session::{REMOTE_NAME, remote_text},
    },
    model::Secret,
    service::{
        Error, Result,
        federation::remote_sign_in::{RemoteSession, find_session},
    },
};

/// Cookie of a sign-in that is under way, and the path it is sent to.
const TICKET_COOKIE: &str = "remote_ticket";
const TICKET_PATH: &str = "/main/authorized";

/// How long browsers keep the cookies. The store decides how long these are good.
const TICKET_AGE: TimeDelta = TimeDelta::minutes(10);
const SESSION_AGE: TimeDelta = TimeDelta::days(30);

/// A request of a browser.
pub(in crate::http) struct Visit {
    pub(super) address: Option<IpAddr>,
    pub(super) ticket: Option<Secret>,
    session: Option<Secret>,
    is_cross_site: bool,
    secure: bool,
    app: App,
}

impl FromRequestParts<App> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let origin = Origin::of(parts, app);
        let cookie = |name| cookies::find(&parts.headers, name).map(Secret::new);
        Ok(Self {
            address: client_address(parts, app),
            ticket: cookie(TICKET_COOKIE),
            session: remote_text(&parts.headers),
            is_cross_site: is_cross_site(&parts.headers, &origin, app),
            secure: origin.scheme == "https",
            app: app.clone(),
        })
    }
}

impl Visit {
    /// Refuses a post that another site's page made.
    pub(super) fn check_site(&self) -> Result<()> {
        if self.is_cross_site {
            Err(
                Error::forbidden("This was not sent from a page of this server.")
                    .phrased("failure-form-elsewhere"),
            )
        } else {
            Ok(())
        }
    }

    /// Returns the session of the browser, if it has one.
    pub(in crate::http) async fn session(&self) -> Result<Option<RemoteSession>> {
        match &self.session {
            Some(text) => find_session(&self.app.context(Caller::Anonymous), text).await,
            None => Ok(None),
        }
    }

    /// Gives the browser the ticket of a sign-in; `None` takes it.
    pub(super) fn set_ticket(&self, ticket: Option<&Secret>, headers: &mut HeaderMap) {
        self.set(TICKET_COOKIE, TICKET_PATH, ticket, TICKET_AGE, headers);
    }

    /// Gives the browser a session; `None` takes it.
    pub(in crate::http) fn set_session(&self, session: Option<&Secret>, headers: &mut HeaderMap) {
        self.set(REMOTE_NAME, "/", session, SESSION_AGE, headers);
    }

    fn set(
        &self,
        name: &str,
        path: &str,
        text: Option<&Secret>,
        age: TimeDelta,
        headers: &mut HeaderMap,
    ) {
        let cookie = Cookie {
            name,
            value: text.map_or("", Secret::expose),
            path: &format!("{}{path}", self.app.urls().path()),
            max_age: Some(text.map_or(TimeDelta::zero(), |_| age)),
            secure: self.secure,
        };
        cookie.set(headers);
    }
}
