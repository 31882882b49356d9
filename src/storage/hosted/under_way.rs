//! Commits between their two halves: the built-in backend has them, and the host does not yet.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use crate::storage::Change;

/// Which things are being committed, and how many commits were. It is for those who read the index and the rows one after
/// the other, and must not get them from before and after the same commit.
pub(super) struct UnderWay {
    things: Mutex<HashMap<String, usize>>,
    ended: watch::Sender<u64>,
}

impl UnderWay {
    pub(super) fn new() -> Self {
        Self {
            things: Mutex::default(),
            ended: watch::Sender::new(0),
        }
    }

    /// A commit of these begins, and ends when what is returned is dropped.
    pub(super) fn begin(&self, changes: &[Change]) -> Passage<'_> {
        let things = changes.iter().filter_map(|change| match change {
            Change::PutObject { object, .. } => Some(object.id.clone()),
            _ => None,
        });
        let things: Vec<String> = things.collect();
        let mut under_way = self.things();
        for thing in &things {
            *under_way.entry(thing.clone()).or_default() += 1;
        }
        drop(under_way);
        let place = self;
        Passage { place, things }
    }

    /// How many commits have ended.
    pub(super) fn ended(&self) -> u64 {
        *self.ended.borrow()
    }

    /// Waits until none of these is being committed.
    pub(super) async fn pass(&self, things: &[&str]) {
        let mut ended = self.ended.subscribe();
        while self.is_any(things) {
            // The sender is ours.
            let _ = ended.changed().await;
        }
    }

    fn is_any(&self, things: &[&str]) -> bool {
        let under_way = self.things();
        !under_way.is_empty() && things.iter().any(|thing| under_way.contains_key(*thing))
    }

    fn things(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.things.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A commit that is under way.
pub(super) struct Passage<'a> {
    place: &'a UnderWay,
    things: Vec<String>,
}

impl Drop for Passage<'_> {
    fn drop(&mut self) {
        let mut under_way = self.place.things();
        for thing in &self.things {
            if let Some(commits) = under_way.get_mut(thing) {
                *commits -= 1;
                if *commits == 0 {
                    under_way.remove(thing);
                }
            }
        }
        drop(under_way);
        self.place.ended.send_modify(|ended| *ended += 1);
    }
}
