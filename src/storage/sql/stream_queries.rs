//! Queries that pages and totals of streams are made from.

use std::sync::Arc;

use super::{
    counters::{COUNTER_COLUMNS, StreamCounters},
    dialect::{Dialect, Direction},
    driver::{SqlRow, args},
    key,
    object_rows::cached_object,
    query::{self, SEQ_INDEX, View},
    statements::{Statements, kind_of},
    store::SqlStore,
};
use crate::{
    model::{ByteBudget, Filter, Object, Stream, Viewer},
    storage::Result,
};

/// A stream, with its counters and the place of a cursor in it: a row of
/// [`FIND_STREAM_SQL`](query::FIND_STREAM_SQL).
pub(super) struct StreamState {
    /// Its primary key.
    pub(super) pk: i64,
    /// The number of the newest entry ever made.
    pub(super) last_seq: i64,
    pub(super) counters: StreamCounters,
    pub(super) cursor_seq: Option<i64>,
}

impl StreamState {
    fn decode(row: &impl SqlRow) -> sqlx::Result<Self> {
        let mut counters = [0; COUNTER_COLUMNS.len()];
        for (count, column) in counters.iter_mut().zip(COUNTER_COLUMNS) {
            *count = row.named(column)?;
        }
        Ok(Self {
            pk: row.named("pk")?,
            last_seq: row.named("last_seq")?,
            counters: StreamCounters(counters),
            cursor_seq: row.named("at")?,
        })
    }
}

/// Items with their numbers, as many as the budget allows.
pub(super) struct SeqItems {
    pub(super) items: Vec<(i64, Arc<Object>)>,
    pub(super) budget: ByteBudget,
}

impl SeqItems {
    /// None yet, and the budget of a view.
    fn of(view: View<'_>) -> Self {
        Self {
            items: Vec::new(),
            budget: ByteBudget::new(view.max_bytes),
        }
    }

    /// Adds the next item, if it fits.
    fn push(&mut self, store: &impl SqlStore, row: &impl SqlRow) -> Result<()> {
        let object = cached_object(store, row)?;
        if self.budget.take(object.size()) {
            self.items.push((row.at(SEQ_INDEX)?, object));
        }
        Ok(())
    }
}

static FIRST_PAGES: Statements<(Dialect, Direction, Filter, Viewer<'static>)> = Statements::new();

/// Returns the text for [`open_page`]. A name that is searched for makes one of its own.
fn first_page_sql(dialect: Dialect, toward: Direction, view: View<'_>) -> Arc<str> {
    let compose = || query::stream_and_page(dialect, toward, view);
    if view.name_query.is_some() {
        return compose().into();
    }
    let key = (dialect, toward, view.filter, kind_of(view.viewer));
    FIRST_PAGES.get(key, compose)
}

/// Returns a stream, the position of an item in it, and up to `count` items from there, nearest
/// first. Without the item it starts at the end.
pub(super) async fn open_page<S: SqlStore>(
    store: &S,
    stream: &Stream,
    item: Option<&str>,
    view: View<'_>,
    toward: Direction,
    (count, offset): (u32, i64),
) -> Result<Option<(StreamState, SeqItems)>> {
    let sql = first_page_sql(S::DIALECT, toward, view);
    let (stream, item) = (key::stream_key(stream), item.map(key::digest_key));
    let mut arguments = Vec::from(args![stream, item, count, offset, i64::MAX]);
    query::add_view(&mut arguments, view);
    let (mut top, mut items) = (None, SeqItems::of(view));
    let each = store.pool().each(&sql, &arguments, |row| {
        let is_first = top.is_none();
        if is_first {
            top = Some(StreamState::decode(row)?);
        }
        let has_item = match S::DIALECT {
            Dialect::Sqlite => !is_first,
            Dialect::Postgres => !row.is_null(SEQ_INDEX)?,
        };
        if has_item {
            items.push(store, row)?;
        }
        Ok(())
    });
    each.await?;
    Ok(top.map(|top| (top, items)))
}

/// So many items of a stream from a bound, nearest first.
pub(super) async fn fetch_page<S: SqlStore>(
    store: &S,
    stream: i64,
    view: View<'_>,
    toward: Direction,
    bound: i64,
    count: u32,
) -> Result<SeqItems> {
    let sql = query::page(S::DIALECT, toward, view);
    let mut arguments = Vec::from(args![stream, bound, count, 0_i64]);
    query::add_view(&mut arguments, view);
    let mut items = SeqItems::of(view);
    let each = store
        .pool()
        .each(&sql, &arguments, |row| items.push(store, row));
    each.await?;
    Ok(items)
}

/// How many of those that not everyone may read, after an entry and up to another, the viewer sees.
pub(super) async fn count_private(
    store: &impl SqlStore,
    stream: i64,
    view: View<'_>,
    (after, upto): (i64, i64),
) -> Result<i64> {
    let sql = query::count_private(view.filter, view.viewer);
    let mut arguments = Vec::from(args![stream, after, upto]);
    query::add_viewer(&mut arguments, view.viewer);
    Ok(store.pool().scalar(&sql, &arguments).await?)
}

/// How many the viewer sees where a name is searched for.
pub(super) async fn count_named<S: SqlStore>(
    store: &S,
    stream: i64,
    view: View<'_>,
) -> Result<i64> {
    let sql = query::count_named(S::DIALECT, view);
    let mut arguments = Vec::from(args![stream]);
    query::add_view(&mut arguments, view);
    Ok(store.pool().scalar(&sql, &arguments).await?)
}
