//! Things by number or by key, from the database.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use sqlx::{Row, ValueRef, postgres::PgRow};

use super::{Postgres, error::failed};
use crate::{
    model::Object,
    storage::{
        Result,
        sql::{
            key,
            numbers::{Numbers, Things},
            query,
            shelf::Shelf,
        },
    },
};

/// Objects by their primary keys ($1), each with a version ($2), and by keys ($3): of those that have that version no more
/// than that is read.
fn by_number_or_key() -> String {
    format!(
        "SELECT v.pk, v.version, {} FROM unnest($1::bigint[], $2::bigint[]) AS k (pk, version) \
         JOIN objects v ON v.pk = k.pk LEFT JOIN LATERAL (SELECT v.* WHERE v.version <> k.version) o ON true \
         UNION ALL SELECT {} FROM objects o WHERE o.key = ANY($3)",
        query::REST,
        query::OBJECT,
    )
}

#[async_trait]
impl Things for Postgres {
    fn numbers(&self) -> &Numbers {
        &self.ledger.numbers
    }

    fn shelf(&self) -> &Shelf {
        &self.ledger.shelf
    }

    async fn fetch(
        &self,
        known: &BTreeMap<i64, i64>,
        others: &[&str],
    ) -> Result<Vec<(i64, Option<Arc<Object>>)>> {
        let sql = by_number_or_key();
        let rows = sqlx::query(&sql)
            .bind(known.keys().copied().collect::<Vec<_>>())
            .bind(known.values().copied().collect::<Vec<_>>())
            .bind(others.iter().map(|id| key::of(id)).collect::<Vec<_>>())
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        let read = |row: &PgRow| {
            let pk = row.try_get(0).map_err(failed)?;
            let unchanged = row.try_get_raw(2).map_err(failed)?.is_null();
            let changed = (!unchanged).then(|| self.object(row));
            Ok((pk, changed.transpose()?))
        };
        rows.iter().map(read).collect()
    }
}
