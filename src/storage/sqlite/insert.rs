//! New objects, many at once, with whom they are for.

use sqlx::SqliteConnection;

use super::{
    entry_batch::{self, ENSURE_STREAMS_SQL, stream_keys_json},
    search,
};
use crate::{
    model::Object,
    storage::{
        Bucket, Expect,
        sql::{
            audience::{self, AudienceParts},
            batch::EntryBatch,
            driver::{SqlConnection, args},
            key::{self, Key},
            object_rows::{NEW_OBJECT_COLUMN_COUNT, NEW_OBJECT_COLUMNS, object_arguments},
            objects::put_object,
            write::{BatchWrites, WriteResult, missing_at},
        },
    },
};

/// The most objects in one statement.
const MAX_OBJECTS_PER_STATEMENT: usize = 16;

impl BatchWrites for SqliteConnection {
    async fn insert_objects(&mut self, objects: &[&Object]) -> WriteResult {
        let parted: Vec<(&Object, AudienceParts<'_>)> = objects
            .iter()
            .map(|object| (*object, audience::split(&object.audience)))
            .collect();
        let mut rest = &*parted;
        while !rest.is_empty() {
            // As many as are a power of two: so there are few statements, which are prepared
            // already.
            let count = 1 << rest.len().min(MAX_OBJECTS_PER_STATEMENT).ilog2();
            let (some, others) = rest.split_at(count);
            rest = others;
            if insert_rows(self, some).await.is_err() {
                // One after the other they tell which of them it is, and what is wrong with it.
                for (object, _) in some {
                    put_object(self, object, Expect::Absent).await?;
                }
            }
        }
        search::insert_entries(self, objects).await?;
        insert_audience_rows(self, &parted).await
    }

    async fn insert_entries(&mut self, entries: &EntryBatch<'_>) -> WriteResult<Vec<Bucket>> {
        entry_batch::insert_entries(self, entries).await
    }
}

async fn insert_rows(
    connection: &mut SqliteConnection,
    objects: &[(&Object, AudienceParts<'_>)],
) -> sqlx::Result<u64> {
    let row = |at: usize| {
        let values: Vec<String> = (1..=NEW_OBJECT_COLUMN_COUNT)
            .map(|value| format!("${}", at * NEW_OBJECT_COLUMN_COUNT + value))
            .collect();
        format!("({}, 1)", values.join(", "))
    };
    let rows: Vec<String> = (0..objects.len()).map(row).collect();
    let rows = rows.join(", ");
    let sql = format!("INSERT INTO objects ({NEW_OBJECT_COLUMNS}, version) VALUES {rows}");
    let arguments = objects.iter();
    let arguments = arguments.flat_map(|(object, parts)| object_arguments(object, parts));
    connection.run(&sql, &arguments.collect::<Vec<_>>()).await
}

/// Adds the rows that say whom new objects are for.
async fn insert_audience_rows(
    connection: &mut SqliteConnection,
    objects: &[(&Object, AudienceParts<'_>)],
) -> WriteResult {
    let mut streams: Vec<(Key, Key)> = Vec::new();
    let mut persons: Vec<(Key, Key)> = Vec::new();
    for (object, parts) in objects {
        let object = key::digest_key(&object.id);
        let keys = parts.streams.iter().map(|stream| key::stream_key(stream));
        streams.extend(keys.map(|stream| (object, stream)));
        let keys = parts.persons.iter().map(|person| key::digest_key(person));
        persons.extend(keys.map(|person| (object, person)));
    }
    if !streams.is_empty() {
        let all = objects.iter().flat_map(|(_, parts)| &parts.streams);
        let sql = format!(
            "{ENSURE_STREAMS_SQL}; INSERT OR IGNORE INTO audience_streams (object, stream) \
             SELECT o.pk, s.pk FROM json_each($2) a \
             CROSS JOIN objects o ON o.key = unhex(a.value ->> 0) \
             CROSS JOIN streams s ON s.key = unhex(a.value ->> 1)"
        );
        let arguments = args![stream_keys_json(all.copied()), streams];
        connection.run(&sql, &arguments).await?;
    }
    if persons.is_empty() {
        return Ok(());
    }
    let sql = "INSERT OR IGNORE INTO audience_persons (object, person) SELECT o.pk, p.pk \
               FROM json_each($1) a CROSS JOIN objects o ON o.key = unhex(a.value ->> 0) \
               CROSS JOIN objects p ON p.key = unhex(a.value ->> 1); \
               SELECT a.key FROM json_each($1) a WHERE NOT EXISTS \
               (SELECT 1 FROM objects p WHERE p.key = unhex(a.value ->> 1)) LIMIT 1";
    let missing = connection.scalar(sql, &args![persons]).await?;
    if missing.is_none() {
        return Ok(());
    }
    let persons = objects.iter().flat_map(|(_, parts)| &parts.persons);
    Err(missing_at(persons, missing))
}
