//! Where mail is handed over.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{ConfigError, values};
use crate::{
    app::{SmtpSettings, Tls},
    model::{Secret, Urls},
};

/// Mail. Without a host there is none.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MailSection {
    /// The mail server; empty for none.
    #[serde(deserialize_with = "values::header")]
    pub host: String,
    /// Its port; 0 for the usual one.
    #[serde(deserialize_with = "values::within::<_, _, 0, 65_535>")]
    pub port: u16,
    /// When the connection is encrypted.
    pub tls: MailTls,
    /// The name to sign in with; empty where one need not.
    pub user: String,
    /// The password to sign in with.
    #[serde(deserialize_with = "password", serialize_with = "redacted")]
    pub password: Secret,
    /// The file with the password in its first line; empty for none.
    pub password_file: PathBuf,
    /// Sender of mails; empty for `no-reply` at the host of the public URL.
    pub from: String,
    /// How long each step may take, in seconds.
    #[serde(deserialize_with = "values::within::<_, _, 1, 50>")]
    pub timeout: u64,
    /// The most notifications that are mailed to a person one by one in an hour.
    #[serde(deserialize_with = "values::within::<_, _, 0, 500>")]
    pub notifications_per_hour: usize,
    /// How many of these one sender may cause.
    #[serde(deserialize_with = "values::within::<_, _, 0, 500>")]
    pub notifications_per_hour_per_sender: usize,
}

/// When the connection to the mail server is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MailTls {
    /// Never.
    None,
    /// After STARTTLS.
    StartTls,
    /// From the start.
    Tls,
}

impl MailSection {
    /// Returns the settings of the mailer, for a server of these URLs; `None` without a host.
    pub(crate) fn smtp(&self, urls: &Urls) -> Result<Option<SmtpSettings>, ConfigError> {
        if self.host.is_empty() {
            return Ok(None);
        }
        let (tls, usual) = match self.tls {
            MailTls::None => (Tls::None, 25),
            MailTls::StartTls => (Tls::StartTls, 587),
            MailTls::Tls => (Tls::Tls, 465),
        };
        let from = match self.from.as_str() {
            "" => format!("no-reply@{}", urls.host()),
            from => from.to_owned(),
        };
        Ok(Some(SmtpSettings {
            host: self.host.clone(),
            port: if self.port == 0 { usual } else { self.port },
            tls,
            login: self.login()?,
            from,
            name: urls.host().to_owned(),
            timeout: Duration::from_secs(self.timeout),
        }))
    }

    /// Checks the settings against each other, and whether accounts need an address.
    pub(super) fn check(&self, requires_email: bool) -> Result<(), ConfigError> {
        let Self {
            host,
            user,
            password,
            password_file,
            from,
            ..
        } = self;
        let wrong = |sentence: &str| Err(ConfigError::new(sentence));
        let (by_text, by_file) = (
            !password.expose().is_empty(),
            !password_file.as_os_str().is_empty(),
        );
        let address = from
            .rsplit_once('<')
            .map_or(&**from, |(_, address)| address);
        if !address.is_ascii() {
            return wrong(
                "`mail.from` must have an address in ASCII, as every mail server takes it",
            );
        }
        if by_text && by_file {
            return wrong(
                "`mail.password` and `mail.password_file` are both set: keep one of them",
            );
        }
        if user.is_empty() && (by_text || by_file) {
            return wrong("`mail.user` is missing: there is a password for it");
        }
        if !(user.is_empty() || by_text || by_file) {
            return wrong(
                "`mail.password` or `mail.password_file` is missing: `mail.user` needs one of them",
            );
        }
        if host.is_empty() && !user.is_empty() {
            return wrong("`mail.host` is missing: there is a user for it");
        }
        if host.is_empty() && requires_email {
            return wrong(
                "`registration.require_email` needs a mail server that can ask people whether an \
                 address is theirs: set `mail.host`",
            );
        }
        Ok(())
    }

    fn login(&self) -> Result<Option<(String, Secret)>, ConfigError> {
        if self.user.is_empty() {
            return Ok(None);
        }
        if self.password_file.as_os_str().is_empty() {
            return Ok(Some((self.user.clone(), self.password.clone())));
        }
        let file = self.password_file.display();
        let text = std::fs::read_to_string(&self.password_file).map_err(|error| {
            ConfigError::new(format!(
                "`mail.password_file` can't be read: {file}: {error}"
            ))
        })?;
        match text.lines().next() {
            Some(line) if !line.is_empty() => Ok(Some((self.user.clone(), Secret::new(line)))),
            _ => Err(ConfigError::new(format!(
                "`mail.password_file` has no password in its first line: {file}"
            ))),
        }
    }
}

fn password<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
    String::deserialize(from).map(Secret::new)
}

fn redacted<S: Serializer>(password: &Secret, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(match password.expose() {
        "" => "",
        _ => "[redacted]",
    })
}
