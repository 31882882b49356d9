//! Secrets that are sent by mail.

use chrono::{DateTime, Utc};

use super::{Nickname, Secret};

/// For what a code is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodePurpose {
    /// To show that an address is one's own.
    Confirm,
    /// To get into one's account without a password.
    Recover,
    /// To get no more mail of a kind.
    Unsubscribe,
}

impl CodePurpose {
    /// The name it is stored under.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Recover => "recover",
            Self::Unsubscribe => "unsubscribe",
        }
    }

    /// Reads the name it is stored under.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Confirm, Self::Recover, Self::Unsubscribe]
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
    }
}

/// A code that was sent to someone. Only the mail has the code itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    /// SHA-256 of the code, in hexadecimal; unique in the store.
    pub digest: Secret,
    /// For what it is good.
    pub purpose: CodePurpose,
    /// Account that it is for.
    pub user: Nickname,
    /// Its target: the address to confirm, or the kind of mail.
    pub target: String,
    /// When it was made, to the second.
    pub created: DateTime<Utc>,
    /// After this it is worth nothing.
    pub expires: DateTime<Utc>,
    /// Whether it was used.
    pub used: bool,
}
