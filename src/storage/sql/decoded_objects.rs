//! Objects that were read lately, as they were read: what was made of a version of an object need
//! not be made again.

use std::{collections::HashMap, fmt, mem, sync::Arc};

use parking_lot::Mutex;

use crate::model::Object;

/// How many bytes of JSON each half holds, about. The rest of an object takes as much again.
const GENERATION_BYTES: usize = 1024 * 1024;

/// Minimum weight of an object, in bytes.
const MIN_OBJECT_WEIGHT: usize = 512;

/// Objects by primary key. It answers for a version only, and a version never changes, so it is
/// never wrong, whoever else writes to the database. Entries that were not used for a while are
/// evicted.
#[derive(Default)]
pub(crate) struct DecodedObjectCache(Mutex<Generations>);

/// Entries used since the last rotation, and those before it.
#[derive(Default)]
struct Generations {
    current: HashMap<i64, Arc<Object>>,
    previous: HashMap<i64, Arc<Object>>,
    /// Of the young half.
    weight: usize,
}

impl DecodedObjectCache {
    /// Returns the object of that key and version, or decodes it with `read`.
    pub(crate) fn get_or_decode<E>(
        &self,
        pk: i64,
        version: i64,
        read: impl FnOnce() -> Result<Object, E>,
    ) -> Result<Arc<Object>, E> {
        if let Some(object) = self.get(pk, version) {
            return Ok(object);
        }
        let object = Arc::new(read()?);
        self.with_lock(|halves| halves.insert(pk, Arc::clone(&object)));
        Ok(object)
    }

    /// Returns the cached objects of these keys, in any version.
    pub(crate) fn cached(&self, pks: impl Iterator<Item = i64>) -> HashMap<i64, Arc<Object>> {
        self.with_lock(|halves| {
            let held = |pk| Some((pk, Arc::clone(halves.get(pk)?)));
            pks.filter_map(held).collect()
        })
    }

    /// Clears the cache, since the database may have been replaced.
    #[cfg(feature = "postgres")]
    pub(crate) fn clear(&self) {
        self.with_lock(|halves| *halves = Generations::default());
    }

    fn get(&self, pk: i64, version: i64) -> Option<Arc<Object>> {
        self.with_lock(|halves| {
            let object = halves.get(pk)?;
            (object.version == version).then(|| Arc::clone(object))
        })
    }

    fn with_lock<T>(&self, work: impl FnOnce(&mut Generations) -> T) -> T {
        work(&mut self.0.lock())
    }
}

impl Generations {
    /// The object of that key, which stays for longer now.
    fn get(&mut self, pk: i64) -> Option<&Arc<Object>> {
        if !self.current.contains_key(&pk) {
            let object = Arc::clone(self.previous.get(&pk)?);
            self.insert(pk, object);
        }
        self.current.get(&pk).or_else(|| self.previous.get(&pk))
    }

    fn insert(&mut self, pk: i64, object: Arc<Object>) {
        self.weight += MIN_OBJECT_WEIGHT + object.size();
        self.current.insert(pk, object);
        if self.weight > GENERATION_BYTES {
            self.previous = mem::take(&mut self.current);
            self.weight = 0;
        }
    }
}

impl fmt::Debug for DecodedObjectCache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Shelf")
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use serde_json::json;

    use super::*;
    use crate::model::Body;

    fn object(version: i64, length: usize) -> Object {
        let body = json!({ "content": "x".repeat(length) }).to_string();
        Object {
            id: String::new(),
            uuid: String::new(),
            object_type: String::new(),
            author: None,
            audience: Vec::new(),
            published_by: None,
            deleted: false,
            version,
            body: Body::from_text(body).unwrap(),
        }
    }

    /// Asks for an object; whether it had to be read.
    fn was_read(cache: &DecodedObjectCache, pk: i64, version: i64, length: usize) -> bool {
        let mut read = false;
        let found = cache.get_or_decode(pk, version, || {
            read = true;
            Ok::<_, Infallible>(object(version, length))
        });
        assert_eq!(found.unwrap().version, version);
        read
    }

    #[test]
    fn each_version_is_read_once() {
        let cache = DecodedObjectCache::default();
        for (pk, version, read) in [(1, 1, true), (1, 1, false), (1, 2, true), (1, 2, false)] {
            assert_eq!(was_read(&cache, pk, version, 1), read, "{pk} {version}");
        }
        // A reader that is late brings an old version: nobody is told that it is the new one.
        assert!(was_read(&cache, 1, 1, 1));
        assert!(was_read(&cache, 1, 2, 1));
        assert!(was_read(&cache, 2, 2, 1));
    }

    #[test]
    fn cached_lookup_ignores_the_version() {
        let cache = DecodedObjectCache::default();
        for (pk, version) in [(1, 1), (2, 3)] {
            was_read(&cache, pk, version, 1);
        }
        let held = cache.cached([1, 2, 3].into_iter());
        let mut held: Vec<_> = held
            .iter()
            .map(|(pk, object)| (*pk, object.version))
            .collect();
        held.sort_unstable();
        assert_eq!(held, [(1, 1), (2, 3)]);
    }

    #[test]
    fn requested_entries_stay_and_others_are_evicted() {
        let cache = DecodedObjectCache::default();
        assert!(was_read(&cache, 0, 1, 1));
        for pk in 1..1000 {
            assert!(was_read(&cache, pk, 1, GENERATION_BYTES / 100));
            assert!(!was_read(&cache, 0, 1, 1), "asked for all the time");
        }
        assert!(was_read(&cache, 1, 1, 1), "not asked for in a while");
        let held = cache.with_lock(|halves| halves.current.len() + halves.previous.len());
        assert!(held < 250, "{held}");
    }
}
