//! OAuth clients and tokens, in either database.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;

use super::{
    decode::{decode_secret, decode_time},
    driver::{SqlConnection, SqlRow, args},
    record::{Record, record},
    store::SqlStore,
    write::{WriteResult, delete_one, ensure_found},
};
use crate::{
    model::{AccessToken, Client, ClientIdentity, ClientKind, Nickname, Nonce, RequestToken},
    storage::{
        CredentialVersioning, Credentials, Expect, POSITION_RETENTION_SECONDS, Result, StorageError,
    },
};

/// Stores a client. One that is used does not become unused by that.
const PUT_CLIENT_SQL: &str = "\
    INSERT INTO clients (id, secret, kind, name, description, logo_url, contacts, \
    redirect_uris, created, updated, unused_since, identity) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
    ON CONFLICT (id) DO UPDATE SET secret = excluded.secret, kind = excluded.kind, \
    name = excluded.name, description = excluded.description, logo_url = excluded.logo_url, \
    contacts = excluded.contacts, redirect_uris = excluded.redirect_uris, \
    created = excluded.created, updated = excluded.updated, identity = excluded.identity, \
    unused_since = CASE \
    WHEN excluded.unused_since IS NOT NULL THEN clients.unused_since END";

/// Stores a request token.
const PUT_REQUEST_TOKEN_SQL: &str = "\
    INSERT INTO request_tokens (token, secret, client, callback, nickname, verifier, \
    approved, expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
    ON CONFLICT (token) DO UPDATE SET secret = excluded.secret, client = excluded.client, \
    callback = excluded.callback, nickname = excluded.nickname, \
    verifier = excluded.verifier, approved = excluded.approved, expires = excluded.expires";

/// Stores an access token, if its client ($3) and account ($4) are there.
const PUT_ACCESS_TOKEN_SQL: &str = "\
    INSERT INTO access_tokens (token, secret, client, nickname, created) \
    SELECT $1, $2, c.id, a.nickname, $5 FROM clients c, accounts a \
    WHERE c.id = $3 AND a.nickname = $4 \
    ON CONFLICT (token) DO UPDATE SET secret = excluded.secret, client = excluded.client, \
    nickname = excluded.nickname, created = excluded.created";

/// Removes so many ($2) of the clients without an identity, unused since before a time ($1).
const FORGET_UNUSED_CLIENTS: &str = "\
    DELETE FROM clients WHERE unused_since < $1 AND id IN (SELECT c.id FROM clients c \
    WHERE c.unused_since < $1 AND c.identity IS NULL \
    AND NOT EXISTS (SELECT 1 FROM request_tokens r WHERE r.client = c.id) \
    AND NOT EXISTS (SELECT 1 FROM authorizations a WHERE a.client = c.id) LIMIT $2)";

/// The same of those with an identity.
const FORGET_UNUSED_PROVEN_CLIENTS: &str = "\
    DELETE FROM clients WHERE unused_since < $1 AND id IN (SELECT c.id FROM clients c \
    WHERE c.unused_since < $1 AND c.identity IS NOT NULL \
    AND NOT EXISTS (SELECT 1 FROM request_tokens r WHERE r.client = c.id) \
    AND NOT EXISTS (SELECT 1 FROM authorizations a WHERE a.client = c.id) LIMIT $2)";

/// How many changes of credentials were counted.
pub(crate) const CREDENTIAL_VERSION_SQL: &str =
    "SELECT CAST(sum(version) AS BIGINT) FROM credential_versions";

/// Rows that expire: their table, the columns of its key, that of a time, and how long they stay
/// after that.
const EXPIRING_ROWS: [(&str, &str, &str, i64); 5] = [
    ("request_tokens", "token", "expires", 0),
    ("codes", "pk", "expires", 0),
    ("authorizations", "digest", "expires", 0),
    ("bearer_tokens", "digest", "expires", 0),
    (
        "removed_entries",
        "item, stream",
        "removed_at",
        POSITION_RETENTION_SECONDS,
    ),
];

/// Maximum rows of a kind that one statement deletes.
pub(crate) const DELETE_BATCH_SIZE: u32 = 5000;

