//! New objects, many at once.

use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::{
    entry_batch::{ENSURE_STREAMS_SQL, stream_keys_json},
    error::map_error,
    hex, objects,
};
use crate::{
    model::Object,
    storage::{
        Expect, Result, StorageError,
        sql::{
            audience::{self, AudienceParts},
            key,
            objects::bind_object,
        },
    },
};

/// The most objects in one statement.
const MAX_OBJECTS_PER_STATEMENT: usize = 16;

/// How many values an object has.
const VALUES_PER_OBJECT: usize = 11;

/// Stores objects that must not be there.
pub(super) async fn insert_objects(
    connection: &mut SqliteConnection,
    objects: &[&Object],
) -> Result<()> {
    let parted: Vec<(&Object, AudienceParts<'_>)> = objects
        .iter()
        .map(|object| (*object, audience::split(&object.audience)))
        .collect();
    let mut rest = &*parted;
    while !rest.is_empty() {
        // As many as are a power of two: so there are few statements, which are prepared already.
        let count = 1 << rest.len().min(MAX_OBJECTS_PER_STATEMENT).ilog2();
        let (some, others) = rest.split_at(count);
        rest = others;
        if insert_rows(connection, some).await.is_err() {
            // One after the other they tell which of them it is, and what is wrong with it.
            for (object, _) in some {
                let put = objects::put_object(connection, object, Expect::Absent).await;
                put.map_err(|error| error.map(map_error))?;
            }
        }
    }
    insert_audience_rows(connection, &parted).await
}

async fn insert_rows(
    connection: &mut SqliteConnection,
    objects: &[(&Object, AudienceParts<'_>)],
) -> sqlx::Result<()> {
    let row = |at: usize| {
        let values: Vec<String> = (1..=VALUES_PER_OBJECT)
            .map(|value| format!("${}", at * VALUES_PER_OBJECT + value))
            .collect();
        format!("({}, 1)", values.join(", "))
    };
    let rows: Vec<String> = (0..objects.len()).map(row).collect();
    let sql = format!(
        "INSERT INTO objects (key, id, uuid, object_type, author, audience, public, post, deleted, \
         body, name, version) VALUES {}",
        rows.join(", ")
    );
    let mut query = sqlx::query(&sql);
    for (object, parts) in objects {
        query = bind_object!(query, object, parts);
    }
    query.execute(connection).await.map(drop)
}

/// Adds the rows that say whom new objects are for.
async fn insert_audience_rows(
    connection: &mut SqliteConnection,
    objects: &[(&Object, AudienceParts<'_>)],
) -> Result<()> {
    let streams: Value = objects
        .iter()
        .flat_map(|(object, parts)| {
            let object = hex(&key::digest_key(&object.id));
            let keys = parts.streams.iter().map(|stream| key::stream_key(stream));
            keys.map(move |stream| json!([object, hex(&stream)]))
        })
        .collect();
    let persons: Value = objects
        .iter()
        .flat_map(|(object, parts)| {
            let object = hex(&key::digest_key(&object.id));
            let keys = parts.persons.iter().map(|person| key::digest_key(person));
            keys.map(move |person| json!([object, hex(&person)]))
        })
        .collect();
    if streams != json!([]) {
        let all = objects.iter().flat_map(|(_, parts)| &parts.streams);
        let sql = format!(
            "{ENSURE_STREAMS_SQL}; INSERT OR IGNORE INTO audience_streams (object, stream) SELECT o.pk, s.pk \
             FROM json_each($2) a CROSS JOIN objects o ON o.key = unhex(a.value ->> 0) \
             CROSS JOIN streams s ON s.key = unhex(a.value ->> 1)"
        );
        sqlx::query(&sql)
            .bind(stream_keys_json(all.copied()))
            .bind(streams.to_string())
            .execute(&mut *connection)
            .await
            .map_err(map_error)?;
    }
    if persons == json!([]) {
        return Ok(());
    }
    let at: Option<i64> = sqlx::query_scalar(
        "INSERT OR IGNORE INTO audience_persons (object, person) SELECT o.pk, p.pk \
         FROM json_each($1) a CROSS JOIN objects o ON o.key = unhex(a.value ->> 0) \
         CROSS JOIN objects p ON p.key = unhex(a.value ->> 1); \
         SELECT a.key FROM json_each($1) a \
         WHERE NOT EXISTS (SELECT 1 FROM objects p WHERE p.key = unhex(a.value ->> 1)) LIMIT 1",
    )
    .bind(persons.to_string())
    .fetch_optional(connection)
    .await
    .map_err(map_error)?;
    let Some(at) = at.and_then(|at| usize::try_from(at).ok()) else {
        return Ok(());
    };
    let mut persons = objects.iter().flat_map(|(_, parts)| &parts.persons);
    let missing = persons.nth(at).copied().unwrap_or_default();
    Err(StorageError::Missing(missing.into()))
}
