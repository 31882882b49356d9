//! Entries, many at once: pushes and deliveries of as many commits as wait.

use sqlx::{PgConnection, Row};

use super::{
    commit::{Asked, Outcome},
    ledger,
};
use crate::storage::{
    Place, StorageError,
    sql::{
        key,
        steps::{Filing, Row as Filed},
    },
};

/// Makes entries; tells where.
pub(super) async fn file(
    connection: &mut PgConnection,
    filing: &Filing<'_>,
) -> Outcome<Vec<Place>> {
    let query = sqlx::query(
        "SELECT missing, places FROM file_entries($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    );
    let row = bind(filing, query).fetch_one(connection).await?;
    let missing: Option<i64> = row.try_get("missing")?;
    let Some(number) = missing else {
        return Ok(ledger::places(row.try_get("places")?).collect());
    };
    let mut items = filing.items.iter();
    let id = usize::try_from(number - 1)
        .ok()
        .and_then(|at| items.nth(at));
    let id = id.copied().unwrap_or_default();
    Err(StorageError::Missing(id.into()).into())
}

/// Binds what is to be filed, as columns.
pub(super) fn bind<'q>(filing: &'q Filing<'_>, query: Asked<'q>) -> Asked<'q> {
    let mut query = query;
    for rows in [&filing.pushed, &filing.brought, &filing.spread] {
        let column = |value: fn(&Filed) -> &[u8]| rows.iter().map(value).collect::<Vec<_>>();
        query = query
            .bind(column(|row| &row.item))
            .bind(column(|row| &row.to))
            .bind(rows.iter().map(|row| row.order).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.major).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.direct).collect::<Vec<_>>());
    }
    let keys: Vec<Vec<u8>> = filing.items.iter().map(|id| key::of(id)).collect();
    query.bind(keys)
}
