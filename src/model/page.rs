//! Asking for a page of a stream, and the answer.

use std::sync::Arc;

use super::Object;

/// The most items one page may have (pump-api 10.1).
pub const MAX_COUNT: u32 = 200;

/// The most bytes of JSON on one page, about: what it lists, and what stands in that. Two hundred
/// notes with answers and likes are less.
pub const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Among how many of the newest entries of a stream a [name](PageRequest::name_query) is searched
/// for, unless something else is [asked for](PageRequest::search_window): no index knows what is
/// within names.
pub const DEFAULT_SEARCH_WINDOW: u32 = 10_000;

/// Class of an activity in an inbox or outbox.
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
    pub fn matches(self, class: Class) -> bool {
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
    /// Only what is [called](search_name) something with this in it, in whatever case.
    pub name_query: Option<String>,
    /// Among how many of the newest entries of the stream a name is looked for.
    pub search_window: u32,
    /// How many bytes the items may [have](Object::size) together. The page ends before the item
    /// with which they have more, but has one item at least.
    pub max_bytes: usize,
}

/// The most characters of a name that are searched.
pub const MAX_SEARCHED_CHARS: usize = 256;

/// The `displayName` of a thing as it is searched for: the first [`MAX_SEARCHED_CHARS`] of it,
/// [folded](case_fold).
pub fn search_name(object: &Object) -> Option<String> {
    let name = object.text_property("displayName")?;
    let end = name.char_indices().nth(MAX_SEARCHED_CHARS);
    Some(case_fold(end.map_or(name, |(end, _)| &name[..end])))
}

/// A text without regard to case, by the mappings of Unicode, one character at a time.
pub fn case_fold(text: &str) -> String {
    let upper = text.chars().flat_map(char::to_uppercase);
    upper.flat_map(char::to_lowercase).collect()
}

impl Default for PageRequest {
    fn default() -> Self {
        Self {
            count: 20,
            cursor: Cursor::Newest,
            filter: Filter::default(),
            name_query: None,
            search_window: DEFAULT_SEARCH_WINDOW,
            max_bytes: MAX_PAGE_BYTES,
        }
    }
}

impl Cursor {
    /// Whether a page is nearest to its oldest item, so that a shorter one has fewer new items.
    pub fn is_since(&self) -> bool {
        matches!(self, Self::Since(_))
    }
}

/// Bytes that a page may still take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ByteBudget {
    left: usize,
    is_taken: bool,
    is_exceeded: bool,
}

impl ByteBudget {
    /// Creates a budget of so many bytes.
    pub(crate) fn new(bytes: usize) -> Self {
        Self {
            left: bytes,
            is_taken: false,
            is_exceeded: false,
        }
    }

    /// Charges an item of that length, and returns whether it fits. The first item always fits;
    /// after one that does not, no other does.
    pub(crate) fn take(&mut self, length: usize) -> bool {
        match self.left.checked_sub(length) {
            Some(left) if !self.is_exceeded => self.left = left,
            _ if self.is_taken => self.is_exceeded = true,
            _ => self.left = 0,
        }
        self.is_taken = true;
        !self.is_exceeded
    }

    /// Returns whether an item did not fit.
    #[cfg(any(test, feature = "sqlite", feature = "postgres"))]
    pub(crate) fn is_exceeded(&self) -> bool {
        self.is_exceeded
    }
}

/// A page of a stream.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Page {
    /// The items, newest first, each visible to the viewer.
    pub items: Vec<Arc<Object>>,
    /// How many items of the stream pass the filter and are visible to the viewer.
    pub total: u64,
    /// Whether a visible item older than the last of `items` exists (with no items: than the
    /// cursor).
    pub has_older: bool,
}

impl Page {
    /// Keeps so many items, and loses those that are farthest from the cursor.
    pub fn shorten(&mut self, kept: usize, cursor: &Cursor) {
        let lost = self.items.len().saturating_sub(kept);
        if cursor.is_since() {
            self.items.drain(..lost);
        } else if lost > 0 {
            self.items.truncate(kept);
            self.has_older = true;
        }
    }
}

/// The top of a stream, for embedding: `{"totalItems", "items"}`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct StreamPreview {
    /// How many items are visible to the viewer.
    pub total: u64,
    /// The ids of the newest visible items, newest first.
    pub items: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budget_admits_the_first_item_and_none_after_a_misfit() {
        let mut budget = ByteBudget::new(10);
        let taken = [4, 6, 0, 1, 0].map(|length| budget.take(length));
        assert_eq!(taken, [true, true, true, false, false]);
        let mut budget = ByteBudget::new(10);
        assert!(budget.take(11) && !budget.is_exceeded());
        assert!(!budget.take(1) && budget.is_exceeded());
    }

    #[test]
    fn case_makes_no_difference_in_any_script() {
        for (one, other) in [
            ("Alice", "aLICE"),
            ("ÉMILE", "émile"),
            ("Straße", "STRASSE"),
            ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
            ("ЖУК", "жук"),
        ] {
            assert_eq!(case_fold(one), case_fold(other));
        }
    }
}
