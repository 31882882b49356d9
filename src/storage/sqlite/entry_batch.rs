//! Entries, many at once: pushes and deliveries of as many commits as wait.

use serde_json::{Value, json};
use sqlx::{Row as _, SqliteConnection, types::Json};

use super::{error::map_error, hex, hex_json_array};
use crate::{
    model::Stream,
    storage::{
        Bucket, Result, StorageError,
        sql::{
            batch::{EntryBatch, PendingEntry},
            classes::class_code,
            key,
        },
    },
};

/// Temporary in-memory table of pending entries, private to the writer's connection.
pub(super) const CREATE_PENDING_ENTRIES_SQL: &str = "\
    PRAGMA temp_store = MEMORY; \
    CREATE TEMP TABLE filing (stream INTEGER NOT NULL, item INTEGER NOT NULL, place INTEGER NOT NULL, \
    class INTEGER NOT NULL, direct INTEGER NOT NULL, public INTEGER NOT NULL, \
    PRIMARY KEY (stream, item)) STRICT, WITHOUT ROWID";

/// Makes streams, as pairs of key and name in an array ($1), that are not there.
pub(super) const ENSURE_STREAMS_SQL: &str = "\
    INSERT INTO streams (key, name) SELECT unhex(n.value ->> 0), n.value ->> 1 FROM json_each($1) n \
    WHERE true ON CONFLICT DO NOTHING";

/// Inserts the pending entries that are not there yet, numbers them by their order above the newest
/// entry, and updates the counters. Reports an object that is not stored, by its position, and the
/// streams that received entries. Rows ($2 to $4) are keys of the object and of the stream, person,
/// or members, an order, and how it is filed; $5 are the keys of all objects.
///
/// The joins are crossed so that it begins with the rows, whatever SQLite thinks of their number.
const INSERT_ENTRIES_SQL: &str = "\
    DELETE FROM temp.filing; \
    INSERT OR IGNORE INTO temp.filing (stream, item, place, class, direct, public) \
    SELECT t.stream, t.item, t.place, t.class, t.direct, t.public FROM ( \
      SELECT s.pk AS stream, o.pk AS item, r.value ->> 2 AS place, r.value ->> 3 AS class, \
        r.value ->> 4 AS direct, o.public FROM json_each($2) r \
        CROSS JOIN objects o ON o.key = unhex(r.value ->> 0) \
        CROSS JOIN streams s ON s.key = unhex(r.value ->> 1) \
      UNION ALL SELECT a.inbox, o.pk, r.value ->> 2, r.value ->> 3, r.value ->> 4, o.public \
        FROM json_each($3) r CROSS JOIN objects o ON o.key = unhex(r.value ->> 0) \
        CROSS JOIN objects p ON p.key = unhex(r.value ->> 1) \
        CROSS JOIN accounts a ON a.person = p.pk \
      UNION ALL SELECT a.inbox, o.pk, r.value ->> 2, r.value ->> 3, r.value ->> 4, o.public \
        FROM json_each($4) r CROSS JOIN objects o ON o.key = unhex(r.value ->> 0) \
        CROSS JOIN streams m ON m.key = unhex(r.value ->> 1) \
        CROSS JOIN entries e ON e.stream = m.pk CROSS JOIN accounts a ON a.person = e.item \
    ) t WHERE NOT EXISTS (SELECT 1 FROM entries e WHERE e.item = t.item AND e.stream = t.stream) \
    ORDER BY t.place; \
    INSERT INTO entries (stream, class, seq, item, direct, public) \
    SELECT f.stream, f.class, s.last + 1 + f.place, f.item, f.direct, f.public \
      FROM temp.filing f CROSS JOIN streams s ON s.pk = f.stream; \
    UPDATE streams AS s SET last = s.last + f.top, total = s.total + f.total, \
      major = s.major + f.major, minor = s.minor + f.minor, \
      major_direct = s.major_direct + f.major_direct, \
      minor_direct = s.minor_direct + f.minor_direct, \
      public = s.public + f.public, public_major = s.public_major + f.public_major, \
      public_minor = s.public_minor + f.public_minor, \
      public_major_direct = s.public_major_direct + f.public_major_direct, \
      public_minor_direct = s.public_minor_direct + f.public_minor_direct \
      FROM (SELECT stream, max(place) + 1 AS top, count(*) AS total, \
        count(*) FILTER (WHERE class = 2) AS major, count(*) FILTER (WHERE class = 1) AS minor, \
        count(*) FILTER (WHERE direct AND class = 2) AS major_direct, \
        count(*) FILTER (WHERE direct AND class = 1) AS minor_direct, \
        count(*) FILTER (WHERE public) AS public, \
        count(*) FILTER (WHERE public AND class = 2) AS public_major, \
        count(*) FILTER (WHERE public AND class = 1) AS public_minor, \
        count(*) FILTER (WHERE public AND direct AND class = 2) AS public_major_direct, \
        count(*) FILTER (WHERE public AND direct AND class = 1) AS public_minor_direct \
        FROM temp.filing GROUP BY stream) f \
      WHERE s.pk = f.stream; \
    SELECT (SELECT i.key FROM json_each($5) i \
      WHERE NOT EXISTS (SELECT 1 FROM objects o WHERE o.key = unhex(i.value)) LIMIT 1) AS missing, \
      (SELECT json_group_array(hex(s.key)) FROM (SELECT DISTINCT stream FROM temp.filing) f \
      CROSS JOIN streams s ON s.pk = f.stream) AS filed";

