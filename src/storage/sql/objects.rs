//! Objects, in either database.

use std::{collections::HashSet, sync::Arc};

use async_trait::async_trait;
use serde_json::Value;
use sqlx::types::Json;

use super::{
    audience::{self, AudienceParts},
    driver::{Column, SqlConnection, args},
    entries::{ensure_stream, update_visibility},
    history, key,
    object_lookup::find_objects,
    object_rows::{NEW_OBJECT_COLUMNS, cached_object, decode_object, object_arguments},
    query, search,
    store::SqlStore,
    write::WriteResult,
};
use crate::{
    model::{Object, Viewer, search_name},
    storage::{Expect, Objects, Result, StorageError},
};

/// The objects that are stored under a key ($1) or a UUID ($2).
const FIND_STORED_SQLITE: &str =
    "SELECT pk, id, version, public, audience FROM objects WHERE key = $1 OR uuid = $2";

/// The same, locked. Not OR: that can't be read in the order of an index, as all is to be.
const FIND_STORED_POSTGRES: &str = "\
    SELECT pk, id, version, public, audience FROM objects WHERE pk = ANY(ARRAY( \
    SELECT pk FROM objects WHERE key = $1 UNION ALL SELECT pk FROM objects WHERE uuid = $2)) \
    FOR NO KEY UPDATE";

#[async_trait]
impl<S: SqlStore> Objects for S {
    async fn find_objects(&self, ids: &[&str]) -> Result<Vec<Option<Arc<Object>>>> {
        let found = find_objects(self, ids, usize::MAX).await?;
        Ok(found.unwrap_or_default())
    }

    async fn find_objects_within(
        &self,
        ids: &[&str],
        max_bytes: usize,
    ) -> Result<Option<Vec<Option<Arc<Object>>>>> {
        find_objects(self, ids, max_bytes).await
    }

    async fn find_object_by_uuid(&self, uuid: &str) -> Result<Option<Arc<Object>>> {
        let sql = query::object_by_uuid();
        let decode = |row: &_| cached_object(self, row);
        self.pool().find(&sql, &args![uuid], decode).await
    }

    async fn readable(&self, ids: &[&str], viewer: Viewer<'_>) -> Result<Vec<bool>> {
        let sql = query::readable_objects(S::DIALECT, viewer);
        let mut arguments = Vec::from(args![key::digest_keys(ids)]);
        query::add_viewer(&mut arguments, viewer);
        let ids_of = self.pool().list(&sql, &arguments, |row| Ok(row.at(0)?));
        let readable: HashSet<String> = ids_of.await?.into_iter().collect();
        Ok(ids.iter().map(|id| readable.contains(*id)).collect())
    }

    async fn was_readable(&self, id: &str, viewer: Viewer<'_>) -> Result<bool> {
        history::was_readable(self, id, viewer).await
    }

    async fn list_objects_by(&self, author: &str, count: u32) -> Result<Vec<Object>> {
        let sql = query::objects_by(S::DIALECT);
        let arguments = args![author, count];
        self.pool().list(&sql, &arguments, decode_object).await
    }
}

/// The stored state of an object that is to be put.
struct StoredObject {
    pk: i64,
    version: i64,
    public: bool,
    audience: Value,
}

/// Stores an object.
pub(crate) async fn put_object(
    connection: &mut impl SqlConnection,
    object: &Object,
    expect: Expect,
) -> WriteResult {
    let stored = find_stored(connection, object, expect).await?;
    let parts = audience::split(&object.audience);
    let Some(stored) = stored else {
        let pk = insert_object(connection, object, &parts).await?;
        search::put_entry(connection, pk, object).await?;
        return add_audience_rows(connection, pk, &parts).await;
    };
    let is_readdressed = stored.audience != parts.json;
    update_object(connection, &stored, object, &parts, is_readdressed).await?;
    search::put_entry(connection, stored.pk, object).await?;
    if stored.public != parts.public {
        update_visibility(connection, stored.pk, parts.public).await?;
    }
    if is_readdressed {
        for statement in [
            "DELETE FROM audience_persons WHERE object = $1",
            "DELETE FROM audience_streams WHERE object = $1",
        ] {
            connection.run(statement, &args![stored.pk]).await?;
        }
        add_audience_rows(connection, stored.pk, &parts).await?;
    }
    Ok(())
}

