//! New objects, many at once.

use serde_json::{Value, json};
use sqlx::{SqliteConnection, types::Json};

use super::{
    error::failed,
    filing::{ENSURE, named},
    hex, objects,
};
use crate::{
    model::{Object, called},
    storage::{
        Expect, Result, StorageError,
        sql::{
            audience::{self, Parts},
            key,
        },
    },
};

/// The most objects in one statement.
const MOST: usize = 16;

/// How many values an object has.
const VALUES: usize = 11;

/// Stores objects that must not be there.
pub(super) async fn add(connection: &mut SqliteConnection, objects: &[&Object]) -> Result<()> {
    let parted: Vec<(&Object, Parts<'_>)> = objects
        .iter()
        .map(|object| (*object, audience::parts(&object.audience)))
        .collect();
    let mut rest = &*parted;
    while !rest.is_empty() {
        // As many as are a power of two: so there are few statements, which are prepared already.
        let count = 1 << rest.len().min(MOST).ilog2();
        let (some, others) = rest.split_at(count);
        rest = others;
        if insert(connection, some).await.is_err() {
            // One after the other they tell which of them it is, and what is wrong with it.
            for (object, _) in some {
                objects::put(connection, object, Expect::Absent).await?;
            }
        }
    }
    address(connection, &parted).await
}

async fn insert(
    connection: &mut SqliteConnection,
    objects: &[(&Object, Parts<'_>)],
) -> sqlx::Result<()> {
    let row = |at: usize| {
        let values: Vec<String> = (1..=VALUES)
            .map(|value| format!("${}", at * VALUES + value))
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
        query = query
            .bind(key::of(&object.id))
            .bind(&object.id)
            .bind(&object.uuid)
            .bind(&object.object_type)
            .bind(&object.author)
            .bind(Json(&parts.json))
            .bind(parts.public)
            .bind(&object.post)
            .bind(object.deleted)
            .bind(object.body.text())
            .bind(called(object));
    }
    query.execute(connection).await.map(drop)
}

/// Adds the rows that say whom new objects are for.
async fn address(
    connection: &mut SqliteConnection,
    objects: &[(&Object, Parts<'_>)],
) -> Result<()> {
    let streams: Value = objects
        .iter()
        .flat_map(|(object, parts)| {
            let object = hex(&key::of(&object.id));
            let keys = parts.streams.iter().map(|stream| key::of_stream(stream));
            keys.map(move |stream| json!([object, hex(&stream)]))
        })
        .collect();
    let persons: Value = objects
        .iter()
        .flat_map(|(object, parts)| {
            let object = hex(&key::of(&object.id));
            let keys = parts.persons.iter().map(|person| key::of(person));
            keys.map(move |person| json!([object, hex(&person)]))
        })
        .collect();
    if streams != json!([]) {
        let all = objects.iter().flat_map(|(_, parts)| &parts.streams);
        let sql = format!(
            "{ENSURE}; INSERT OR IGNORE INTO audience_streams (object, stream) SELECT o.pk, s.pk \
             FROM json_each($2) a CROSS JOIN objects o ON o.key = unhex(a.value ->> 0) \
             CROSS JOIN streams s ON s.key = unhex(a.value ->> 1)"
        );
        sqlx::query(&sql)
            .bind(named(all.copied()))
            .bind(streams.to_string())
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
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
    .map_err(failed)?;
    let Some(at) = at.and_then(|at| usize::try_from(at).ok()) else {
        return Ok(());
    };
    let mut persons = objects.iter().flat_map(|(_, parts)| &parts.persons);
    let missing = persons.nth(at).copied().unwrap_or_default();
    Err(StorageError::Missing(missing.into()))
}
