//! Shared SQL for OAuth 2.0 and grants.

use chrono::{DateTime, Utc};

use super::rows::{ClientRow, decode_nickname, decode_time};
use crate::{
    model::{Authorization, BearerToken, Grant, Scope},
    storage::{Result, StorageError},
};

/// The authorization with a digest ($1).
pub(crate) const FIND_AUTHORIZATION_SQL: &str = "SELECT * FROM authorizations WHERE digest = $1";

/// The bearer token with a digest ($1).
pub(crate) const FIND_BEARER_TOKEN_SQL: &str = "SELECT * FROM bearer_tokens WHERE digest = $1";

/// The grants of a person ($1).
pub(crate) const LIST_GRANTS_SQL: &str = "\
    SELECT c.*, g.granted, g.since FROM ( \
      SELECT client, CAST(NULL AS TEXT) AS granted, min(created) AS since \
      FROM access_tokens WHERE nickname = $1 GROUP BY client \
      UNION ALL SELECT client, scope, min(created) \
      FROM bearer_tokens WHERE nickname = $1 GROUP BY client, scope \
    ) g JOIN clients c ON c.id = g.client ORDER BY g.since DESC, c.pk DESC";

/// Stores an authorization, if its client ($2) and account ($3) are there.
pub(crate) const PUT_AUTHORIZATION_SQL: &str = "\
    INSERT INTO authorizations (digest, client, nickname, redirect_uri, state, challenge, scope, \
    approved, expires) SELECT $1, c.id, a.nickname, $4, $5, $6, $7, $8, $9 \
    FROM clients c, accounts a WHERE c.id = $2 AND a.nickname = $3";

/// Stores a bearer token, if its client ($2) and its account ($3), if it has one, are there.
pub(crate) const PUT_BEARER_TOKEN_SQL: &str = "\
    INSERT INTO bearer_tokens (digest, client, nickname, scope, code, created, expires) \
    SELECT $1, c.id, $3, $4, $5, $6, $7 FROM clients c WHERE c.id = $2 AND \
    (CAST($3 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM accounts WHERE nickname = $3))";

/// Removes an authorization.
pub(crate) const REMOVE_AUTHORIZATION_SQL: &str = "DELETE FROM authorizations WHERE digest = $1";

/// Removes a bearer token.
pub(crate) const REMOVE_BEARER_TOKEN_SQL: &str = "DELETE FROM bearer_tokens WHERE digest = $1";

/// Removes the bearer tokens that were given for a code ($1).
pub(crate) const REVOKE_CODE_SQL: &str = "DELETE FROM bearer_tokens WHERE code = $1";

/// Removes what may become tokens of a person ($1) and a client, or of any ($2).
pub(crate) const REVOKE_PENDING_SQL: [&str; 2] = [
    "DELETE FROM authorizations WHERE nickname = $1 AND (CAST($2 AS TEXT) IS NULL OR client = $2)",
    "DELETE FROM request_tokens WHERE nickname = $1 AND (CAST($2 AS TEXT) IS NULL OR client = $2)",
];

/// Ends the unused codes of a person ($1) for recovery and for another purpose ($2). They keep the
/// time at which they were made, which keeps more of them from being asked for too soon.
pub(crate) const END_CODES: &str = "UPDATE codes SET expires = created - 1 \
    WHERE nickname = $1 AND purpose IN ('recover', $2) AND NOT used AND expires >= created";

/// Sets since when a client ($1) is unused ($2), if it has been since before a time ($3).
pub(crate) const SET_UNUSED_SINCE: &str =
    "UPDATE clients SET unused_since = $2 WHERE id = $1 AND unused_since < $3";

/// Removes so many ($2) of the clients that are unused since before a time ($1).
pub(crate) const FORGET_UNUSED_CLIENTS: &str = "\
    DELETE FROM clients WHERE unused_since < $1 AND id IN (SELECT c.id FROM clients c \
    WHERE c.unused_since < $1 AND NOT EXISTS (SELECT 1 FROM request_tokens r WHERE r.client = c.id) \
    AND NOT EXISTS (SELECT 1 FROM authorizations a WHERE a.client = c.id) LIMIT $2)";

/// Removes the tokens of a person ($1) and a client, or of any ($2), but for one ($3).
pub(crate) const REVOKE_TOKENS_SQL: [&str; 2] = [
    "DELETE FROM access_tokens WHERE nickname = $1 AND (CAST($2 AS TEXT) IS NULL OR client = $2) \
     AND token IS DISTINCT FROM CAST($3 AS TEXT)",
    "DELETE FROM bearer_tokens WHERE nickname = $1 AND (CAST($2 AS TEXT) IS NULL OR client = $2) \
     AND digest IS DISTINCT FROM CAST($3 AS TEXT)",
];

/// Returns the arguments of [`SET_UNUSED_SINCE`] for a client that gets a token, of a person or its
/// own: it is used for good, or unused since then if it has been for a day.
pub(crate) fn unused_since(created: DateTime<Utc>, person: bool) -> (Option<i64>, i64) {
    if person {
        (None, i64::MAX)
    } else {
        let created = created.timestamp();
        (Some(created), created - 86_400)
    }
}

/// A row of `authorizations`.
#[derive(sqlx::FromRow)]
pub(crate) struct AuthorizationRow {
    digest: String,
    client: String,
    nickname: String,
    redirect_uri: String,
    state: Option<String>,
    challenge: Option<String>,
    scope: String,
    approved: bool,
    expires: i64,
}

/// A row of `bearer_tokens`.
#[derive(sqlx::FromRow)]
pub(crate) struct BearerTokenRow {
    digest: String,
    client: String,
    nickname: Option<String>,
    scope: String,
    code: Option<String>,
    created: i64,
    expires: Option<i64>,
}

/// A row of [`LIST_GRANTS_SQL`].
#[derive(sqlx::FromRow)]
pub(crate) struct GrantRow {
    #[sqlx(flatten)]
    client: ClientRow,
    granted: Option<String>,
    since: i64,
}

impl AuthorizationRow {
    /// The authorization, if its row can be understood.
    pub(crate) fn decode(self) -> Result<Authorization> {
        Ok(Authorization {
            digest: self.digest,
            client: self.client,
            user: decode_nickname(&self.nickname)?,
            redirect_uri: self.redirect_uri,
            state: self.state,
            challenge: self.challenge,
            scope: decode_scope(&self.scope)?,
            approved: self.approved,
            expires: decode_time(self.expires),
        })
    }
}

impl BearerTokenRow {
    /// The token, if its row can be understood.
    pub(crate) fn decode(self) -> Result<BearerToken> {
        Ok(BearerToken {
            digest: self.digest,
            client: self.client,
            user: self.nickname.as_deref().map(decode_nickname).transpose()?,
            scope: decode_scope(&self.scope)?,
            code: self.code,
            created: decode_time(self.created),
            expires: self.expires.map(decode_time),
        })
    }
}

impl GrantRow {
    /// The grant, if its row can be understood.
    pub(crate) fn decode(self) -> Result<Grant> {
        Ok(Grant {
            client: self.client.decode()?,
            scope: self.granted.as_deref().map(decode_scope).transpose()?,
            since: decode_time(self.since),
        })
    }
}

fn decode_scope(name: &str) -> Result<Scope> {
    Scope::parse(name).ok_or_else(|| StorageError::Corrupt(format!("the scope '{name}'")))
}
