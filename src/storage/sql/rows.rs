//! Rows of the tables that are the same in every database, and what they mean.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use sqlx::types::Json;

use crate::{
    model::{
        AccessToken, Account, Client, ClientKind, Media, Nickname, NotificationPreferences,
        RequestToken, Secret,
    },
    storage::{Result, StorageError},
};

/// A row of `clients`.
#[derive(sqlx::FromRow)]
pub(crate) struct ClientRow {
    id: String,
    secret: String,
    kind: String,
    name: Option<String>,
    description: Option<String>,
    logo_url: Option<String>,
    contacts: Json<Vec<String>>,
    redirect_uris: Json<Vec<String>>,
    created: i64,
    updated: i64,
    unused_since: Option<i64>,
}

/// A row of `access_tokens`.
#[derive(sqlx::FromRow)]
pub(crate) struct AccessTokenRow {
    token: String,
    secret: String,
    client: String,
    nickname: String,
    created: i64,
}

/// A row of `request_tokens`.
#[derive(sqlx::FromRow)]
pub(crate) struct RequestTokenRow {
    token: String,
    secret: String,
    client: String,
    callback: String,
    nickname: Option<String>,
    verifier: Option<String>,
    approved: bool,
    expires: i64,
}

/// A row of `accounts`, with the id of its person.
#[derive(sqlx::FromRow)]
pub(crate) struct AccountRow {
    nickname: String,
    person: String,
    password: Option<String>,
    email: Option<String>,
    unconfirmed_email: Option<String>,
    notices: String,
    published: i64,
    updated: i64,
    version: i64,
    extra: Json<Map<String, Value>>,
}

/// A row of `media`, with the id of its object.
#[derive(sqlx::FromRow)]
pub(crate) struct MediaRow {
    path: String,
    id: String,
    media_type: String,
    size: i64,
}

impl MediaRow {
    /// Decodes the metadata of a file.
    pub(crate) fn decode(self) -> Media {
        Media {
            path: self.path,
            object: self.id,
            media_type: self.media_type,
            size: self.size.unsigned_abs(),
        }
    }
}

impl ClientRow {
    /// The client, if its row can be understood.
    pub(crate) fn decode(self) -> Result<Client> {
        let kind = ClientKind::parse(&self.kind)
            .ok_or_else(|| StorageError::Corrupt(format!("the kind of client '{}'", self.kind)))?;
        Ok(Client {
            id: self.id,
            secret: Secret::new(self.secret),
            kind,
            name: self.name,
            description: self.description,
            logo_url: self.logo_url,
            contacts: self.contacts.0,
            redirect_uris: self.redirect_uris.0,
            created: decode_time(self.created),
            updated: decode_time(self.updated),
            unused_since: self.unused_since.map(decode_time),
        })
    }
}

impl AccessTokenRow {
    /// The token, if its row can be understood.
    pub(crate) fn decode(self) -> Result<AccessToken> {
        Ok(AccessToken {
            token: self.token,
            secret: Secret::new(self.secret),
            client: self.client,
            user: decode_nickname(&self.nickname)?,
            created: decode_time(self.created),
        })
    }
}

impl RequestTokenRow {
    /// The token, if its row can be understood.
    pub(crate) fn decode(self) -> Result<RequestToken> {
        Ok(RequestToken {
            token: self.token,
            secret: Secret::new(self.secret),
            client: self.client,
            callback: self.callback,
            user: self.nickname.as_deref().map(decode_nickname).transpose()?,
            verifier: self.verifier.map(Secret::new),
            approved: self.approved,
            expires: decode_time(self.expires),
        })
    }
}

impl AccountRow {
    /// The account, if its row can be understood.
    pub(crate) fn decode(self) -> Result<Account> {
        Ok(Account {
            nickname: decode_nickname(&self.nickname)?,
            person: self.person,
            password: self.password.map(Secret::new),
            email: self.email,
            unconfirmed_email: self.unconfirmed_email,
            notifications: NotificationPreferences::from_space_separated(&self.notices),
            published: decode_time(self.published),
            updated: decode_time(self.updated),
            version: self.version,
            extra: self.extra.0,
        })
    }
}

/// A nickname as it was stored.
pub(super) fn decode_nickname(text: &str) -> Result<Nickname> {
    Nickname::parse(text).map_err(|error| StorageError::Corrupt(error.to_string()))
}

/// A time that is kept in seconds since 1970.
pub(super) fn decode_time(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default()
}
