//! Map that forgets the keys that were not used for the longest time.

use std::{collections::HashMap, hash::Hash, mem};

/// How many keys a [`Recent`] map takes before it forgets those that were not used since it last
/// did. It holds at most twice as many.
pub(crate) const MAX_RECENT_KEYS: usize = 10_000;

/// Map of a bounded number of keys, without those that were not used for the longest time.
pub(crate) struct Recent<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
        }
    }
}

impl<K: Hash + Eq + Clone, V: Copy> Recent<K, V> {
    /// Returns the value of a key, which counts as used.
    pub(crate) fn get(&mut self, key: &K) -> Option<V> {
        if let Some(value) = self.young.get(key) {
            return Some(*value);
        }
        let (key, value) = self.old.remove_entry(key)?;
        self.insert(key, value);
        Some(value)
    }

    /// Sets the value of a key.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        if self.young.len() >= MAX_RECENT_KEYS && !self.young.contains_key(&key) {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_keys_is_bounded() {
        let mut recent = Recent::default();
        for key in 0..5 * MAX_RECENT_KEYS {
            recent.insert(key, ());
            assert!(recent.young.len() + recent.old.len() <= 2 * MAX_RECENT_KEYS);
        }
    }
}
