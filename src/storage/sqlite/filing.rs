//! Entries, many at once: pushes and deliveries of as many commits as wait.

use serde_json::{Value, json};
use sqlx::{Row as _, SqliteConnection, types::Json};

use super::{error::failed, hex, hexes};
use crate::{
    model::Stream,
    storage::{
        Place, Result, StorageError,
        sql::{
            classes::filed,
            key,
            steps::{Filing, Row},
        },
    },
};

/// Where the writer collects what it is about to file. It is its connection's own, and in memory.
pub(super) const DESK: &str = "\
    PRAGMA temp_store = MEMORY; \
    CREATE TEMP TABLE filing (stream INTEGER NOT NULL, item INTEGER NOT NULL, place INTEGER NOT NULL, \
    class INTEGER NOT NULL, direct INTEGER NOT NULL, public INTEGER NOT NULL, \
    PRIMARY KEY (stream, item)) STRICT, WITHOUT ROWID";

/// Makes streams, as pairs of key and name in an array ($1), that are not there.
pub(super) const ENSURE: &str = "\
    INSERT INTO streams (key, name) SELECT unhex(n.value ->> 0), n.value ->> 1 FROM json_each($1) n \
    WHERE true ON CONFLICT DO NOTHING";

/// Collects what is to be filed, without what is there already; numbers it by its order from the top of each stream;
/// counts it; and tells of an object that is not stored, by its place, and of the streams that got something. Rows ($2 to $4) are keys of the object and of the stream, person,
/// or members, an order, and how it is filed; $5 are the keys of all objects.
///
/// The joins are crossed so that it begins with the rows, whatever SQLite thinks of their number.
const FILE: &str = "\
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

/// Makes entries; tells where.
pub(super) async fn file(
    connection: &mut SqliteConnection,
    filing: &Filing<'_>,
) -> Result<Vec<Place>> {
    let sql = format!("{ENSURE}; {FILE}");
    let row = sqlx::query(&sql)
        .bind(named(filing.streams.iter().copied()))
        .bind(rows(&filing.pushed))
        .bind(rows(&filing.brought))
        .bind(rows(&filing.spread))
        .bind(hexes(filing.items.iter().map(|id| key::of(id))))
        .fetch_one(connection)
        .await
        .map_err(failed)?;
    let missing: Option<i64> = row.try_get("missing").map_err(failed)?;
    let Some(at) = missing else {
        let filed: Json<Vec<String>> = row.try_get("filed").map_err(failed)?;
        return Ok(filed.iter().filter_map(|key| place(key)).collect());
    };
    let id = usize::try_from(at).ok().and_then(|at| filing.items.get(at));
    Err(StorageError::Missing(
        id.copied().unwrap_or_default().into(),
    ))
}

/// The place of a stream, by its key.
fn place(key: &str) -> Option<Place> {
    let number = u16::from_str_radix(key.get(..4)?, 16).ok()?;
    Some(Place::from_bytes(number.to_be_bytes()))
}

/// Streams for [`ENSURE`].
pub(super) fn named<'a>(streams: impl Iterator<Item = &'a Stream>) -> String {
    let named = |stream: &Stream| json!([hex(&key::of_stream(stream)), stream.to_string()]);
    streams.map(named).collect::<Value>().to_string()
}

fn rows(rows: &[Row]) -> String {
    let row = |row: &Row| {
        json!([
            hex(&row.item),
            hex(&row.to),
            row.order,
            filed(row.major),
            row.direct
        ])
    };
    rows.iter().map(row).collect::<Value>().to_string()
}

#[cfg(test)]
mod tests {
    use sqlx::{Row, sqlite::SqliteSynchronous};

    use super::*;
    use crate::storage::sqlite::open::connect;

    #[tokio::test]
    async fn filing_looks_at_nothing_but_what_is_filed_and_for_whom() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.sqlite");
        tokio::fs::write(&file, "").await.unwrap();
        let mut writing = connect(&file, SqliteSynchronous::Off).await.unwrap();
        for statement in FILE.split("; ") {
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
