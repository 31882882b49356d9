//! CSRF protection: double-submit cookie plus `Origin`/`Sec-Fetch-Site` check.

use std::convert::Infallible;

use axum::{extract::FromRequestParts, http::request::Parts, response::Response};
use subtle::ConstantTimeEq;

use crate::{
    App,
    http::{
        cookies::{self, Cookie},
        origin::{Origin, is_cross_site},
    },
    service::{Error, Result},
};

const COOKIE_NAME: &str = "oauth_guard";

/// The guard of one browser.
pub(super) struct CsrfGuard {
    /// Token that forms repeat; a new one if the browser had none.
    value: String,
    /// The cookie that it sent.
    sent: Option<String>,
    /// Whether the browser says that another site's page posted this.
    cross_site: bool,
    secure: bool,
    /// Below which path the cookie is sent.
    path: String,
}

impl FromRequestParts<App> for CsrfGuard {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let origin = Origin::of(parts, app);
        let sent = cookies::find(&parts.headers, COOKIE_NAME).map(str::to_owned);
        Ok(Self {
            value: sent.clone().unwrap_or_else(|| app.entropy().token::<32>()),
            sent,
            cross_site: is_cross_site(&parts.headers, &origin, app),
            secure: origin.scheme == "https",
            path: {
                let is_second = parts.uri.path().starts_with("/oauth2/");
                let path = if is_second { "/oauth2" } else { "/oauth" };
                format!("{}{path}", app.urls().path())
            },
        })
    }
}

impl CsrfGuard {
    /// Returns the token that a form must repeat.
    pub(super) fn value(&self) -> &str {
        &self.value
    }

    /// Gives the browser its cookie, if it has none.
    pub(super) fn set(&self, mut response: Response) -> Response {
        if self.sent.is_none() {
            let cookie = Cookie {
                name: COOKIE_NAME,
                value: &self.value,
                path: &self.path,
                max_age: None,
                secure: self.secure,
            };
            cookie.set(response.headers_mut());
        }
        response
    }

    /// Refuses a post that does not come from our own form.
    pub(super) fn check(&self, repeated: &str) -> Result<()> {
        let repeats = self
            .sent
            .as_ref()
            .is_some_and(|sent| sent.as_bytes().ct_eq(repeated.as_bytes()).into());
        if repeats && !self.cross_site {
            Ok(())
        } else {
            Err(Error::forbidden(
                "This form was not sent from the page it belongs to, or your browser keeps no cookies. \
                 Go back to the application and start again.",
            ).phrased("failure-form-elsewhere"))
        }
    }
}
