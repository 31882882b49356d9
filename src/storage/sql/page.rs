//! A page of a stream, whichever database it is read from.

use std::sync::Arc;

use async_trait::async_trait;

use super::{
    audience_groups::{self, AudienceGroup},
    counters::{ClassCounts, StreamCounters},
    history::History,
    query::Direction,
    visible_counts::VisibleCountCache,
};
use crate::{
    model::{
        Cursor, Filter, Object, Page, PageRequest, Room, Stream, StreamPreview, Viewer, case_fold,
    },
    storage::{Result, StorageError, Streams},
};

/// A stream, with its counters and the place of a cursor in it: a row of
/// [`FIND_STREAM_SQL`](super::query::FIND_STREAM_SQL).
#[derive(sqlx::FromRow)]
pub(crate) struct StreamState {
    /// Its primary key.
    pub(crate) pk: i64,
    /// The number of the newest entry ever made.
    #[sqlx(rename = "last")]
    pub(crate) last_seq: i64,
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
    #[sqlx(rename = "at")]
    cursor_seq: Option<i64>,
}

/// A part of a stream, as someone sees it.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    /// Which classes are seen.
    pub(crate) filter: Filter,
    /// By whom.
    pub(crate) viewer: Viewer<'a>,
    /// The name that is searched for, folded.
    pub(crate) name_query: Option<&'a str>,
    /// Among how many of the newest entries.
    pub(crate) search_window: u32,
    /// How many bytes of JSON are seen at once.
    pub(crate) max_bytes: usize,
}

/// Items with their numbers, as many as there is room for.
pub(crate) struct SeqItems {
    items: Vec<(i64, Arc<Object>)>,
    room: Room,
}

impl SeqItems {
    /// None yet, and room for what a view may have.
    pub(crate) fn of(view: View<'_>) -> Self {
        Self {
            items: Vec::new(),
            room: Room::of(view.max_bytes),
        }
    }

    /// Adds the next item, if there is room.
    pub(crate) fn push(&mut self, (seq, object): (i64, Arc<Object>)) {
        if self.room.take(object.size()) {
            self.items.push((seq, object));
        }
    }
}

/// Queries that paging needs of a database.
#[async_trait]
pub(crate) trait StreamBackend: Streams + History {
    /// Returns a stream, the position of an item in it, and up to `count` items from there, nearest
    /// first. Without the item it starts at the end.
    async fn open_page(
        &self,
        stream: &Stream,
        item: Option<&str>,
        view: View<'_>,
        toward: Direction,
        (count, offset): (u32, i64),
    ) -> Result<Option<(StreamState, SeqItems)>>;

    /// So many items of a stream from a bound, nearest first.
    async fn fetch_page(
        &self,
        stream: i64,
        view: View<'_>,
        toward: Direction,
        bound: i64,
        count: u32,
    ) -> Result<SeqItems>;

    /// Cached counts.
    fn visible_counts(&self) -> &VisibleCountCache;

    /// Looks what others wrote, so that it is known whether the counts are good.
    async fn sync_counts(&self) -> Result<()>;

