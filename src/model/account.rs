//! Someone who can sign in here.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{Nickname, NotificationPreferences, Secret};

/// A local account.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// Its name, unique in the store, case sensitive.
    pub nickname: Nickname,
    /// The id of the person it belongs to, unique in the store.
    pub person: String,
    /// The password in PHC string form (argon2id), or `None` when no password is good.
    pub password: Option<Secret>,
    /// Where to send mail: an address that is known to be theirs.
    pub email: Option<String>,
    /// An address they gave that is not known to be theirs. Nothing goes there but the question.
    pub unconfirmed_email: Option<String>,
    /// Preferences of mail notifications.
    pub notifications: NotificationPreferences,
    /// When it was made, to the second.
    pub published: DateTime<Utc>,
    /// When it was last changed, to the second.
    pub updated: DateTime<Utc>,
    /// How often it was stored; set by the store.
    pub version: i64,
    /// Other properties a client gave it, `settings` among them; shown as they came.
    pub extra: Map<String, Value>,
}
