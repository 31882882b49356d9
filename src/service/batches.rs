//! Work on all items of a stream, page by page, and the age of an item.

use std::sync::Arc;

use serde_json::Value;

use super::Result;
use crate::{
    Context,
    model::{Cursor, Object, Page, PageRequest, Stream, Viewer},
};

/// Maximum items that are read at a time.
const PAGE_SIZE: u32 = 100;

/// Does some work on each thing in a stream, which may go out of the stream by it. A failure does
/// not stop the others; the first one is returned.
pub(super) async fn for_each_item<Work>(
    ctx: &Context,
    stream: &Stream,
    work: impl Fn(Context, Arc<Object>) -> Work,
) -> Result<()>
where
    Work: Future<Output = Result<()>>,
{
    let mut failed = None;
    let mut page = Some(read_page(ctx, stream, Cursor::Newest).await?);
    while let Some(Page {
        items,
        has_older: older,
        ..
    }) = page.take()
    {
        // The item that the next page is counted from may be gone after the work.
        if let Some(last) = items.last().filter(|_| older) {
            page = Some(read_page(ctx, stream, Cursor::Before(last.id.clone())).await?);
        }
        for item in items {
            if let Err(error) = work(ctx.clone(), item).await {
                failed.get_or_insert(error);
            }
        }
    }
    failed.map_or(Ok(()), Err)
}

/// A page of a stream, whoever may read what is on it.
pub(super) async fn read_page(ctx: &Context, stream: &Stream, cursor: Cursor) -> Result<Page> {
    let request = PageRequest {
        count: PAGE_SIZE,
        cursor,
        ..PageRequest::default()
    };
    let page = ctx.storage().list(stream, &request, Viewer::Unrestricted);
    Ok(page.await?)
}

/// Whether a time of an object is more than so many seconds ago, or can't be read.
pub(super) fn is_older_than(ctx: &Context, object: &Object, key: &str, seconds: i64) -> bool {
    let time = object.body.get(key).and_then(Value::as_str);
    let time = time.and_then(|time| chrono::DateTime::parse_from_rfc3339(time).ok());
    time.is_none_or(|time| ctx.now().timestamp() - time.timestamp() > seconds)
}
