//! Small things that a site keeps for those who run it.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

/// Kind of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SiteRecordKind {
    /// A report of a thing or a person, for the moderators.
    Report,
    /// An invitation to make an account.
    Invitation,
    /// An announcement of the site to its people.
    Announcement,
    /// An entry of the audit log: an action of a moderator.
    Audit,
    /// A key pair, with which the server signs.
    Key,
}

impl SiteRecordKind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Report,
        Self::Invitation,
        Self::Announcement,
        Self::Audit,
        Self::Key,
    ];

    /// The name it is stored under.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Invitation => "invitation",
            Self::Announcement => "announcement",
            Self::Audit => "audit",
            Self::Key => "key",
        }
    }

    /// Whether responses that are cached show records of the kind: announcements to members, and
    /// the public key to peers.
    pub(crate) fn is_cached(self) -> bool {
        matches!(self, Self::Announcement | Self::Key)
    }

    /// Reads the name it is stored under.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A record: a small thing that no client of the API sees.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteRecord {
    /// Its name, unique in the store.
    pub id: String,
    /// Its kind.
    pub kind: SiteRecordKind,
    /// When it was made, to the second.
    pub created: DateTime<Utc>,
    /// Content, by its kind.
    pub body: Map<String, Value>,
    /// Counts its changes, from 1. Set by the store.
    pub version: i64,
}
