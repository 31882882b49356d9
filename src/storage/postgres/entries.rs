//! Insertion and removal of stream entries.

use sqlx::{PgConnection, Row, query::Query};

use super::commit::WriteResult;
use crate::{
    model::{Class, Stream, case_fold},
    storage::{
        Duplicate, StorageError,
        sql::{classes, counters::StreamCounters, key, query},
    },
};

/// Adds an object on top. The stream was locked at the start, so its `last` can't be stale; the
/// object is locked here against changes of who may read it, which are counted.
pub(super) async fn push_item(
    connection: &mut PgConnection,
    stream: &Stream,
    item: &str,
    class: Option<Class>,
    duplicate: Duplicate,
) -> WriteResult {
    let counts = StreamCounters::of(class, false).all;
    let row = sqlx::query(
        "WITH item AS (SELECT pk, public FROM objects WHERE key = $2 FOR SHARE), \
         pushed AS (INSERT INTO entries (stream, seq, item, class, direct, public) \
           SELECT s.pk, s.last + 1, item.pk, $3, $4, item.public FROM item, streams s WHERE s.key = $1 \
           ON CONFLICT (item, stream) DO NOTHING RETURNING stream), \
         counted AS (UPDATE streams s SET last = s.last + 1, total = s.total + 1, \
           major = s.major + $5, minor = s.minor + $6, \
           major_direct = s.major_direct + $7, minor_direct = s.minor_direct + $8, \
           public = s.public + item.public::int, \
           public_major = s.public_major + item.public::int * $5, \
           public_minor = s.public_minor + item.public::int * $6, \
           public_major_direct = s.public_major_direct + item.public::int * $7, \
           public_minor_direct = s.public_minor_direct + item.public::int * $8 \
           FROM item, pushed WHERE s.pk = pushed.stream) \
         SELECT EXISTS (SELECT FROM item) AS stored, EXISTS (SELECT FROM pushed) AS pushed",
    )
    .bind(key::stream_key(stream))
    .bind(key::digest_key(item))
    .bind(classes::class_code(class.map(|class| class.major)))
    .bind(class.is_some_and(|class| class.direct))
    .bind(counts.major)
    .bind(counts.minor)
    .bind(counts.major_direct)
    .bind(counts.minor_direct)
    .fetch_one(connection)
    .await?;
    if !row.try_get::<bool, _>("stored")? {
        Err(StorageError::Missing(item.into()).into())
    } else if !row.try_get::<bool, _>("pushed")? && duplicate == Duplicate::Reject {
        Err(StorageError::AlreadyExists(item.into()).into())
    } else {
        Ok(())
    }
}

/// Takes an object out.
pub(super) async fn remove_item(
    connection: &mut PgConnection,
    stream: &Stream,
    item: &str,
) -> WriteResult {
    let row = sqlx::query(
        "WITH item AS (SELECT pk, public FROM objects WHERE key = $2 FOR SHARE), \
         gone AS (DELETE FROM entries e WHERE e.item = (SELECT pk FROM item) \
           AND e.stream = (SELECT pk FROM streams WHERE key = $1) \
           RETURNING e.item, e.stream, e.seq, e.class, e.direct), \
         noted AS (INSERT INTO removed (item, stream, seq) SELECT item, stream, seq FROM gone \
           ON CONFLICT (item, stream) DO UPDATE SET seq = excluded.seq, at = excluded.at) \
         SELECT stream, (SELECT public FROM item) AS public, class, direct FROM gone",
    )
    .bind(key::stream_key(stream))
    .bind(key::digest_key(item))
    .fetch_optional(&mut *connection)
    .await?
    .ok_or_else(|| StorageError::Missing(item.into()))?;
    let class = classes::decode_class(row.try_get("class")?, row.try_get("direct")?);
    let counts = StreamCounters::of(class, row.try_get("public")?);
    let query = sqlx::query(query::ADD_TO_COUNTERS_SQL).bind(row.try_get::<i64, _>("stream")?);
    counts
        .scaled(-1)
        .fold(query, Query::bind)
        .execute(connection)
        .await?;
    Ok(())
}

