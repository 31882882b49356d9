//! Objects.

use std::{collections::HashSet, sync::Arc};

use async_trait::async_trait;
use sqlx::{PgConnection, Row, postgres::PgRow};

use super::{Postgres, entries::update_visibility, error::map_error, streams::bind_viewer};
use crate::{
    model::Viewer,
    storage::{
        Objects, Result,
        sql::{
            objects::{define_object_rows, define_object_writes},
            primary_keys, query,
        },
    },
};

#[async_trait]
impl Objects for Postgres {
    async fn find_objects(&self, ids: &[&str]) -> Result<Vec<Option<Arc<Object>>>> {
        let found = primary_keys::find_objects(self, ids, usize::MAX).await?;
        Ok(found.unwrap_or_default())
    }

    async fn find_objects_within(
        &self,
        ids: &[&str],
        max_bytes: usize,
    ) -> Result<Option<Vec<Option<Arc<Object>>>>> {
        primary_keys::find_objects(self, ids, max_bytes).await
    }

    async fn find_object_by_uuid(&self, uuid: &str) -> Result<Option<Arc<Object>>> {
        let sql = format!(
            "SELECT {} FROM objects o WHERE o.uuid = $1",
            query::OBJECT_COLUMNS
        );
        let row = sqlx::query(&sql)
            .bind(uuid)
            .fetch_optional(&self.pool)
            .await
            .map_err(map_error)?;
        row.as_ref().map(|row| self.cached_object(row)).transpose()
    }

    async fn readable(&self, ids: &[&str], viewer: Viewer<'_>) -> Result<Vec<bool>> {
        let sql = format!(
            "SELECT o.id FROM objects o \
             WHERE o.key = ANY($1){}",
            query::readable_condition(viewer, 2)
        );
        let keys = ids.iter().map(|id| key::digest_key(id)).collect::<Vec<_>>();
        let rows = bind_viewer(sqlx::query(&sql).bind(keys), viewer)
            .fetch_all(&self.pool)
            .await
            .map_err(map_error)?;
        let readable: HashSet<String> = rows
            .iter()
            .map(|row| row.try_get(0).map_err(map_error))
            .collect::<Result<_>>()?;
        Ok(ids.iter().map(|id| readable.contains(*id)).collect())
    }

    async fn was_readable(&self, id: &str, viewer: Viewer<'_>) -> Result<bool> {
        history::was_readable(self, id, viewer).await
    }

    async fn list_objects_by(&self, author: &str, count: u32) -> Result<Vec<Object>> {
        let sql = format!(
            "SELECT {} FROM objects o WHERE md5(o.author) = md5($1) AND o.author = $1 \
             AND NOT o.deleted LIMIT $2",
            query::OBJECT_COLUMNS
        );
        let rows = sqlx::query(&sql)
            .bind(author)
            .bind(i64::from(count))
            .fetch_all(&self.pool)
            .await
            .map_err(map_error)?;
        rows.iter().map(decode_object).collect()
    }
}

define_object_rows!(Postgres, map_error, PgRow);

// Not OR: that can't be read in the order of an index, as all is to be.
define_object_writes!(
    PgConnection,
    "SELECT pk, id, version, public, audience FROM objects WHERE pk = ANY(ARRAY( \
     SELECT pk FROM objects WHERE key = $1 UNION ALL SELECT pk FROM objects WHERE uuid = $2)) \
     FOR NO KEY UPDATE",
    "::text::json"
);

/// Adds the rows that say whom an object is for.
async fn add_audience_rows(
    connection: &mut PgConnection,
    pk: i64,
    parts: &AudienceParts<'_>,
) -> WriteResult {
    if !parts.streams.is_empty() {
        // They were made at the start of the commit.
        let keys: Vec<Vec<u8>> = parts.streams.iter().map(|s| key::stream_key(s)).collect();
        sqlx::query(
            "INSERT INTO audience_streams (object, stream) \
             SELECT $1, pk FROM streams WHERE key = ANY($2)",
        )
        .bind(pk)
        .bind(keys)
        .execute(&mut *connection)
        .await?;
    }
    if parts.persons.is_empty() {
        return Ok(());
    }
    let keys: Vec<Vec<u8>> = parts.persons.iter().map(|id| key::digest_key(id)).collect();
    let found: Vec<String> = sqlx::query_scalar(
        "WITH persons AS (SELECT pk, id FROM objects WHERE key = ANY($2)), \
         added AS (INSERT INTO audience_persons (object, person) SELECT $1, pk FROM persons) \
         SELECT id FROM persons",
    )
    .bind(pk)
    .bind(keys)
    .fetch_all(connection)
    .await?;
    match parts
        .persons
        .iter()
        .find(|id| !found.iter().any(|found| found == *id))
    {
        Some(missing) => Err(StorageError::Missing((*missing).into()).into()),
        None => Ok(()),
    }
}
