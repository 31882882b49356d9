//! Objects that were read lately, as they were read: what was made of a version of an object need not be made
//! again.

use std::{
    collections::HashMap,
    fmt, mem,
    sync::{Arc, Mutex, PoisonError},
};

use crate::model::Object;

/// How many bytes of JSON each half holds, about. The rest of an object takes as much again.
const HALF: usize = 1024 * 1024;

/// What an object takes at least.
const LEAST: usize = 512;

/// Objects by primary key. It answers for a version only, and a version never changes, so it is never wrong,
/// whoever else writes to the database. What was not asked for in a while goes.
#[derive(Default)]
pub(in crate::storage) struct Shelf(Mutex<Halves>);

/// What was asked for since the halves took each other's place, and what was before.
#[derive(Default)]
struct Halves {
    young: HashMap<i64, Arc<Object>>,
    old: HashMap<i64, Arc<Object>>,
    /// Of the young half.
    weight: usize,
}

impl Shelf {
    /// The object of that key, if it is here in that version, else what `read` makes of it.
    pub(in crate::storage) fn find_or<E>(
        &self,
        pk: i64,
        version: i64,
        read: impl FnOnce() -> Result<Object, E>,
    ) -> Result<Arc<Object>, E> {
        if let Some(object) = self.find(pk, version) {
            return Ok(object);
        }
        let object = Arc::new(read()?);
        self.with(|halves| halves.put(pk, Arc::clone(&object)));
        Ok(object)
    }

    /// The objects of these keys that are here, in whatever version.
    pub(in crate::storage) fn held(
        &self,
        pks: impl Iterator<Item = i64>,
    ) -> HashMap<i64, Arc<Object>> {
        self.with(|halves| {
            let held = |pk| Some((pk, Arc::clone(halves.find(pk)?)));
            pks.filter_map(held).collect()
        })
    }

    /// Takes all of them away: the database may be another one.
    #[cfg(feature = "postgres")]
    pub(in crate::storage) fn clear(&self) {
        self.with(|halves| *halves = Halves::default());
    }

    fn find(&self, pk: i64, version: i64) -> Option<Arc<Object>> {
        self.with(|halves| {
            let object = halves.find(pk)?;
            (object.version == version).then(|| Arc::clone(object))
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut Halves) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Halves {
    /// The object of that key, which stays for longer now.
    fn find(&mut self, pk: i64) -> Option<&Arc<Object>> {
        if !self.young.contains_key(&pk) {
            let object = Arc::clone(self.old.get(&pk)?);
            self.put(pk, object);
        }
        self.young.get(&pk).or_else(|| self.old.get(&pk))
    }

    fn put(&mut self, pk: i64, object: Arc<Object>) {
        self.weight += LEAST + object.size();
        self.young.insert(pk, object);
        if self.weight > HALF {
            self.old = mem::take(&mut self.young);
            self.weight = 0;
        }
    }
}

impl fmt::Debug for Shelf {
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
            post: None,
            deleted: false,
            version,
            body: Body::from_text(body).unwrap(),
        }
    }

    /// Asks for an object; whether it had to be read.
    fn was_read(shelf: &Shelf, pk: i64, version: i64, length: usize) -> bool {
        let mut read = false;
        let found = shelf.find_or(pk, version, || {
            read = true;
            Ok::<_, Infallible>(object(version, length))
        });
        assert_eq!(found.unwrap().version, version);
        read
    }

    #[test]
    fn each_version_is_read_once() {
        let shelf = Shelf::default();
        for (pk, version, read) in [(1, 1, true), (1, 1, false), (1, 2, true), (1, 2, false)] {
            assert_eq!(was_read(&shelf, pk, version, 1), read, "{pk} {version}");
        }
        // A reader that is late brings an old version: nobody is told that it is the new one.
        assert!(was_read(&shelf, 1, 1, 1));
        assert!(was_read(&shelf, 1, 2, 1));
        assert!(was_read(&shelf, 2, 2, 1));
    }

    #[test]
    fn what_is_held_is_told_in_whatever_version() {
        let shelf = Shelf::default();
        for (pk, version) in [(1, 1), (2, 3)] {
            was_read(&shelf, pk, version, 1);
        }
        let held = shelf.held([1, 2, 3].into_iter());
        let mut held: Vec<_> = held
            .iter()
            .map(|(pk, object)| (*pk, object.version))
            .collect();
        held.sort_unstable();
        assert_eq!(held, [(1, 1), (2, 3)]);
    }

    #[test]
    fn what_is_asked_for_stays_and_the_rest_goes() {
        let shelf = Shelf::default();
        assert!(was_read(&shelf, 0, 1, 1));
        for pk in 1..1000 {
            assert!(was_read(&shelf, pk, 1, HALF / 100));
            assert!(!was_read(&shelf, 0, 1, 1), "asked for all the time");
        }
        assert!(was_read(&shelf, 1, 1, 1), "not asked for in a while");
        let held = shelf.with(|halves| halves.young.len() + halves.old.len());
        assert!(held < 250, "{held}");
    }
}
