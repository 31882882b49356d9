//! OAuth clients and tokens.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::{SqliteConnection, types::Json};

use super::{Sqlite, error::map_error, writer::WriterCommand};
use crate::{
    model::{AccessToken, Client, Nickname, Nonce, RequestToken, Secret},
    storage::{
        CredentialVersioning, Credentials, Expect, Result, StorageError,
        sql::{
            grants::{FORGET_UNUSED_CLIENTS, SET_UNUSED_SINCE, unused_since},
            rows::{AccessTokenRow, ClientRow, RequestTokenRow},
        },
    },
};

/// How many tokens of a kind are forgotten before others get their turn.
const DELETE_BATCH_SIZE: u32 = 5000;

#[async_trait]
impl Credentials for Sqlite {
    async fn find_client(&self, id: &str) -> Result<Option<Client>> {
        let row: Option<ClientRow> = sqlx::query_as("SELECT * FROM clients WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.readers)
            .await
            .map_err(map_error)?;
        row.map(ClientRow::decode).transpose()
    }

    async fn list_clients(&self) -> Result<Vec<Client>> {
        let rows: Vec<ClientRow> = sqlx::query_as("SELECT * FROM clients ORDER BY created, pk")
            .fetch_all(&self.readers)
            .await
            .map_err(map_error)?;
        rows.into_iter().map(ClientRow::decode).collect()
    }

    async fn find_access_token(&self, token: &str) -> Result<Option<AccessToken>> {
        let row: Option<AccessTokenRow> =
            sqlx::query_as("SELECT * FROM access_tokens WHERE token = $1")
                .bind(token)
                .fetch_optional(&self.readers)
                .await
                .map_err(map_error)?;
        row.map(AccessTokenRow::decode).transpose()
    }

    async fn find_access_token_for(
        &self,
        client: &str,
        user: &Nickname,
    ) -> Result<Option<AccessToken>> {
        let row: Option<AccessTokenRow> = sqlx::query_as(
            "SELECT * FROM access_tokens WHERE client = $1 AND nickname = $2 \
             ORDER BY created, pk LIMIT 1",
        )
        .bind(client)
        .bind(user.as_str())
        .fetch_optional(&self.readers)
        .await
        .map_err(map_error)?;
        row.map(AccessTokenRow::decode).transpose()
    }

    async fn find_request_token(&self, token: &str) -> Result<Option<RequestToken>> {
        let row: Option<RequestTokenRow> =
            sqlx::query_as("SELECT * FROM request_tokens WHERE token = $1")
                .bind(token)
                .fetch_optional(&self.readers)
                .await
                .map_err(map_error)?;
        row.map(RequestTokenRow::decode).transpose()
    }

    async fn use_nonce(&self, nonce: &Nonce<'_>) -> Result<bool> {
        self.nonces.use_nonce(nonce).await
    }

    async fn delete_expired(&self, timestamp: i64) -> Result<()> {
        self.nonces.delete_before(timestamp).await?;
        while self
            .writer
            .send(WriterCommand::DeleteExpired(timestamp, DELETE_BATCH_SIZE))
            .await?
        {}
        Ok(())
    }

    async fn forget_unused_clients(&self, before: i64) -> Result<()> {
        while self
            .writer
            .send(WriterCommand::ForgetClients(before, DELETE_BATCH_SIZE))
            .await?
        {}
        Ok(())
    }
}

/// How many changes of credentials were counted.
const CREDENTIAL_VERSION_SQL: &str = "SELECT count FROM credentials_epoch";

#[async_trait]
impl CredentialVersioning for Sqlite {
    fn credential_version(&self) -> Option<i64> {
        Some(self.credential_version.current())
    }