/// Decodes a row of `clients`.
pub(super) fn decode_client(row: &impl SqlRow) -> Result<Client> {
    let kind: String = row.named("kind")?;
    let kind = ClientKind::parse(&kind)
        .ok_or_else(|| StorageError::Corrupt(format!("the kind of client '{kind}'")))?;
    let Json(contacts): Json<Vec<String>> = row.named("contacts")?;
    let Json(redirect_uris): Json<Vec<String>> = row.named("redirect_uris")?;
    let unused_since: Option<i64> = row.named("unused_since")?;
    let identity: Option<String> = row.named("identity")?;
    Ok(Client {
        id: row.named("id")?,
        secret: decode_secret(row.named("secret")?),
        kind,
        name: row.named("name")?,
        description: row.named("description")?,
        logo_url: row.named("logo_url")?,
        contacts,
        redirect_uris,
        created: decode_time(row.named("created")?),
        updated: decode_time(row.named("updated")?),
        unused_since: unused_since.map(decode_time),
        identity: identity.as_deref().map(decode_identity).transpose()?,
    })
}

fn decode_identity(text: &str) -> Result<ClientIdentity> {
    match text.split_once(' ') {
        Some(("person", id)) => Ok(ClientIdentity::Person(id.into())),
        Some(("host", name)) => Ok(ClientIdentity::Host(name.into())),
        _ => Err(StorageError::Corrupt("the identity of a client".into())),
    }
}

fn encode_identity(identity: &ClientIdentity) -> String {
    match identity {
        ClientIdentity::Person(id) => format!("person {id}"),
        ClientIdentity::Host(name) => format!("host {name}"),
    }
}

record!(AccessToken { token, secret, client, user in nickname, created });

record!(RequestToken {
    token, secret, client, callback, user in nickname, verifier, approved, expires,
});

#[async_trait]
impl<S: SqlStore> Credentials for S {
    async fn find_client(&self, id: &str) -> Result<Option<Client>> {
        let sql = "SELECT * FROM clients WHERE id = $1";
        self.pool().find(sql, &args![id], decode_client).await
    }

    async fn list_clients(&self) -> Result<Vec<Client>> {
        let sql = "SELECT * FROM clients ORDER BY created, pk";
        self.pool().list(sql, &[], decode_client).await
    }

    async fn list_clients_of(&self, identity: &ClientIdentity) -> Result<Vec<Client>> {
        let sql = "SELECT * FROM clients WHERE identity = $1 ORDER BY created, pk";
        self.pool()
            .list(sql, &args![encode_identity(identity)], decode_client)
            .await
    }

    async fn find_access_token(&self, token: &str) -> Result<Option<AccessToken>> {
        let sql = "SELECT * FROM access_tokens WHERE token = $1";
        self.pool()
            .find(sql, &args![token], AccessToken::decode)
            .await
    }

    async fn find_access_token_for(
        &self,
        client: &str,
        user: &Nickname,
    ) -> Result<Option<AccessToken>> {
        let sql = "SELECT * FROM access_tokens WHERE client = $1 AND nickname = $2 \
                   ORDER BY created, pk LIMIT 1";
        let arguments = args![client, user.as_str()];
        self.pool().find(sql, &arguments, AccessToken::decode).await
    }

    async fn find_request_token(&self, token: &str) -> Result<Option<RequestToken>> {
        let sql = "SELECT * FROM request_tokens WHERE token = $1";
        self.pool()
            .find(sql, &args![token], RequestToken::decode)
            .await
    }

    async fn use_nonce(&self, nonce: &Nonce<'_>) -> Result<bool> {
        self.nonces().use_nonce(nonce).await
    }

    async fn delete_expired(&self, timestamp: i64) -> Result<()> {
        self.nonces().delete_before(timestamp).await?;
        self.delete_old_invalidations().await?;
        for (table, key, time, retention) in EXPIRING_ROWS {
            let sql = format!(
                "DELETE FROM {table} WHERE ({key}) IN \
                 (SELECT {key} FROM {table} WHERE {time} < $1 LIMIT $2)"
            );
            delete_all(self, &sql, timestamp - retention).await?;
        }
        Ok(())
    }

