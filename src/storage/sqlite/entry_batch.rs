//! Entries, many at once: pushes and deliveries of as many commits as wait.

use std::{fmt::Write, sync::LazyLock};

use serde_json::{Value, json};
use sqlx::{Row as _, SqliteConnection, types::Json};

use super::driver::{json_array, write_hex};
use crate::{
    model::Stream,
    storage::{
        Bucket,
        sql::{
            batch::{EntryBatch, PendingDelivery, PendingEntry},
            classes::class_code,
            counters::{add_sums, count_entries},
            driver::{SqlConnection, args},
            key,
            write::{WriteResult, missing_at},
        },
    },
};

/// Temporary in-memory table of pending entries, private to the writer's connection.
pub(super) const CREATE_PENDING_ENTRIES_SQL: &str = "\
    PRAGMA temp_store = MEMORY; \
    CREATE TEMP TABLE pending_entries ( \
    stream INTEGER NOT NULL, item INTEGER NOT NULL, ordinal INTEGER NOT NULL, \
    class INTEGER NOT NULL, direct INTEGER NOT NULL, public INTEGER NOT NULL, \
    PRIMARY KEY (stream, item)) STRICT, WITHOUT ROWID";

/// Makes streams, as pairs of key and name in an array ($1), that are not there.
pub(super) const ENSURE_STREAMS_SQL: &str = "\
    INSERT INTO streams (key, name) \
    SELECT unhex(n.value ->> 0), n.value ->> 1 FROM json_each($1) n \
    WHERE true ON CONFLICT DO NOTHING";

/// Enqueues deliveries for the remote accounts among persons ($3) and the members of streams ($4),
/// once for each destination. An object ($6) has an array for each delivery, by its number. In it
/// are the time, the host that it came from, and the key of the only account of `ActivityPub` that
/// it is for. Without remote accounts it looks at nothing.
const ENQUEUE_SQL: &str = "\
    INSERT INTO outgoing (host, activity, account, destination, created) \
    SELECT t.host, t.item, t.object, t.destination, json_extract($6, t.delivery || '[0]') FROM ( \
      SELECT o.pk AS item, '$.\"' || ((r.value ->> 2) / 2) || '\"' AS delivery, a.* \
        FROM (SELECT 1 FROM remote_accounts LIMIT 1) n CROSS JOIN json_each($3) r \
        CROSS JOIN objects o ON o.key = unhex(r.value ->> 0) \
        CROSS JOIN objects p ON p.key = unhex(r.value ->> 1) \
        CROSS JOIN remote_accounts a ON a.object = p.pk \
      UNION ALL SELECT o.pk, '$.\"' || ((r.value ->> 2) / 2) || '\"', a.* \
        FROM (SELECT 1 FROM remote_accounts LIMIT 1) n CROSS JOIN json_each($4) r \
        CROSS JOIN objects o ON o.key = unhex(r.value ->> 0) \
        CROSS JOIN streams m ON m.key = unhex(r.value ->> 1) \
        CROSS JOIN entries e ON e.stream = m.pk \
        CROSS JOIN remote_accounts a ON a.object = e.item \
    ) t WHERE NOT EXISTS (SELECT 1 FROM remote_hosts h \
      WHERE h.pk = t.host AND h.name = json_extract($6, t.delivery || '[1]')) \
    AND (t.protocol <> 'activitypub' OR json_extract($6, t.delivery || '[2]') IS NULL \
      OR EXISTS (SELECT 1 FROM objects x WHERE x.pk = t.object \
      AND x.key = unhex(json_extract($6, t.delivery || '[2]')))) \
    ON CONFLICT DO NOTHING";

