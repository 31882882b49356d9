//! A page of a stream, whichever database it is read from.

use std::sync::Arc;

use async_trait::async_trait;

use super::{
    counts::{Counts, Tally},
    groups::{self, Group},
    history::History,
    query::Toward,
    totals::Totals,
};
use crate::{
    model::{Cursor, Filter, Head, Object, Page, PageRequest, Room, Stream, Viewer, fold},
    storage::{Result, StorageError, Streams},
};

/// A stream, with its counters and the place of a cursor in it: a row of
/// [`STREAM`](super::query::STREAM).
#[derive(sqlx::FromRow)]
pub(in crate::storage) struct Top {
    /// Its primary key.
    pub(in crate::storage) pk: i64,
    /// The number of the newest entry ever made.
    pub(in crate::storage) last: i64,
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
    /// Which classes are seen.
    pub(in crate::storage) filter: Filter,
    /// By whom.
    pub(in crate::storage) viewer: Viewer<'a>,
    /// The name that is searched for, folded.
    pub(in crate::storage) named: Option<&'a str>,
    /// Among how many of the newest entries.
    pub(in crate::storage) searched: u32,
    /// How many bytes of JSON are seen at once.
    pub(in crate::storage) max_bytes: usize,
}

/// Items with their numbers, as many as there is room for.
pub(in crate::storage) struct Numbered {
    items: Vec<(i64, Arc<Object>)>,
    room: Room,
}

impl Numbered {
    /// None yet, and room for what a view may have.
    pub(in crate::storage) fn of(view: View<'_>) -> Self {
        Self {
            items: Vec::new(),
            room: Room::of(view.max_bytes),
        }
    }

    /// Adds the next item, if there is room.
    pub(in crate::storage) fn push(&mut self, (seq, object): (i64, Arc<Object>)) {
        if self.room.take(object.size()) {
            self.items.push((seq, object));
        }
    }
}

/// What a page asks of a database.
#[async_trait]
pub(in crate::storage) trait Entries: Streams + History {
    /// A stream with the place of an item in it, and so many items from there, nearest first; from the end
    /// that is beyond all if the item is not in it.
    async fn open(
        &self,
        stream: &Stream,
        item: Option<&str>,
        view: View<'_>,
        toward: Toward,
        (count, offset): (u32, i64),
    ) -> Result<Option<(Top, Numbered)>>;

    /// So many items of a stream from a bound, nearest first.
    async fn read(
        &self,
        stream: i64,
        view: View<'_>,
        toward: Toward,
        bound: i64,
        count: u32,
    ) -> Result<Numbered>;

    /// What was counted before.
    fn totals(&self) -> &Totals;

    /// Looks what others wrote, so that it is known whether the counts are good.
    async fn look(&self) -> Result<()>;

