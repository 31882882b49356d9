//! Of what people are told by mail.

use serde::{Deserialize, Serialize};

/// A kind of thing that someone may be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Notice {
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

impl Notice {
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

/// Which kinds someone wants to be told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notices(Vec<Notice>);

impl Default for Notices {
    /// What is sent to them in person, and nothing else.
    fn default() -> Self {
        Self(vec![Notice::Direct])
    }
}

impl Notices {
    /// Whether a kind is wanted.
    pub fn wants(&self, kind: Notice) -> bool {
        self.0.contains(&kind)
    }

    /// Has a kind wanted or not.
    pub fn set(&mut self, kind: Notice, wanted: bool) {
        self.0.retain(|known| *known != kind);
        if wanted {
            self.0.push(kind);
            self.0.sort_by_key(|kind| kind.as_str());
        }
    }

    /// The names of the kinds that are wanted, with spaces between them.
    pub fn to_words(&self) -> String {
        let words: Vec<&str> = self.0.iter().map(|kind| kind.as_str()).collect();
        words.join(" ")
    }

    /// Reads such names; those that are none are passed over.
    pub fn from_words(words: &str) -> Self {
        let mut notices = Self(Vec::new());
        for kind in words.split(' ').filter_map(Notice::parse) {
            notices.set(kind, true);
        }
        notices
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_sent_in_person_is_wanted_unless_more_was_asked_for() {
        let mut notices = Notices::default();
        assert!(notices.wants(Notice::Direct) && !notices.wants(Notice::Likes));
        notices.set(Notice::Likes, true);
        notices.set(Notice::Direct, false);
        assert_eq!(notices.to_words(), "likes");
        for kinds in [notices, Notices::default(), Notices::from_words("")] {
            assert_eq!(Notices::from_words(&kinds.to_words()), kinds);
        }
    }
}
