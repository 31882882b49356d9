//! Mail notifications.

use serde::{Deserialize, Serialize};

/// Kind of mail notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NotificationKind {
    /// Something was sent to them in person.
    Direct,
    /// Someone follows them.
    Followers,
    /// Someone likes a thing of theirs.
    Likes,
    /// Someone shared a thing of theirs.
    Shares,
    /// Someone answered a thing of theirs.
    Comments,
}

impl NotificationKind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Direct,
        Self::Followers,
        Self::Likes,
        Self::Shares,
        Self::Comments,
    ];

    /// Its name in the API and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Followers => "followers",
            Self::Likes => "likes",
            Self::Shares => "shares",
            Self::Comments => "comments",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Enabled kinds of notifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationPreferences(Vec<NotificationKind>);

impl Default for NotificationPreferences {
    /// Direct activities only.
    fn default() -> Self {
        Self(vec![NotificationKind::Direct])
    }
}

impl NotificationPreferences {
    /// Whether a kind is wanted.
    pub fn wants(&self, kind: NotificationKind) -> bool {
        self.0.contains(&kind)
    }

    /// Has a kind wanted or not.
    pub fn set(&mut self, kind: NotificationKind, wanted: bool) {
        self.0.retain(|known| *known != kind);
        if wanted {
            self.0.push(kind);
            self.0.sort_by_key(|kind| kind.as_str());
        }
    }

    /// The names of the kinds that are wanted, with spaces between them.
    pub fn to_space_separated(&self) -> String {
        let words: Vec<&str> = self.0.iter().map(|kind| kind.as_str()).collect();
        words.join(" ")
    }

    /// Reads such names; those that are none are passed over.
    pub fn from_space_separated(words: &str) -> Self {
        let mut notices = Self(Vec::new());
        for kind in words.split(' ').filter_map(NotificationKind::parse) {
            notices.set(kind, true);
        }
        notices
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_direct_notifications_are_on_by_default() {
        let mut notices = NotificationPreferences::default();
        assert!(notices.wants(NotificationKind::Direct) && !notices.wants(NotificationKind::Likes));
        notices.set(NotificationKind::Likes, true);
        notices.set(NotificationKind::Direct, false);
        assert_eq!(notices.to_space_separated(), "likes");
        for kinds in [
            notices,
            NotificationPreferences::default(),
            NotificationPreferences::from_space_separated(""),
        ] {
            assert_eq!(
                NotificationPreferences::from_space_separated(&kinds.to_space_separated()),
                kinds
            );
        }
    }
}