    async fn refresh_credential_version(&self) -> Result<()> {
        let count = sqlx::query_scalar(CREDENTIAL_VERSION_SQL)
            .fetch_one(&self.readers)
            .await;
        self.credential_version.observe(count.map_err(map_error)?);
        Ok(())
    }
}

/// How many changes of credentials there are with those that a connection has not committed yet.
pub(super) async fn stored_credential_version(connection: &mut SqliteConnection) -> Result<i64> {
    let count = sqlx::query_scalar(CREDENTIAL_VERSION_SQL)
        .fetch_one(connection)
        .await;
    count.map_err(map_error)
}

/// Stores a client.
pub(super) async fn put_client(connection: &mut SqliteConnection, client: &Client) -> Result<()> {
    sqlx::query(
        "INSERT INTO clients (id, secret, kind, name, description, logo_url, contacts, \
         redirect_uris, created, updated, unused_since) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
         ON CONFLICT (id) DO UPDATE SET secret = excluded.secret, kind = excluded.kind, \
         name = excluded.name, description = excluded.description, logo_url = excluded.logo_url, \
         contacts = excluded.contacts, redirect_uris = excluded.redirect_uris, \
         created = excluded.created, updated = excluded.updated, unused_since = CASE \
         WHEN excluded.unused_since IS NOT NULL THEN clients.unused_since END",
    )
    .bind(&client.id)
    .bind(client.secret.expose())
    .bind(client.kind.as_str())
    .bind(&client.name)
    .bind(&client.description)
    .bind(&client.logo_url)
    .bind(Json(&client.contacts))
    .bind(Json(&client.redirect_uris))
    .bind(client.created.timestamp())
    .bind(client.updated.timestamp())
    .bind(client.unused_since.map(|since| since.timestamp()))
    .execute(connection)
    .await
    .map_err(map_error)?;
    Ok(())
}

/// Removes a client with its tokens. Access tokens go by their foreign key.
pub(super) async fn remove_client(connection: &mut SqliteConnection, id: &str) -> Result<()> {
    sqlx::query("DELETE FROM request_tokens WHERE client = $1")
        .bind(id)
        .execute(&mut *connection)
        .await
        .map_err(map_error)?;
    let removed = sqlx::query("DELETE FROM clients WHERE id = $1")
        .bind(id)
        .execute(connection)
        .await
        .map_err(map_error)?;
    ensure_found(removed.rows_affected(), id)
}

/// Stores a request token.
pub(super) async fn put_request_token(
    connection: &mut SqliteConnection,
    token: &RequestToken,
    expect: Expect,
) -> Result<()> {
    let stored = sqlx::query_scalar("SELECT 0 FROM request_tokens WHERE token = $1")
        .bind(&token.token)
        .fetch_optional(&mut *connection)
        .await
        .map_err(map_error)?;
    expect.check(stored, "that request token")?;
    sqlx::query(
        "INSERT INTO request_tokens (token, secret, client, callback, nickname, verifier, \
         approved, expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (token) DO UPDATE SET secret = excluded.secret, client = excluded.client, \
         callback = excluded.callback, nickname = excluded.nickname, \
         verifier = excluded.verifier, approved = excluded.approved, expires = excluded.expires",
    )
    .bind(&token.token)
    .bind(token.secret.expose())
    .bind(&token.client)
    .bind(&token.callback)
    .bind(token.user.as_ref().map(Nickname::as_str))
    .bind(token.verifier.as_ref().map(Secret::expose))
    .bind(token.approved)
    .bind(token.expires.timestamp())
    .execute(connection)
    .await
    .map_err(map_error)?;
    Ok(())
}

/// Removes a request token.
pub(super) async fn remove_request_token(
    connection: &mut SqliteConnection,
    token: &str,
) -> Result<()> {
    let removed = sqlx::query("DELETE FROM request_tokens WHERE token = $1")
        .bind(token)
        .execute(connection)
        .await
        .map_err(map_error)?;
    ensure_found(removed.rows_affected(), "that request token")
}

/// Stores an access token, if its client and account are there.
pub(super) async fn put_access_token(
    connection: &mut SqliteConnection,
    token: &AccessToken,
) -> Result<()> {
    use_client(&mut *connection, &token.client, token.created, true).await?;
    let done = sqlx::query(
        "INSERT INTO access_tokens (token, secret, client, nickname, created) \
         SELECT $1, $2, c.id, a.nickname, $5 FROM clients c, accounts a \
         WHERE c.id = $3 AND a.nickname = $4 \
         ON CONFLICT (token) DO UPDATE SET secret = excluded.secret, client = excluded.client, \
         nickname = excluded.nickname, created = excluded.created",
    )
    .bind(&token.token)
    .bind(token.secret.expose())
    .bind(&token.client)
    .bind(token.user.as_str())
    .bind(token.created.timestamp())
    .execute(connection)
    .await
    .map_err(map_error)?;
    ensure_found(
        done.rows_affected(),
        "the client or the account of that access token",
    )
}

/// Notes that a client is given a token, of a person or its own.
pub(super) async fn use_client(
    connection: &mut SqliteConnection,
    client: &str,
    created: DateTime<Utc>,
    person: bool,
) -> Result<()> {
    let (since, before) = unused_since(created, person);
    sqlx::query(SET_UNUSED_SINCE)
        .bind(client)
        .bind(since)
        .bind(before)
        .execute(connection)
        .await
        .map_err(map_error)?;
    Ok(())
}

/// Removes an access token.
pub(super) async fn remove_access_token(
    connection: &mut SqliteConnection,
    token: &str,
) -> Result<()> {
    let removed = sqlx::query("DELETE FROM access_tokens WHERE token = $1")
        .bind(token)
        .execute(connection)
        .await
        .map_err(map_error)?;
    ensure_found(removed.rows_affected(), "that access token")
}

/// Forgets request tokens, authorizations, bearer tokens and codes that expired before a time, and
/// positions that are too old by then, `count` of each at most; whether there were that many.
pub(super) async fn delete_expired(
    connection: &mut SqliteConnection,
    before: i64,
    count: u32,
) -> Result<bool> {
    let mut more = false;
    for statement in [
        "DELETE FROM request_tokens WHERE token IN \
         (SELECT token FROM request_tokens WHERE expires < $1 LIMIT $2)",
        "DELETE FROM codes WHERE pk IN (SELECT pk FROM codes WHERE expires < $1 LIMIT $2)",
        "DELETE FROM authorizations WHERE digest IN \
         (SELECT digest FROM authorizations WHERE expires < $1 LIMIT $2)",
        "DELETE FROM bearer_tokens WHERE digest IN \
         (SELECT digest FROM bearer_tokens WHERE expires < $1 LIMIT $2)",
        // Positions of removed entries, 30 days later.
        "DELETE FROM removed WHERE (item, stream) IN \
         (SELECT item, stream FROM removed WHERE at < $1 - 2592000 LIMIT $2)",
    ] {
        let done = sqlx::query(statement)
            .bind(before)
            .bind(count)
            .execute(&mut *connection)
            .await
            .map_err(map_error)?;
        more |= done.rows_affected() == u64::from(count);
    }
    Ok(more)
}

/// Forgets so many clients at most that are unused since before a time; whether there were that
/// many.
pub(super) async fn forget_clients(
    connection: &mut SqliteConnection,
    before: i64,
    count: u32,
) -> Result<bool> {
    let done = sqlx::query(FORGET_UNUSED_CLIENTS)
        .bind(before)
        .bind(count)
        .execute(connection)
        .await
        .map_err(map_error)?;
    Ok(done.rows_affected() == u64::from(count))
}

/// No affected row means that the target is missing.
pub(super) fn ensure_found(rows: u64, what: &str) -> Result<()> {
    match rows {
        0 => Err(StorageError::Missing(what.into())),
        _ => Ok(()),
    }
}
