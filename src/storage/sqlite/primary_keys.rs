//! Things by number or by key, from a file.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::json;
use sqlx::{Row, ValueRef};

use super::{Sqlite, error::map_error, hex_json_array};
use crate::storage::{
    Result,
    sql::{
        decoded_objects::DecodedObjectCache,
        key,
        primary_keys::{Fetched, Fetching, ObjectLookup, PrimaryKeyCache},
        query,
    },
};

/// Objects by their primary keys, each with a version ($1), and by keys ($2): of those that have
/// that version no more than that is read.
pub(super) fn select_by_pk_or_key() -> String {
    format!(
        "SELECT v.pk, v.version, {} FROM json_each($1) k \
         CROSS JOIN objects v ON v.pk = CAST(k.key AS INTEGER) \
         LEFT JOIN objects o ON o.pk = v.pk AND v.version <> k.value \
         UNION ALL SELECT {} FROM objects o WHERE o.key IN (SELECT unhex(value) FROM json_each($2))",
        query::OBJECT_BODY_COLUMNS,
        query::OBJECT_COLUMNS,
    )
}

#[async_trait]
impl ObjectLookup for Sqlite {
    fn primary_keys(&self) -> &PrimaryKeyCache {
        &self.primary_keys
    }

    fn decoded_objects(&self) -> &DecodedObjectCache {
        &self.decoded_objects
    }

    async fn fetch_objects(
        &self,
        known: &BTreeMap<i64, i64>,
        others: &[&str],
        max_bytes: usize,
    ) -> Result<Option<Fetched>> {
        let sql = select_by_pk_or_key();
        let query = sqlx::query(&sql)
            .bind(json!(known).to_string())
            .bind(hex_json_array(others.iter().map(|id| key::digest_key(id))));
        let mut fetching = Fetching::within(max_bytes);
        let each = self.readers.each(query, |row| {
            let pk = row.try_get(0).map_err(map_error)?;
            let unchanged = row.try_get_raw(2).map_err(map_error)?.is_null();
            let changed = (!unchanged).then(|| self.cached_object(row));
            fetching.push(pk, changed.transpose()?);
            Ok(())
        });
        each.await?;
        Ok(fetching.end())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::Map;

    use super::*;
    use crate::model::Object;
    use crate::storage::{Change, Commit, Expect, sql::primary_keys::find_objects};

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
                let (known, others) = store.primary_keys.partition_known(&asked);
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
        let (known, _) = store.primary_keys.partition_known(&["a"]);
        let (_, pk) = known[0];
        store.primary_keys.insert("b", pk);
        store.primary_keys.insert("none", pk + 10);
        let wanted = [Some(("b".into(), 1)), Some(("a".into(), 1)), None];
        for _ in 0..2 {
            assert_eq!(found(&store, &["b", "a", "none"]).await, wanted);
        }
        let (known, _) = store.primary_keys.partition_known(&["b"]);
        assert_ne!(known, [("b", pk)], "known better now");
    }
}
