//! OAuth 2.0 and grants, in either database.

use async_trait::async_trait;

use super::{
    credentials::{decode_client, use_client},
    dialect::Dialect,
    driver::{SqlConnection, SqlRow, args},
    record::{Record, decode_column, record},
    store::SqlStore,
    write::{WriteResult, ensure_found},
};
use crate::{
    model::{Authorization, BearerToken, CodePurpose, Grant, Nickname},
    storage::{Grants, Result, Revocation, StorageError},
};

/// The authorization with a digest ($1).
const FIND_AUTHORIZATION_SQL: &str = "SELECT * FROM authorizations WHERE digest = $1";

/// The bearer token with a digest ($1).
const FIND_BEARER_TOKEN_SQL: &str = "SELECT * FROM bearer_tokens WHERE digest = $1";

/// The grants of a person ($1).
const LIST_GRANTS_SQL: &str = "\
    SELECT c.*, g.granted, g.since FROM ( \
      SELECT client, CAST(NULL AS TEXT) AS granted, min(created) AS since \
      FROM access_tokens WHERE nickname = $1 GROUP BY client \
      UNION ALL SELECT client, scope, min(created) \
      FROM bearer_tokens WHERE nickname = $1 GROUP BY client, scope \
    ) g JOIN clients c ON c.id = g.client ORDER BY g.since DESC, c.pk DESC";

/// Stores an authorization, if its client ($2) and account ($3) are there.
const PUT_AUTHORIZATION_SQL: &str = "\
    INSERT INTO authorizations (digest, client, nickname, redirect_uri, state, challenge, scope, \
    approved, expires) SELECT $1, c.id, a.nickname, $4, $5, $6, $7, $8, $9 \
    FROM clients c, accounts a WHERE c.id = $2 AND a.nickname = $3";

/// Stores a bearer token, if its client ($2) and its account ($3), if it has one, are there.
const PUT_BEARER_TOKEN_SQL: &str = "\
    INSERT INTO bearer_tokens (digest, client, nickname, scope, code, created, expires) \
    SELECT $1, c.id, $3, $4, $5, $6, $7 FROM clients c WHERE c.id = $2 AND \
    (CAST($3 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM accounts WHERE nickname = $3))";

/// Removes what may become tokens of a person ($1) and a client, or of any ($2).
const REVOKE_PENDING_SQL: [&str; 2] = [
    "DELETE FROM authorizations WHERE nickname = $1 AND (CAST($2 AS TEXT) IS NULL OR client = $2)",
    "DELETE FROM request_tokens WHERE nickname = $1 AND (CAST($2 AS TEXT) IS NULL OR client = $2)",
];

/// Ends the unused codes of a person ($1) for recovery and for another purpose ($2). They keep the
/// time at which they were made, which keeps more of them from being asked for too soon.
const END_CODES_SQL: &str = "UPDATE codes SET expires = created - 1 \
    WHERE nickname = $1 AND purpose IN ('recover', $2) AND NOT used AND expires >= created";

/// Removes the tokens of a person ($1) and a client, or of any ($2), but for one ($3).
const REVOKE_TOKENS_SQL: [&str; 2] = [
    "DELETE FROM access_tokens WHERE nickname = $1 AND (CAST($2 AS TEXT) IS NULL OR client = $2) \
     AND token IS DISTINCT FROM CAST($3 AS TEXT)",
    "DELETE FROM bearer_tokens WHERE nickname = $1 AND (CAST($2 AS TEXT) IS NULL OR client = $2) \
     AND digest IS DISTINCT FROM CAST($3 AS TEXT)",
];

record!(Authorization {
    digest, client, user in nickname, redirect_uri, state, challenge, scope, approved, expires,
});

record!(BearerToken { digest, client, user in nickname, scope, code, created, expires });

fn decode_grant(row: &impl SqlRow) -> Result<Grant> {
    Ok(Grant {
        client: decode_client(row)?,
        scope: decode_column(row, "granted")?,
        since: decode_column(row, "since")?,
    })
}

#[async_trait]
impl<S: SqlStore> Grants for S {
    async fn find_authorization(&self, digest: &str) -> Result<Option<Authorization>> {
        let pool = self.pool();
        pool.find(
            FIND_AUTHORIZATION_SQL,
            &args![digest],
            Authorization::decode,
        )
        .await
    }