    /// How many of those that not everyone may read, after an entry and up to another, the viewer
    /// sees.
    async fn count_private(&self, stream: i64, view: View<'_>, part: (i64, i64)) -> Result<i64>;

    /// Groups the newest non-public entries in a range by author and audience, up to a maximum
    /// number of groups.
    async fn count_groups(
        &self,
        stream: i64,
        filter: Filter,
        part: (i64, i64),
        newest: i64,
        most: i64,
    ) -> Result<Vec<AudienceGroup>>;

    /// How many the viewer sees where a name is searched for.
    async fn count_named(&self, stream: i64, view: View<'_>) -> Result<i64>;
}

/// One page of a stream, as [`Streams::list`](crate::storage::Streams::list) promises it.
pub(crate) async fn read_page(
    entries: &impl StreamBackend,
    stream: &Stream,
    request: &PageRequest,
    viewer: Viewer<'_>,
) -> Result<Page> {
    let since = entries.visible_counts().now();
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
    let found = entries.open_page(stream, item, view, toward, part).await?;
    let missing = |item: &str| {
        let (stream, item) = (stream.to_string(), item.into());
        StorageError::NotInStream { stream, item }
    };
    let (top, SeqItems { mut items, room }) = match (found, item) {
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
            let at = entries.position(top.pk, item).await?;
            let at = at.ok_or_else(|| missing(item))?;
            let items = entries.fetch_page(top.pk, view, toward, at, part.0).await?;
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
        let older = entries
            .fetch_page(top.pk, view, Direction::Older, oldest, 1)
            .await?;
        !older.items.is_empty()
    } else {
        let older = items.len() > count as usize || room.is_full();
        items.truncate(count as usize);
        older
    };
    Ok(Page {
        items: items.into_iter().map(|(_, object)| object).collect(),
        total: count_total(entries, stream, view, &top, since)
            .await?
            .unsigned_abs(),
        has_older: older,
    })
}

/// The head of a stream, as far as one statement finds it.
#[derive(Clone)]
pub(crate) struct Preview {
    /// How many items the viewer sees, if they are few enough to be counted each time.
    pub(crate) total: Option<u64>,
    /// The ids of the newest ones.
    pub(crate) items: Vec<String>,
}

/// The heads of streams, with totals that are remembered where much is to be counted.
pub(crate) async fn heads(
    entries: &impl StreamBackend,
    streams: &[Stream],
    found: impl Iterator<Item = Option<&Preview>>,
    viewer: Viewer<'_>,
) -> Result<Vec<StreamPreview>> {
    let mut previews = Vec::with_capacity(streams.len());
    for (stream, preview) in streams.iter().zip(found) {
        previews.push(match preview.cloned() {
            None => StreamPreview::default(),
            Some(Preview { total, items }) => StreamPreview {
                total: match total {
                    Some(total) => total,
                    None => count(entries, stream, viewer).await?,
                },
                items,
            },
        });
    }
    Ok(previews)
}

/// How many items of a stream a viewer sees.
async fn count(entries: &impl StreamBackend, stream: &Stream, viewer: Viewer<'_>) -> Result<u64> {
    let since = entries.visible_counts().now();
    let view = View {
        filter: Filter::default(),
        viewer,
        name_query: None,
        search_window: 0,
        max_bytes: 0,
    };
    let found = entries
        .open_page(stream, None, view, Direction::Older, (0, 0))
        .await?;
    match found {
        Some((top, _)) => Ok(count_total(entries, stream, view, &top, since)
            .await?
            .unsigned_abs()),
        None => Ok(0),
    }
}

async fn count_total(
    entries: &impl StreamBackend,
    stream: &Stream,
    view: View<'_>,
    top: &StreamState,
    since: u64,
) -> Result<i64> {
    if view.name_query.is_some() {
        return entries.count_named(top.pk, view).await;
    }
    let (seen, others) = top.counts().visible_and_uncertain(view.filter, view.viewer);
    if others == 0 {
        return Ok(seen);
    }
    entries.sync_counts().await?;
    let counting = entries
        .visible_counts()
        .begin_count(stream, top.pk, view, since);
    if counting.start_after() == 0
        && others >= audience_groups::GROUPING_THRESHOLD
        && let Some((count, upto)) =
            audience_groups::count_visible(entries, stream, view, top).await?
    {
        return Ok(seen + counting.finish(count, upto));
    }
    let part = (counting.start_after(), top.last_seq);
    let private = if part.0 < part.1 {
        entries.count_private(top.pk, view, part).await?
    } else {
        0
    };
    Ok(seen + counting.finish(private, top.last_seq))
}

impl StreamState {
    fn counts(&self) -> StreamCounters {
        StreamCounters {
            all: ClassCounts {
                total: self.total,
                major: self.major,
                minor: self.minor,
                major_direct: self.major_direct,
                minor_direct: self.minor_direct,
            },
            public: ClassCounts {
                total: self.public,
                major: self.public_major,
                minor: self.public_minor,
                major_direct: self.public_major_direct,
                minor_direct: self.public_minor_direct,
            },
        }
    }
}
