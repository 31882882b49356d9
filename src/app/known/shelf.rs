//! A bounded place in memory for what was read under an epoch.

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// How many things are kept before those that nobody asked for in the meantime go. There are at most
/// twice as many.
const HALF: usize = 5000;

/// Things by name, all of one epoch.
pub(super) struct Shelf<T>(Mutex<Things<T>>);

/// What was asked for since the last clearance, and before it.
struct Things<T> {
    epoch: i64,
    young: HashMap<Box<str>, Arc<T>>,
    old: HashMap<Box<str>, Arc<T>>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self(Mutex::new(Things {
            epoch: i64::MIN,
            young: HashMap::new(),
            old: HashMap::new(),
        }))
    }
}

impl<T> Shelf<T> {
    /// What is there of that name, if it was kept under that epoch.
    pub(super) fn find(&self, name: &str, epoch: i64) -> Option<Arc<T>> {
        let mut things = self.lock();
        if things.epoch != epoch {
            return None;
        }
        if let Some(found) = things.young.get(name) {
            return Some(Arc::clone(found));
        }
        let (name, found) = things.old.remove_entry(name)?;
        things.put(name, Arc::clone(&found));
        Some(found)
    }

    /// Keeps something that was read after the epoch was asked for. What is from before that epoch goes, and what
    /// comes too late is not kept.
    pub(super) fn keep(&self, name: &str, epoch: i64, thing: &Arc<T>) {
        let mut things = self.lock();
        if things.epoch < epoch {
            things.epoch = epoch;
            (things.young, things.old) = Default::default();
        }
        if things.epoch == epoch {
            things.put(name.into(), Arc::clone(thing));
        }
    }

    /// What a thread that panicked left behind is whole, or lacks something that is then read again.
    fn lock(&self) -> MutexGuard<'_, Things<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Things<T> {
    fn put(&mut self, name: Box<str>, thing: Arc<T>) {
        if self.young.len() >= HALF {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(name, thing);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_under_another_epoch_is_not_found() {
        let shelf = Shelf::default();
        shelf.keep("a", 2, &Arc::new(1));
        assert_eq!(shelf.find("a", 2).as_deref(), Some(&1));
        assert_eq!(shelf.find("a", 3), None);
        shelf.keep("b", 1, &Arc::new(2));
        assert_eq!(shelf.find("b", 1), None, "it came too late");
        assert_eq!(shelf.find("a", 2).as_deref(), Some(&1));
        shelf.keep("b", 3, &Arc::new(2));
        assert_eq!(shelf.find("b", 3).as_deref(), Some(&2));
        assert_eq!(shelf.find("a", 3), None);
    }

    #[test]
    fn it_is_bounded_and_keeps_what_is_asked_for() {
        let shelf = Shelf::default();
        shelf.keep("asked for", 0, &Arc::new(0));
        for number in 0..10 * HALF {
            shelf.keep(&number.to_string(), 0, &Arc::new(number));
            assert!(shelf.find("asked for", 0).is_some());
        }
        let things = shelf.lock();
        assert!(things.young.len() + things.old.len() <= 2 * HALF);
    }
}
