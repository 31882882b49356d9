//! The built-in [`Mailer`]: a connection to a mail server for each mail.

use std::time::Duration;

use async_trait::async_trait;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::{
        Error as SmtpError,
        authentication::Credentials,
        client::{AsyncSmtpConnection, Tls as LettreTls, TlsParameters},
        extension::{ClientId, Extension},
    },
};
use tokio::{sync::OnceCell, time::timeout};

use super::mail::{Mail, MailError, Mailer, mail_address};
use crate::model::Secret;

/// How long the mail server may take to say what it can do.
const HELLO_TIMEOUT: Duration = Duration::from_secs(5);

/// When the connection to the mail server is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Never.
    None,
    /// After STARTTLS, which the server must know.
    StartTls,
    /// From the start.
    Tls,
}

/// Where mail is handed over.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    /// The mail server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// When the connection is encrypted.
    pub tls: Tls,
    /// With what to sign in there, if one must.
    pub login: Option<(String, Secret)>,
    /// Sender: an address, optionally with a name in front: `Pump <pump@example.com>`.
    pub from: String,
    /// Host name that this server presents.
    pub name: String,
    /// How long each step may take.
    pub timeout: Duration,
}

/// Why there can be no such mailer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SmtpSettingsError {
    /// The sender is no address.
    #[error("'{0}' is no mail address, such as pump@example.com or Pump <pump@example.com>")]
    From(String),
    /// The name can't be that of a server with a certificate.
    #[error("there can be no TLS with '{0}'")]
    Host(String, #[source] SmtpError),
}

/// Hands mail to a server over SMTP (RFC 5321).
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    server: MailServer,
    from: Mailbox,
    /// Whether the mail server has SMTPUTF8, once it was asked.
    unicode: OnceCell<bool>,
}

/// A mail server, and how it is spoken to.
struct MailServer {
    host: String,
    port: u16,
    tls: LettreTls,
    /// Name that this server gives itself in `EHLO`.
    name: String,
    timeout: Duration,
}

impl Smtp {
    /// A mailer with these settings. It connects to nobody yet.
    pub fn new(settings: &SmtpSettings) -> Result<Self, SmtpSettingsError> {
        let from = settings
            .from
            .parse()
            .map_err(|_| SmtpSettingsError::From(settings.from.clone()))?;
        let parameters = || {
            TlsParameters::new_rustls(settings.host.clone())
                .map_err(|error| SmtpSettingsError::Host(settings.host.clone(), error))
        };
        let tls = match settings.tls {
            Tls::None => LettreTls::None,
            Tls::StartTls => LettreTls::Required(parameters()?),
            Tls::Tls => LettreTls::Wrapper(parameters()?),
        };
        let mut builder =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host.clone())
                .port(settings.port)
                .tls(tls.clone())
                .timeout(Some(settings.timeout))
                .hello_name(ClientId::Domain(settings.name.clone()));
        if let Some((user, password)) = &settings.login {
            builder =
                builder.credentials(Credentials::new(user.clone(), password.expose().to_owned()));
        }
        Ok(Self {
            transport: builder.build(),
            server: MailServer {
                host: settings.host.clone(),
                port: settings.port,
                tls,
                name: settings.name.clone(),
                timeout: settings.timeout,
            },
            from,
            unicode: OnceCell::new(),
        })
    }

    fn message(&self, mail: &Mail) -> Result<Message, MailError> {
        let wrong = |what: &str| MailError::Refused(format!("{what} can't be written"), None);
        let to = mail_address(&mail.to).and_then(|address| address.parse().ok());
        let to = to.ok_or_else(|| wrong("its address"))?;
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(single_line(&mail.subject))
            .date(mail.date.into())
            .message_id(Some(format!("<{}@{}>", mail.id, self.server.name)))
            // So that nothing that answers by itself does (RFC 3834).
            .raw_header(header("Auto-Submitted", "auto-generated"));
        if let Some(url) = &mail.unsubscribe {
            message = message
                .raw_header(header("List-Unsubscribe", &format!("<{url}>")))
                .raw_header(header(
                    "List-Unsubscribe-Post",
                    "List-Unsubscribe=One-Click",
                ));
        }
        message
            .multipart(MultiPart::alternative_plain_html(
                mail.text.clone(),
                mail.html.clone(),
            ))
            .map_err(|_| wrong("it"))
    }
}

