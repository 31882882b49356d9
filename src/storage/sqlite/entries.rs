//! Insertion and removal of stream entries.

use sqlx::SqliteConnection;

use super::entry_batch;
use crate::{
    model::{Class, Stream},
    storage::{
        Bucket, Duplicate, StorageError,
        sql::{
            batch::EntryBatch,
            classes::class_code,
            counters::{add_if_counted, reset_counters},
            dialect::Dialect,
            driver::{Argument, SqlConnection, args},
            key,
            write::{EntryWrites, WriteResult},
        },
    },
};

/// The entry of an object ($1) in a stream ($2).
const ONE_ENTRY: &str = "SELECT * FROM entries WHERE item = $1 AND stream = $2";

/// So many ($3) entries of an object ($1), but for one stream, by key ($2).
const SOME_ENTRIES: &str = "\
    SELECT * FROM entries WHERE item = $1 \
    AND stream <> coalesce((SELECT pk FROM streams WHERE key = $2), 0) ORDER BY stream LIMIT $3";

impl EntryWrites for SqliteConnection {
    async fn ensure_stream(&mut self, stream: &Stream) -> WriteResult {
        find_or_create_stream(self, stream).await?;
        Ok(())
    }

    async fn push_item(
        &mut self,
        stream: &Stream,
        item: &str,
        class: Option<Class>,
        duplicate: Duplicate,
    ) -> WriteResult {
        let object = find_item(self, item).await?;
        let stream = find_or_create_stream(self, stream).await?;
        let insert = "INSERT INTO entries (stream, seq, item, class, direct, public) \
             SELECT s.pk, s.last_seq + 1, o.pk, $3, $4, o.public \
             FROM objects o CROSS JOIN streams s WHERE o.pk = $1 AND s.pk = $2 \
             ON CONFLICT (item, stream) DO NOTHING";
        let arguments = args![
            object,
            stream,
            i64::from(class_code(class.map(|class| class.major))),
            class.is_some_and(|class| class.direct),
        ];
        if self.run(insert, &arguments).await? == 0 {
            return match duplicate {
                Duplicate::Ignore => Ok(()),
                Duplicate::Reject => Err(StorageError::AlreadyExists(item.into()).into()),
            };
        }
        let count = format!(
            "UPDATE streams AS s SET last_seq = s.last_seq + 1, {} FROM ({ONE_ENTRY}) e \
             WHERE s.pk = e.stream",
            add_if_counted(Dialect::Sqlite, "1", false)
        );
        self.run(&count, &arguments[..2]).await?;
        Ok(())
    }

    async fn remove_item(&mut self, stream: &Stream, item: &str) -> WriteResult {
        let object = find_item(self, item).await?;
        let stream = find_or_create_stream(self, stream).await?;
        match remove_entries(self, ONE_ENTRY, &args![object, stream]).await? {
            0 => Err(StorageError::Missing(item.into()).into()),
            _ => Ok(()),
        }
    }

    async fn remove_from_streams(
        &mut self,
        item: &str,
        except: &Stream,
        limit: u32,
    ) -> WriteResult {
        let object = find_item(self, item).await?;
        let arguments = args![object, key::stream_key(except), limit];
        remove_entries(self, SOME_ENTRIES, &arguments).await?;
        Ok(())
    }

    async fn clear_stream(&mut self, stream: &Stream) -> WriteResult {
        let stream = args![find_or_create_stream(self, stream).await?];
        let delete = "DELETE FROM entries WHERE stream = $1";
        self.run(delete, &stream).await?;
        let reset = format!("UPDATE streams SET {} WHERE pk = $1", reset_counters());
        self.run(&reset, &stream).await?;
        Ok(())
    }

    async fn update_visibility(&mut self, object: i64, public: bool) -> WriteResult {
        let update = "UPDATE entries SET public = $2 WHERE item = $1";
        self.run(update, &args![object, public]).await?;
        let count = format!(
            "UPDATE streams AS s SET {} FROM entries e WHERE e.item = $1 AND e.stream = s.pk",
            add_if_counted(Dialect::Sqlite, "$2", true)
        );
        let number = if public { 1_i64 } else { -1 };
        self.run(&count, &args![object, number]).await?;
        Ok(())
    }

    async fn insert_entries(&mut self, entries: &EntryBatch<'_>) -> WriteResult<Vec<Bucket>> {
        entry_batch::insert_entries(self, entries).await
    }
}

/// Removes the entries of an object ($1) that a query finds: first out of the counters, and then
/// the same entries themselves, which leave their positions. Returns the number of streams.
async fn remove_entries(
    connection: &mut SqliteConnection,
    entries: &str,
    arguments: &[Argument<'_>],
) -> WriteResult<u64> {
    let count = format!(
        "UPDATE streams AS s SET {} FROM ({entries}) e WHERE e.stream = s.pk",
        add_if_counted(Dialect::Sqlite, "-1", false)
    );
    let counted = connection.run(&count, arguments).await?;
    let note = format!(
        "INSERT OR REPLACE INTO removed_entries (item, stream, seq) \
         SELECT item, stream, seq FROM ({entries})"
    );
    connection.run(&note, arguments).await?;
    let delete = format!(
        "DELETE FROM entries WHERE item = $1 AND stream IN (SELECT stream FROM ({entries}))"
    );
    connection.run(&delete, arguments).await?;
    Ok(counted)
}

/// The number of a stream, which is made if it is not there.
pub(super) async fn find_or_create_stream(
    connection: &mut SqliteConnection,
    stream: &Stream,
) -> WriteResult<i64> {
    let key = key::stream_key(stream);
    let find = "SELECT pk FROM streams WHERE key = $1";
    if let Some(pk) = connection.scalar(find, &args![key]).await? {
        return Ok(pk);
    }
    let insert = "INSERT INTO streams (key, name) VALUES ($1, $2) RETURNING pk";
    let arguments = args![key, stream.to_string()];
    let pk = connection.scalar(insert, &arguments).await?;
    Ok(pk.ok_or(sqlx::Error::RowNotFound)?)
}

/// The number of a stored object.
async fn find_item(connection: &mut SqliteConnection, id: &str) -> WriteResult<i64> {
    let sql = "SELECT pk FROM objects WHERE key = $1";
    let pk = connection.scalar(sql, &args![key::digest_key(id)]).await?;
    Ok(pk.ok_or_else(|| StorageError::Missing(id.into()))?)
}
