//! Context of one request or task: the application, and its caller.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound, Utc};

use super::{App, texts::Language};
use crate::{
    model::{Account, Client, Nickname, Urls, Viewer},
    storage::Storage,
};

/// The caller of a request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Caller {
    /// An anonymous caller.
    Anonymous,
    /// A client that speaks for itself only ("two-legged"), or for the
    /// [identity](Client::identity) that it proved.
    Client(Arc<Client>),
    /// A client that acts for someone who allowed it ("three-legged").
    User {
        /// The client.
        client: Arc<Client>,
        /// For whom it acts.
        account: Arc<Account>,
        /// The token it has for that: the name of an access token, or the digest of a bearer token.
        token: Arc<str>,
    },
    /// Someone who is signed in to the application that hosts this, on its own pages: see
    /// [`signed_in`](crate::service::accounts::signed_in).
    HostUser(Arc<Account>),
    /// An account of another host, by id, to which an activity is sent. It is told of no more than
    /// it may read.
    Receiver(Arc<str>),
    /// The server itself: the command line, its configuration, its jobs.
    Server,
}

/// The first argument of every service: the application, the caller, and the store to read from.
#[derive(Clone)]
pub struct Context {
    app: App,
    caller: Caller,
    storage: Arc<dyn Storage>,
    language: Option<Arc<Language>>,
}

impl Context {
    /// Creates a context. The store is that of the application, or one that tracks its reads.
    pub(crate) fn new(app: App, caller: Caller, storage: Arc<dyn Storage>) -> Self {
        Self {
            app,
            caller,
            storage,
            language: None,
        }
    }

    /// The same, for a request in a language.
    #[cfg(feature = "web")]
    pub(crate) fn in_language(mut self, language: Arc<Language>) -> Self {
        self.language = Some(language);
        self
    }

    /// Returns the tag of the language of the request, unless another person than the one with a
    /// nickname made it.
    pub(crate) fn language_of(&self, nickname: &Nickname) -> Option<&str> {
        let is_theirs = |own: &Account| own.nickname == *nickname;
        let language = self.language.as_ref();
        let language = language.filter(|_| self.account().is_none_or(is_theirs));
        language.map(|language| language.tag())
    }

    /// The same, for someone else.
    pub(crate) fn with_caller(&self, caller: Caller) -> Self {
        Self {
            caller,
            ..self.clone()
        }
    }

    /// The application.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Returns the store that the context was made with.
    pub fn storage(&self) -> &dyn Storage {
        &*self.storage
    }

    /// The URLs and ids of this server.
    pub fn urls(&self) -> &Urls {
        self.app.urls()
    }

    /// The caller of a request.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The account that is asking, if one is.
    pub fn account(&self) -> Option<&Account> {
        match &self.caller {
            Caller::User { account, .. } | Caller::HostUser(account) => Some(account),
            _ => None,
        }
    }

    /// The client that is asking, if one is.
    pub fn client(&self) -> Option<&Client> {
        match &self.caller {
            Caller::User { client, .. } | Caller::Client(client) => Some(client),
            _ => None,
        }
    }

    /// The name of the token that was used to ask for someone, as
    /// [`Revocation::except_token`](crate::storage::Revocation) wants it.
    pub fn token(&self) -> Option<&str> {
        match &self.caller {
            Caller::User { token, .. } => Some(token),
            _ => None,
        }
    }

    /// The id of the person who is asking, if one is: with an account here, or of another host,
    /// whose server asks for them or is told of something.
    pub fn person(&self) -> Option<&str> {
        match &self.caller {
            Caller::User { account, .. } | Caller::HostUser(account) => Some(&account.person),
            Caller::Client(client) => client.person(),
            Caller::Receiver(id) => Some(id),
            Caller::Anonymous | Caller::Server => None,
        }
    }

    /// For whose eyes this caller reads.
    pub fn viewer(&self) -> Viewer<'_> {
        match (&self.caller, self.person()) {
            (Caller::Server, _) => Viewer::Unrestricted,
            (_, Some(person)) => Viewer::Person(person),
            (_, None) => Viewer::Anonymous,
        }
    }

    /// A new UUID, as [`uuid`](crate::app::Entropy) makes one of this moment.
    pub fn uuid(&self) -> String {
        self.app.entropy().uuid(self.app.clock().now())
    }

    /// Now, in whole seconds: the precision of every time on the wire.
    pub fn now(&self) -> DateTime<Utc> {
        self.app.clock().now().trunc_subsecs(0)
    }

    /// Now as it stands on the wire: `YYYY-MM-DDTHH:MM:SSZ`.
    pub fn timestamp(&self) -> String {
        timestamp(self.now())
    }
}

/// A time as it stands on the wire: `YYYY-MM-DDTHH:MM:SSZ` (pump-api 1.5).
pub(crate) fn timestamp(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
