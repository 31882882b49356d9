//! Sending mail, as an argument.

use std::{error::Error, fmt};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

/// A mail to one person.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Letters and digits that no other mail has. A mail that is sent once more has the same again, so that
    /// whoever gets it twice can tell.
    pub id: String,
    /// The address it goes to.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The text, for programs that show no HTML.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// Where a `POST` of `List-Unsubscribe=One-Click` ends mails like this (RFC 8058), if it is a kind that
    /// can be ended.
    pub unsubscribe: Option<String>,
    /// When it was written.
    pub date: DateTime<Utc>,
}

impl fmt::Debug for Mail {
    /// Says nothing of what is in it: that may be a code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Why a mail was not taken. It says nothing of whom the mail was for; its source may.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MailError {
    /// The address takes no mail: there is no use in trying again.
    #[error("the mail was refused: {0}")]
    Refused(String, #[source] Option<Box<dyn Error + Send + Sync>>),
    /// It could not be handed over now.
    #[error("the mail can't be sent: {0}")]
    Unavailable(String, #[source] Option<Box<dyn Error + Send + Sync>>),
}

/// Sends mail.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands one mail over. When this returns it is in the hands of someone who will see to it. It comes
    /// back in a minute at most.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}
