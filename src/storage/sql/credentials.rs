//! OAuth clients and tokens, in either database.

use chrono::{DateTime, Utc};

/// A client, by id ($1).
pub(crate) const FIND_CLIENT_SQL: &str = "SELECT * FROM clients WHERE id = $1";

/// All clients, oldest first.
pub(crate) const LIST_CLIENTS_SQL: &str = "SELECT * FROM clients ORDER BY created, pk";

/// An access token, by token ($1).
pub(crate) const FIND_ACCESS_TOKEN_SQL: &str = "SELECT * FROM access_tokens WHERE token = $1";

/// The oldest access token of a client ($1) for a person ($2).
pub(crate) const FIND_ACCESS_TOKEN_FOR_SQL: &str = "\
    SELECT * FROM access_tokens WHERE client = $1 AND nickname = $2 ORDER BY created, pk LIMIT 1";

/// A request token, by token ($1).
pub(crate) const FIND_REQUEST_TOKEN_SQL: &str = "SELECT * FROM request_tokens WHERE token = $1";

/// Stores a client. One that is used does not become unused by that.
pub(crate) const PUT_CLIENT_SQL: &str = "\
    INSERT INTO clients (id, secret, kind, name, description, logo_url, contacts, \
    redirect_uris, created, updated, unused_since) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
    ON CONFLICT (id) DO UPDATE SET secret = excluded.secret, kind = excluded.kind, \
    name = excluded.name, description = excluded.description, logo_url = excluded.logo_url, \
    contacts = excluded.contacts, redirect_uris = excluded.redirect_uris, \
    created = excluded.created, updated = excluded.updated, unused_since = CASE \
    WHEN excluded.unused_since IS NOT NULL THEN clients.unused_since END";

/// Stores a request token.
pub(crate) const PUT_REQUEST_TOKEN_SQL: &str = "\
    INSERT INTO request_tokens (token, secret, client, callback, nickname, verifier, \
    approved, expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
    ON CONFLICT (token) DO UPDATE SET secret = excluded.secret, client = excluded.client, \
    callback = excluded.callback, nickname = excluded.nickname, \
    verifier = excluded.verifier, approved = excluded.approved, expires = excluded.expires";

/// Stores an access token, if its client ($3) and account ($4) are there.
pub(crate) const PUT_ACCESS_TOKEN_SQL: &str = "\
    INSERT INTO access_tokens (token, secret, client, nickname, created) \
    SELECT $1, $2, c.id, a.nickname, $5 FROM clients c, accounts a \
    WHERE c.id = $3 AND a.nickname = $4 \
    ON CONFLICT (token) DO UPDATE SET secret = excluded.secret, client = excluded.client, \
    nickname = excluded.nickname, created = excluded.created";

/// Sets since when a client ($1) is unused ($2), if it has been since before a time ($3).
pub(crate) const SET_UNUSED_SINCE: &str =
    "UPDATE clients SET unused_since = $2 WHERE id = $1 AND unused_since < $3";

/// Removes so many ($2) of the clients that are unused since before a time ($1).
pub(crate) const FORGET_UNUSED_CLIENTS: &str = "\
    DELETE FROM clients WHERE unused_since < $1 AND id IN (SELECT c.id FROM clients c \
    WHERE c.unused_since < $1 AND NOT EXISTS (SELECT 1 FROM request_tokens r WHERE r.client = c.id) \
    AND NOT EXISTS (SELECT 1 FROM authorizations a WHERE a.client = c.id) LIMIT $2)";

/// Maximum rows of a kind that one statement deletes.
pub(crate) const DELETE_BATCH_SIZE: u32 = 5000;

/// Returns the arguments of [`SET_UNUSED_SINCE`] for a client that gets a token, of a person or its
/// own: it is used for good, or unused since then if it has been for a day.
pub(crate) fn unused_since(created: DateTime<Utc>, is_persons: bool) -> (Option<i64>, i64) {
    if is_persons {
        (None, i64::MAX)
    } else {
        let created = created.timestamp();
        (Some(created), created - 86_400)
    }
}

/// Implements [`Credentials`](crate::storage::Credentials) for a store with a pool. The methods
/// that delete are the backend's own.
macro_rules! impl_credentials {
    ($store:ty, $pool:ident, $map_error:path, { $($deletion:tt)* }) => {
        const _: () = {
            use ::async_trait::async_trait;

            use $crate::{
                model::{AccessToken, Client, Nickname, Nonce, RequestToken},
                storage::{
                    Credentials, Result,
                    sql::{
                        credentials,
                        rows::{AccessTokenRow, ClientRow, RequestTokenRow},
                    },
                },
            };

            #[async_trait]
            impl Credentials for $store {
                async fn find_client(&self, id: &str) -> Result<Option<Client>> {
                    let row: Option<ClientRow> = sqlx::query_as(credentials::FIND_CLIENT_SQL)
                        .bind(id)
                        .fetch_optional(&self.$pool)
                        .await
                        .map_err($map_error)?;
                    row.map(ClientRow::decode).transpose()
                }

                async fn list_clients(&self) -> Result<Vec<Client>> {
                    let rows: Vec<ClientRow> = sqlx::query_as(credentials::LIST_CLIENTS_SQL)
                        .fetch_all(&self.$pool)
                        .await
                        .map_err($map_error)?;
                    rows.into_iter().map(ClientRow::decode).collect()
                }

                async fn find_access_token(&self, token: &str) -> Result<Option<AccessToken>> {
                    let row: Option<AccessTokenRow> =
                        sqlx::query_as(credentials::FIND_ACCESS_TOKEN_SQL)
                            .bind(token)
                            .fetch_optional(&self.$pool)
                            .await
                            .map_err($map_error)?;
                    row.map(AccessTokenRow::decode).transpose()
                }

                async fn find_access_token_for(
                    &self,
                    client: &str,
                    user: &Nickname,
                ) -> Result<Option<AccessToken>> {
                    let row: Option<AccessTokenRow> =
                        sqlx::query_as(credentials::FIND_ACCESS_TOKEN_FOR_SQL)
                            .bind(client)
                            .bind(user.as_str())
                            .fetch_optional(&self.$pool)
                            .await
                            .map_err($map_error)?;
                    row.map(AccessTokenRow::decode).transpose()
                }

                async fn find_request_token(&self, token: &str) -> Result<Option<RequestToken>> {
                    let row: Option<RequestTokenRow> =
                        sqlx::query_as(credentials::FIND_REQUEST_TOKEN_SQL)
                            .bind(token)
                            .fetch_optional(&self.$pool)
                            .await
                            .map_err($map_error)?;
                    row.map(RequestTokenRow::decode).transpose()
                }

                async fn use_nonce(&self, nonce: &Nonce<'_>) -> Result<bool> {
                    self.nonces.use_nonce(nonce).await
                }

                $($deletion)*
            }
        };
    };
}

