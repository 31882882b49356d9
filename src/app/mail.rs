//! Sending mail, as an argument.

use std::{error::Error, fmt};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use lettre::Address;
use url::Host;

/// The most bytes of an address (RFC 5321 section 4.5.3.1.3).
const MAX_ADDRESS_BYTES: usize = 254;

/// A mail to one person.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Letters and digits that no other mail has. A mail that is sent once more has the same again,
    /// so that whoever gets it twice can tell.
    pub id: String,
    /// The address it goes to.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The text, for programs that show no HTML.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// Where a `POST` of `List-Unsubscribe=One-Click` ends mails like this (RFC 8058), if it is a
    /// kind that can be ended.
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
    /// Hands one mail over. When this returns it is in the hands of someone who will see to it. It
    /// comes back in a minute at most.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;

    /// Whether it sends to addresses whose local part is beyond ASCII (RFC 6531). Others are not
    /// accepted where it does not.
    async fn takes_unicode(&self) -> bool {
        false
    }
}

/// Returns whether a text is a plain mail address.
pub(crate) fn is_address(text: &str) -> bool {
    mail_address(text).is_some()
}

/// An address by itself as mail servers take it: with its host in ASCII (RFC 5891). `None` if the
/// text is no address. A quoted local part is none, as it has many spellings, nor is the address of
/// a machine.
pub(crate) fn mail_address(text: &str) -> Option<String> {
    if text.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\\')) {
        return None;
    }
    let (local, host) = text.rsplit_once('@')?;
    let host = match Host::parse(host) {
        // The parser decodes these.
        Ok(Host::Domain(domain)) if !host.contains('%') => domain,
        _ => return None,
    };
    let address = format!("{local}@{host}");
    let fits = address.len() <= MAX_ADDRESS_BYTES && address.parse::<Address>().is_ok();
    fits.then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_that_a_mail_server_could_take() {
        for good in ["a@b.example", "a.b+c@d.example", "é@ü.example"] {
            assert!(is_address(good), "{good}");
        }
        for (text, address) in [
            ("a@ü.Example", Some("a@xn--tda.example")),
            ("é@b.example", Some("é@b.example")),
            ("a@[192.0.2.1]", None),
            ("\"a\"@b.example", None),
            ("\\a@b.example", None),
            ("a@b%2eexample", None),
            ("a@192.0.2.1", None),
        ] {
            assert_eq!(mail_address(text).as_deref(), address, "{text}");
        }
        let long = format!("a@{}.example", "b.".repeat(150));
        for bad in [
            "a",
            "@b",
            "a@",
            "a@b@c",
            "a b@c.example",
            "a@b.example\n",
            "<a@b.example>",
            &long,
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
