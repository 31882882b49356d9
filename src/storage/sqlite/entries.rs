//! Insertion and removal of stream entries.

use sqlx::{Row, SqliteConnection, query::Query};

use super::{
    error::map_error,
    history::{WITHDRAWN, note_position},
};
use crate::{
    model::{Class, Stream, case_fold},
    storage::{
        Duplicate, Result, StorageError,
        sql::{classes, counters::StreamCounters, key, query},
    },
};

/// The number of a stream, which is made if it is not there.
pub(super) async fn ensure_stream(
    connection: &mut SqliteConnection,
    stream: &Stream,
) -> Result<i64> {
    let found = sqlx::query_scalar("SELECT pk FROM streams WHERE key = $1")
        .bind(key::stream_key(stream))
        .fetch_optional(&mut *connection)
        .await
        .map_err(map_error)?;
    if let Some(pk) = found {
        return Ok(pk);
    }
    sqlx::query_scalar("INSERT INTO streams (key, name) VALUES ($1, $2) RETURNING pk")
        .bind(key::stream_key(stream))
        .bind(stream.to_string())
        .fetch_one(connection)
        .await
        .map_err(map_error)
}

/// Adds an object on top.
pub(super) async fn push_item(
    connection: &mut SqliteConnection,
    stream: &Stream,
    item: &str,
    class: Option<Class>,
    duplicate: Duplicate,
) -> Result<()> {
    let object = find_item(connection, item).await?;
    let stream = ensure_stream(connection, stream).await?;
    let there = sqlx::query("SELECT 1 FROM entries WHERE item = $1 AND stream = $2")
        .bind(object.pk)
        .bind(stream)
        .fetch_optional(&mut *connection)
        .await
        .map_err(map_error)?;
    match (there, duplicate) {
        (Some(_), Duplicate::Ignore) => return Ok(()),
        (Some(_), Duplicate::Reject) => return Err(StorageError::AlreadyExists(item.into())),
        (None, _) => {}
    }
    let seq: i64 =
        sqlx::query_scalar("UPDATE streams SET last = last + 1 WHERE pk = $1 RETURNING last")
            .bind(stream)
            .fetch_one(&mut *connection)
            .await
            .map_err(map_error)?;
    sqlx::query(
        "INSERT INTO entries (stream, seq, item, class, direct, public) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(stream)
    .bind(seq)
    .bind(object.pk)
    .bind(classes::class_code(class.map(|class| class.major)))
    .bind(class.is_some_and(|class| class.direct))
    .bind(object.public)
    .execute(&mut *connection)
    .await
    .map_err(map_error)?;
    add_to_counters(
        connection,
        stream,
        StreamCounters::of(class, object.public).scaled(1),
    )
    .await
}

/// Takes an object out.
pub(super) async fn remove_item(
    connection: &mut SqliteConnection,
    stream: &Stream,
    item: &str,
) -> Result<()> {
    let object = find_item(connection, item).await?;
    let stream = ensure_stream(connection, stream).await?;
    let row = sqlx::query(
        "DELETE FROM entries WHERE item = $1 AND stream = $2 RETURNING class, direct, seq",
    )
    .bind(object.pk)
    .bind(stream)
    .fetch_optional(&mut *connection)
    .await
    .map_err(map_error)?
    .ok_or_else(|| StorageError::Missing(item.into()))?;
    let seq = row.try_get("seq").map_err(map_error)?;
    note_position(connection, object.pk, stream, seq).await?;
    let class = classes::decode_class(
        row.try_get("class").map_err(map_error)?,
        row.try_get("direct").map_err(map_error)?,
    );
    add_to_counters(
        connection,
        stream,
        StreamCounters::of(class, object.public).scaled(-1),
    )
    .await
}

/// Takes an object out of as many streams as are wanted, but for one: first out of their counters,
/// then out of the same streams themselves, which leaves its positions.
pub(super) async fn remove_from_streams(
    connection: &mut SqliteConnection,
    item: &str,
    except: &Stream,
    most: u32,
) -> Result<()> {
    let object = find_item(connection, item).await?;
    for statement in [
        "UPDATE streams AS s SET total = s.total - 1, \
         major = s.major - (e.class = 2), minor = s.minor - (e.class = 1), \
         major_direct = s.major_direct - (e.direct AND e.class = 2), \
         minor_direct = s.minor_direct - (e.direct AND e.class = 1), \
         public = s.public - e.public, \
         public_major = s.public_major - e.public * (e.class = 2), \
         public_minor = s.public_minor - e.public * (e.class = 1), \
         public_major_direct = s.public_major_direct - e.public * (e.direct AND e.class = 2), \
         public_minor_direct = s.public_minor_direct - e.public * (e.direct AND e.class = 1) \
         FROM (SELECT * FROM entries WHERE item = $1 AND stream <> \
           coalesce((SELECT pk FROM streams WHERE key = $2), 0) ORDER BY stream LIMIT $3) e \
         WHERE e.stream = s.pk",
        WITHDRAWN,
        "DELETE FROM entries WHERE item = $1 AND stream IN (SELECT stream FROM entries \
         WHERE item = $1 AND stream <> coalesce((SELECT pk FROM streams WHERE key = $2), 0) \
         ORDER BY stream LIMIT $3)",
    ] {
        let done = sqlx::query(statement)
            .bind(object.pk)
            .bind(key::stream_key(except))
            .bind(most)
            .execute(&mut *connection)
            .await;
        done.map_err(map_error)?;
    }
    Ok(())
}

/// Takes everything out. The numbering goes on, so that what comes is newer than what was there.
pub(super) async fn clear_stream(connection: &mut SqliteConnection, stream: &Stream) -> Result<()> {
    let stream = ensure_stream(connection, stream).await?;
    for statement in [
        "DELETE FROM entries WHERE stream = $1",
        "UPDATE streams SET total = 0, major = 0, minor = 0, major_direct = 0, minor_direct = 0, \
         public = 0, public_major = 0, public_minor = 0, public_major_direct = 0, \
         public_minor_direct = 0 WHERE pk = $1",
    ] {
        let done = sqlx::query(statement)
            .bind(stream)
            .execute(&mut *connection)
            .await;
        done.map_err(map_error)?;
    }
    Ok(())
}

/// Refuses if an item of a stream has that name.
pub(super) async fn check_name(
    connection: &mut SqliteConnection,
    stream: &Stream,
    name: &str,
) -> Result<()> {
    let taken: bool = sqlx::query_scalar(query::HAS_NAME)
        .bind(key::stream_key(stream))
        .bind(case_fold(name))
        .bind(name)
        .fetch_one(connection)
        .await
        .map_err(map_error)?;
    if taken {
        return Err(StorageError::AlreadyExists(name.into()));
    }
    Ok(())
}

/// Moves the entries of an object after its visibility changed, and updates the counters.
pub(super) async fn update_visibility(
    connection: &mut SqliteConnection,
    object: i64,
    public: bool,
) -> Result<()> {
    sqlx::query("UPDATE entries SET public = $2 WHERE item = $1")
        .bind(object)
        .bind(public)
        .execute(&mut *connection)
        .await
        .map_err(map_error)?;
    // Entries without a class are in no other count.
    sqlx::query(
        "UPDATE streams AS s SET public = s.public + $2, \
         public_major = s.public_major + $2 * (e.class = 2), \
         public_minor = s.public_minor + $2 * (e.class = 1), \
         public_major_direct = s.public_major_direct + $2 * (e.direct AND e.class = 2), \
         public_minor_direct = s.public_minor_direct + $2 * (e.direct AND e.class = 1) \
         FROM entries e WHERE e.item = $1 AND e.stream = s.pk",
    )
    .bind(object)
    .bind(if public { 1 } else { -1 })
    .execute(connection)
    .await
    .map_err(map_error)?;
    Ok(())
}

/// A stored object, as far as streams need it.
struct Item {
    pk: i64,
    public: bool,
}

async fn find_item(connection: &mut SqliteConnection, id: &str) -> Result<Item> {
    let row = sqlx::query("SELECT pk, public FROM objects WHERE key = $1")
        .bind(key::digest_key(id))
        .fetch_optional(connection)
        .await
        .map_err(map_error)?
        .ok_or_else(|| StorageError::Missing(id.into()))?;
    Ok(Item {
        pk: row.try_get("pk").map_err(map_error)?,
        public: row.try_get("public").map_err(map_error)?,
    })
}

async fn add_to_counters(
    connection: &mut SqliteConnection,
    stream: i64,
    counts: impl Iterator<Item = i64>,
) -> Result<()> {
    let query = sqlx::query(query::ADD_TO_COUNTERS_SQL).bind(stream);
    counts
        .fold(query, Query::bind)
        .execute(connection)
        .await
        .map_err(map_error)?;
    Ok(())
}