    async fn forget_unused_clients(&self, before: i64, proven_before: i64) -> Result<()> {
        let forgotten = delete_all(self, FORGET_UNUSED_CLIENTS, before).await;
        let proven = delete_all(self, FORGET_UNUSED_PROVEN_CLIENTS, proven_before).await;
        // Some may have been forgotten before it failed.
        self.refresh_credential_version().await?;
        forgotten.and(proven)
    }
}

#[async_trait]
impl<S: SqlStore> CredentialVersioning for S {
    fn credential_version(&self) -> Option<i64> {
        Some(self.credential_counter().current())
    }

    async fn refresh_credential_version(&self) -> Result<()> {
        let count = self.pool().scalar(CREDENTIAL_VERSION_SQL, &[]).await?;
        self.credential_counter().observe(count);
        Ok(())
    }
}

/// Deletes rows from before a time, so many at once that other writes need not wait long.
async fn delete_all(store: &impl SqlStore, sql: &str, before: i64) -> Result<()> {
    while store.delete_batch(sql, before).await? == u64::from(DELETE_BATCH_SIZE) {}
    Ok(())
}

/// Stores a client.
pub(super) async fn put_client(
    connection: &mut impl SqlConnection,
    client: &Client,
) -> WriteResult {
    let arguments = args![
        &client.id,
        client.secret.expose(),
        client.kind.as_str(),
        &client.name,
        &client.description,
        &client.logo_url,
        Value::from(client.contacts.clone()),
        Value::from(client.redirect_uris.clone()),
        client.created.timestamp(),
        client.updated.timestamp(),
        client.unused_since.map(|since| since.timestamp()),
        client.identity.as_ref().map(encode_identity),
    ];
    connection.run(PUT_CLIENT_SQL, &arguments).await?;
    Ok(())
}

/// Removes a client with its tokens. Access tokens go by their foreign key.
pub(super) async fn remove_client(connection: &mut impl SqlConnection, id: &str) -> WriteResult {
    let tokens = "DELETE FROM request_tokens WHERE client = $1";
    connection.run(tokens, &args![id]).await?;
    delete_one(connection, "DELETE FROM clients WHERE id = $1", id, id).await
}

/// Stores a request token.
pub(super) async fn put_request_token<C: SqlConnection>(
    connection: &mut C,
    token: &RequestToken,
    expect: Expect,
) -> WriteResult {
    let find = C::DIALECT.choose(
        "SELECT CAST(0 AS BIGINT) FROM request_tokens WHERE token = $1",
        "SELECT CAST(0 AS BIGINT) FROM request_tokens WHERE token = $1 FOR UPDATE",
    );
    let stored = connection.scalar(find, &args![&token.token]).await?;
    expect.check(stored, "that request token")?;
    connection
        .run(PUT_REQUEST_TOKEN_SQL, &token.arguments())
        .await?;
    Ok(())
}

/// Stores an access token, if its client and account are there.
pub(super) async fn put_access_token(
    connection: &mut impl SqlConnection,
    token: &AccessToken,
) -> WriteResult {
    use_client(connection, &token.client, token.created, true).await?;
    let stored = connection
        .run(PUT_ACCESS_TOKEN_SQL, &token.arguments())
        .await?;
    ensure_found(stored, "the client or the account of that access token")
}

/// Notes that a client is given a token, of a person or its own, or is seen. By a person's token it
/// is used for good, else unused since then if it has been for a day.
pub(super) async fn use_client(
    connection: &mut impl SqlConnection,
    client: &str,
    created: DateTime<Utc>,
    is_persons: bool,
) -> WriteResult {
    let created = created.timestamp();
    let (since, before) = if is_persons {
        (None, i64::MAX)
    } else {
        (Some(created), created - 86_400)
    };
    let sql = "UPDATE clients SET unused_since = $2 WHERE id = $1 AND unused_since < $3";
    connection.run(sql, &args![client, since, before]).await?;
    Ok(())
}
