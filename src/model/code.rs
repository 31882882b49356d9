//! Secrets that are sent by mail, and those between the steps of a sign-in.

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
    /// To sign in with the code of a device, after the password.
    SignIn,
}

impl CodePurpose {
    /// The name it is stored under.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Recover => "recover",
            Self::Unsubscribe => "unsubscribe",
            Self::SignIn => "sign in",
        }
    }

    /// Reads the name it is stored under.
    pub fn parse(text: &str) -> Option<Self> {
        let purposes = [
            Self::Confirm,
            Self::Recover,
            Self::Unsubscribe,
            Self::SignIn,
        ];
        let mut purposes = purposes.into_iter();
        purposes.find(|purpose| purpose.as_str() == text)
    }
}

/// A code that was given to someone, who alone has the code itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    /// SHA-256 of the code, in hexadecimal; unique in the store.
    pub digest: Secret,
    /// For what it is good.
    pub purpose: CodePurpose,
    /// Account that it is for.
    pub user: Nickname,
    /// Its target: the address to confirm, the kind of mail, or a digest of what was proved.
    pub target: String,
    /// When it was made, to the second.
    pub created: DateTime<Utc>,
    /// After this it is worth nothing.
    pub expires: DateTime<Utc>,
    /// Whether it was used.
    pub used: bool,
}
