//! Asking for a page of a stream, and the answer.

use std::sync::Arc;

use super::Object;

/// The most items one page may have (pump-api 10.1).
pub const MAX_COUNT: u32 = 200;

/// Among how many of the newest entries of a stream a [name](PageRequest::named) is searched for, unless
/// something else is [asked for](PageRequest::searched): no index knows what is within names.
pub const SEARCHED: u32 = 10_000;

/// How an activity is filed in an inbox or outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Class {
    /// Major (posts, shares) or minor (everything else), pump-api 7.7.
    pub major: bool,
    /// Addressed to the owner in person (`to` or `bto`). Always false in an outbox.
    pub direct: bool,
}

/// Which classes a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Filter {
    /// Only major (`Some(true)`), only minor (`Some(false)`), or both.
    pub major: Option<bool>,
    /// Only what is direct.
    pub direct: bool,
}

impl Filter {
    /// Whether an entry filed under `class` passes.
    pub fn admits(self, class: Class) -> bool {
        self.major.is_none_or(|major| major == class.major) && (!self.direct || class.direct)
    }
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Cursor {
    /// With the newest item.
    #[default]
    Newest,
    /// After so many of the newest visible items.
    Offset(u64),
    /// With the newest item that is older than the item of this id.
    Before(String),
    /// The items that are newer than the item of this id and nearest to it.
    Since(String),
}

impl Cursor {
    /// The id of the item that it names.
    pub fn item(&self) -> Option<&str> {
        match self {
            Self::Before(item) | Self::Since(item) => Some(item),
            Self::Newest | Self::Offset(_) => None,
        }
    }
}

/// Which part of a stream is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// The most items wanted, 0 to [`MAX_COUNT`].
    pub count: u32,
    /// Where to begin.
    pub cursor: Cursor,
    /// Which classes to show. Streams whose entries have no class pass the default filter only.
    pub filter: Filter,
    /// Only what is [called](called) something with this in it, in whatever case.
    pub named: Option<String>,
    /// Among how many of the newest entries of the stream a name is looked for.
    pub searched: u32,
}

/// The `displayName` of a thing as it is searched for: [folded](fold).
pub fn called(object: &Object) -> Option<String> {
    object.text("displayName").map(fold)
}

/// A text without regard to case, by the mappings of Unicode, one character at a time.
pub fn fold(text: &str) -> String {
    let upper = text.chars().flat_map(char::to_uppercase);
    upper.flat_map(char::to_lowercase).collect()
}

impl Default for PageRequest {
    fn default() -> Self {
        Self {
            count: 20,
            cursor: Cursor::Newest,
            filter: Filter::default(),
            named: None,
            searched: SEARCHED,
        }
    }
}

/// For whose eyes a read is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer<'a> {
    /// No filter: the owner of a stream, or the server itself.
    Everything,
    /// Nobody in particular: public things only.
    Anyone,
    /// The person with this id: public things, their own, and what is addressed to them.
    Person(&'a str),
}

/// A page of a stream.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Page {
    /// The items, newest first, each visible to the viewer.
    pub items: Vec<Arc<Object>>,
    /// How many items of the stream pass the filter and are visible to the viewer.
    pub total: u64,
    /// Whether a visible item older than the last of `items` exists (with no items: than the cursor).
    pub older: bool,
}

/// The top of a stream, for embedding: `{"totalItems", "items"}`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Head {
    /// How many items are visible to the viewer.
    pub total: u64,
    /// The ids of the newest visible items, newest first.
    pub items: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_makes_no_difference_in_any_script() {
        for (one, other) in [
            ("Alice", "aLICE"),
            ("ÉMILE", "émile"),
            ("Straße", "STRASSE"),
            ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
            ("ЖУК", "жук"),
        ] {
            assert_eq!(fold(one), fold(other));
        }
    }
}
