//! Reads what a client still sends when its answer is ready.
//!
//! A connection that is closed while a client is sending is broken to that client, which then never
//! gets to read why its request was refused.

use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, BodyDataStream, HttpBody},
    extract::Request,
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream::poll_fn};
use parking_lot::Mutex;
use tokio::time::timeout;

/// The most that is read and thrown away.
const MAX_DISCARDED_BYTES: usize = 32 * 1024 * 1024;

/// The longest that is read and thrown away.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(10);

/// Lets a handler leave the body of its request unread.
pub(super) fn wrap_body(request: Request) -> (Request, Option<UnreadBody>) {
    if request.body().is_end_stream() {
        return (request, None);
    }
    let (parts, body) = request.into_parts();
    let unread = UnreadBody(Arc::new(Mutex::new(Some(body.into_data_stream()))));
    let body = Body::from_stream(unread.clone().stream());
    (Request::from_parts(parts, body), Some(unread))
}

async fn discard(rest: impl Stream<Item = Result<Bytes, axum::Error>>) {
    let mut length = 0;
    let mut rest = std::pin::pin!(rest);
    while let Some(Ok(data)) = rest.next().await {
        length += data.len();
        if length > MAX_DISCARDED_BYTES {
            return;
        }
    }
}

/// A body that is read by the handler first and by us afterwards; empty once it has ended.
#[derive(Clone)]
pub(super) struct UnreadBody(Arc<Mutex<Option<BodyDataStream>>>);

impl UnreadBody {
    /// Reads the rest. Whether it ends, breaks off or takes too long: the answer is sent.
    pub(super) async fn drain(self) {
        let _ = timeout(DISCARD_TIMEOUT, discard(self.stream())).await;
    }

    fn stream(self) -> impl Stream<Item = Result<Bytes, axum::Error>> {
        poll_fn(move |task| self.poll(task))
    }

    fn poll(&self, task: &mut Context<'_>) -> Poll<Option<Result<Bytes, axum::Error>>> {
        let mut body = self.0.lock();
        let Some(stream) = body.as_mut() else {
            return Poll::Ready(None);
        };
        let polled = stream.poll_next_unpin(task);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            *body = None;
        }
        polled
    }
}
