//! Pages and heads of streams.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use sqlx::{
    Postgres as Db, Row,
    postgres::{PgArguments, PgRow},
    query::Query,
};

use super::{Postgres, error::failed, objects};
use crate::{
    model::{Cursor, Filter, Head, Object, Page, PageRequest, Stream, Viewer},
    storage::{
        Result, StorageError, Streams,
        sql::{
            key,
            query::{self, Counts, Dialect, Tally, Toward},
        },
    },
};

/// Binds what the condition of [`query::visible`] asks for.
pub(super) fn with_viewer<'q>(
    query: Query<'q, Db, PgArguments>,
    viewer: Viewer<'q>,
) -> Query<'q, Db, PgArguments> {
    match viewer {
        Viewer::Person(id) => query.bind(key::of(id)).bind(id),
        Viewer::Everything | Viewer::Anyone => query,
    }
}

#[async_trait]
impl Streams for Postgres {
    async fn list(
        &self,
        stream: &Stream,
        request: &PageRequest,
        viewer: Viewer<'_>,
    ) -> Result<Page> {
        let found = self.find_stream(stream, &request.cursor).await?;
        let view = View {
            store: self,
            stream: match (&found, cursor_item(&request.cursor)) {
                (Some(Top { at: None, .. }) | None, Some(item)) => {
                    return Err(StorageError::NotInStream {
                        stream: stream.to_string(),
                        item: item.into(),
                    });
                }
                (Some(top), _) => top,
                (None, None) => return Ok(Page::default()),
            },
            filter: request.filter,
            viewer,
        };
        view.page(&request.cursor, request.count).await
    }

    async fn heads(&self, streams: &[Stream], count: u32, viewer: Viewer<'_>) -> Result<Vec<Head>> {
        let sql = format!(
            "SELECT s.key, {}, ARRAY(SELECT id FROM ({}) AS t ORDER BY seq DESC) \
             FROM streams s WHERE s.key = ANY($1)",
            query::head_total(Dialect::Postgres, viewer, 3),
            query::head_items(viewer),
        );
        let keys: Vec<Vec<u8>> = streams.iter().map(key::of_stream).collect();
        let query = sqlx::query(&sql).bind(&keys).bind(i64::from(count));
        let rows = with_viewer(query, viewer)
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        let read = |row: &PgRow| -> sqlx::Result<(Vec<u8>, Head)> {
            let total = row.try_get::<i64, _>(1)?.unsigned_abs();
            let items = row.try_get(2)?;
            Ok((row.try_get(0)?, Head { total, items }))
        };
        let heads: HashMap<Vec<u8>, Head> = rows
            .iter()
            .map(|row| read(row).map_err(failed))
            .collect::<Result<_>>()?;
        let head = |key| heads.get(key).cloned().unwrap_or_default();
        Ok(keys.iter().map(head).collect())
    }

    async fn contains(&self, pairs: &[(Stream, &str)]) -> Result<Vec<bool>> {
        let (streams, items): (Vec<Vec<u8>>, Vec<Vec<u8>>) = pairs
            .iter()
            .map(|(stream, id)| (key::of_stream(stream), key::of(id)))
            .unzip();
        let rows: Vec<i64> = sqlx::query_scalar(
            "SELECT p.number FROM unnest($1::bytea[], $2::bytea[]) \
             WITH ORDINALITY AS p (stream, item, number) \
             JOIN streams s ON s.key = p.stream JOIN objects o ON o.key = p.item \
             JOIN entries e ON e.item = o.pk AND e.stream = s.pk",
        )
        .bind(streams)
        .bind(items)
        .fetch_all(&self.pool)
        .await
        .map_err(failed)?;
        // Ordinality counts from 1.
        let there: HashSet<usize> = rows.into_iter().flat_map(usize::try_from).collect();
        Ok((1..=pairs.len())
            .map(|number| there.contains(&number))
            .collect())
    }
}

/// A stream, with its counters and the place of a cursor in it.
struct Top {
    pk: i64,
    counts: Counts,
    at: Option<i64>,
}

