//! Things by number or by key, from the database.

use std::collections::BTreeMap;

use async_trait::async_trait;
use sqlx::{Row, ValueRef};

use super::{Postgres, error::failed};
use crate::storage::{
    Result,
    sql::{
        key,
        numbers::{Fetched, Fetching, Numbers, Things},
        query,
        shelf::Shelf,
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
        max_bytes: usize,
    ) -> Result<Option<Fetched>> {
        let sql = by_number_or_key();
        let query = sqlx::query(&sql)
            .bind(known.keys().copied().collect::<Vec<_>>())
            .bind(known.values().copied().collect::<Vec<_>>())
            .bind(others.iter().map(|id| key::of(id)).collect::<Vec<_>>());
        let mut fetching = Fetching::within(max_bytes);
        let each = self.pool.each(query, |row| {
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
