//! Entries, many at once: pushes and deliveries of as many commits as wait.

use sqlx::PgConnection;

use super::commit::Outcome;
use crate::storage::{
    StorageError,
    sql::{
        key,
        steps::{Filing, Row},
    },
};

/// Collects what is to be filed; numbers it from the top of each stream, which was locked at the start, so that its
/// `last` can't be stale; counts it; and tells which objects are not stored. Rows come in columns: of pushes
/// ($1 to $5), for the inboxes of persons ($6 to $10), and for those of members ($11 to $15), each by the key of the
/// object and of the stream or person, an order, and how it is filed. The keys of all objects are $16.
///
/// It has no "where it is not yet" to be planned badly: the unique index of entries says what is new, and
/// only that is counted. The objects are locked against changes of who may read them, which are counted.
const FILE: &str = "\
    WITH items AS (SELECT pk, key, public FROM objects WHERE key = ANY($16) FOR SHARE), \
    wanted AS ( \
      SELECT s.pk AS stream, r.item, r.place, r.major, r.direct \
        FROM unnest($1::bytea[], $2::bytea[], $3::int[], $4::bool[], $5::bool[]) \
          AS r (item, key, place, major, direct) JOIN streams s ON s.key = r.key \
      UNION ALL SELECT a.inbox, r.item, r.place, r.major, r.direct \
        FROM unnest($6::bytea[], $7::bytea[], $8::int[], $9::bool[], $10::bool[]) \
          AS r (item, key, place, major, direct) \
        JOIN objects p ON p.key = r.key JOIN accounts a ON a.person = p.pk \
      UNION ALL SELECT a.inbox, r.item, r.place, r.major, r.direct \
        FROM unnest($11::bytea[], $12::bytea[], $13::int[], $14::bool[], $15::bool[]) \
          AS r (item, key, place, major, direct) JOIN streams m ON m.key = r.key \
        JOIN entries e ON e.stream = m.pk JOIN accounts a ON a.person = e.item), \
    once AS (SELECT DISTINCT ON (stream, item) * FROM wanted ORDER BY stream, item, place), \
    pushed AS (INSERT INTO entries (stream, seq, item, major, direct, public) \
      SELECT s.pk, s.last + row_number() OVER (PARTITION BY s.pk ORDER BY o.place), \
        i.pk, o.major, o.direct, i.public \
      FROM once o JOIN items i ON i.key = o.item JOIN streams s ON s.pk = o.stream \
      ON CONFLICT (item, stream) DO NOTHING RETURNING stream, seq, major, direct, public), \
    counted AS (UPDATE streams s SET last = p.last, total = s.total + p.total, \
      major = s.major + p.major, minor = s.minor + p.minor, \
      major_direct = s.major_direct + p.major_direct, \
      minor_direct = s.minor_direct + p.minor_direct, \
      public = s.public + p.public, public_major = s.public_major + p.public_major, \
      public_minor = s.public_minor + p.public_minor, \
      public_major_direct = s.public_major_direct + p.public_major_direct, \
      public_minor_direct = s.public_minor_direct + p.public_minor_direct \
      FROM (SELECT stream, max(seq) AS last, count(*) AS total, \
        count(*) FILTER (WHERE major) AS major, count(*) FILTER (WHERE NOT major) AS minor, \
        count(*) FILTER (WHERE direct AND major) AS major_direct, \
        count(*) FILTER (WHERE direct AND NOT major) AS minor_direct, \
        count(*) FILTER (WHERE public) AS public, \
        count(*) FILTER (WHERE public AND major) AS public_major, \
        count(*) FILTER (WHERE public AND NOT major) AS public_minor, \
        count(*) FILTER (WHERE public AND direct AND major) AS public_major_direct, \
        count(*) FILTER (WHERE public AND direct AND NOT major) AS public_minor_direct \
        FROM pushed GROUP BY stream) p \
      WHERE s.pk = p.stream) \
    SELECT n.number FROM unnest($16) WITH ORDINALITY AS n (key, number) \
      WHERE NOT EXISTS (SELECT FROM items i WHERE i.key = n.key) LIMIT 1";

/// Makes entries.
pub(super) async fn file(connection: &mut PgConnection, filing: &Filing<'_>) -> Outcome {
    let mut query = sqlx::query_scalar(FILE);
    for rows in [&filing.pushed, &filing.brought, &filing.spread] {
        let column = |value: fn(&Row) -> &[u8]| rows.iter().map(value).collect::<Vec<_>>();
        query = query
            .bind(column(|row| &row.item))
            .bind(column(|row| &row.to))
            .bind(rows.iter().map(|row| row.order).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.major).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.direct).collect::<Vec<_>>());
    }
    let keys: Vec<Vec<u8>> = filing.items.iter().map(|id| key::of(id)).collect();
    let missing: Option<i64> = query.bind(keys).fetch_optional(connection).await?;
    let Some(number) = missing else { return Ok(()) };
    let mut items = filing.items.iter();
    let id = usize::try_from(number - 1)
        .ok()
        .and_then(|at| items.nth(at));
    let id = id.copied().unwrap_or_default();
    Err(StorageError::Missing(id.into()).into())
}
