//! Things that were looked for lately: under which numbers they are stored, so that they need not be looked for in the
//! index of all ids, and as they were read, so that what has not changed need not be read again.
//!
//! To go by an id is to go by a digest of it, which leads anywhere; the numbers of things that came at the same time are
//! side by side.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use async_trait::async_trait;
use quick_cache::sync::Cache;

use super::shelf::Shelf;
use crate::{model::Object, storage::Result};

/// How many numbers are remembered.
const MOST: usize = 32_768;

/// The numbers of things, by a hash of the id. What is stored is never deleted, so they are good for as long as the
/// database is the same one. Two ids that have one hash are told apart by what is found.
pub(in crate::storage) struct Numbers {
    chance: RandomState,
    known: Cache<u64, i64>,
}

impl Default for Numbers {
    fn default() -> Self {
        Self {
            chance: RandomState::new(),
            known: Cache::new(MOST),
        }
    }
}

impl Numbers {
    /// Those of these ids that are known, and the other ids.
    pub(in crate::storage) fn of<'a>(
        &self,
        ids: &[&'a str],
    ) -> (Vec<(&'a str, i64)>, Vec<&'a str>) {
        let (mut known, mut others) = (Vec::with_capacity(ids.len()), Vec::new());
        for id in ids {
            match self.known.get(&self.chance.hash_one(id)) {
                Some(pk) => known.push((*id, pk)),
                None => others.push(*id),
            }
        }
        (known, others)
    }

    pub(in crate::storage) fn note(&self, id: &str, pk: i64) {
        self.known.insert(self.chance.hash_one(id), pk);
    }

    fn forget(&self, id: &str) {
        self.known.remove(&self.chance.hash_one(id));
    }

    /// Forgets all of them: the database may be another one.
    #[cfg(feature = "postgres")]
    pub(in crate::storage) fn clear(&self) {
        self.known.clear();
    }
}

impl fmt::Debug for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Numbers").finish_non_exhaustive()
    }
}

/// What looking for things asks of a database.
#[async_trait]
pub(in crate::storage) trait Things: Sync {
    /// Which numbers are known.
    fn numbers(&self) -> &Numbers;

    /// What was read lately.
    fn shelf(&self) -> &Shelf;

    /// Things by number, each with a version, and by id; with their numbers, in any order. What has that version is not
    /// read. No version is 0. `None` if the JSON of what is read is longer than so many bytes together.
    async fn fetch(
        &self,
        known: &BTreeMap<i64, i64>,
        others: &[&str],
        max_bytes: usize,
    ) -> Result<Option<Fetched>>;
}

/// Things with their numbers; `None` in place of one that has the version that was asked for.
pub(in crate::storage) type Fetched = Vec<(i64, Option<Arc<Object>>)>;

/// What is read of things, as long as their JSON is no longer than so many bytes together.
pub(in crate::storage) struct Fetching {
    things: Fetched,
    left: Option<usize>,
}

impl Fetching {
    /// Nothing yet.
    pub(in crate::storage) fn within(max_bytes: usize) -> Self {
        Self {
            things: Vec::new(),
            left: Some(max_bytes),
        }
    }

    /// Adds a thing. Those that are too much are not held.
    pub(in crate::storage) fn push(&mut self, pk: i64, thing: Option<Arc<Object>>) {
        let length = thing.as_ref().map_or(0, |thing| thing.size());
        self.left = self.left.and_then(|left| left.checked_sub(length));
        match self.left {
            Some(_) => self.things.push((pk, thing)),
            None => self.things = Vec::new(),
        }
    }

    /// All of it, unless it is too much.
    pub(in crate::storage) fn end(self) -> Option<Fetched> {
        self.left.map(|_| self.things)
    }
}

/// Things by their ids, in the same order; `None` if their JSON is longer than so many bytes together.
pub(in crate::storage) async fn find(
    store: &impl Things,
    ids: &[&str],
    max_bytes: usize,
) -> Result<Option<Vec<Option<Arc<Object>>>>> {
    let (mut known, others) = store.numbers().of(ids);
    let Some(mut found) = fetch(store, &known, &others, max_bytes).await? else {
        return Ok(None);
    };
    known.retain(|(id, _)| !found.contains_key(*id));
    if !known.is_empty() {
        let lost: Vec<&str> = known.into_iter().map(|(id, _)| id).collect();
        for id in &lost {
            store.numbers().forget(id);
        }
        match fetch(store, &[], &lost, max_bytes).await? {
            Some(others) => found.extend(others),
            None => return Ok(None),
        }
    }
    let length = found.values().map(|thing| thing.size());
    if length.sum::<usize>() > max_bytes {
        return Ok(None);
    }
    Ok(Some(ids.iter().map(|id| found.get(*id).cloned()).collect()))
}

async fn fetch(
    store: &impl Things,
    known: &[(&str, i64)],
    others: &[&str],
    max_bytes: usize,
) -> Result<Option<HashMap<String, Arc<Object>>>> {
    let held = store.shelf().held(known.iter().map(|(_, pk)| *pk));
    let version = |pk| held.get(pk).map_or(0, |object| object.version);
    let known = known.iter().map(|(_, pk)| (*pk, version(pk)));
    let versions: BTreeMap<i64, i64> = known.collect();
    let mut found = HashMap::new();
    let Some(fetched) = store.fetch(&versions, others, max_bytes).await? else {
        return Ok(None);
    };
    for (pk, changed) in fetched {
        let Some(object) = changed.or_else(|| held.get(&pk).cloned()) else {
            continue;
        };
        if !versions.contains_key(&pk) {
            store.numbers().note(&object.id, pk);
        }
        found.insert(object.id.clone(), object);
    }
    Ok(Some(found))
}
