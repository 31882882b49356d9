//! An application that registered to use the API.

use chrono::{DateTime, Utc};

use super::{ClientIdentity, Secret};

/// Kind of application of a client (pump-api 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClientKind {
    /// `native`: a program on someone's machine; also when nothing was said.
    Native,
    /// `web`: a service.
    Web,
}

impl ClientKind {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Web => "web",
        }
    }

    /// Reads the name on the wire.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "native" => Some(Self::Native),
            "web" => Some(Self::Web),
            _ => None,
        }
    }
}

/// Beginning of the id of a client that is a browser. Ids that are given to others have no such
/// character as the last of it.
pub(crate) const BROWSER_CLIENT_PREFIX: &str = "browser:";

/// A registered client: an OAuth consumer.
#[derive(Clone, Debug, PartialEq)]
pub struct Client {
    /// Its key, unique in the store.
    pub id: String,
    /// Its secret.
    pub secret: Secret,
    /// Kind of application.
    pub kind: ClientKind,
    /// Display name.
    pub name: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// Where its logo is.
    pub logo_url: Option<String>,
    /// Mail addresses of the people behind it.
    pub contacts: Vec<String>,
    /// Where it may be sent back to.
    pub redirect_uris: Vec<String>,
    /// When it registered, to the second.
    pub created: DateTime<Utc>,
    /// When it last changed, to the second.
    pub updated: DateTime<Utc>,
    /// Since when it has waited for its first token of a person, to the second. With an identity it
    /// is when it was last seen, or up to a day before. `None` if it had a token, or is to stay
    /// without.
    pub unused_since: Option<DateTime<Utc>>,
    /// Identity that it proved when it registered, if it did.
    pub identity: Option<ClientIdentity>,
}

impl Client {
    /// A new client of which nothing else is known.
    pub fn new(
        id: impl Into<String>,
        secret: Secret,
        kind: ClientKind,
        created: DateTime<Utc>,
    ) -> Self {
        Self {
            id: id.into(),
            secret,
            kind,
            name: None,
            description: None,
            logo_url: None,
            contacts: Vec::new(),
            redirect_uris: Vec::new(),
            created,
            updated: created,
            unused_since: None,
            identity: None,
        }
    }

    /// Whether it is a browser in which a person has signed in on the pages of this server.
    pub fn is_browser(&self) -> bool {
        self.id.starts_with(BROWSER_CLIENT_PREFIX)
    }

    /// The id of the person of another host for whom the client speaks, if it does.
    pub fn person(&self) -> Option<&str> {
        match &self.identity {
            Some(ClientIdentity::Person(id)) => Some(id),
            Some(ClientIdentity::Host(_)) | None => None,
        }
    }
}