/// Defines the writes of clients and tokens for a type of connection. `$for_update` locks a row
/// that is read first.
macro_rules! define_credential_writes {
    ($connection:ty, $for_update:literal) => {
        use $crate::{
            model::{AccessToken, Client, Nickname, RequestToken, Secret},
            storage::{
                Expect,
                sql::{
                    credentials,
                    write::{WriteResult, ensure_found},
                },
            },
        };

        /// Stores a client.
        pub(super) async fn put_client(
            connection: &mut $connection,
            client: &Client,
        ) -> WriteResult {
            sqlx::query(credentials::PUT_CLIENT_SQL)
                .bind(&client.id)
                .bind(client.secret.expose())
                .bind(client.kind.as_str())
                .bind(&client.name)
                .bind(&client.description)
                .bind(&client.logo_url)
                .bind(sqlx::types::Json(&client.contacts))
                .bind(sqlx::types::Json(&client.redirect_uris))
                .bind(client.created.timestamp())
                .bind(client.updated.timestamp())
                .bind(client.unused_since.map(|since| since.timestamp()))
                .execute(connection)
                .await?;
            Ok(())
        }

        /// Removes a client with its tokens. Access tokens go by their foreign key.
        pub(super) async fn remove_client(connection: &mut $connection, id: &str) -> WriteResult {
            sqlx::query("DELETE FROM request_tokens WHERE client = $1")
                .bind(id)
                .execute(&mut *connection)
                .await?;
            let removed = sqlx::query("DELETE FROM clients WHERE id = $1")
                .bind(id)
                .execute(connection)
                .await?;
            ensure_found(removed.rows_affected(), id)
        }

        /// Stores a request token.
        pub(super) async fn put_request_token(
            connection: &mut $connection,
            token: &RequestToken,
            expect: Expect,
        ) -> WriteResult {
            let sql = concat!(
                "SELECT CAST(0 AS BIGINT) FROM request_tokens WHERE token = $1 ",
                $for_update
            );
            let stored = sqlx::query_scalar(sql)
                .bind(&token.token)
                .fetch_optional(&mut *connection)
                .await?;
            expect.check(stored, "that request token")?;
            sqlx::query(credentials::PUT_REQUEST_TOKEN_SQL)
                .bind(&token.token)
                .bind(token.secret.expose())
                .bind(&token.client)
                .bind(&token.callback)
                .bind(token.user.as_ref().map(Nickname::as_str))
                .bind(token.verifier.as_ref().map(Secret::expose))
                .bind(token.approved)
                .bind(token.expires.timestamp())
                .execute(connection)
                .await?;
            Ok(())
        }

        /// Removes a request token.
        pub(super) async fn remove_request_token(
            connection: &mut $connection,
            token: &str,
        ) -> WriteResult {
            let removed = sqlx::query("DELETE FROM request_tokens WHERE token = $1")
                .bind(token)
                .execute(connection)
                .await?;
            ensure_found(removed.rows_affected(), "that request token")
        }

        /// Stores an access token, if its client and account are there.
        pub(super) async fn put_access_token(
            connection: &mut $connection,
            token: &AccessToken,
        ) -> WriteResult {
            use_client(&mut *connection, &token.client, token.created, true).await?;
            let done = sqlx::query(credentials::PUT_ACCESS_TOKEN_SQL)
                .bind(&token.token)
                .bind(token.secret.expose())
                .bind(&token.client)
                .bind(token.user.as_str())
                .bind(token.created.timestamp())
                .execute(connection)
                .await?;
            ensure_found(
                done.rows_affected(),
                "the client or the account of that access token",
            )
        }

        /// Notes that a client is given a token, of a person or its own.
        pub(super) async fn use_client(
            connection: &mut $connection,
            client: &str,
            created: ::chrono::DateTime<::chrono::Utc>,
            is_persons: bool,
        ) -> WriteResult {
            let (since, before) = credentials::unused_since(created, is_persons);
            sqlx::query(credentials::SET_UNUSED_SINCE)
                .bind(client)
                .bind(since)
                .bind(before)
                .execute(connection)
                .await?;
            Ok(())
        }

        /// Removes an access token.
        pub(super) async fn remove_access_token(
            connection: &mut $connection,
            token: &str,
        ) -> WriteResult {
            let removed = sqlx::query("DELETE FROM access_tokens WHERE token = $1")
                .bind(token)
                .execute(connection)
                .await?;
            ensure_found(removed.rows_affected(), "that access token")
        }
    };
}

pub(crate) use {define_credential_writes, impl_credentials};
