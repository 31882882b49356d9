//! Objects.

use std::{collections::HashSet, sync::Arc};

use async_trait::async_trait;
use serde_json::Value;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow, types::Json};

use super::{
    Sqlite,
    entries::{ensure_stream, update_visibility},
    error::map_error,
    hex_json_array,
    history::note_audience,
    streams::bind_viewer,
};
use crate::{
    model::{Body, Object, Viewer, search_name},
    storage::{
        Expect, Objects, Result, StorageError, remember,
        sql::{audience, history, key, primary_keys, query},
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

impl Sqlite {
    /// Reads the columns of [`query::OBJECT_COLUMNS`], which come first in a row.
    pub(super) fn cached_object(&self, row: &SqliteRow) -> Result<Arc<Object>> {
        let pk = row.try_get(0).map_err(map_error)?;
        let version = row.try_get(1).map_err(map_error)?;
        self.decoded_objects
            .get_or_decode(pk, version, || decode_object(row))
    }
}

fn decode_object(row: &SqliteRow) -> Result<Object> {
    let read = || -> sqlx::Result<(Object, Value)> {
        let Json(audience) = row.try_get(6)?;
        let body: &str = row.try_get_unchecked(9)?;
        let body = Body::from_text(body).map_err(|error| sqlx::Error::Decode(error.into()))?;
        let object = Object {
            version: row.try_get(1)?,
            id: row.try_get(2)?,
            uuid: row.try_get(3)?,
            object_type: row.try_get(4)?,
            author: row.try_get(5)?,
            audience: Vec::new(),
            published_by: row.try_get(7)?,
            deleted: row.try_get(8)?,
            body,
        };
        Ok((object, audience))
    };
    let (object, json) = read().map_err(map_error)?;
    Ok(Object {
        audience: audience::from_json(&json)?,
        ..object
    })
}

/// The stored state of an object that is to be put.
struct StoredObject {
    pk: i64,
    version: i64,
    public: bool,
    audience: Value,
    former: Option<Json<Value>>,
}

/// Stores an object.
pub(super) async fn put_object(
    connection: &mut SqliteConnection,
    object: &Object,
    expect: Expect,
) -> Result<()> {
    let stored = find_stored(connection, object, expect).await?;
    let parts = audience::split(&object.audience);
    let pk = match &stored {
        None => insert_object(connection, object, &parts).await,
        Some(stored) => update_object(connection, stored.pk, object, &parts).await,
    }
    .map_err(map_error)?;
    if let Some(stored) = &stored
        && stored.public != parts.public
    {
        update_visibility(connection, pk, parts.public).await?;
    }
    let replaced = match stored {
        Some(stored) if stored.audience == parts.json => return Ok(()),
        stored => stored,
    };
    if let Some(stored) = replaced {
        let former = history::read_former(stored.former)?;
        let former = remember(former, &audience::from_json(&stored.audience)?);
        note_audience(connection, pk, &former).await?;
    }
    replace_audience_rows(connection, pk, &parts).await
}

/// Finds what is there, and checks what was expected of it.
async fn find_stored(
    connection: &mut SqliteConnection,
    object: &Object,
    expect: Expect,
) -> Result<Option<StoredObject>> {
    let rows = sqlx::query(
        "SELECT pk, id, version, public, audience, former FROM objects WHERE key = $1 OR uuid = $2",
    )
    .bind(key::digest_key(&object.id))
    .bind(&object.uuid)
    .fetch_all(connection)
    .await
    .map_err(map_error)?;
    let read = |row: &SqliteRow| -> sqlx::Result<(String, StoredObject)> {
        let Json(audience) = row.try_get("audience")?;
        let stored = StoredObject {
            pk: row.try_get("pk")?,
            version: row.try_get("version")?,
            public: row.try_get("public")?,
            audience,
            former: row.try_get("former")?,
        };
        Ok((row.try_get("id")?, stored))
    };
    let rows: Vec<(String, StoredObject)> = rows
        .iter()
        .map(|row| read(row).map_err(map_error))
        .collect::<Result<_>>()?;
    let (own, others): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(id, _)| *id == object.id);
    let stored = own.into_iter().next().map(|(_, stored)| stored);
    expect.check(stored.as_ref().map(|stored| stored.version), &object.id)?;
    if others.is_empty() {
        Ok(stored)
    } else {
        Err(StorageError::AlreadyExists(object.uuid.clone()))
    }
}

async fn insert_object(
    connection: &mut SqliteConnection,
    object: &Object,
    parts: &audience::AudienceParts<'_>,
) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "INSERT INTO objects \
         (key, id, uuid, object_type, author, audience, public, post, deleted, version, body, \
          name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $11) RETURNING pk",
    )
    .bind(key::digest_key(&object.id))
    .bind(&object.id)
    .bind(&object.uuid)
    .bind(&object.object_type)
    .bind(&object.author)
    .bind(Json(&parts.json))
    .bind(parts.public)
    .bind(&object.published_by)
    .bind(object.deleted)
    .bind(object.body.raw())
    .bind(search_name(object))
    .fetch_one(connection)
    .await
}

async fn update_object(
    connection: &mut SqliteConnection,
    pk: i64,
    object: &Object,
    parts: &audience::AudienceParts<'_>,
) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "UPDATE objects SET object_type = $2, author = $3, audience = $4, public = $5, post = $6, \
         deleted = $7, version = version + 1, body = $8, name = $9 WHERE pk = $1 RETURNING pk",
    )
    .bind(pk)
    .bind(&object.object_type)
    .bind(&object.author)
    .bind(Json(&parts.json))
    .bind(parts.public)
    .bind(&object.published_by)
    .bind(object.deleted)
    .bind(object.body.raw())
    .bind(search_name(object))
    .fetch_one(connection)
    .await
}

/// Replaces the rows that say whom an object is for.
async fn replace_audience_rows(
    connection: &mut SqliteConnection,
    pk: i64,
    parts: &audience::AudienceParts<'_>,
) -> Result<()> {
    for table in [
        "DELETE FROM audience_persons WHERE object = $1",
        "DELETE FROM audience_streams WHERE object = $1",
    ] {
        let deleted = sqlx::query(table).bind(pk).execute(&mut *connection).await;
        deleted.map_err(map_error)?;
    }
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
    parts: &audience::AudienceParts<'_>,
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
