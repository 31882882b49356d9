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

use super::{Postgres, error::failed};
use crate::{
    model::{Filter, Head, Object, Page, PageRequest, Stream, Viewer},
    storage::{
        Freshness, Result, Streams,
        sql::{
            groups::{Group, groups},
            key,
            page::{self, Entries, Numbered, Preview, Top, View},
            query::{self, Dialect, Toward},
            totals::Totals,
        },
    },
};

/// Streams by their keys: likes, replies and shares ($1) by the index of just those that there are (0015), which is small,
/// for nobody likes most things; and others ($3).
const SHOWN: &str = "\
    SELECT * FROM streams WHERE key = ANY($1) AND split_part(name, ' ', 1) IN ('likes', 'replies', 'shares') \
    UNION ALL SELECT * FROM streams WHERE key = ANY($3)";

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

/// Binds what a view asks for besides.
fn with_view<'q>(query: Query<'q, Db, PgArguments>, view: View<'q>) -> Query<'q, Db, PgArguments> {
    let query = match view.named {
        Some(named) => query.bind(named),
        None => query,
    };
    with_viewer(query, view.viewer)
}

#[async_trait]
impl Streams for Postgres {
    async fn list(
        &self,
        stream: &Stream,
        request: &PageRequest,
        viewer: Viewer<'_>,
    ) -> Result<Page> {
        page::page(self, stream, request, viewer).await
    }

    async fn heads(&self, streams: &[Stream], count: u32, viewer: Viewer<'_>) -> Result<Vec<Head>> {
        let sql = format!(
            "SELECT s.key, {}, ARRAY(SELECT id FROM ({}) AS t ORDER BY seq DESC) \
             FROM ({SHOWN}) s",
            query::head_total(viewer, 4),
            query::head_items(Dialect::Postgres, viewer, 4),
        );
        let keys = |stream: &Stream| (key::of_stream(stream), stream.thing().is_some());
        let keys: Vec<(Vec<u8>, bool)> = streams.iter().map(keys).collect();
        let of = |things: bool| {
            let keys = keys.iter().filter(|(_, thing)| *thing == things);
            keys.map(|(key, _)| key.as_slice()).collect::<Vec<_>>()
        };
        let query = sqlx::query(&sql)
            .bind(of(true))
            .bind(i64::from(count))
            .bind(of(false));
        let rows = with_viewer(query, viewer)
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        let read = |row: &PgRow| -> sqlx::Result<(Vec<u8>, Preview)> {
            let total: Option<i64> = row.try_get(1)?;
            let total = total.map(i64::unsigned_abs);
            let items = row.try_get(2)?;
            Ok((row.try_get(0)?, Preview { total, items }))
        };
        let found: HashMap<Vec<u8>, Preview> = rows
            .iter()
            .map(|row| read(row).map_err(failed))
            .collect::<Result<_>>()?;
        let found = keys.iter().map(|(key, _)| found.get(key));
        page::heads(self, streams, found, viewer).await
    }

    async fn contains(&self, pairs: &[(Stream, &str)]) -> Result<Vec<bool>> {
        let (streams, items): (Vec<Vec<u8>>, Vec<Vec<u8>>) = pairs
            .iter()
            .map(|(stream, id)| (key::of_stream(stream), key::of(id)))
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
        .map_err(failed)?;
        // Ordinality counts from 1.
        let there: HashSet<usize> = rows.into_iter().flat_map(usize::try_from).collect();
        Ok((1..=pairs.len())
            .map(|number| there.contains(&number))
            .collect())
    }

    async fn list_items(
        &self,
        stream: &Stream,
        after: u64,
        count: u32,
    ) -> Result<Vec<(u64, String)>> {
        let rows: Vec<(i64, String)> = sqlx::query_as(&query::items(Dialect::Postgres))
            .bind(key::of_stream(stream))
            .bind(i64::try_from(after).unwrap_or(i64::MAX))
            .bind(i64::from(count))
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        let items = rows.into_iter();
        Ok(items
            .map(|(place, id)| (place.unsigned_abs(), id))
            .collect())
    }

    async fn is_held(&self, item: &str, but: &Stream) -> Result<bool> {
        sqlx::query_scalar(query::HELD)
            .bind(key::of(item))
            .bind(key::of_stream(but))
            .fetch_one(&self.pool)
            .await
            .map_err(failed)
    }
}

#[async_trait]
impl Entries for Postgres {
    async fn open(
        &self,
        stream: &Stream,
        item: Option<&str>,
        view: View<'_>,
        toward: Toward,
        (count, offset): (u32, i64),
    ) -> Result<Option<(Top, Numbered)>> {
        let sql = query::top_page(Dialect::Postgres, toward, view);
        let query = sqlx::query(&sql)
            .bind(key::of_stream(stream))
            .bind(item.map(key::of))
            .bind(i64::from(count))
            .bind(offset)
            .bind(i64::MAX);
        let (mut top, mut items) = (None, Numbered::of(view));
        let is_entry = |row: &PgRow| !matches!(row.try_get_raw("seq"), Ok(seq) if seq.is_null());
        let each = self.pool.each(with_view(query, view), |row| {
            if top.is_none() {
                top = Some(Top::from_row(row).map_err(failed)?);
            }
            if is_entry(row) {
                items.push(self.numbered(row)?);
            }
            Ok(())
        });
        each.await?;
        Ok(top.map(|top| (top, items)))
    }

    async fn read(
        &self,
        stream: i64,
        view: View<'_>,
        toward: Toward,
        bound: i64,
        count: u32,
    ) -> Result<Numbered> {
        let sql = query::page(Dialect::Postgres, toward, view);
        let query = sqlx::query(&sql)
            .bind(stream)
            .bind(bound)
            .bind(i64::from(count))
            .bind(0_i64);
        let mut items = Numbered::of(view);
        let each = self.pool.each(with_view(query, view), |row| {
            items.push(self.numbered(row)?);
            Ok(())
        });
        each.await?;
        Ok(items)
    }

    fn totals(&self) -> &Totals {
        &self.totals
    }

    async fn look(&self) -> Result<()> {
        self.look_at_marks().await
    }

    async fn count_private(
        &self,
        stream: i64,
        view: View<'_>,
        (after, upto): (i64, i64),
    ) -> Result<i64> {
        let sql = query::count_private(view.filter, view.viewer);
        let query = sqlx::query(&sql).bind(stream).bind(after).bind(upto);
        let row = with_viewer(query, view.viewer)
            .fetch_one(&self.pool)
            .await
            .map_err(failed)?;
        row.try_get(0).map_err(failed)
    }

    async fn count_groups(
        &self,
        stream: i64,
        filter: Filter,
        (after, upto): (i64, i64),
        newest: i64,
        most: i64,
    ) -> Result<Vec<Group>> {
        let sql = query::count_groups(filter);
        let rows = sqlx::query_as(&sql)
            .bind(stream)
            .bind(after)
            .bind(upto)
            .bind(newest)
            .bind(most)
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        groups(rows)
    }

    async fn count_named(&self, stream: i64, view: View<'_>) -> Result<i64> {
        let sql = query::count_named(Dialect::Postgres, view);
        let row = with_view(sqlx::query(&sql).bind(stream), view)
            .fetch_one(&self.pool)
            .await
            .map_err(failed)?;
        row.try_get(0).map_err(failed)
    }
}
impl Postgres {
    /// An item with its number.
    fn numbered(&self, row: &PgRow) -> Result<(i64, Arc<Object>)> {
        Ok((row.try_get("seq").map_err(failed)?, self.object(row)?))
    }
}
