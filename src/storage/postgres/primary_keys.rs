//! Things by number or by key, from the database.

use std::collections::BTreeMap;

use async_trait::async_trait;
use sqlx::{Row, ValueRef};

use super::{Postgres, error::map_error};
use crate::storage::{
    Result,
    sql::{
        decoded_objects::DecodedObjectCache,
        key,
        primary_keys::{Fetched, Fetching, ObjectLookup, PrimaryKeyCache},
        query,
    },
};

/// Objects by their primary keys ($1), each with a version ($2), and by keys ($3): of those that
/// have that version no more than that is read.
fn select_by_pk_or_key() -> String {
    format!(
        "SELECT v.pk, v.version, {} FROM unnest($1::bigint[], $2::bigint[]) AS k (pk, version) \
         JOIN objects v ON v.pk = k.pk LEFT JOIN LATERAL (SELECT v.* WHERE v.version <> k.version) o ON true \
         UNION ALL SELECT {} FROM objects o WHERE o.key = ANY($3)",
        query::OBJECT_BODY_COLUMNS,
        query::OBJECT_COLUMNS,
    )
}

#[async_trait]
impl ObjectLookup for Postgres {
    fn primary_keys(&self) -> &PrimaryKeyCache {
        &self.invalidation_log.primary_keys
    }

    fn decoded_objects(&self) -> &DecodedObjectCache {
        &self.invalidation_log.decoded_objects
    }

    async fn fetch_objects(
        &self,
        known: &BTreeMap<i64, i64>,
        others: &[&str],
        max_bytes: usize,
    ) -> Result<Option<Fetched>> {
        let sql = select_by_pk_or_key();
        let query = sqlx::query(&sql)
            .bind(known.keys().copied().collect::<Vec<_>>())
            .bind(known.values().copied().collect::<Vec<_>>())
            .bind(
                others
                    .iter()
                    .map(|id| key::digest_key(id))
                    .collect::<Vec<_>>(),
            );
        let mut fetching = Fetching::within(max_bytes);
        let each = self.pool.each(query, |row| {
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