/// The item a cursor names.
fn cursor_item(cursor: &Cursor) -> Option<&str> {
    match cursor {
        Cursor::Before(item) | Cursor::Since(item) => Some(item),
        Cursor::Newest | Cursor::Offset(_) => None,
    }
}

impl Postgres {
    async fn find_stream(&self, stream: &Stream, cursor: &Cursor) -> Result<Option<Top>> {
        let row = sqlx::query(query::STREAM)
            .bind(key::of_stream(stream))
            .bind(cursor_item(cursor).map(key::of))
            .fetch_optional(&self.pool)
            .await
            .map_err(failed)?;
        let read = |row: PgRow| -> sqlx::Result<Top> {
            Ok(Top {
                pk: row.try_get("pk")?,
                counts: Counts {
                    all: Tally {
                        total: row.try_get("total")?,
                        major: row.try_get("major")?,
                        minor: row.try_get("minor")?,
                        major_direct: row.try_get("major_direct")?,
                        minor_direct: row.try_get("minor_direct")?,
                    },
                    public: Tally {
                        total: row.try_get("public")?,
                        major: row.try_get("public_major")?,
                        minor: row.try_get("public_minor")?,
                        major_direct: row.try_get("public_major_direct")?,
                        minor_direct: row.try_get("public_minor_direct")?,
                    },
                },
                at: row.try_get("at")?,
            })
        };
        row.map(read).transpose().map_err(failed)
    }
}

/// A stream as someone sees it through a filter.
struct View<'a> {
    store: &'a Postgres,
    stream: &'a Top,
    filter: Filter,
    viewer: Viewer<'a>,
}

impl View<'_> {
    async fn page(&self, cursor: &Cursor, count: u32) -> Result<Page> {
        let at = self.stream.at.unwrap_or(i64::MAX);
        let (items, older) = match cursor {
            Cursor::Since(_) => {
                let mut near = self.read(Toward::Newer, at, count, 0).await?;
                near.reverse();
                let oldest = near.last().map_or(at, |(seq, _)| *seq);
                let older = self.read(Toward::Older, oldest, 1, 0).await?;
                (near, !older.is_empty())
            }
            Cursor::Newest | Cursor::Offset(_) | Cursor::Before(_) => {
                let offset = match cursor {
                    Cursor::Offset(offset) => i64::try_from(*offset).unwrap_or(i64::MAX),
                    _ => 0,
                };
                // One more than asked for tells whether there is more.
                let wanted = count.saturating_add(1);
                let mut items = self.read(Toward::Older, at, wanted, offset).await?;
                let older = items.len() > count as usize;
                items.truncate(count as usize);
                (items, older)
            }
        };
        Ok(Page {
            items: items.into_iter().map(|(_, object)| object).collect(),
            total: self.total().await?,
            older,
        })
    }

    /// Items from a bound, nearest first, with their numbers.
    async fn read(
        &self,
        toward: Toward,
        bound: i64,
        count: u32,
        offset: i64,
    ) -> Result<Vec<(i64, Object)>> {
        let sql = query::page(Dialect::Postgres, toward, self.filter, self.viewer);
        let query = sqlx::query(&sql)
            .bind(self.stream.pk)
            .bind(bound)
            .bind(i64::from(count))
            .bind(offset);
        let rows = with_viewer(query, self.viewer)
            .fetch_all(&self.store.pool)
            .await
            .map_err(failed)?;
        rows.iter()
            .map(|row| Ok((row.try_get("seq").map_err(failed)?, objects::object(row)?)))
            .collect()
    }

    async fn total(&self) -> Result<u64> {
        let (seen, more) = self.stream.counts.seen(self.filter, self.viewer);
        if !more {
            return Ok(seen.unsigned_abs());
        }
        let sql = query::count_private(Dialect::Postgres, self.filter, self.viewer);
        let row = with_viewer(sqlx::query(&sql).bind(self.stream.pk), self.viewer)
            .fetch_one(&self.store.pool)
            .await
            .map_err(failed)?;
        let private: i64 = row.try_get(0).map_err(failed)?;
        Ok((seen + private).unsigned_abs())
    }
}
