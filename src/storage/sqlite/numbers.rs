//! Things by number or by key, from a file.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::json;
use sqlx::{Row, ValueRef};

use super::{Sqlite, error::failed, hexes};
use crate::storage::{
    Result,
    sql::{
        key,
        numbers::{Fetched, Fetching, Numbers, Things},
        query,
        shelf::Shelf,
    },
};

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

#[async_trait]
impl Things for Sqlite {
    fn numbers(&self) -> &Numbers {
        &self.numbers
    }

    fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    async fn fetch(
        &self,
        known: &BTreeMap<i64, i64>,
        others: &[&str],
        max_bytes: usize,
    ) -> Result<Option<Fetched>> {
        let sql = by_number_or_key();
        let query = sqlx::query(&sql)
            .bind(json!(known).to_string())
            .bind(hexes(others.iter().map(|id| key::of(id))));
        let mut fetching = Fetching::within(max_bytes);
        let each = self.readers.each(query, |row| {
            let pk = row.try_get(0).map_err(failed)?;
            let unchanged = row.try_get_raw(2).map_err(failed)?.is_null();
            let changed = (!unchanged).then(|| self.object(row));
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
    use crate::storage::{Change, Commit, Expect, sql::numbers::find};

    fn put(id: &str) -> Change {
        Change::PutObject {
            object: Object::new("note", id, id, Map::new()),
            expect: Expect::Anything,
        }
    }

    /// The ids that are found, with their versions.
    async fn found(store: &Sqlite, ids: &[&str]) -> Vec<Option<(String, i64)>> {
        let found = find(store, ids, usize::MAX).await.unwrap();
        let found = found.unwrap().into_iter();
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
