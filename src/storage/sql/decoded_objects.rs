//! Cache of decoded objects: what was made of a version of an object need not be made again.

use std::{collections::HashMap, sync::Arc};

use quick_cache::{Weighter, sync::Cache};

use crate::model::Object;

/// Approximate limit of the bytes of JSON and [overhead](OBJECT_OVERHEAD_BYTES), and the expected
/// number of objects. So few make few shards, in each of which a large object has room.
const MAX_OBJECT_BYTES: u64 = 2 * 1024 * 1024;
const EXPECTED_OBJECTS: usize = 256;

/// Overhead of a cached object, in bytes.
const OBJECT_OVERHEAD_BYTES: usize = 512;

/// Objects by primary key. It answers for a version only, and a version never changes, so it is
/// never wrong, whoever else writes to the database.
#[derive(Debug)]
pub(crate) struct DecodedObjectCache(Cache<i64, Arc<Object>, ObjectSize>);

#[derive(Clone)]
struct ObjectSize;

impl Weighter<i64, Arc<Object>> for ObjectSize {
    fn weight(&self, _: &i64, object: &Arc<Object>) -> u64 {
        u64::try_from(object.size() + OBJECT_OVERHEAD_BYTES).unwrap_or(u64::MAX)
    }
}

impl Default for DecodedObjectCache {
    fn default() -> Self {
        let cache = Cache::with_weighter(EXPECTED_OBJECTS, MAX_OBJECT_BYTES, ObjectSize);
        Self(cache)
    }
}

impl DecodedObjectCache {
    /// Returns the object of that key and version, or decodes it with `read`.
    pub(crate) fn get_or_decode<E>(
        &self,
        pk: i64,
        version: i64,
        read: impl FnOnce() -> Result<Object, E>,
    ) -> Result<Arc<Object>, E> {
        let cached = self.0.get(&pk);
        if let Some(object) = cached.filter(|object| object.version == version) {
            return Ok(object);
        }
        let object = Arc::new(read()?);
        self.0.insert(pk, Arc::clone(&object));
        Ok(object)
    }

    /// Returns the cached objects of these keys, in any version.
    pub(crate) fn cached(&self, pks: impl Iterator<Item = i64>) -> HashMap<i64, Arc<Object>> {
        pks.filter_map(|pk| Some((pk, self.0.get(&pk)?))).collect()
    }

    /// Clears the cache, since the database may have been replaced.
    #[cfg(feature = "postgres")]
    pub(crate) fn clear(&self) {
        self.0.clear();
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
        let length = 10_000;
        assert!(was_read(&cache, 0, 1, length));
        for pk in 1..1000 {
            assert!(was_read(&cache, pk, 1, length));
            assert!(!was_read(&cache, 0, 1, length), "asked for all the time");
        }
        let held = cache.cached(0..1000);
        assert!((50..250).contains(&held.len()), "{}", held.len());
        assert!(cache.0.weight() <= MAX_OBJECT_BYTES);
    }
}