    async fn find_bearer_token(&self, digest: &str) -> Result<Option<BearerToken>> {
        let pool = self.pool();
        pool.find(FIND_BEARER_TOKEN_SQL, &args![digest], BearerToken::decode)
            .await
    }

    async fn list_grants(&self, user: &Nickname) -> Result<Vec<Grant>> {
        let pool = self.pool();
        pool.list(LIST_GRANTS_SQL, &args![user.as_str()], decode_grant)
            .await
    }
}

/// Stores an authorization, if its client and account are there.
pub(super) async fn put_authorization(
    connection: &mut impl SqlConnection,
    authorization: &Authorization,
) -> WriteResult {
    ensure_absent(connection, FIND_AUTHORIZATION_SQL, &authorization.digest).await?;
    let stored = connection
        .run(PUT_AUTHORIZATION_SQL, &authorization.arguments())
        .await?;
    ensure_found(stored, "the client or the account of that authorization")
}

/// Stores a bearer token, if its client and account are there.
pub(super) async fn put_bearer_token(
    connection: &mut impl SqlConnection,
    token: &BearerToken,
) -> WriteResult {
    ensure_absent(connection, FIND_BEARER_TOKEN_SQL, &token.digest).await?;
    let is_persons = token.user.is_some();
    use_client(connection, &token.client, token.created, is_persons).await?;
    let stored = connection
        .run(PUT_BEARER_TOKEN_SQL, &token.arguments())
        .await?;
    ensure_found(stored, "the client or the account of that bearer token")
}

/// Removes the bearer tokens that were given for a code.
pub(super) async fn revoke_code(connection: &mut impl SqlConnection, digest: &str) -> WriteResult {
    let sql = "DELETE FROM bearer_tokens WHERE code = $1";
    connection.run(sql, &args![digest]).await?;
    Ok(())
}

/// Removes what a person allowed.
pub(super) async fn revoke_grants(
    connection: &mut impl SqlConnection,
    revocation: &Revocation,
) -> WriteResult {
    let Revocation {
        user,
        client,
        except_token,
    } = revocation;
    remove_pending(connection, user, client.as_deref()).await?;
    if client.is_none() {
        end_codes(connection, user, CodePurpose::Confirm).await?;
    }
    for statement in REVOKE_TOKENS_SQL {
        let arguments = args![user.as_str(), client, except_token];
        connection.run(statement, &arguments).await?;
    }
    Ok(())
}

/// Removes what can still become access of a person.
pub(super) async fn revoke_pending(
    connection: &mut impl SqlConnection,
    user: &Nickname,
) -> WriteResult {
    remove_pending(connection, user, None).await?;
    end_codes(connection, user, CodePurpose::Recover).await
}

async fn remove_pending<C: SqlConnection>(
    connection: &mut C,
    user: &Nickname,
    client: Option<&str>,
) -> WriteResult {
    if let Dialect::Postgres = C::DIALECT {
        // Storing a token locks the account's row, too, and so comes before a revocation or after
        // it.
        let lock = "SELECT nickname FROM accounts WHERE nickname = $1 FOR UPDATE";
        connection.run(lock, &args![user.as_str()]).await?;
    }
    for statement in REVOKE_PENDING_SQL {
        let arguments = args![user.as_str(), client];
        connection.run(statement, &arguments).await?;
    }
    Ok(())
}

/// Ends the codes of a person for recovery, and for another purpose.
async fn end_codes(
    connection: &mut impl SqlConnection,
    user: &Nickname,
    purpose: CodePurpose,
) -> WriteResult {
    let arguments = args![user.as_str(), purpose.as_str()];
    connection.run(END_CODES_SQL, &arguments).await?;
    Ok(())
}

async fn ensure_absent(
    connection: &mut impl SqlConnection,
    statement: &str,
    digest: &str,
) -> WriteResult {
    match connection.first(statement, &args![digest]).await? {
        Some(_) => Err(StorageError::AlreadyExists("something of that digest".into()).into()),
        None => Ok(()),
    }
}
