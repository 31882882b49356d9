//! Entries, many at once: pushes and deliveries of as many commits as wait.

use sqlx::{PgConnection, Row};

use super::{driver::PgQuery, invalidation_log};
use crate::storage::{
    Bucket,
    sql::{
        batch::{EntryBatch, PendingEntry as Filed},
        key::{self, Key},
        write::{WriteResult, missing_at},
    },
};

/// Inserts entries; returns the buckets of their streams.
pub(super) async fn insert_entries(
    connection: &mut PgConnection,
    entries: &EntryBatch<'_>,
) -> WriteResult<Vec<Bucket>> {
    let query = sqlx::query(
        "SELECT missing, buckets FROM insert_entries($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, \
         $12, $13, $14, $15, $16, $17, $18, $19, $20)",
    );
    let row = bind_entries(entries, query).fetch_one(connection).await?;
    let missing: Option<i64> = row.try_get("missing")?;
    match missing {
        Some(number) => Err(missing_at(entries.items.iter(), Some(number - 1))),
        None => Ok(invalidation_log::decode_buckets(row.try_get("buckets")?).collect()),
    }
}

/// Binds the entries as columns.
pub(super) fn bind_entries<'q>(entries: &'q EntryBatch<'_>, query: PgQuery<'q>) -> PgQuery<'q> {
    let mut query = query;
    for rows in [
        &entries.direct_pushes,
        &entries.to_persons,
        &entries.to_members,
    ] {
        let column = |value: fn(&Filed) -> Key| rows.iter().map(value).collect::<Vec<_>>();
        query = query
            .bind(column(|row| row.item))
            .bind(column(|row| row.target))
            .bind(rows.iter().map(|row| row.ordinal).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.major).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.direct).collect::<Vec<_>>());
    }
    let deliveries = entries.deliveries.iter();
    query
        .bind(key::digest_keys(&entries.items))
        .bind(deliveries.clone().map(|one| one.number).collect::<Vec<_>>())
        .bind(
            deliveries
                .clone()
                .map(|one| one.enqueued)
                .collect::<Vec<_>>(),
        )
        .bind(
            deliveries
                .clone()
                .map(|one| one.except_host)
                .collect::<Vec<_>>(),
        )
        .bind(deliveries.map(|one| one.activitypub).collect::<Vec<_>>())
}
