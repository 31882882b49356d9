//! Pages and heads of streams.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;
use sqlx::{
    FromRow, Postgres as Db, Row, ValueRef,
    postgres::{PgArguments, PgRow},
    query::Query,
};

use super::{Postgres, error::map_error};
use crate::{
    model::{Filter, Object, Page, PageRequest, Stream, StreamPreview, Viewer},
    storage::{
        ChangeTracking, Result, Streams,
        sql::{
            audience_groups::{AudienceGroup, decode_groups},
            key,
            page::{self, Preview, SeqItems, StreamBackend, StreamState, View},
            query::{self, Dialect, Direction},
            visible_counts::VisibleCountCache,
        },
    },
};

/// Streams by their keys: likes, replies and shares ($1) by the index of just those that there are
/// (0015), which is small, for nobody likes most things; and others ($3).
const PREVIEWED_STREAMS_SQL: &str = "\
    SELECT * FROM streams WHERE key = ANY($1) AND split_part(name, ' ', 1) IN ('likes', 'replies', 'shares') \
    UNION ALL SELECT * FROM streams WHERE key = ANY($3)";

/// Binds what the condition of [`query::readable_condition`] asks for.
pub(super) fn bind_viewer<'q>(
    query: Query<'q, Db, PgArguments>,
    viewer: Viewer<'q>,
) -> Query<'q, Db, PgArguments> {
    match viewer {
        Viewer::Person(id) => query.bind(key::digest_key(id)).bind(id),
        Viewer::Unrestricted | Viewer::Anonymous => query,
    }
}

/// Binds what a view asks for besides.
fn bind_view<'q>(query: Query<'q, Db, PgArguments>, view: View<'q>) -> Query<'q, Db, PgArguments> {
    let query = match view.name_query {
        Some(named) => query.bind(named),
        None => query,
    };
    bind_viewer(query, view.viewer)
}

#[async_trait]
impl Streams for Postgres {
    async fn list(
        &self,
        stream: &Stream,
        request: &PageRequest,
        viewer: Viewer<'_>,
    ) -> Result<Page> {
        page::read_page(self, stream, request, viewer).await
    }

    async fn previews(
        &self,
        streams: &[Stream],
        count: u32,
        viewer: Viewer<'_>,
    ) -> Result<Vec<StreamPreview>> {
        let sql = format!(
            "SELECT s.key, {}, ARRAY(SELECT id FROM ({}) AS t ORDER BY seq DESC) \
             FROM ({PREVIEWED_STREAMS_SQL}) s",
            query::preview_total(viewer, 4),
            query::preview_items(Dialect::Postgres, viewer, 4),
        );
        let keys = |stream: &Stream| (key::stream_key(stream), stream.reaction_target().is_some());
        let keys: Vec<(Vec<u8>, bool)> = streams.iter().map(keys).collect();
        let of = |things: bool| {
            let keys = keys.iter().filter(|(_, thing)| *thing == things);
            keys.map(|(key, _)| key.as_slice()).collect::<Vec<_>>()
        };
        let query = sqlx::query(&sql)
            .bind(of(true))
            .bind(i64::from(count))
            .bind(of(false));
        let rows = bind_viewer(query, viewer)
            .fetch_all(&self.pool)
            .await
            .map_err(map_error)?;
        let read = |row: &PgRow| -> sqlx::Result<(Vec<u8>, Preview)> {
            let total: Option<i64> = row.try_get(1)?;
            let total = total.map(i64::unsigned_abs);
            let items = row.try_get(2)?;
            Ok((row.try_get(0)?, Preview { total, items }))
        };
        let found: HashMap<Vec<u8>, Preview> = rows
            .iter()
            .map(|row| read(row).map_err(map_error))
            .collect::<Result<_>>()?;
        let found = keys.iter().map(|(key, _)| found.get(key));
        page::heads(self, streams, found, viewer).await
    }

    async fn contains(&self, pairs: &[(Stream, &str)]) -> Result<Vec<bool>> {
        let (streams, items): (Vec<Vec<u8>>, Vec<Vec<u8>>) = pairs
            .iter()
            .map(|(stream, id)| (key::stream_key(stream), key::digest_key(id)))
            .unzip();
        let rows: Vec<i64> = sqlx::query_scalar(
            // Not joins: of the entries of a stream, or of an object, there may be very many.
            "SELECT p.number FROM unnest($1::bytea[], $2::bytea[]) \
             WITH ORDINALITY AS p (stream, item, number) \
             WHERE (SELECT 1 FROM entries e \
               WHERE e.item = (SELECT o.pk FROM objects o WHERE o.key = p.item) \
               AND e.stream = (SELECT s.pk FROM streams s WHERE s.key = p.stream)) IS NOT NULL",
        )
        .bind(streams)
        .bind(items)
        .fetch_all(&self.pool)
        .await
        .map_err(map_error)?;
        // Ordinality counts from 1.
        let there: HashSet<usize> = rows.into_iter().flat_map(usize::try_from).collect();
        Ok((1..=pairs.len())
            .map(|number| there.contains(&number))
            .collect())
    }

