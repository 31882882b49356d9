//! A page of a stream, whichever database it is read from.

use std::sync::Arc;

use async_trait::async_trait;

use super::query::{Counts, Tally, Toward};
use crate::{
    model::{Cursor, Filter, Object, Page, PageRequest, Stream, Viewer, fold},
    storage::{Result, StorageError},
};

/// A stream, with its counters and the place of a cursor in it: a row of
/// [`STREAM`](super::query::STREAM).
#[derive(sqlx::FromRow)]
pub(in crate::storage) struct Top {
    /// Its primary key.
    pub(in crate::storage) pk: i64,
    total: i64,
    major: i64,
    minor: i64,
    major_direct: i64,
    minor_direct: i64,
    public: i64,
    public_major: i64,
    public_minor: i64,
    public_major_direct: i64,
    public_minor_direct: i64,
    at: Option<i64>,
}

/// A part of a stream, as someone sees it.
#[derive(Clone, Copy)]
pub(in crate::storage) struct View<'a> {
    /// The primary key of the stream.
    pub(in crate::storage) stream: i64,
    /// Which classes are seen.
    pub(in crate::storage) filter: Filter,
    /// By whom.
    pub(in crate::storage) viewer: Viewer<'a>,
    /// The name that is searched for, folded.
    pub(in crate::storage) named: Option<&'a str>,
    /// Among how many of the newest entries.
    pub(in crate::storage) searched: u32,
}

/// What a page asks of a database.
#[async_trait]
pub(in crate::storage) trait Entries: Sync {
    /// So many items from a bound, nearest first, with their numbers.
    async fn read(
        &self,
        view: View<'_>,
        toward: Toward,
        bound: i64,
        count: u32,
        offset: i64,
    ) -> Result<Vec<(i64, Arc<Object>)>>;

    /// How many of those that not everyone may read the viewer sees.
    async fn count_private(&self, view: View<'_>) -> Result<i64>;

    /// How many the viewer sees where a name is searched for.
    async fn count_named(&self, view: View<'_>) -> Result<i64>;
}

/// The item a cursor names.
pub(in crate::storage) fn cursor_item(cursor: &Cursor) -> Option<&str> {
    match cursor {
        Cursor::Before(item) | Cursor::Since(item) => Some(item),
        Cursor::Newest | Cursor::Offset(_) => None,
    }
}

/// One page of a stream that was found or not, as [`Streams::list`](crate::storage::Streams::list)
/// promises it.
pub(in crate::storage) async fn page(
    entries: &impl Entries,
    stream: &Stream,
    found: Option<Top>,
    request: &PageRequest,
    viewer: Viewer<'_>,
) -> Result<Page> {
    let top = match (found, cursor_item(&request.cursor)) {
        (Some(Top { at: None, .. }) | None, Some(item)) => {
            let (stream, item) = (stream.to_string(), item.into());
            return Err(StorageError::NotInStream { stream, item });
        }
        (Some(top), _) => top,
        (None, None) => return Ok(Page::default()),
    };
    let named = request.named.as_deref().map(fold);
    let view = View {
        stream: top.pk,
        filter: request.filter,
        viewer,
        named: named.as_deref(),
        searched: request.searched,
    };
    let (items, older) = items(entries, view, &top, request).await?;
    Ok(Page {
        items: items.into_iter().map(|(_, object)| object).collect(),
        total: total(entries, view, &top).await?.unsigned_abs(),
        older,
    })
}

async fn total(entries: &impl Entries, view: View<'_>, top: &Top) -> Result<i64> {
    if view.named.is_some() {
        return entries.count_named(view).await;
    }
    let (seen, more) = top.counts().seen(view.filter, view.viewer);
    let private = if more {
        entries.count_private(view).await?
    } else {
        0
    };
    Ok(seen + private)
}

/// The items of a page with their numbers, and whether there are older ones.
async fn items(
    entries: &impl Entries,
    view: View<'_>,
    top: &Top,
    request: &PageRequest,
) -> Result<(Vec<(i64, Arc<Object>)>, bool)> {
    let (at, count) = (top.at.unwrap_or(i64::MAX), request.count);
    if let Cursor::Since(_) = request.cursor {
        let mut near = entries.read(view, Toward::Newer, at, count, 0).await?;
        near.reverse();
        let oldest = near.last().map_or(at, |(seq, _)| *seq);
        let older = entries.read(view, Toward::Older, oldest, 1, 0).await?;
        return Ok((near, !older.is_empty()));
    }
    let offset = match request.cursor {
        Cursor::Offset(offset) => i64::try_from(offset).unwrap_or(i64::MAX),
        _ => 0,
    };
    // One more than asked for tells whether there is more.
    let wanted = count.saturating_add(1);
    let mut items = entries
        .read(view, Toward::Older, at, wanted, offset)
        .await?;
    let older = items.len() > count as usize;
    items.truncate(count as usize);
    Ok((items, older))
}

impl Top {
    fn counts(&self) -> Counts {
        Counts {
            all: Tally {
                total: self.total,
                major: self.major,
                minor: self.minor,
                major_direct: self.major_direct,
                minor_direct: self.minor_direct,
            },
            public: Tally {
                total: self.public,
                major: self.public_major,
                minor: self.public_minor,
                major_direct: self.public_major_direct,
                minor_direct: self.public_minor_direct,
            },
        }
    }
}
