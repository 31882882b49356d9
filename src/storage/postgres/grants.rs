//! OAuth 2.0, and what people allow.

use async_trait::async_trait;
use sqlx::PgConnection;

use super::{
    Postgres,
    commit::WriteResult,
    credentials::{ensure_found, use_client},
    error::map_error,
};
use crate::{
    model::{Authorization, BearerToken, CodePurpose, Grant, Nickname},
    storage::{
        Grants, Result, Revocation, StorageError,
        sql::grants::{self, AuthorizationRow, BearerTokenRow, GrantRow},
    },
};

#[async_trait]
impl Grants for Postgres {
    async fn find_authorization(&self, digest: &str) -> Result<Option<Authorization>> {
        let row: Option<AuthorizationRow> = sqlx::query_as(grants::FIND_AUTHORIZATION_SQL)
            .bind(digest)
            .fetch_optional(&self.pool)
            .await
            .map_err(map_error)?;
        row.map(AuthorizationRow::decode).transpose()
    }

    async fn find_bearer_token(&self, digest: &str) -> Result<Option<BearerToken>> {
        let row: Option<BearerTokenRow> = sqlx::query_as(grants::FIND_BEARER_TOKEN_SQL)
            .bind(digest)
            .fetch_optional(&self.pool)
            .await
            .map_err(map_error)?;
        row.map(BearerTokenRow::decode).transpose()
    }

    async fn list_grants(&self, user: &Nickname) -> Result<Vec<Grant>> {
        let rows: Vec<GrantRow> = sqlx::query_as(grants::LIST_GRANTS_SQL)
            .bind(user.as_str())
            .fetch_all(&self.pool)
            .await
            .map_err(map_error)?;
        rows.into_iter().map(GrantRow::decode).collect()
    }
}

/// Stores an authorization, if its client and account are there.
pub(super) async fn put_authorization(
    connection: &mut PgConnection,
    authorization: &Authorization,
) -> WriteResult {
    ensure_absent(
        connection,
        grants::FIND_AUTHORIZATION_SQL,
        &authorization.digest,
    )
    .await?;
    let done = sqlx::query(grants::PUT_AUTHORIZATION_SQL)
        .bind(&authorization.digest)
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
    connection: &mut PgConnection,
    token: &BearerToken,
) -> WriteResult {
    ensure_absent(connection, grants::FIND_BEARER_TOKEN_SQL, &token.digest).await?;
    use_client(
        &mut *connection,
        &token.client,
        token.created,
        token.user.is_some(),
    )
    .await?;
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

/// Removes what a statement removes by a digest; how many there were.
pub(super) async fn delete_by_digest(
    connection: &mut PgConnection,
    statement: &'static str,
    digest: &str,
) -> WriteResult<u64> {
    let done = sqlx::query(statement).bind(digest).execute(connection);
    Ok(done.await?.rows_affected())
}

/// Removes what a person allowed.
pub(super) async fn revoke_grants(
    connection: &mut PgConnection,
    revocation: &Revocation,
) -> WriteResult {
    let Revocation {
        user,
        client,
        except_token: keep,
    } = revocation;
    remove_pending(&mut *connection, user, client.as_deref()).await?;
    if client.is_none() {
        end_codes(&mut *connection, user, CodePurpose::Confirm).await?;
    }
    for statement in grants::REVOKE_TOKENS_SQL {
        sqlx::query(statement)
            .bind(user.as_str())
            .bind(client)
            .bind(keep)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Removes what can still become access of a person.
pub(super) async fn revoke_pending(connection: &mut PgConnection, user: &Nickname) -> WriteResult {
    remove_pending(&mut *connection, user, None).await?;
    end_codes(connection, user, CodePurpose::Recover).await
}

async fn remove_pending(
    connection: &mut PgConnection,
    user: &Nickname,
    client: Option<&str>,
) -> WriteResult {
    // Storing a token locks the account's row, too, and so comes before this or after it.
    sqlx::query("SELECT nickname FROM accounts WHERE nickname = $1 FOR UPDATE")
        .bind(user.as_str())
        .fetch_optional(&mut *connection)
        .await?;
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
    connection: &mut PgConnection,
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
    connection: &mut PgConnection,
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
