//! Cookies that hold a random token.

use axum::http::{HeaderMap, HeaderValue, header};
use chrono::TimeDelta;

/// Bytes of a token: 32 of chance, in base64url.
const TOKEN_BYTES: usize = 43;

/// A cookie to be set, which scripts can't read and other sites don't post with.
pub(super) struct Cookie<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
    /// Below which path it is sent.
    pub(super) path: &'a str,
    /// How long it is kept; until the browser is closed if `None`.
    pub(super) max_age: Option<TimeDelta>,
    /// Whether it is sent over TLS only.
    pub(super) secure: bool,
}

impl Cookie<'_> {
    /// Adds it to the headers of an answer.
    pub(super) fn set(&self, headers: &mut HeaderMap) {
        let Self {
            name, value, path, ..
        } = self;
        let age = self
            .max_age
            .map(|age| format!("; Max-Age={}", age.num_seconds()));
        let age = age.unwrap_or_default();
        let secure = if self.secure { "; Secure" } else { "" };
        let cookie = format!("{name}={value}; Path={path}; HttpOnly; SameSite=Lax{age}{secure}");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            headers.append(header::SET_COOKIE, cookie);
        }
    }
}

/// Returns the token in a cookie of that name.
pub(super) fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(known, value)| *known == name && value.len() == TOKEN_BYTES)
        .map(|(_, value)| value)
}
