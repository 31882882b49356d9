//! Bounded cache of values read under one credential version.

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Entries in a generation before the previous one is dropped. There are at most twice as many.
const GENERATION_CAPACITY: usize = 5000;

/// Cache by name, valid for one version.
pub(super) struct GenerationalCache<T>(Mutex<Generations<T>>);

/// Entries used since the last rotation, and those before it.
struct Generations<T> {
    version: i64,
    current: HashMap<Box<str>, Arc<T>>,
    previous: HashMap<Box<str>, Arc<T>>,
}

impl<T> Default for GenerationalCache<T> {
    fn default() -> Self {
        Self(Mutex::new(Generations {
            version: i64::MIN,
            current: HashMap::new(),
            previous: HashMap::new(),
        }))
    }
}

impl<T> GenerationalCache<T> {
    /// Returns the entry of that name, if it was inserted under that version.
    pub(super) fn get(&self, name: &str, version: i64) -> Option<Arc<T>> {
        let mut things = self.lock();
        if things.version != version {
            return None;
        }
        if let Some(found) = things.current.get(name) {
            return Some(Arc::clone(found));
        }
        let (name, found) = things.previous.remove_entry(name)?;
        things.insert(name, Arc::clone(&found));
        Some(found)
    }

    /// Inserts a value that was read after the version was taken. Older entries are dropped, and
    /// values of an older version are ignored.
    pub(super) fn insert(&self, name: &str, version: i64, thing: &Arc<T>) {
        let mut things = self.lock();
        if things.version < version {
            things.version = version;
            (things.current, things.previous) = Default::default();
        }
        if things.version == version {
            things.insert(name.into(), Arc::clone(thing));
        }
    }

    /// After a panic an entry may be missing at worst, and is read again.
    fn lock(&self) -> MutexGuard<'_, Generations<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Generations<T> {
    fn insert(&mut self, name: Box<str>, thing: Arc<T>) {
        if self.current.len() >= GENERATION_CAPACITY {
            self.previous = mem::take(&mut self.current);
        }
        self.current.insert(name, thing);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entry_of_another_version_is_not_found() {
        let cache = GenerationalCache::default();
        cache.insert("a", 2, &Arc::new(1));
        assert_eq!(cache.get("a", 2).as_deref(), Some(&1));
        assert_eq!(cache.get("a", 3), None);
        cache.insert("b", 1, &Arc::new(2));
        assert_eq!(cache.get("b", 1), None, "it came too late");
        assert_eq!(cache.get("a", 2).as_deref(), Some(&1));
        cache.insert("b", 3, &Arc::new(2));
        assert_eq!(cache.get("b", 3).as_deref(), Some(&2));
        assert_eq!(cache.get("a", 3), None);
    }

    #[test]
    fn it_is_bounded_and_keeps_what_is_asked_for() {
        let cache = GenerationalCache::default();
        cache.insert("asked for", 0, &Arc::new(0));
        for number in 0..10 * GENERATION_CAPACITY {
            cache.insert(&number.to_string(), 0, &Arc::new(number));
            assert!(cache.get("asked for", 0).is_some());
        }
        let things = cache.lock();
        assert!(things.current.len() + things.previous.len() <= 2 * GENERATION_CAPACITY);
    }
}
