//! Someone who can sign in here.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{Nickname, NotificationPreferences, Role, SecondFactor, Secret, Standing};

/// Property of an account with the language of pages and mails, as a tag (RFC 5646).
pub(crate) const LANGUAGE: &str = "language";

/// Property of an account that waits, with the words with which its owner asked for it. Clients
/// can't set it, for its name begins as those of the server do.
pub(crate) const APPLICATION: &str = "_application";

/// Property of an account that waits, with the language in which its owner asked for it.
pub(crate) const LANGUAGE_OF_APPLICATION: &str = "_language";

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
    /// Rights over others.
    pub role: Role,
    /// Limits that a moderator set.
    pub standing: Standing,
    /// Second proof of identity, if the owner wants one to be asked for.
    pub second_factor: Option<SecondFactor>,
    /// When it was made, to the second.
    pub published: DateTime<Utc>,
    /// When it was last changed, to the second.
    pub updated: DateTime<Utc>,
    /// How often it was stored; set by the store.
    pub version: i64,
    /// Other properties a client gave it, `settings` among them; shown as they came.
    pub extra: Map<String, Value>,
}

impl Account {
    /// A new account without a password, for the person of an id.
    pub fn new(nickname: Nickname, person: impl Into<String>, published: DateTime<Utc>) -> Self {
        Self {
            nickname,
            person: person.into(),
            password: None,
            email: None,
            unconfirmed_email: None,
            notifications: NotificationPreferences::default(),
            role: Role::default(),
            standing: Standing::default(),
            second_factor: None,
            published,
            updated: published,
            version: 0,
            extra: Map::new(),
        }
    }

    /// Returns the words with which its owner asked for it, while it waits.
    #[cfg(feature = "web")]
    pub(crate) fn application(&self) -> Option<&str> {
        self.extra.get(APPLICATION)?.as_str()
    }

    /// Returns the language tag with which its owner asked for it, while it waits.
    pub(crate) fn language_of_application(&self) -> Option<&str> {
        self.extra.get(LANGUAGE_OF_APPLICATION)?.as_str()
    }

    /// Returns whether a sign-in asks for a code besides the password.
    pub fn asks_for_code(&self) -> bool {
        let factor = self.second_factor.as_ref();
        factor.is_some_and(|factor| factor.is_confirmed)
    }

    /// Returns the language tag that its owner chose for pages and mails.
    pub(crate) fn language(&self) -> Option<&str> {
        self.extra.get(LANGUAGE)?.as_str()
    }
}
