//! What is done after the answer: the rest of those who left, and files that nothing names any more.
//!
//! What there is to do stands in streams of the store, so it survives the end of the process, and any
//! node can do it. Each step is a small commit of its own: a sweep can end anywhere and begin anew, it
//! never holds others up for long, and two at once only do some steps in vain.

use std::sync::Arc;

use serde_json::Value;

use super::{Result, accounts, media};
use crate::{
    Context,
    model::{Cursor, Object, Page, PageRequest, Stream, Viewer},
};

/// How many things of a stream are looked at at a time.
const AT_ONCE: u32 = 100;

/// Sweeps up all there is. What fails is left for the next time.
pub async fn sweep(ctx: &Context) -> Result<()> {
    let left = accounts::departure::sweep(ctx).await;
    media::loose::sweep(ctx).await.and(left)
}

/// Does some work on each thing in a stream, which may go out of the stream by it. What fails doesn't keep the
/// rest; the first failure is the answer.
pub(super) async fn each<Work>(
    ctx: &Context,
    stream: &Stream,
    work: impl Fn(Context, Arc<Object>) -> Work,
) -> Result<()>
where
    Work: Future<Output = Result<()>>,
{
    let mut failed = None;
    let mut page = Some(read(ctx, stream, Cursor::Newest).await?);
    while let Some(Page { items, older, .. }) = page.take() {
        // The item that the next page is counted from may be gone after the work.
        if let Some(last) = items.last().filter(|_| older) {
            page = Some(read(ctx, stream, Cursor::Before(last.id.clone())).await?);
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
pub(super) async fn read(ctx: &Context, stream: &Stream, cursor: Cursor) -> Result<Page> {
    let request = PageRequest {
        count: AT_ONCE,
        cursor,
        ..PageRequest::default()
    };
    let page = ctx.storage().list(stream, &request, Viewer::Everything);
    Ok(page.await?)
}

/// Whether a time of an object is more than so many seconds ago, or can't be read.
pub(super) fn is_past(ctx: &Context, object: &Object, key: &str, seconds: i64) -> bool {
    let time = object.body.get(key).and_then(Value::as_str);
    let time = time.and_then(|time| chrono::DateTime::parse_from_rfc3339(time).ok());
    time.is_none_or(|time| ctx.now().timestamp() - time.timestamp() > seconds)
}
