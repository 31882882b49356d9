//! OAuth 1.0a credentials.

use chrono::{DateTime, Utc};

use super::{Nickname, Secret};

/// A request token, on its way to becoming an access token (RFC 5849 section 2).
#[derive(Clone, Debug, PartialEq)]
pub struct RequestToken {
    /// The token, unique in the store.
    pub token: String,
    /// Its secret.
    pub secret: Secret,
    /// The id of the client it was given to.
    pub client: String,
    /// Where to send the person afterwards: `oob` or an absolute URL.
    pub callback: String,
    /// The user who signed in for it.
    pub user: Option<Nickname>,
    /// SHA-256, in hexadecimal, of the verifier that the person was or will be shown.
    pub verifier: Option<Secret>,
    /// Whether that person allowed it.
    pub approved: bool,
    /// After this it is worth nothing.
    pub expires: DateTime<Utc>,
}

/// An access token: a client acting for a person.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessToken {
    /// The token, unique in the store.
    pub token: String,
    /// Its secret.
    pub secret: Secret,
    /// The id of the client it was given to.
    pub client: String,
    /// For whom that client may act.
    pub user: Nickname,
    /// When it was given.
    pub created: DateTime<Utc>,
}

/// Nonce of a signed request (RFC 5849 section 3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Nonce<'a> {
    /// The client's key.
    pub client: &'a str,
    /// The access or request token, empty in a two-legged request.
    pub token: &'a str,
    /// The `oauth_timestamp`, seconds since 1970.
    pub timestamp: i64,
    /// The `oauth_nonce`.
    pub nonce: &'a str,
}
