//! Objects.

use std::{collections::HashSet, sync::Arc};

use async_trait::async_trait;
use serde_json::Value;
use sqlx::{PgConnection, Row, postgres::PgRow, types::Json};

use super::{
    Postgres, commit::WriteResult, entries::update_visibility, error::map_error,
    history::note_audience, streams::bind_viewer,
};
use crate::{
    model::{Body, Object, Viewer, search_name},
    storage::{
        Expect, Objects, Result, StorageError, remember,
        sql::{audience, history, key, primary_keys, query},
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

impl Postgres {
    /// Reads the columns of [`query::OBJECT_COLUMNS`], which come first in a row.
    pub(super) fn cached_object(&self, row: &PgRow) -> Result<Arc<Object>> {
        let pk = row.try_get(0).map_err(map_error)?;
        let version = row.try_get(1).map_err(map_error)?;
        self.invalidation_log
            .decoded_objects
            .get_or_decode(pk, version, || decode_object(row))
    }
}

fn decode_object(row: &PgRow) -> Result<Object> {
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
    connection: &mut PgConnection,
    object: &Object,
    expect: Expect,
) -> WriteResult {
    let stored = find_stored(connection, object, expect).await?;
    let parts = audience::split(&object.audience);
    let pk = match &stored {
        None => insert_object(connection, object, &parts).await,
        Some(stored) => update_object(connection, stored.pk, object, &parts).await,
    }?;
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
    connection: &mut PgConnection,
    object: &Object,
    expect: Expect,
) -> WriteResult<Option<StoredObject>> {
    let rows = sqlx::query(
        // Not OR: that can't be read in the order of an index, as all is to be.
        "SELECT pk, id, version, public, audience, former FROM objects WHERE pk = ANY(ARRAY( \
         SELECT pk FROM objects WHERE key = $1 UNION ALL SELECT pk FROM objects WHERE uuid = $2)) \
         FOR NO KEY UPDATE",
    )
    .bind(key::digest_key(&object.id))
    .bind(&object.uuid)
    .fetch_all(connection)
    .await?;
    let read = |row: &PgRow| -> sqlx::Result<(String, StoredObject)> {
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
        Err(StorageError::AlreadyExists(object.uuid.clone()).into())
    }
}

async fn insert_object(
    connection: &mut PgConnection,
    object: &Object,
    parts: &audience::AudienceParts<'_>,
) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "INSERT INTO objects \
         (key, id, uuid, object_type, author, audience, public, post, deleted, version, body, \
          name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10::text::json, $11) \
         RETURNING pk",
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
    connection: &mut PgConnection,
    pk: i64,
    object: &Object,
    parts: &audience::AudienceParts<'_>,
) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "UPDATE objects SET object_type = $2, author = $3, audience = $4, public = $5, post = $6, \
         deleted = $7, version = version + 1, body = $8::text::json, name = $9 WHERE pk = $1 RETURNING pk",
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
    connection: &mut PgConnection,
    pk: i64,
    parts: &audience::AudienceParts<'_>,
) -> WriteResult {
    for table in [
        "DELETE FROM audience_persons WHERE object = $1",
        "DELETE FROM audience_streams WHERE object = $1",
    ] {
        sqlx::query(table)
            .bind(pk)
            .execute(&mut *connection)
            .await?;
    }
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
