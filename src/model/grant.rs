//! OAuth 2.0 credentials, and what people allowed. Secrets are stored as digests only.

use chrono::{DateTime, Utc};

use super::{Client, Nickname, Scope};

/// Pending or approved authorization on its way to a bearer token (RFC 6749 section 4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    /// Digest of the person's consent token or, once approved, of the client's code; unique in the
    /// store.
    pub digest: String,
    /// The id of the client that asks.
    pub client: String,
    /// The person who is asked.
    pub user: Nickname,
    /// Where to send them afterwards.
    pub redirect_uri: String,
    /// State that the client gets back with the answer.
    pub state: Option<String>,
    /// The S256 challenge that the code must be exchanged with the verifier of (RFC 7636).
    pub challenge: Option<String>,
    /// How much is asked for.
    pub scope: Scope,
    /// Whether it was allowed: then `digest` is that of a code.
    pub approved: bool,
    /// After this it is worth nothing.
    pub expires: DateTime<Utc>,
}

/// A bearer token: a client acting for a person, or for itself (RFC 6750).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BearerToken {
    /// The digest of the token, unique in the store.
    pub digest: String,
    /// The id of the client it was given to.
    pub client: String,
    /// For whom that client may act, if not for itself.
    pub user: Option<Nickname>,
    /// How much it allows.
    pub scope: Scope,
    /// The digest of the code that it was given for.
    pub code: Option<String>,
    /// When it was given.
    pub created: DateTime<Utc>,
    /// After this it is worth nothing.
    pub expires: Option<DateTime<Utc>>,
}

/// That a client may act for a person, by some of its tokens.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    /// The client.
    pub client: Client,
    /// How much the tokens allow; `None` for those of OAuth 1.0a, which allow everything.
    pub scope: Option<Scope>,
    /// When the oldest of them was given.
    pub since: DateTime<Utc>,
}
