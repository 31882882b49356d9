//! Commits between their two halves: the built-in backend has them, and the host does not yet.

use std::collections::HashMap;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::storage::Change;

/// Objects being committed, and the number of finished commits. Readers use it to never combine an
/// index entry and a row from different sides of one commit.
pub(super) struct InFlightCommits {
    commits_by_object: Mutex<HashMap<String, usize>>,
    ended: watch::Sender<u64>,
}

impl InFlightCommits {
    pub(super) fn new() -> Self {
        Self {
            commits_by_object: Mutex::default(),
            ended: watch::Sender::new(0),
        }
    }

    /// Registers a commit, which ends when the guard is dropped.
    pub(super) fn begin(&self, changes: &[Change]) -> InFlightGuard<'_> {
        let objects = changes.iter().filter_map(|change| match change {
            Change::PutObject { object, .. } => Some(object.id.clone()),
            _ => None,
        });
        let things: Vec<String> = objects.collect();
        let mut commits_by_object = self.commits_by_object.lock();
        for thing in &things {
            *commits_by_object.entry(thing.clone()).or_default() += 1;
        }
        drop(commits_by_object);
        let commits = self;
        InFlightGuard {
            commits,
            objects: things,
        }
    }

    /// Returns the number of finished commits.
    pub(super) fn ended(&self) -> u64 {
        *self.ended.borrow()
    }

    /// Waits until none of these objects is being committed.
    pub(super) async fn wait_for(&self, objects: &[&str]) {
        let mut ended = self.ended.subscribe();
        while self.contains_any(objects) {
            // The sender is ours.
            let _ = ended.changed().await;
        }
    }

    /// Returns whether one of these objects is being committed.
    pub(super) fn contains_any(&self, objects: &[&str]) -> bool {
        let commits_by_object = self.commits_by_object.lock();
        !commits_by_object.is_empty()
            && objects
                .iter()
                .any(|thing| commits_by_object.contains_key(*thing))
    }
}

/// Guard of a commit in flight.
pub(super) struct InFlightGuard<'a> {
    commits: &'a InFlightCommits,
    objects: Vec<String>,
}

impl Drop for InFlightGuard<'_> {
    fn drop(&mut self) {
        let mut in_flight = self.commits.commits_by_object.lock();
        for thing in &self.objects {
            if let Some(commits) = in_flight.get_mut(thing) {
                *commits -= 1;
                if *commits == 0 {
                    in_flight.remove(thing);
                }
            }
        }
        drop(in_flight);
        self.commits.ended.send_modify(|ended| *ended += 1);
    }
}