    /// How many of those that not everyone may read, after an entry and up to another, the viewer sees.
    async fn count_private(&self, stream: i64, view: View<'_>, part: (i64, i64)) -> Result<i64>;

    /// Of the newest ones of those that not everyone may read, after an entry and up to another, how many there are of
    /// each author and audience: of so many such groups at most.
    async fn count_groups(
        &self,
        stream: i64,
        filter: Filter,
        part: (i64, i64),
        newest: i64,
        most: i64,
    ) -> Result<Vec<Group>>;

    /// How many the viewer sees where a name is searched for.
    async fn count_named(&self, stream: i64, view: View<'_>) -> Result<i64>;
}

/// One page of a stream, as [`Streams::list`](crate::storage::Streams::list) promises it.
pub(in crate::storage) async fn page(
    entries: &impl Entries,
    stream: &Stream,
    request: &PageRequest,
    viewer: Viewer<'_>,
) -> Result<Page> {
    let since = entries.totals().now();
    let named = request.named.as_deref().map(fold);
    let view = View {
        filter: request.filter,
        viewer,
        named: named.as_deref(),
        searched: request.searched,
        max_bytes: request.max_bytes,
    };
    let item = request.cursor.item();
    let count = request.count;
    let (toward, part) = match request.cursor {
        Cursor::Since(_) => (Toward::Newer, (count, 0)),
        // One more than asked for tells whether there is more.
        Cursor::Offset(offset) => {
            // No stream is longer, and more may be added to it.
            let offset = i64::from(u32::try_from(offset).unwrap_or(u32::MAX));
            (Toward::Older, (count.saturating_add(1), offset))
        }
        Cursor::Newest | Cursor::Before(_) => (Toward::Older, (count.saturating_add(1), 0)),
    };
    let found = entries.open(stream, item, view, toward, part).await?;
    let missing = |item: &str| {
        let (stream, item) = (stream.to_string(), item.into());
        StorageError::NotInStream { stream, item }
    };
    let (top, Numbered { mut items, room }) = match (found, item) {
        (Some((top @ Top { at: None, .. }, _)), Some(item)) => {
            // It may have been there before: few cursors name such an item.
            let at = entries.position(top.pk, item).await?;
            let at = at.ok_or_else(|| missing(item))?;
            let items = entries.read(top.pk, view, toward, at, part.0).await?;
            (
                Top {
                    at: Some(at),
                    ..top
                },
                items,
            )
        }
        (Some(found), _) => found,
        (None, Some(item)) => return Err(missing(item)),
        (None, None) => return Ok(Page::default()),
    };
    let older = if let Toward::Newer = toward {
        items.reverse();
        let oldest = items.last().map(|(seq, _)| *seq).or(top.at);
        let oldest = oldest.unwrap_or(i64::MAX);
        let older = entries.read(top.pk, view, Toward::Older, oldest, 1).await?;
        !older.items.is_empty()
    } else {
        let older = items.len() > count as usize || room.is_full();
        items.truncate(count as usize);
        older
    };
    Ok(Page {
        items: items.into_iter().map(|(_, object)| object).collect(),
        total: total(entries, stream, view, &top, since)
            .await?
            .unsigned_abs(),
        older,
    })
}

/// The head of a stream, as far as one statement finds it.
#[derive(Clone)]
pub(in crate::storage) struct Preview {
    /// How many items the viewer sees, if they are few enough to be counted each time.
    pub(in crate::storage) total: Option<u64>,
    /// The ids of the newest ones.
    pub(in crate::storage) items: Vec<String>,
}

/// The heads of streams, with totals that are remembered where much is to be counted.
pub(in crate::storage) async fn heads(
    entries: &impl Entries,
    streams: &[Stream],
    found: impl Iterator<Item = Option<&Preview>>,
    viewer: Viewer<'_>,
) -> Result<Vec<Head>> {
    let mut heads = Vec::with_capacity(streams.len());
    for (stream, preview) in streams.iter().zip(found) {
        heads.push(match preview.cloned() {
            None => Head::default(),
            Some(Preview { total, items }) => Head {
                total: match total {
                    Some(total) => total,
                    None => count(entries, stream, viewer).await?,
                },
                items,
            },
        });
    }
    Ok(heads)
}

/// How many items of a stream a viewer sees.
async fn count(entries: &impl Entries, stream: &Stream, viewer: Viewer<'_>) -> Result<u64> {
    let since = entries.totals().now();
    let view = View {
        filter: Filter::default(),
        viewer,
        named: None,
        searched: 0,
        max_bytes: 0,
    };
    let found = entries
        .open(stream, None, view, Toward::Older, (0, 0))
        .await?;
    match found {
        Some((top, _)) => Ok(total(entries, stream, view, &top, since)
            .await?
            .unsigned_abs()),
        None => Ok(0),
    }
}

async fn total(
    entries: &impl Entries,
    stream: &Stream,
    view: View<'_>,
    top: &Top,
    since: u64,
) -> Result<i64> {
    if view.named.is_some() {
        return entries.count_named(top.pk, view).await;
    }
    let (seen, others) = top.counts().seen(view.filter, view.viewer);
    if others == 0 {
        return Ok(seen);
    }
    entries.look().await?;
    let counting = entries.totals().begin(stream, top.pk, view, since);
    if counting.from() == 0
        && others >= groups::WORTH
        && let Some((count, upto)) = groups::count(entries, stream, view, top).await?
    {
        return Ok(seen + counting.end(count, upto));
    }
    let part = (counting.from(), top.last);
    let private = if part.0 < part.1 {
        entries.count_private(top.pk, view, part).await?
    } else {
        0
    };
    Ok(seen + counting.end(private, top.last))
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
