//! Values as they are stored in columns.

use chrono::{DateTime, Utc};

use crate::{
    model::{Nickname, Scope, Secret},
    storage::{Result, StorageError},
};

/// A nickname as it was stored.
#[allow(clippy::needless_pass_by_value, reason = "a column is decoded into it")]
pub(super) fn decode_nickname(text: String) -> Result<Nickname> {
    Nickname::parse(&text).map_err(|error| StorageError::Corrupt(error.to_string()))
}

/// A time that is kept in seconds since 1970.
pub(super) fn decode_time(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default()
}

/// A secret as it was stored.
pub(super) fn decode_secret(text: String) -> Secret {
    Secret::new(text)
}

/// A scope as it was stored.
#[allow(clippy::needless_pass_by_value, reason = "a column is decoded into it")]
pub(super) fn decode_scope(name: String) -> Result<Scope> {
    Scope::parse(&name).ok_or_else(|| StorageError::Corrupt(format!("the scope '{name}'")))
}
