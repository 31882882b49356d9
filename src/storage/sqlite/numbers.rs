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

use quick_cache::sync::Cache;
use serde_json::json;
use sqlx::{Row, ValueRef};

use super::{Sqlite, error::failed, hexes};
use crate::{
    model::Object,
    storage::{
        Result,
        sql::{key, query},
    },
};

/// How many numbers are remembered.
const MOST: usize = 32_768;

/// The numbers of things, by a hash of the id. What is stored is never deleted, so they are good for as long as the
/// database is the same one; and if it is not, or two ids have one hash, then what is found has another id.
pub(super) struct Numbers {
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
    fn of<'a>(&self, ids: &[&'a str]) -> (Vec<(&'a str, i64)>, Vec<&'a str>) {
        let (mut known, mut others) = (Vec::with_capacity(ids.len()), Vec::new());
        for id in ids {
            match self.known.get(&self.chance.hash_one(id)) {
                Some(pk) => known.push((*id, pk)),
                None => others.push(*id),
            }
        }
        (known, others)
    }

    fn note(&self, id: &str, pk: i64) {
        self.known.insert(self.chance.hash_one(id), pk);
    }
}

impl fmt::Debug for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Numbers").finish_non_exhaustive()
    }
}

/// Objects by their primary keys, each with a version ($1), and by keys ($2): of those that have that version no more
/// than that is read.
pub(super) fn by_number_or_key() -> String {
    format!(
        "SELECT v.pk, v.version, {} FROM json_each($1) k \
         CROSS JOIN objects v ON v.pk = CAST(k.key AS INTEGER) \
         LEFT JOIN objects o ON o.pk = v.pk AND v.version <> k.value \
         UNION ALL SELECT {} FROM objects o WHERE o.key IN (SELECT unhex(value) FROM json_each($2))",
        query::REST,
        query::OBJECT,
    )
}

impl Sqlite {
    /// Things by their ids, in the same order.
    pub(super) async fn find(&self, ids: &[&str]) -> Result<Vec<Option<Arc<Object>>>> {
        let (mut known, others) = self.numbers.of(ids);
        let mut found = self.fetch(&known, &others).await?;
        known.retain(|(id, _)| !found.contains_key(*id));
        if !known.is_empty() {
            let lost: Vec<&str> = known.into_iter().map(|(id, _)| id).collect();
            found.extend(self.fetch(&[], &lost).await?);
        }
        Ok(ids.iter().map(|id| found.get(*id).cloned()).collect())
    }

    async fn fetch(
        &self,
        known: &[(&str, i64)],
        others: &[&str],
    ) -> Result<HashMap<String, Arc<Object>>> {
        let held = self.shelf.held(known.iter().map(|(_, pk)| *pk));
        // No version is 0.
        let version = |pk| held.get(pk).map_or(0, |object| object.version);
        let known = known.iter().map(|(_, pk)| (*pk, version(pk)));
        let versions: BTreeMap<i64, i64> = known.collect();
        let sql = by_number_or_key();
        let rows = sqlx::query(&sql)
            .bind(json!(versions).to_string())
            .bind(hexes(others.iter().map(|id| key::of(id))))
            .fetch_all(&self.readers)
            .await
            .map_err(failed)?;
        let mut found = HashMap::with_capacity(rows.len());
        for row in &rows {
            let pk = row.try_get(0).map_err(failed)?;
            let unchanged = row.try_get_raw(2).map_err(failed)?.is_null();
            let object = match held.get(&pk) {
                Some(object) if unchanged => Arc::clone(object),
                _ => self.object(row)?,
            };
            if !versions.contains_key(&pk) {
                self.numbers.note(&object.id, pk);
            }
            found.insert(object.id.clone(), object);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;
    use crate::storage::{Change, Commit, Expect};

    fn put(id: &str) -> Change {
        Change::PutObject {
            object: Object::new("note", id, id, Map::new()),
            expect: Expect::Anything,
        }
    }

    /// The ids that are found, with their versions.
    async fn found(store: &Sqlite, ids: &[&str]) -> Vec<Option<(String, i64)>> {
        let found = store.find(ids).await.unwrap().into_iter();
        let named = |one: Arc<Object>| (one.id.clone(), one.version);
        found.map(|one| one.map(named)).collect()
    }

    #[tokio::test]
    async fn what_was_found_is_found_by_its_number_as_it_is_now() {
        let store = Sqlite::temporary().await.unwrap();
        store.commit(vec![put("a"), put("b")]).await.unwrap();
        let asked = ["b", "none", "a", "b"];
        for version in 1..=3 {
            let wanted = ["b", "", "a", "b"].map(|id| match id {
                "" => None,
                "b" => Some((id.into(), 1)),
                _ => Some((id.into(), version)),
            });
            // By key at first; then what has changed, and at last nothing of it.
            for _ in 0..2 {
                assert_eq!(found(&store, &asked).await, wanted);
                let (known, others) = store.numbers.of(&asked);
                assert_eq!((known.len(), others), (3, vec!["none"]));
            }
            store.commit(vec![put("a")]).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_number_that_is_not_the_things_own_finds_nothing_wrong() {
        let store = Sqlite::temporary().await.unwrap();
        store.commit(vec![put("a"), put("b")]).await.unwrap();
        found(&store, &["a"]).await;
        let (known, _) = store.numbers.of(&["a"]);
        let (_, pk) = known[0];
        store.numbers.note("b", pk);
        store.numbers.note("none", pk + 10);
        let wanted = [Some(("b".into(), 1)), Some(("a".into(), 1)), None];
        for _ in 0..2 {
            assert_eq!(found(&store, &["b", "a", "none"]).await, wanted);
        }
        let (known, _) = store.numbers.of(&["b"]);
        assert_ne!(known, [("b", pk)], "known better now");
    }
}
