//! Objects.

use std::{collections::HashSet, sync::Arc};

use async_trait::async_trait;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{
    Sqlite,
    entries::{ensure_stream, update_visibility},
    error::map_error,
    hex_json_array,
    streams::bind_viewer,
};
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

/// That the object `o` is among keys ($1).
pub(super) const KEY_IN_LIST_SQL: &str = "o.key IN (SELECT unhex(value) FROM json_each($1))";

/// So many ($2) objects `o` of an author ($1) that are no tombstones, by the index of just those.
pub(super) const BY_AUTHOR_SQL: &str = "FROM objects o INDEXED BY objects_author \
    WHERE o.author = $1 AND NOT o.deleted LIMIT $2";

#[async_trait]
impl Objects for Sqlite {
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
            .fetch_optional(&self.readers)
            .await
            .map_err(map_error)?;
        row.as_ref().map(|row| self.cached_object(row)).transpose()
    }

    async fn readable(&self, ids: &[&str], viewer: Viewer<'_>) -> Result<Vec<bool>> {
        let sql = format!(
            "SELECT o.id FROM objects o WHERE {KEY_IN_LIST_SQL}{}",
            query::readable_condition(viewer, 2)
        );
        let keys = hex_json_array(ids.iter().map(|id| key::digest_key(id)));
        let rows = bind_viewer(sqlx::query(&sql).bind(keys), viewer)
            .fetch_all(&self.readers)
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
        let sql = format!("SELECT {} {BY_AUTHOR_SQL}", query::OBJECT_COLUMNS);
        let rows = sqlx::query(&sql)
            .bind(author)
            .bind(count)
            .fetch_all(&self.readers)
            .await
            .map_err(map_error)?;
        rows.iter().map(decode_object).collect()
    }
}

define_object_rows!(Sqlite, map_error, SqliteRow);

define_object_writes!(
    SqliteConnection,
    "SELECT pk, id, version, public, audience FROM objects WHERE key = $1 OR uuid = $2",
    ""
);

/// Adds the rows that say whom an object is for.
async fn add_audience_rows(
    connection: &mut SqliteConnection,
    pk: i64,
    parts: &AudienceParts<'_>,
) -> Result<()> {
    let persons = hex_json_array(parts.persons.iter().map(|id| key::digest_key(id)));
    let added = sqlx::query(
        "INSERT INTO audience_persons (object, person) SELECT $1, pk FROM objects \
         WHERE key IN (SELECT unhex(value) FROM json_each($2))",
    )
    .bind(pk)
    .bind(&persons)
    .execute(&mut *connection)
    .await
    .map_err(map_error)?;
    if added.rows_affected() < parts.persons.len() as u64 {
        return Err(StorageError::Missing(
            first_missing_person(connection, parts, &persons).await?,
        ));
    }
    for stream in &parts.streams {
        let stream = ensure_stream(connection, stream).await?;
        sqlx::query("INSERT INTO audience_streams (object, stream) VALUES ($1, $2)")
            .bind(pk)
            .bind(stream)
            .execute(&mut *connection)
            .await
            .map_err(map_error)?;
    }
    Ok(())
}

/// The first person of an audience that is not stored.
async fn first_missing_person(
    connection: &mut SqliteConnection,
    parts: &AudienceParts<'_>,
    persons: &str,
) -> Result<String> {
    let at: i64 = sqlx::query_scalar(
        "SELECT p.key FROM json_each($1) p \
         WHERE NOT EXISTS (SELECT 1 FROM objects o WHERE o.key = unhex(p.value)) LIMIT 1",
    )
    .bind(persons)
    .fetch_one(connection)
    .await
    .map_err(map_error)?;
    let person = usize::try_from(at)
        .ok()
        .and_then(|at| parts.persons.get(at));
    Ok(person.copied().unwrap_or_default().into())
}
