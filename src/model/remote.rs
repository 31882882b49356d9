//! Persons and hosts elsewhere: what is known of them, and how they prove who they are.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Secret, host_of_id};

/// Identity that a client proved when it registered, by dialback (pump-api 3.3).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ClientIdentity {
    /// A person of another host, by id: `acct:NICK@HOST`. The client speaks for them.
    Person(String),
    /// Another host, by name. The client speaks for every actor of that host.
    Host(String),
}

impl ClientIdentity {
    /// The [name](super::host_name) of the host that speaks; `None` for a person without one.
    pub fn host(&self) -> Option<String> {
        match self {
            Self::Person(id) => host_of_id(id),
            Self::Host(host) => Some(host.clone()),
        }
    }
}

/// Protocol of a remote account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// The Pump API.
    #[default]
    Pump,
    /// `ActivityPub`.
    ActivityPub,
}

impl Protocol {
    /// Returns its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pump => "pump",
            Self::ActivityPub => "activitypub",
        }
    }

    /// Returns the protocol of that name.
    pub fn parse(name: &str) -> Option<Self> {
        let all = [Self::Pump, Self::ActivityPub];
        all.into_iter().find(|protocol| protocol.as_str() == name)
    }
}

/// Public Ed25519 key of an actor of `ActivityPub`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Multikey {
    /// Its id, which signatures name.
    pub id: String,
    /// The key, in multibase.
    pub key: String,
}

/// An actor of another host, beside the object that says who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteAccount {
    /// The id of the object: of a person, group, service, organization or application.
    pub id: String,
    /// Its host, see [`RemoteHost::name`].
    pub host: String,
    /// Protocol that its host speaks.
    pub protocol: Protocol,
    /// URL of its inbox; `None` if it was not discovered yet.
    pub inbox: Option<String>,
    /// URL of an inbox that it shares with others of its host.
    pub shared_inbox: Option<String>,
    /// URL at which its object is, on its own host. It is the id of an actor of `ActivityPub`.
    pub profile_url: Option<String>,
    /// Public key of an actor of `ActivityPub`, as PEM.
    pub public_key: Option<String>,
    /// Its other public keys.
    pub multikeys: Vec<Multikey>,
    /// When it was fetched last, to the second.
    pub fetched: Option<DateTime<Utc>>,
    /// Since when its host has said that it is gone, to the second.
    pub failing_since: Option<DateTime<Utc>>,
}

impl RemoteAccount {
    /// Returns where deliveries to it go: its shared inbox, or else the account itself.
    pub fn destination(&self) -> &str {
        self.shared_inbox.as_ref().unwrap_or(&self.id)
    }

    /// Returns the id that `ActivityPub` has for it, if it speaks that.
    pub fn actor_id(&self) -> Option<&str> {
        let url = self.profile_url.as_deref();
        url.filter(|_| self.protocol == Protocol::ActivityPub)
    }

    /// Returns whether any of its keys is known.
    pub fn has_keys(&self) -> bool {
        self.public_key.is_some() || !self.multikeys.is_empty()
    }

    /// Returns its Ed25519 key of that id, in multibase.
    pub fn multikey(&self, id: &str) -> Option<&str> {
        let found = self.multikeys.iter().find(|key| key.id == id);
        found.map(|key| &*key.key)
    }

    /// Returns the account of an id that nothing else is known of; `None` if the id names no host.
    pub fn named(id: &str) -> Option<Self> {
        Some(Self {
            id: id.into(),
            host: host_of_id(id)?,
            protocol: Protocol::default(),
            inbox: None,
            shared_inbox: None,
            profile_url: None,
            public_key: None,
            multikeys: Vec::new(),
            fetched: None,
            failing_since: None,
        })
    }
}

/// Another host, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteHost {
    /// Its authority in lower case and ASCII (punycode), with the port unless that is 80 or 443.
    pub name: String,
    /// URLs of its endpoints by link relation, as its host-meta names them.
    pub endpoints: BTreeMap<String, String>,
    /// When these were read last, to the second.
    pub discovered: Option<DateTime<Utc>>,
    /// The state of deliveries to it.
    pub delivery: DeliveryState,
}

/// State of deliveries to a host. Changed by [`Change::SettleHost`](crate::storage::Change) only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryState {
    /// Since when no delivery has succeeded, to the second; `None` while they succeed.
    pub failing_since: Option<DateTime<Utc>>,
    /// How many attempts have failed since. 1 for a host that takes deliveries, but slowly.
    pub failures: u32,
    /// The last error in words, kept after it.
    pub last_error: Option<String>,
    /// When a delivery succeeded last, to the second.
    pub last_success: Option<DateTime<Utc>>,
    /// No attempt before this, to the second.
    pub next_attempt: Option<DateTime<Utc>>,
    /// By how many seconds its clock is ahead of ours.
    pub clock_offset: i64,
}

/// Credentials of this server at another host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteCredential {
    /// The other host, see [`RemoteHost::name`].
    pub host: String,
    /// Identity that they were given to: `acct:NICK@HOST` of an account here, or our host.
    pub identity: String,
    /// The client id.
    pub client_id: String,
    /// The client secret.
    pub secret: Secret,
    /// When they were given, to the second.
    pub created: DateTime<Utc>,
}

/// A host that this server has nothing to do with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostBlock {
    /// Its name, see [`RemoteHost::name`].
    pub host: String,
    /// Whether hosts below it are blocked, too.
    pub subdomains: bool,
    /// The operator's reason.
    pub reason: Option<String>,
    /// When it was blocked, to the second.
    pub created: DateTime<Utc>,
}

/// Accounts of `ActivityPub` that an activity reaches, of those among its recipients. Servers of
/// the Pump API are told everything. Those of `ActivityPub` are told of a like, for one, only if
/// they have the author of what is liked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub enum ActivityPubReach {
    /// All.
    #[default]
    All,
    /// The one of this id.
    One(String),
    /// None.
    None,
}

impl ActivityPubReach {
    /// Returns whether an account is reached. One of the Pump API always is.
    pub fn includes(&self, account: &RemoteAccount) -> bool {
        match self {
            _ if account.protocol != Protocol::ActivityPub => true,
            Self::All => true,
            Self::One(id) => *id == account.id,
            Self::None => false,
        }
    }

    /// Returns whether it leaves nobody out.
    pub fn is_all(&self) -> bool {
        *self == Self::All
    }
}

/// An activity that waits for one destination on another host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingDelivery {
    /// Position among all deliveries; later ones have higher positions.
    pub position: u64,
    /// The id of the activity.
    pub activity: String,
    /// One of the accounts that it is for: all of them if they share an inbox.
    pub account: RemoteAccount,
    /// When it was enqueued, to the second.
    pub created: DateTime<Utc>,
}

/// A host that is leased to a worker, with the oldest deliveries that wait for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostLease {
    /// The host.
    pub host: RemoteHost,
    /// When the lease ends, to the second; tells it from other leases of the host.
    pub until: DateTime<Utc>,
    /// Its deliveries, oldest first.
    pub deliveries: Vec<OutgoingDelivery>,
}

/// Deliveries that wait for a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingHost {
    /// The host.
    pub host: RemoteHost,
    /// How many deliveries wait.
    pub waiting: u64,
    /// When the oldest of them was enqueued.
    pub oldest: DateTime<Utc>,
}
