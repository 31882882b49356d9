//! Insertion and removal of stream entries.

use sqlx::{PgConnection, Row};

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
            driver::{SqlConnection, args},
            key,
            write::{EntryWrites, WriteResult},
        },
    },
};

impl EntryWrites for PgConnection {
    /// Does nothing: streams are created at the start of a commit.
    async fn ensure_stream(&mut self, _: &Stream) -> WriteResult {
        Ok(())
    }

    /// The stream was locked at the start, so its `last` can't be stale; the object is locked here
    /// against changes of who may read it, which are counted.
    async fn push_item(
        &mut self,
        stream: &Stream,
        item: &str,
        class: Option<Class>,
        duplicate: Duplicate,
    ) -> WriteResult {
        let sql = format!(
            "WITH item AS (SELECT pk, public FROM objects WHERE key = $2 FOR SHARE), \
             pushed AS (INSERT INTO entries (stream, seq, item, class, direct, public) \
               SELECT s.pk, s.last_seq + 1, item.pk, $3, $4, item.public \
               FROM item, streams s WHERE s.key = $1 \
               ON CONFLICT (item, stream) DO NOTHING RETURNING stream, class, direct, public), \
             counted AS (UPDATE streams s SET last_seq = s.last_seq + 1, {} \
               FROM pushed e WHERE s.pk = e.stream) \
             SELECT EXISTS (SELECT FROM item) AS stored, EXISTS (SELECT FROM pushed) AS pushed",
            add_if_counted(Dialect::Postgres, "1", false)
        );
        let arguments = args![
            key::stream_key(stream),
            key::digest_key(item),
            i64::from(class_code(class.map(|class| class.major))),
            class.is_some_and(|class| class.direct),
        ];
        let row = self.first(&sql, &arguments).await?;
        let row = row.ok_or(sqlx::Error::RowNotFound)?;
        if !row.try_get::<bool, _>("stored")? {
            Err(StorageError::Missing(item.into()).into())
        } else if !row.try_get::<bool, _>("pushed")? && duplicate == Duplicate::Reject {
            Err(StorageError::AlreadyExists(item.into()).into())
        } else {
            Ok(())
        }
    }

    async fn remove_item(&mut self, stream: &Stream, item: &str) -> WriteResult {
        let entries = "SELECT e.item, e.stream FROM entries e, item WHERE e.item = item.pk \
                       AND e.stream = (SELECT pk FROM streams WHERE key = $2)";
        let arguments = args![key::digest_key(item), key::stream_key(stream)];
        let sql = removal_sql(entries, "EXISTS (SELECT FROM gone)");
        match self.scalar(&sql, &arguments).await? {
            Some(true) => Ok(()),
            _ => Err(StorageError::Missing(item.into()).into()),
        }
    }

    async fn remove_from_streams(
        &mut self,
        item: &str,
        except: &Stream,
        limit: u32,
    ) -> WriteResult {
        let entries = "SELECT e.item, e.stream FROM entries e, item WHERE e.item = item.pk \
                       AND e.stream <> coalesce((SELECT pk FROM streams WHERE key = $2), 0) \
                       ORDER BY e.stream LIMIT $3";
        let arguments = args![key::digest_key(item), key::stream_key(except), limit];
        let sql = removal_sql(entries, "EXISTS (SELECT FROM item)");
        match self.scalar(&sql, &arguments).await? {
            Some(true) => Ok(()),
            _ => Err(StorageError::Missing(item.into()).into()),
        }
    }

    async fn clear_stream(&mut self, stream: &Stream) -> WriteResult {
        let sql = format!(
            "WITH cleared AS (UPDATE streams SET {} WHERE key = $1 RETURNING pk) \
             DELETE FROM entries e USING cleared WHERE e.stream = cleared.pk",
            reset_counters()
        );
        self.run(&sql, &args![key::stream_key(stream)]).await?;
        Ok(())
    }

    async fn update_visibility(&mut self, object: i64, public: bool) -> WriteResult {
        let sql = format!(
            "WITH filed AS (UPDATE entries SET public = $2 WHERE item = $1 \
               RETURNING stream, class, direct) \
             UPDATE streams s SET {} FROM filed e WHERE s.pk = e.stream",
            add_if_counted(Dialect::Postgres, "$3", true)
        );
        let number = if public { 1_i64 } else { -1 };
        self.run(&sql, &args![object, public, number]).await?;
        Ok(())
    }

    async fn insert_entries(&mut self, entries: &EntryBatch<'_>) -> WriteResult<Vec<Bucket>> {
        entry_batch::insert_entries(self, entries).await
    }
}

/// Removes those entries of an object, by key ($1), that a query finds. They leave their positions,
/// and are taken out of the counters.
fn removal_sql(entries: &str, result: &str) -> String {
    format!(
        "WITH item AS (SELECT pk FROM objects WHERE key = $1 FOR SHARE), \
         gone AS (DELETE FROM entries e USING ({entries}) t \
           WHERE e.item = t.item AND e.stream = t.stream \
           RETURNING e.item, e.stream, e.seq, e.class, e.direct, e.public), \
         noted AS (INSERT INTO removed_entries (item, stream, seq) \
           SELECT item, stream, seq FROM gone ON CONFLICT (item, stream) \
           DO UPDATE SET seq = excluded.seq, removed_at = excluded.removed_at), \
         counted AS (UPDATE streams s SET {} FROM gone e WHERE s.pk = e.stream) \
         SELECT {result}",
        add_if_counted(Dialect::Postgres, "-1", false)
    )
}
