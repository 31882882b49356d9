//! Writes of single entries of streams. PostgreSQL does each in one statement. SQLite, in which a
//! statement writes to one table only, does the same in several.

use super::{
    classes::class_code,
    counters::{add_if_counted, reset_counters},
    dialect::Dialect,
    driver::{Argument, Column, SqlConnection, args},
    key,
    write::WriteResult,
};
use crate::{
    model::{Class, Stream},
    storage::{Duplicate, StorageError},
};

/// The object of a statement, by key ($1).
const ITEM_SQL: &str = "(SELECT pk FROM objects WHERE key = $1)";

/// Condition of the entry in one stream, by key ($2).
pub(crate) const IN_STREAM: &str = "e.stream = (SELECT pk FROM streams WHERE key = $2)";

/// Condition of so many ($3) entries in other streams than one, by key ($2).
pub(crate) const IN_OTHER_STREAMS: &str = "e.stream <> coalesce((SELECT pk FROM streams WHERE key = $2), 0) \
                                ORDER BY e.stream LIMIT $3";

/// Creates a stream that does not exist. With PostgreSQL all were created at the start of the
/// commit.
pub(super) async fn ensure_stream<C: SqlConnection>(
    connection: &mut C,
    stream: &Stream,
) -> WriteResult {
    if let Dialect::Sqlite = C::DIALECT {
        let sql = "INSERT INTO streams (key, name) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        let arguments = args![key::stream_key(stream), stream.to_string()];
        connection.run(sql, &arguments).await?;
    }
    Ok(())
}

/// Adds an object on top.
pub(super) async fn push_item<C: SqlConnection>(
    connection: &mut C,
    stream: &Stream,
    item: &str,
    class: Option<Class>,
    duplicate: Duplicate,
) -> WriteResult {
    ensure_stream(connection, stream).await?;
    let arguments = args![
        key::digest_key(item),
        key::stream_key(stream),
        i64::from(class_code(class.map(|class| class.major))),
        class.is_some_and(|class| class.direct),
    ];
    match write_entries(connection, &push_sql(C::DIALECT), &arguments).await? {
        (false, _) => Err(StorageError::Missing(item.into()).into()),
        (true, false) if duplicate == Duplicate::Reject => {
            Err(StorageError::AlreadyExists(item.into()).into())
        }
        _ => Ok(()),
    }
}

/// Takes an object out of a stream.
pub(super) async fn remove_item<C: SqlConnection>(
    connection: &mut C,
    stream: &Stream,
    item: &str,
) -> WriteResult {
    let arguments = args![key::digest_key(item), key::stream_key(stream)];
    match write_entries(connection, &removal_sql(C::DIALECT, IN_STREAM), &arguments).await? {
        (_, true) => Ok(()),
        _ => Err(StorageError::Missing(item.into()).into()),
    }
}

/// Takes an object out of as many streams as are wanted, but for one.
pub(super) async fn remove_from_streams<C: SqlConnection>(
    connection: &mut C,
    item: &str,
    except: &Stream,
    limit: u32,
) -> WriteResult {
    let arguments = args![key::digest_key(item), key::stream_key(except), limit];
    let sql = removal_sql(C::DIALECT, IN_OTHER_STREAMS);
    match write_entries(connection, &sql, &arguments).await? {
        (true, _) => Ok(()),
        _ => Err(StorageError::Missing(item.into()).into()),
    }
}

/// Takes everything out. The numbering goes on, so that what comes is newer than what was there.
pub(super) async fn clear_stream<C: SqlConnection>(
    connection: &mut C,
    stream: &Stream,
) -> WriteResult {
    let reset = reset_counters();
    let sql = match C::DIALECT {
        Dialect::Sqlite => format!(
            "DELETE FROM entries WHERE stream = (SELECT pk FROM streams WHERE key = $1); \
             UPDATE streams SET {reset} WHERE key = $1"
        ),
        Dialect::Postgres => format!(
            "WITH cleared AS (UPDATE streams SET {reset} WHERE key = $1 RETURNING pk) \
             DELETE FROM entries e USING cleared WHERE e.stream = cleared.pk"
        ),
    };
    connection
        .run(&sql, &args![key::stream_key(stream)])
        .await?;
    Ok(())
}