/// Inserts entries; returns the buckets of their streams.
pub(super) async fn insert_entries(
    connection: &mut SqliteConnection,
    entries: &EntryBatch<'_>,
) -> Result<Vec<Bucket>> {
    let sql = format!("{ENSURE_STREAMS_SQL}; {INSERT_ENTRIES_SQL}");
    let row = sqlx::query(&sql)
        .bind(stream_keys_json(entries.streams.iter().copied()))
        .bind(rows_json(&entries.direct_pushes))
        .bind(rows_json(&entries.to_persons))
        .bind(rows_json(&entries.to_members))
        .bind(hex_json_array(
            entries.items.iter().map(|id| key::digest_key(id)),
        ))
        .fetch_one(connection)
        .await
        .map_err(map_error)?;
    let missing: Option<i64> = row.try_get("missing").map_err(map_error)?;
    let Some(at) = missing else {
        let buckets: Json<Vec<String>> = row.try_get("filed").map_err(map_error)?;
        return Ok(buckets
            .iter()
            .filter_map(|key| bucket_of_key(key))
            .collect());
    };
    let id = usize::try_from(at)
        .ok()
        .and_then(|at| entries.items.get(at));
    Err(StorageError::Missing(
        id.copied().unwrap_or_default().into(),
    ))
}

/// Returns the bucket of a stream by its key.
fn bucket_of_key(key: &str) -> Option<Bucket> {
    let number = u16::from_str_radix(key.get(..4)?, 16).ok()?;
    Some(Bucket::from_bytes(number.to_be_bytes()))
}

/// Streams for [`ENSURE_STREAMS_SQL`].
pub(super) fn stream_keys_json<'a>(streams: impl Iterator<Item = &'a Stream>) -> String {
    let named = |stream: &Stream| json!([hex(&key::stream_key(stream)), stream.to_string()]);
    streams.map(named).collect::<Value>().to_string()
}

fn rows_json(rows: &[PendingEntry]) -> String {
    let row = |row: &PendingEntry| {
        json!([
            hex(&row.item),
            hex(&row.target),
            row.ordinal,
            class_code(row.major),
            row.direct
        ])
    };
    rows.iter().map(row).collect::<Value>().to_string()
}

#[cfg(test)]
mod tests {
    use sqlx::{Row, sqlite::SqliteSynchronous};

    use super::*;
    use crate::storage::sqlite::open::connect_writer;

    #[tokio::test]
    async fn filing_looks_at_nothing_but_what_is_filed_and_for_whom() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.sqlite");
        tokio::fs::write(&file, "").await.unwrap();
        let mut writing = connect_writer(&file, SqliteSynchronous::Off).await.unwrap();
        for statement in INSERT_ENTRIES_SQL.split("; ") {
            let sql = format!("EXPLAIN QUERY PLAN {statement}");
            let steps = sqlx::query(&sql).fetch_all(&mut writing).await.unwrap();
            for step in steps {
                let step: String = step.get("detail");
                // Of its own: what is collected, by this name and as a part of a statement.
                let own = [
                    "VIRTUAL TABLE",
                    "SCAN filing",
                    "SCAN f",
                    "SCAN t",
                    "SCAN (subquery",
                    "SCAN CONSTANT ROW",
                ];
                let right = !step.starts_with("SCAN") || own.iter().any(|own| step.contains(own));
                assert!(right, "a table read from end to end: {step}\n{statement}");
            }
        }
    }
}
