//! Texts of statements that many reads share: composing one takes longer than running it on a small
//! database.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, LazyLock},
};

use parking_lot::RwLock;

use crate::model::Viewer;

/// Texts by all that they depend on, each composed once. The keys are few: nothing that a caller
/// gives is in one.
pub(super) struct Statements<K>(LazyLock<RwLock<HashMap<K, Arc<str>>>>);

impl<K: Eq + Hash> Statements<K> {
    /// Creates an empty collection.
    pub(super) const fn new() -> Self {
        Self(LazyLock::new(RwLock::default))
    }

    /// Returns the text for a key.
    pub(super) fn get(&self, key: K, compose: impl FnOnce() -> String) -> Arc<str> {
        let known = self.0.read().get(&key).cloned();
        known.unwrap_or_else(|| {
            let text: Arc<str> = compose().into();
            self.0.write().insert(key, Arc::clone(&text));
            text
        })
    }
}

/// Returns the kind of a viewer, which is all that a text depends on.
pub(super) fn kind_of(viewer: Viewer<'_>) -> Viewer<'static> {
    match viewer {
        Viewer::Unrestricted => Viewer::Unrestricted,
        Viewer::Anonymous => Viewer::Anonymous,
        Viewer::Person(_) => Viewer::Person(""),
    }
}