/// Takes an object out of as many streams as are wanted, but for one.
pub(super) async fn remove_from_streams(
    connection: &mut PgConnection,
    item: &str,
    except: &Stream,
    most: u32,
) -> WriteResult {
    let stored: bool = sqlx::query_scalar(
        "WITH item AS (SELECT pk FROM objects WHERE key = $1 FOR SHARE), \
         gone AS (DELETE FROM entries e USING (SELECT e.item, e.stream FROM entries e, item \
             WHERE e.item = item.pk \
             AND e.stream <> coalesce((SELECT pk FROM streams WHERE key = $2), 0) \
             ORDER BY e.stream LIMIT $3) t \
           WHERE e.item = t.item AND e.stream = t.stream \
           RETURNING e.item, e.stream, e.seq, (e.class = 2)::int AS major, \
             (e.class = 1)::int AS minor, e.direct::int AS direct, \
             e.public::int AS public), \
         noted AS (INSERT INTO removed (item, stream, seq) SELECT item, stream, seq FROM gone \
           ON CONFLICT (item, stream) DO UPDATE SET seq = excluded.seq, at = excluded.at), \
         counted AS (UPDATE streams s SET total = s.total - 1, \
           major = s.major - g.major, minor = s.minor - g.minor, \
           major_direct = s.major_direct - g.direct * g.major, \
           minor_direct = s.minor_direct - g.direct * g.minor, \
           public = s.public - g.public, \
           public_major = s.public_major - g.public * g.major, \
           public_minor = s.public_minor - g.public * g.minor, \
           public_major_direct = s.public_major_direct - g.public * g.direct * g.major, \
           public_minor_direct = s.public_minor_direct - g.public * g.direct * g.minor \
           FROM gone g WHERE s.pk = g.stream) \
         SELECT EXISTS (SELECT FROM item)",
    )
    .bind(key::digest_key(item))
    .bind(key::stream_key(except))
    .bind(i64::from(most))
    .fetch_one(connection)
    .await?;
    if stored {
        Ok(())
    } else {
        Err(StorageError::Missing(item.into()).into())
    }
}

/// Takes everything out. The numbering goes on, so that what comes is newer than what was there.
pub(super) async fn clear_stream(connection: &mut PgConnection, stream: &Stream) -> WriteResult {
    sqlx::query(
        "WITH cleared AS (UPDATE streams SET total = 0, major = 0, minor = 0, \
           major_direct = 0, minor_direct = 0, public = 0, public_major = 0, public_minor = 0, \
           public_major_direct = 0, public_minor_direct = 0 WHERE key = $1 RETURNING pk) \
         DELETE FROM entries e USING cleared WHERE e.stream = cleared.pk",
    )
    .bind(key::stream_key(stream))
    .execute(connection)
    .await?;
    Ok(())
}

/// Refuses if an item of a stream, which was locked at the start, has that name.
pub(super) async fn check_name(
    connection: &mut PgConnection,
    stream: &Stream,
    name: &str,
) -> WriteResult {
    let taken: bool = sqlx::query_scalar(query::HAS_NAME)
        .bind(key::stream_key(stream))
        .bind(case_fold(name))
        .bind(name)
        .fetch_one(connection)
        .await?;
    if taken {
        return Err(StorageError::AlreadyExists(name.into()).into());
    }
    Ok(())
}

/// Moves the entries of an object after its visibility changed, and updates the counters.
pub(super) async fn update_visibility(
    connection: &mut PgConnection,
    object: i64,
    public: bool,
) -> WriteResult {
    // Entries without a class are in no other count.
    sqlx::query(
        "WITH filed AS (UPDATE entries SET public = $2 WHERE item = $1 \
           RETURNING stream, (class = 2)::int AS major, \
           (class = 1)::int AS minor, direct::int AS direct) \
         UPDATE streams s SET public = s.public + $3, \
           public_major = s.public_major + $3 * f.major, \
           public_minor = s.public_minor + $3 * f.minor, \
           public_major_direct = s.public_major_direct + $3 * f.direct * f.major, \
           public_minor_direct = s.public_minor_direct + $3 * f.direct * f.minor \
         FROM filed f WHERE s.pk = f.stream",
    )
    .bind(object)
    .bind(public)
    .bind(if public { 1 } else { -1 })
    .execute(connection)
    .await?;
    Ok(())
}
