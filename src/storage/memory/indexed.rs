//! Search entries, taken apart into words.

use crate::{
    model::{Object, search_words},
    storage::SearchEntry,
};

/// Marks and words of an object.
#[derive(Debug)]
pub(super) struct IndexedObject {
    marks: Vec<String>,
    words: Vec<String>,
}

impl IndexedObject {
    /// Indexes an object, unless it is of a kind that is not searched.
    pub(super) fn of(object: &Object) -> Option<Self> {
        let SearchEntry { text, marks } = SearchEntry::of(object)?;
        let words = search_words(&text).collect();
        Some(Self { marks, words })
    }

    /// Whether it has one of these marks.
    pub(super) fn has_any(&self, marks: &[String]) -> bool {
        marks.iter().any(|mark| self.marks.contains(mark))
    }

    /// Whether it has a word or phrase.
    pub(super) fn has_term(&self, term: &[String]) -> bool {
        self.words.windows(term.len()).any(|words| words == term)
    }
}