    async fn items_after(
        &self,
        stream: &Stream,
        after: u64,
        count: u32,
    ) -> Result<Vec<(u64, String)>> {
        let rows: Vec<(i64, String)> = sqlx::query_as(&query::items(Dialect::Postgres))
            .bind(key::stream_key(stream))
            .bind(i64::try_from(after).unwrap_or(i64::MAX))
            .bind(i64::from(count))
            .fetch_all(&self.pool)
            .await
            .map_err(map_error)?;
        let items = rows.into_iter();
        Ok(items.map(|(seq, id)| (seq.unsigned_abs(), id)).collect())
    }

    async fn is_in_other_stream(&self, item: &str, except: &Stream) -> Result<bool> {
        sqlx::query_scalar(query::IS_IN_OTHER_STREAM_SQL)
            .bind(key::digest_key(item))
            .bind(key::stream_key(except))
            .fetch_one(&self.pool)
            .await
            .map_err(map_error)
    }
}

#[async_trait]
impl StreamBackend for Postgres {
    async fn open_page(
        &self,
        stream: &Stream,
        item: Option<&str>,
        view: View<'_>,
        toward: Direction,
        (count, offset): (u32, i64),
    ) -> Result<Option<(StreamState, SeqItems)>> {
        let sql = query::stream_and_page(Dialect::Postgres, toward, view);
        let query = sqlx::query(&sql)
            .bind(key::stream_key(stream))
            .bind(item.map(key::digest_key))
            .bind(i64::from(count))
            .bind(offset)
            .bind(i64::MAX);
        let (mut top, mut items) = (None, SeqItems::of(view));
        let is_entry = |row: &PgRow| !matches!(row.try_get_raw("seq"), Ok(seq) if seq.is_null());
        let each = self.pool.each(bind_view(query, view), |row| {
            if top.is_none() {
                top = Some(StreamState::from_row(row).map_err(map_error)?);
            }
            if is_entry(row) {
                items.push(self.decode_seq_item(row)?);
            }
            Ok(())
        });
        each.await?;
        Ok(top.map(|top| (top, items)))
    }

    async fn fetch_page(
        &self,
        stream: i64,
        view: View<'_>,
        toward: Direction,
        bound: i64,
        count: u32,
    ) -> Result<SeqItems> {
        let sql = query::page(Dialect::Postgres, toward, view);
        let query = sqlx::query(&sql)
            .bind(stream)
            .bind(bound)
            .bind(i64::from(count))
            .bind(0_i64);
        let mut items = SeqItems::of(view);
        let each = self.pool.each(bind_view(query, view), |row| {
            items.push(self.decode_seq_item(row)?);
            Ok(())
        });
        each.await?;
        Ok(items)
    }

    fn visible_counts(&self) -> &VisibleCountCache {
        &self.visible_counts
    }

    async fn sync_counts(&self) -> Result<()> {
        self.sync_changes().await
    }

    async fn count_private(
        &self,
        stream: i64,
        view: View<'_>,
        (after, upto): (i64, i64),
    ) -> Result<i64> {
        let sql = query::count_private(view.filter, view.viewer);
        let query = sqlx::query(&sql).bind(stream).bind(after).bind(upto);
        let row = bind_viewer(query, view.viewer)
            .fetch_one(&self.pool)
            .await
            .map_err(map_error)?;
        row.try_get(0).map_err(map_error)
    }

    async fn count_groups(
        &self,
        stream: i64,
        filter: Filter,
        (after, upto): (i64, i64),
        newest: i64,
        most: i64,
    ) -> Result<Vec<AudienceGroup>> {
        let sql = query::count_groups(filter);
        let rows = sqlx::query_as(&sql)
            .bind(stream)
            .bind(after)
            .bind(upto)
            .bind(newest)
            .bind(most)
            .fetch_all(&self.pool)
            .await
            .map_err(map_error)?;
        decode_groups(rows)
    }

    async fn count_named(&self, stream: i64, view: View<'_>) -> Result<i64> {
        let sql = query::count_named(Dialect::Postgres, view);
        let row = bind_view(sqlx::query(&sql).bind(stream), view)
            .fetch_one(&self.pool)
            .await
            .map_err(map_error)?;
        row.try_get(0).map_err(map_error)
    }
}
impl Postgres {
    /// An item with its number.
    fn decode_seq_item(&self, row: &PgRow) -> Result<(i64, Arc<Object>)> {
        Ok((
            row.try_get("seq").map_err(map_error)?,
            self.cached_object(row)?,
        ))
    }
}