#[async_trait]
impl Mailer for Smtp {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = self.message(mail)?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => Err(map_error(error, &mail.to)),
        }
    }

    async fn takes_unicode(&self) -> bool {
        let asked = self.unicode.get_or_try_init(|| async {
            let has_it = self.server.has_extension(Extension::SmtpUtfEight);
            match timeout(HELLO_TIMEOUT, has_it).await {
                Ok(answer) => answer.map_err(|_| ()),
                Err(_) => Err(()),
            }
        });
        // Where it can't be asked now, the next such address asks again.
        asked.await.copied().unwrap_or(false)
    }
}

impl MailServer {
    /// Whether the mail server names an extension, over the connection that mail would go over.
    async fn has_extension(&self, extension: Extension) -> Result<bool, SmtpError> {
        let (first, then) = match &self.tls {
            LettreTls::Wrapper(parameters) => (Some(parameters.clone()), None),
            LettreTls::Required(parameters) => (None, Some(parameters.clone())),
            _ => (None, None),
        };
        let (place, timeout) = ((&*self.host, self.port), Some(self.timeout));
        let name = ClientId::Domain(self.name.clone());
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(place, timeout, &name, first, None).await?;
        if let Some(parameters) = then {
            connection.starttls(parameters, &name).await?;
        }
        let has_it = connection.server_info().supports_feature(extension);
        let _ = connection.quit().await;
        Ok(has_it)
    }
}

/// Classifies an SMTP error. A server that doesn't take our word for who we are, or has no time,
/// may do so later; one that knows no such mailbox will not.
fn map_error(error: SmtpError, address: &str) -> MailError {
    if error.is_client() {
        let beyond = mail_address(address).is_none_or(|address| !address.is_ascii());
        let source = Some(error.into());
        return if beyond {
            let reason = "the mail server takes no address with letters beyond ASCII";
            MailError::Refused(reason.into(), source)
        } else {
            MailError::Unavailable("the mail server lacks what is needed".into(), source)
        };
    }
    let code = error.status().map(|code| code.to_string());
    match code {
        Some(code) if matches!(code.as_str(), "550" | "551" | "553" | "556") => {
            MailError::Refused(format!("the mail server said {code}"), Some(error.into()))
        }
        Some(code) => {
            MailError::Unavailable(format!("the mail server said {code}"), Some(error.into()))
        }
        None => {
            MailError::Unavailable("the mail server was not reached".into(), Some(error.into()))
        }
    }
}

/// Text as the value of a header: nothing in it ends the line.
fn single_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// A header of ours, in plain ASCII.
fn header(name: &'static str, value: &str) -> HeaderValue {
    let value = single_line(value);
    HeaderValue::dangerous_new_pre_encoded(
        HeaderName::new_from_ascii_str(name),
        value.clone(),
        value,
    )
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn settings() -> SmtpSettings {
        SmtpSettings {
            host: "mail.example".into(),
            port: 587,
            tls: Tls::StartTls,
            login: None,
            from: "Pump <pump@h.example>".into(),
            name: "h.example".into(),
            timeout: Duration::from_secs(1),
        }
    }

    #[test]
    fn a_sender_that_is_no_address_is_refused_at_the_start() {
        let bad = SmtpSettings {
            from: "nobody".into(),
            ..settings()
        };
        let error = Smtp::new(&bad).err().unwrap().to_string();
        assert!(error.contains("'nobody' is no mail address"), "{error}");
    }

    #[test]
    fn nothing_in_a_mail_makes_another_header() {
        let mail = Mail {
            id: "abc".into(),
            to: "a@b.example".into(),
            subject: "Hi\r\nBcc: everyone@b.example\r\n\r\nÄ".into(),
            text: "text".into(),
            html: "<p>html".into(),
            unsubscribe: Some("https://h.example/x\r\nBcc: y@b.example".into()),
            date: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        };
        let sent = Smtp::new(&settings()).unwrap().message(&mail).unwrap();
        let text = String::from_utf8(sent.formatted()).unwrap();
        let (headers, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(
            !headers.lines().any(|line| line.starts_with("Bcc")),
            "{headers}"
        );
        assert!(
            headers.contains("Message-ID: <abc@h.example>\r\n"),
            "{headers}"
        );
        assert!(
            headers.contains("Date: Fri, 15 Jan 2027 08:00:00 +0000\r\n"),
            "{headers}"
        );
        let odd = Mail {
            to: "a@b.example\r\nBcc: c".into(),
            ..mail
        };
        let refused = Smtp::new(&settings()).unwrap().message(&odd);
        assert!(matches!(refused, Err(MailError::Refused(..))));
    }
}
