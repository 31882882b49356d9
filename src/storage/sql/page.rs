//! Pages of streams, whichever database they are read from.

use super::{
    dialect::Direction,
    history,
    query::View,
    store::SqlStore,
    stream_queries::{SeqItems, StreamState, fetch_page, open_page},
    totals::count_total,
};
use crate::{
    model::{Cursor, Page, PageRequest, Stream, Viewer, case_fold},
    storage::{Result, StorageError},
};

/// One page of a stream, as [`Streams::list`](crate::storage::Streams::list) promises it.
pub(super) async fn read_page(
    store: &impl SqlStore,
    stream: &Stream,
    request: &PageRequest,
    viewer: Viewer<'_>,
) -> Result<Page> {
    let since = store.caches().visible_counts.now().time();
    let named = request.name_query.as_deref().map(case_fold);
    let view = View {
        filter: request.filter,
        viewer,
        name_query: named.as_deref(),
        search_window: request.search_window,
        max_bytes: request.max_bytes,
    };
    let item = request.cursor.item();
    let count = request.count;
    let (toward, part) = match request.cursor {
        Cursor::Since(_) => (Direction::Newer, (count, 0)),
        // One more than asked for tells whether there is more.
        Cursor::Offset(offset) => {
            // No stream is longer, and more may be added to it.
            let offset = i64::from(u32::try_from(offset).unwrap_or(u32::MAX));
            (Direction::Older, (count.saturating_add(1), offset))
        }
        Cursor::Newest | Cursor::Before(_) => (Direction::Older, (count.saturating_add(1), 0)),
    };
    let found = open_page(store, stream, item, view, toward, part).await?;
    let missing = |item: &str| {
        let (stream, item) = (stream.to_string(), item.into());
        StorageError::NotInStream { stream, item }
    };
    let (top, SeqItems { mut items, budget }) = match (found, item) {
        (
            Some((
                top @ StreamState {
                    cursor_seq: None, ..
                },
                _,
            )),
            Some(item),
        ) => {
            // It may have been there before: few cursors name such an item.
            let at = history::position(store, top.pk, item).await?;
            let at = at.ok_or_else(|| missing(item))?;
            let items = fetch_page(store, top.pk, view, toward, at, part.0).await?;
            (
                StreamState {
                    cursor_seq: Some(at),
                    ..top
                },
                items,
            )
        }
        (Some(found), _) => found,
        (None, Some(item)) => return Err(missing(item)),
        (None, None) => return Ok(Page::default()),
    };
    let older = if let Direction::Newer = toward {
        items.reverse();
        let oldest = items.last().map(|(seq, _)| *seq).or(top.cursor_seq);
        let oldest = oldest.unwrap_or(i64::MAX);
        let older = fetch_page(store, top.pk, view, Direction::Older, oldest, 1).await?;
        !older.items.is_empty()
    } else {
        let older = items.len() > count as usize || budget.is_exceeded();
        items.truncate(count as usize);
        older
    };
    Ok(Page {
        items: items.into_iter().map(|(_, object)| object).collect(),
        total: count_total(store, stream, view, &top, since)
            .await?
            .unsigned_abs(),
        has_older: older,
    })
}