/// Moves the entries of an object after its visibility changed, and updates the counters.
pub(super) async fn update_visibility<C: SqlConnection>(
    connection: &mut C,
    object: i64,
    public: bool,
) -> WriteResult {
    let counted = add_if_counted(C::DIALECT, "$3", true);
    let sql = match C::DIALECT {
        Dialect::Sqlite => format!(
            "UPDATE entries SET public = $2 WHERE item = $1; UPDATE streams AS s SET {counted} \
             FROM entries e WHERE e.item = $1 AND e.stream = s.pk"
        ),
        Dialect::Postgres => format!(
            "WITH moved AS (UPDATE entries SET public = $2 WHERE item = $1 \
               RETURNING stream, class, direct) \
             UPDATE streams s SET {counted} FROM moved e WHERE s.pk = e.stream"
        ),
    };
    let number = if public { 1_i64 } else { -1 };
    connection.run(&sql, &args![object, public, number]).await?;
    Ok(())
}

/// Executes a statement that writes entries; returns whether their object is stored, and whether
/// there were any.
async fn write_entries(
    connection: &mut impl SqlConnection,
    sql: &str,
    arguments: &[Argument<'_>],
) -> WriteResult<(bool, bool)> {
    let row = connection.first(sql, arguments).await?;
    let row = row.ok_or(sqlx::Error::RowNotFound)?;
    Ok((row.at(0)?, row.at(1)?))
}

/// Inserts the entry of an object ($1) in a stream, by key ($2), with its class ($3 and $4).
///
/// In PostgreSQL the stream was locked at the start of the commit, so its last number can't be
/// stale. The object is locked here against changes of who may read it, which are counted.
pub(crate) fn push_sql(dialect: Dialect) -> String {
    let counted = add_if_counted(dialect, "1", false);
    match dialect {
        Dialect::Sqlite => format!(
            "INSERT INTO entries (stream, seq, item, class, direct, public) \
             SELECT s.pk, s.last_seq + 1, o.pk, $3, $4, o.public \
             FROM objects o CROSS JOIN streams s WHERE o.key = $1 AND s.key = $2 \
             ON CONFLICT (item, stream) DO NOTHING; \
             UPDATE streams AS s SET last_seq = s.last_seq + 1, {counted} \
             FROM entries e WHERE s.key = $2 AND e.stream = s.pk AND e.item = {ITEM_SQL} \
             AND e.seq > s.last_seq; \
             SELECT {ITEM_SQL} IS NOT NULL, changes() > 0"
        ),
        Dialect::Postgres => format!(
            "WITH item AS (SELECT pk, public FROM objects WHERE key = $1 FOR SHARE), \
             pushed AS (INSERT INTO entries (stream, seq, item, class, direct, public) \
               SELECT s.pk, s.last_seq + 1, item.pk, $3, $4, item.public \
               FROM item, streams s WHERE s.key = $2 \
               ON CONFLICT (item, stream) DO NOTHING RETURNING stream, class, direct, public), \
             counted AS (UPDATE streams s SET last_seq = s.last_seq + 1, {counted} \
               FROM pushed e WHERE s.pk = e.stream) \
             SELECT EXISTS (SELECT FROM item), EXISTS (SELECT FROM pushed)"
        ),
    }
}

/// Removes those entries `e` of an object ($1) that meet a condition. They leave their positions,
/// and are taken out of the counters.
pub(crate) fn removal_sql(dialect: Dialect, condition: &str) -> String {
    let counted = add_if_counted(dialect, "-1", false);
    match dialect {
        Dialect::Sqlite => {
            let entries =
                format!("SELECT * FROM entries e WHERE e.item = {ITEM_SQL} AND {condition}");
            format!(
                "UPDATE streams AS s SET {counted} FROM ({entries}) e WHERE e.stream = s.pk; \
                 INSERT OR REPLACE INTO removed_entries (item, stream, seq) \
                 SELECT item, stream, seq FROM ({entries}); \
                 DELETE FROM entries WHERE item = {ITEM_SQL} \
                 AND stream IN (SELECT stream FROM ({entries})); \
                 SELECT {ITEM_SQL} IS NOT NULL, changes() > 0"
            )
        }
        Dialect::Postgres => format!(
            "WITH item AS (SELECT pk FROM objects WHERE key = $1 FOR SHARE), \
             gone AS (DELETE FROM entries e USING ( \
                 SELECT e.item, e.stream FROM entries e, item WHERE e.item = item.pk \
                 AND {condition}) t \
               WHERE e.item = t.item AND e.stream = t.stream \
               RETURNING e.item, e.stream, e.seq, e.class, e.direct, e.public), \
             noted AS (INSERT INTO removed_entries (item, stream, seq) \
               SELECT item, stream, seq FROM gone ON CONFLICT (item, stream) \
               DO UPDATE SET seq = excluded.seq, removed_at = excluded.removed_at), \
             counted AS (UPDATE streams s SET {counted} FROM gone e WHERE s.pk = e.stream) \
             SELECT EXISTS (SELECT FROM item), EXISTS (SELECT FROM gone)"
        ),
    }
}
