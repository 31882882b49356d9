//! Cache from object id to primary key, which avoids the lookup in the index of digests. Objects
//! cached in their current version are not read again.
//!
//! To go by an id is to go by a digest of it, which leads anywhere; the numbers of things that came
//! at the same time are side by side.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use async_trait::async_trait;
use quick_cache::sync::Cache;

use super::decoded_objects::DecodedObjectCache;
use crate::{model::Object, storage::Result};

/// How many numbers are remembered.
const CACHE_CAPACITY: usize = 32_768;

/// The numbers of things, by a hash of the id. Objects are never deleted, so an entry is valid as
/// long as the database is the same. Two ids that have one hash are told apart by what is found.
pub(crate) struct PrimaryKeyCache {
    hasher: RandomState,
    keys: Cache<u64, i64>,
}

impl Default for PrimaryKeyCache {
    fn default() -> Self {
        Self {
            hasher: RandomState::new(),
            keys: Cache::new(CACHE_CAPACITY),
        }
    }
}

impl PrimaryKeyCache {
    /// Those of these ids that are known, and the other ids.
    pub(crate) fn partition_known<'a>(
        &self,
        ids: &[&'a str],
    ) -> (Vec<(&'a str, i64)>, Vec<&'a str>) {
        let (mut known, mut others) = (Vec::with_capacity(ids.len()), Vec::new());
        for id in ids {
            match self.keys.get(&self.hasher.hash_one(id)) {
                Some(pk) => known.push((*id, pk)),
                None => others.push(*id),
            }
        }
        (known, others)
    }

    pub(crate) fn insert(&self, id: &str, pk: i64) {
        self.keys.insert(self.hasher.hash_one(id), pk);
    }

    fn remove(&self, id: &str) {
        self.keys.remove(&self.hasher.hash_one(id));
    }

    /// Forgets all of them: the database may be another one.
    #[cfg(feature = "postgres")]
    pub(crate) fn clear(&self) {
        self.keys.clear();
    }
}

impl fmt::Debug for PrimaryKeyCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrimaryKeyCache").finish_non_exhaustive()
    }
}

/// Queries that object lookup needs of a database.
#[async_trait]
pub(crate) trait ObjectLookup: Sync {
    /// Which numbers are known.
    fn primary_keys(&self) -> &PrimaryKeyCache;

    /// Recently read objects and totals.
    fn decoded_objects(&self) -> &DecodedObjectCache;

    /// Things by number, each with a version, and by id; with their numbers, in any order. An
    /// object of that version is not read again. No version is 0. `None` if the JSON of what is
    /// read is longer than so many bytes together.
    async fn fetch_objects(
        &self,
        known: &BTreeMap<i64, i64>,
        others: &[&str],
        max_bytes: usize,
    ) -> Result<Option<Fetched>>;
}

/// Things with their numbers; `None` in place of one that has the version that was asked for.
pub(crate) type Fetched = Vec<(i64, Option<Arc<Object>>)>;

/// Rows of objects, read as long as their JSON has no more than so many bytes together.
pub(crate) struct Fetching {
    things: Fetched,
    left: Option<usize>,
}

impl Fetching {
    /// Nothing yet.
    pub(crate) fn within(max_bytes: usize) -> Self {
        Self {
            things: Vec::new(),
            left: Some(max_bytes),
        }
    }

    /// Adds a thing. Those that are too much are not held.
    pub(crate) fn push(&mut self, pk: i64, thing: Option<Arc<Object>>) {
        let length = thing.as_ref().map_or(0, |thing| thing.size());
        self.left = self.left.and_then(|left| left.checked_sub(length));
        match self.left {
            Some(_) => self.things.push((pk, thing)),
            None => self.things = Vec::new(),
        }
    }

    /// All of it, unless it is too much.
    pub(crate) fn end(self) -> Option<Fetched> {
        self.left.map(|_| self.things)
    }
}

/// Things by their ids, in the same order; `None` if their JSON is longer than so many bytes
/// together.
pub(crate) async fn find_objects(
    store: &impl ObjectLookup,
    ids: &[&str],
    max_bytes: usize,
) -> Result<Option<Vec<Option<Arc<Object>>>>> {
    let (mut known, others) = store.primary_keys().partition_known(ids);
    let Some(mut found) = fetch(store, &known, &others, max_bytes).await? else {
        return Ok(None);
    };
    known.retain(|(id, _)| !found.contains_key(*id));
    if !known.is_empty() {
        let lost: Vec<&str> = known.into_iter().map(|(id, _)| id).collect();
        for id in &lost {
            store.primary_keys().remove(id);
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
    store: &impl ObjectLookup,
    known: &[(&str, i64)],
    others: &[&str],
    max_bytes: usize,
) -> Result<Option<HashMap<String, Arc<Object>>>> {
    let held = store
        .decoded_objects()
        .cached(known.iter().map(|(_, pk)| *pk));
    let version = |pk| held.get(pk).map_or(0, |object| object.version);
    let known = known.iter().map(|(_, pk)| (*pk, version(pk)));
    let versions: BTreeMap<i64, i64> = known.collect();
    let mut found = HashMap::new();
    let Some(fetched) = store.fetch_objects(&versions, others, max_bytes).await? else {
        return Ok(None);
    };
    for (pk, changed) in fetched {
        let Some(object) = changed.or_else(|| held.get(&pk).cloned()) else {
            continue;
        };
        if !versions.contains_key(&pk) {
            store.primary_keys().insert(&object.id, pk);
        }
        found.insert(object.id.clone(), object);
    }
    Ok(Some(found))
}
