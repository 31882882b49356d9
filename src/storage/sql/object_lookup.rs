//! Objects by their ids, through the caches.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::{
    driver::{Column, SqlRow, args},
    key,
    object_rows::cached_object,
    query,
    store::SqlStore,
};
use crate::{model::Object, storage::Result};

/// Objects by their ids, in the same order; `None` if their JSON is longer than so many bytes
/// together.
pub(super) async fn find_objects(
    store: &impl SqlStore,
    ids: &[&str],
    max_bytes: usize,
) -> Result<Option<Vec<Option<Arc<Object>>>>> {
    let cache = &store.caches().primary_keys;
    let (mut known, others) = cache.partition_known(ids);
    let Some(mut found) = fetch(store, &known, &others, max_bytes).await? else {
        return Ok(None);
    };
    known.retain(|(id, _)| !found.contains_key(*id));
    if !known.is_empty() {
        let lost: Vec<&str> = known.into_iter().map(|(id, _)| id).collect();
        for id in &lost {
            cache.remove(id);
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

/// Reads objects by number and by id. One that is cached in its current version is not read again.
/// Rows are read as long as their JSON has no more than so many bytes together.
async fn fetch<S: SqlStore>(
    store: &S,
    known: &[(&str, i64)],
    others: &[&str],
    max_bytes: usize,
) -> Result<Option<HashMap<String, Arc<Object>>>> {
    let caches = store.caches();
    let held = caches
        .decoded_objects
        .cached(known.iter().map(|(_, pk)| *pk));
    // No version is 0.
    let version = |pk| held.get(pk).map_or(0, |object| object.version);
    let known = known.iter().map(|(_, pk)| (*pk, version(pk)));
    let versions: BTreeMap<i64, i64> = known.collect();
    let arguments = args![&versions, key::digest_keys(others)];
    let sql = query::objects_by_pk_or_key(S::DIALECT);
    let mut found = HashMap::new();
    let mut left = Some(max_bytes);
    let each = store.pool().each(&sql, &arguments, |row| {
        let pk: i64 = row.at(0)?;
        let object = if row.is_null(2)? {
            held.get(&pk).cloned()
        } else {
            let object = cached_object(store, row)?;
            left = left.and_then(|left| left.checked_sub(object.size()));
            Some(object)
        };
        if left.is_none() {
            // Those that are too much are not held.
            found.clear();
        } else if let Some(object) = object {
            if !versions.contains_key(&pk) {
                caches.primary_keys.insert(&object.id, pk);
            }
            found.insert(object.id.clone(), object);
        }
        Ok(())
    });
    each.await?;
    Ok(left.map(|_| found))
}

#[cfg(feature = "sqlite")]
#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;
    use crate::storage::{Change, Commit, Expect, sqlite::Sqlite};

    fn put(id: &str) -> Change {
        Change::PutObject {
            object: Object::new("note", id, id, Map::new()),
            expect: Expect::Any,
        }
    }

    /// The ids that are found, with their versions.
    async fn found(store: &Sqlite, ids: &[&str]) -> Vec<Option<(String, i64)>> {
        let found = find_objects(store, ids, usize::MAX).await.unwrap();
        let found = found.unwrap().into_iter();
        let named = |one: Arc<Object>| (one.id.clone(), one.version);
        found.map(|one| one.map(named)).collect()
    }

    #[tokio::test]
    async fn cached_primary_key_finds_the_current_version() {
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
                let (known, others) = store.caches().primary_keys.partition_known(&asked);
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
        let keys = &store.caches().primary_keys;
        let (known, _) = keys.partition_known(&["a"]);
        let (_, pk) = known[0];
        keys.insert("b", pk);
        keys.insert("none", pk + 10);
        let wanted = [Some(("b".into(), 1)), Some(("a".into(), 1)), None];
        for _ in 0..2 {
            assert_eq!(found(&store, &["b", "a", "none"]).await, wanted);
        }
        let (known, _) = keys.partition_known(&["b"]);
        assert_ne!(known, [("b", pk)], "known better now");
    }
}