/// Creates streams ($1), and enqueues deliveries as long as members are those from before. Inserts
/// the pending entries that are not there yet, numbers them by their ordinal above the newest
/// entry, and updates the counters. Reports an object that is not stored, by its position, and the
/// streams that received entries. Rows ($2 to $4) are keys of the object and of the stream, person,
/// or members, an ordinal, and its class; $5 are keys of all objects.
///
/// The joins are crossed so that it begins with the rows, whatever SQLite thinks of their number.
pub(super) static INSERT_ENTRIES_SQL: LazyLock<String> = LazyLock::new(|| {
    let (sums, counts) = (add_sums("f"), count_entries());
    format!(
        "{ENSURE_STREAMS_SQL}; {ENQUEUE_SQL}; \
         DELETE FROM temp.pending_entries; \
         INSERT OR IGNORE INTO temp.pending_entries (stream, item, ordinal, class, direct, public) \
         SELECT t.stream, t.item, t.ordinal, t.class, t.direct, t.public FROM ( \
           SELECT s.pk AS stream, o.pk AS item, r.value ->> 2 AS ordinal, r.value ->> 3 AS class, \
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
         ) t WHERE NOT EXISTS \
           (SELECT 1 FROM entries e WHERE e.item = t.item AND e.stream = t.stream) \
         ORDER BY t.ordinal; \
         INSERT INTO entries (stream, class, seq, item, direct, public) \
         SELECT f.stream, f.class, s.last_seq + 1 + f.ordinal, f.item, f.direct, f.public \
           FROM temp.pending_entries f CROSS JOIN streams s ON s.pk = f.stream; \
         UPDATE streams AS s SET last_seq = s.last_seq + f.top, {sums} \
           FROM (SELECT stream, max(ordinal) + 1 AS top, {counts} \
             FROM temp.pending_entries GROUP BY stream) f \
           WHERE s.pk = f.stream; \
         SELECT (SELECT i.key FROM json_each($5) i \
           WHERE NOT EXISTS (SELECT 1 FROM objects o WHERE o.key = unhex(i.value)) LIMIT 1) \
           AS missing, \
           (SELECT json_group_array(hex(s.key)) \
           FROM (SELECT DISTINCT stream FROM temp.pending_entries) f \
           CROSS JOIN streams s ON s.pk = f.stream) AS filed"
    )
});

/// Inserts entries; returns the buckets of their streams.
pub(super) async fn insert_entries(
    connection: &mut SqliteConnection,
    entries: &EntryBatch<'_>,
) -> WriteResult<Vec<Bucket>> {
    let arguments = args![
        stream_keys_json(entries.streams.iter().copied()),
        rows_json(&entries.direct_pushes),
        rows_json(&entries.to_persons),
        rows_json(&entries.to_members),
        key::digest_keys(&entries.items),
        deliveries_json(&entries.deliveries),
    ];
    let row = connection.first(&INSERT_ENTRIES_SQL, &arguments).await?;
    let row = row.ok_or(sqlx::Error::RowNotFound)?;
    let missing: Option<i64> = row.try_get("missing")?;
    if missing.is_some() {
        return Err(missing_at(entries.items.iter(), missing));
    }
    let buckets: Json<Vec<String>> = row.try_get("filed")?;
    let buckets = buckets.iter().filter_map(|key| bucket_of_key(key));
    Ok(buckets.collect())
}

/// Returns the bucket of a stream by its key.
fn bucket_of_key(key: &str) -> Option<Bucket> {
    let number = u16::from_str_radix(key.get(..4)?, 16).ok()?;
    Some(Bucket::from_bytes(number.to_be_bytes()))
}

/// Streams for [`ENSURE_STREAMS_SQL`].
pub(super) fn stream_keys_json<'a>(streams: impl Iterator<Item = &'a Stream>) -> String {
    json_array(streams, |stream, json| {
        json.push('[');
        write_hex(&key::stream_key(stream), json);
        // Writing to a String can't fail.
        let _ = write!(json, ",{}]", Value::from(stream.to_string()));
    })
}

/// Deliveries for [`ENQUEUE_SQL`].
fn deliveries_json(deliveries: &[PendingDelivery<'_>]) -> String {
    let members = deliveries.iter().map(|one| {
        let reach = one.activitypub.map(|key| {
            let mut json = String::new();
            write_hex(&key, &mut json);
            json.trim_matches('"').to_owned()
        });
        let value = json!([one.enqueued, one.except_host, reach]);
        (one.number.to_string(), value)
    });
    Value::Object(members.collect()).to_string()
}

fn rows_json(rows: &[PendingEntry]) -> String {
    json_array(rows, |row, json| {
        json.push('[');
        write_hex(&row.item, json);
        json.push(',');
        write_hex(&row.target, json);
        let (place, class, direct) = (row.ordinal, class_code(row.major), row.direct);
        // Writing to a String can't fail.
        let _ = write!(json, ",{place},{class},{direct}]");
    })
}