/// Finds what is there, and checks what was expected of it.
async fn find_stored<C: SqlConnection>(
    connection: &mut C,
    object: &Object,
    expect: Expect,
) -> WriteResult<Option<StoredObject>> {
    let sql = C::DIALECT.choose(FIND_STORED_SQLITE, FIND_STORED_POSTGRES);
    let arguments = args![key::digest_key(&object.id), &object.uuid];
    let rows = connection.all(sql, &arguments).await?;
    let mut stored = None;
    for row in &rows {
        let (id, Json(audience)): (String, Json<Value>) = (row.at(1)?, row.at(4)?);
        if id == object.id {
            stored = Some(StoredObject {
                pk: row.at(0)?,
                version: row.at(2)?,
                public: row.at(3)?,
                audience,
            });
        }
    }
    expect.check(stored.as_ref().map(|stored| stored.version), &object.id)?;
    if rows.len() > usize::from(stored.is_some()) {
        return Err(StorageError::AlreadyExists(object.uuid.clone()).into());
    }
    Ok(stored)
}

async fn insert_object<C: SqlConnection>(
    connection: &mut C,
    object: &Object,
    parts: &AudienceParts<'_>,
) -> WriteResult<i64> {
    let cast = C::DIALECT.choose("", "::text::json");
    let sql = format!(
        "INSERT INTO objects ({NEW_OBJECT_COLUMNS}, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10{cast}, $11, 1) RETURNING pk"
    );
    let arguments = object_arguments(object, parts);
    let pk = connection.scalar(&sql, &arguments).await?;
    Ok(pk.ok_or(sqlx::Error::RowNotFound)?)
}

/// Replaces an object; one that is readdressed keeps the addresses that it had. These are many, and
/// read only then.
async fn update_object<C: SqlConnection>(
    connection: &mut C,
    stored: &StoredObject,
    object: &Object,
    parts: &AudienceParts<'_>,
    is_readdressed: bool,
) -> WriteResult {
    let mut former = None;
    if is_readdressed {
        let sql = "SELECT former_audiences FROM objects WHERE pk = $1";
        let before = connection.scalar(sql, &args![stored.pk]).await?;
        former = Some(history::remember_replaced(
            before.flatten(),
            &stored.audience,
        )?);
    }
    let cast = C::DIALECT.choose("", "::text::json");
    let sql = format!(
        "UPDATE objects SET object_type = $2, author = $3, audience = $4, public = $5, \
         published_by = $6, deleted = $7, version = version + 1, body = $8{cast}, name = $9, \
         former_audiences = coalesce($10, former_audiences) WHERE pk = $1"
    );
    let arguments = args![
        stored.pk,
        &object.object_type,
        &object.author,
        &parts.json,
        parts.public,
        &object.published_by,
        object.deleted,
        object.body.raw(),
        search_name(object),
        former,
    ];
    connection.run(&sql, &arguments).await?;
    Ok(())
}

/// Adds the rows that say whom an object is for.
async fn add_audience_rows<C: SqlConnection>(
    connection: &mut C,
    object: i64,
    parts: &AudienceParts<'_>,
) -> WriteResult {
    let among = C::DIALECT.is_among_keys("key", "$2");
    if !parts.streams.is_empty() {
        for stream in &parts.streams {
            ensure_stream(connection, stream).await?;
        }
        let streams = parts.streams.iter().map(|stream| key::stream_key(stream));
        let sql = format!(
            "INSERT INTO audience_streams (object, stream) SELECT $1, pk FROM streams WHERE {among}"
        );
        let arguments = args![object, streams.collect::<Vec<_>>()];
        connection.run(&sql, &arguments).await?;
    }
    if parts.persons.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "INSERT INTO audience_persons (object, person) SELECT $1, pk FROM objects WHERE {among}"
    );
    let arguments = args![object, key::digest_keys(&parts.persons)];
    let inserted = connection.run(&sql, &arguments).await?;
    if inserted == parts.persons.len() as u64 {
        return Ok(());
    }
    let among = C::DIALECT.is_among_keys("key", "$1");
    let sql = format!("SELECT id FROM objects WHERE {among}");
    let rows = connection.all(&sql, &arguments[1..]).await?;
    let found: HashSet<String> = rows
        .iter()
        .map(|row| row.at(0))
        .collect::<sqlx::Result<_>>()?;
    let missing = parts.persons.iter().find(|id| !found.contains(**id));
    Err(StorageError::Missing(missing.copied().unwrap_or_default().into()).into())
}
