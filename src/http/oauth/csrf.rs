//! CSRF protection: double-submit cookie plus `Origin`/`Sec-Fetch-Site` check.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
    response::Response,
};
use subtle::ConstantTimeEq;

use super::super::origin::Origin;
use crate::{
    App,
    service::{Error, Result},
};

const COOKIE_NAME: &str = "oauth_guard";
const TOKEN_LENGTH: usize = 43;

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
        let sent = cookie(&parts.headers);
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
            let secure = if self.secure { "; Secure" } else { "" };
            let cookie = format!(
                "{COOKIE_NAME}={}; Path={}; HttpOnly; SameSite=Lax{secure}",
                self.value, self.path
            );
            if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
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
            ))
        }
    }
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == COOKIE_NAME && value.len() == TOKEN_LENGTH)
        .map(|(_, value)| value.to_owned())
}

/// Whether the browser says that this comes from elsewhere. A client that says nothing is no
/// browser that could be made to post, or an old one, which the cookie protects.
fn is_cross_site(headers: &HeaderMap, ours: &Origin<'_>, app: &App) -> bool {
    let site = headers.get(HeaderName::from_static("sec-fetch-site"));
    let from_other_site = site.is_some_and(|site| site != "same-origin" && site != "none");
    let from_other_origin = headers.get(header::ORIGIN).is_some_and(|origin| {
        let seen = format!("{}://{}", ours.scheme, ours.authority);
        origin != app.urls().origin() && !origin.as_bytes().eq_ignore_ascii_case(seen.as_bytes())
    });
    from_other_site || from_other_origin
}
