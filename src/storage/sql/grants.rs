//! OAuth 2.0 and grants, in either database.

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

/// Removes the tokens of a person ($1) and a client, or of any ($2), but for one ($3).
pub(crate) const REVOKE_TOKENS_SQL: [&str; 2] = [
    "DELETE FROM access_tokens WHERE nickname = $1 AND (CAST($2 AS TEXT) IS NULL OR client = $2) \
     AND token IS DISTINCT FROM CAST($3 AS TEXT)",
    "DELETE FROM bearer_tokens WHERE nickname = $1 AND (CAST($2 AS TEXT) IS NULL OR client = $2) \
     AND digest IS DISTINCT FROM CAST($3 AS TEXT)",
];

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

/// Implements [`Grants`](crate::storage::Grants) for a store with a pool, and the writes for its
/// type of connection. A revocation begins with the statement `$lock`, if there is one, for the
/// nickname ($1).
macro_rules! impl_grants {
    ($store:ty, $pool:ident, $map_error:path, $connection:ty $(, $lock:literal)?) => {
        const _: () = {
            use ::async_trait::async_trait;

            use $crate::{
                model::{Authorization, BearerToken, Grant, Nickname},
                storage::{
                    Grants, Result,
                    sql::grants::{self, AuthorizationRow, BearerTokenRow, GrantRow},
                },
            };

            #[async_trait]
            impl Grants for $store {
                async fn find_authorization(&self, digest: &str) -> Result<Option<Authorization>> {
                    let row: Option<AuthorizationRow> =
                        sqlx::query_as(grants::FIND_AUTHORIZATION_SQL)
                            .bind(digest)
                            .fetch_optional(&self.$pool)
                            .await
                            .map_err($map_error)?;
                    row.map(AuthorizationRow::decode).transpose()
                }

                async fn find_bearer_token(&self, digest: &str) -> Result<Option<BearerToken>> {
                    let row: Option<BearerTokenRow> = sqlx::query_as(grants::FIND_BEARER_TOKEN_SQL)
                        .bind(digest)
                        .fetch_optional(&self.$pool)
                        .await
                        .map_err($map_error)?;
                    row.map(BearerTokenRow::decode).transpose()
                }

                async fn list_grants(&self, user: &Nickname) -> Result<Vec<Grant>> {
                    let rows: Vec<GrantRow> = sqlx::query_as(grants::LIST_GRANTS_SQL)
                        .bind(user.as_str())
                        .fetch_all(&self.$pool)
                        .await
                        .map_err($map_error)?;
                    rows.into_iter().map(GrantRow::decode).collect()
                }
            }
        };

        use $crate::{
            model::{Authorization, BearerToken, CodePurpose, Nickname},
            storage::{
                Revocation, StorageError,
                sql::{
                    grants,
                    write::{WriteResult, ensure_found},
                },
            },
        };

        /// Stores an authorization, if its client and account are there.
        pub(super) async fn put_authorization(
            connection: &mut $connection,
            authorization: &Authorization,
        ) -> WriteResult {
            let digest = &authorization.digest;
            ensure_absent(connection, grants::FIND_AUTHORIZATION_SQL, digest).await?;
            let done = sqlx::query(grants::PUT_AUTHORIZATION_SQL)
                .bind(digest)
                .bind(&authorization.client)
                .bind(authorization.user.as_str())
                .bind(&authorization.redirect_uri)
                .bind(&authorization.state)
                .bind(&authorization.challenge)
                .bind(authorization.scope.as_str())
                .bind(authorization.approved)
                .bind(authorization.expires.timestamp())
                .execute(connection)
                .await?;
            ensure_found(
                done.rows_affected(),
                "the client or the account of that authorization",
            )
        }

        /// Stores a bearer token, if its client and account are there.
        pub(super) async fn put_bearer_token(
            connection: &mut $connection,
            token: &BearerToken,
        ) -> WriteResult {
            ensure_absent(connection, grants::FIND_BEARER_TOKEN_SQL, &token.digest).await?;
            let is_persons = token.user.is_some();
            super::credentials::use_client(connection, &token.client, token.created, is_persons).await?;
            let done = sqlx::query(grants::PUT_BEARER_TOKEN_SQL)
                .bind(&token.digest)
                .bind(&token.client)
                .bind(token.user.as_ref().map(Nickname::as_str))
                .bind(token.scope.as_str())
                .bind(&token.code)
                .bind(token.created.timestamp())
                .bind(token.expires.map(|at| at.timestamp()))
                .execute(connection)
                .await?;
            ensure_found(
                done.rows_affected(),
                "the client or the account of that bearer token",
            )
        }

        /// Removes an authorization.
        pub(super) async fn remove_authorization(
            connection: &mut $connection,
            digest: &str,
        ) -> WriteResult {
            let sql = grants::REMOVE_AUTHORIZATION_SQL;
            let removed = delete_by_digest(connection, sql, digest).await?;
            ensure_found(removed, "that authorization")
        }

        /// Removes a bearer token.
        pub(super) async fn remove_bearer_token(
            connection: &mut $connection,
            digest: &str,
        ) -> WriteResult {
            let sql = grants::REMOVE_BEARER_TOKEN_SQL;
            let removed = delete_by_digest(connection, sql, digest).await?;
            ensure_found(removed, "that bearer token")
        }

        /// Removes what a statement removes by a digest; returns the number of rows.
        pub(super) async fn delete_by_digest(
            connection: &mut $connection,
            statement: &'static str,
            digest: &str,
        ) -> WriteResult<u64> {
            let done = sqlx::query(statement).bind(digest).execute(connection);
            Ok(done.await?.rows_affected())
        }

        /// Removes what a person allowed.
        pub(super) async fn revoke_grants(
            connection: &mut $connection,
            revocation: &Revocation,
        ) -> WriteResult {
            let Revocation {
                user,
                client,
                except_token,
            } = revocation;
            remove_pending(&mut *connection, user, client.as_deref()).await?;
            if client.is_none() {
                end_codes(&mut *connection, user, CodePurpose::Confirm).await?;
            }
            for statement in grants::REVOKE_TOKENS_SQL {
                sqlx::query(statement)
                    .bind(user.as_str())
                    .bind(client)
                    .bind(except_token)
                    .execute(&mut *connection)
                    .await?;
            }
            Ok(())
        }

        /// Removes what can still become access of a person.
        pub(super) async fn revoke_pending(
            connection: &mut $connection,
            user: &Nickname,
        ) -> WriteResult {
            remove_pending(&mut *connection, user, None).await?;
            end_codes(connection, user, CodePurpose::Recover).await
        }

        async fn remove_pending(
            connection: &mut $connection,
            user: &Nickname,
            client: Option<&str>,
        ) -> WriteResult {
            $(
                sqlx::query($lock)
                    .bind(user.as_str())
                    .execute(&mut *connection)
                    .await?;
            )?
            for statement in grants::REVOKE_PENDING_SQL {
                sqlx::query(statement)
                    .bind(user.as_str())
                    .bind(client)
                    .execute(&mut *connection)
                    .await?;
            }
            Ok(())
        }

        /// Ends the codes of a person for recovery, and for another purpose.
        async fn end_codes(
            connection: &mut $connection,
            user: &Nickname,
            purpose: CodePurpose,
        ) -> WriteResult {
            sqlx::query(grants::END_CODES)
                .bind(user.as_str())
                .bind(purpose.as_str())
                .execute(connection)
                .await?;
            Ok(())
        }

        async fn ensure_absent(
            connection: &mut $connection,
            statement: &'static str,
            digest: &str,
        ) -> WriteResult {
            let stored = sqlx::query(statement)
                .bind(digest)
                .fetch_optional(connection);
            match stored.await? {
                Some(_) => Err(StorageError::AlreadyExists("something of that digest".into()).into()),
                None => Ok(()),
            }
        }
    };
}

pub(crate) use impl_grants;
