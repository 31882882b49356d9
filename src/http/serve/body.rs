//! Bodies as a connection sees them: whether one is waited for, and when the last is sent.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    Error,
    body::{Body, Bytes, HttpBody},
};
use hyper::body::{Frame, Incoming, SizeHint};

use super::{Limits, admission::State, pace::Pace};

/// The body of a request, which fails when the peer stalls while it is waited for.
struct RequestBody {
    incoming: Incoming,
    pace: Pace,
    limits: Arc<Limits>,
}

/// The body of a request, as the router takes it.
pub(super) fn of_request(incoming: Incoming, limits: &Arc<Limits>) -> Body {
    if incoming.is_end_stream() {
        return Body::empty();
    }
    Body::new(RequestBody {
        incoming,
        pace: Pace::default(),
        limits: Arc::clone(limits),
    })
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Self {
            incoming,
            pace,
            limits,
        } = &mut *self;
        match Pin::new(incoming).poll_frame(cx) {
            Poll::Ready(frame) => {
                if let Some(Ok(frame)) = &frame {
                    pace.count(frame.data_ref().map_or(0, Bytes::len));
                }
                Poll::Ready(frame.map(|frame| frame.map_err(Error::new)))
            }
            Poll::Pending => pace
                .poll_stalled(cx, limits.stall())
                .map(|()| Some(Err(Error::new(io::Error::from(io::ErrorKind::TimedOut))))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        HttpBody::size_hint(&self.incoming)
    }
}

/// A request that is being answered. When it is dropped the connection waits for the next.
pub(super) struct Serving(Arc<State>);

impl Serving {
    pub(super) fn begin(state: &Arc<State>) -> Self {
        state.begin_request();
        Self(Arc::clone(state))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.end_request();
    }
}

/// The body of an answer, with which its request is done.
pub(super) struct ResponseBody {
    body: Body,
    _serving: Serving,
}

impl ResponseBody {
    pub(super) fn new(body: Body, serving: Serving) -> Self {
        Self {
            body,
            _serving: serving,
        }
    }
}

impl HttpBody for ResponseBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        HttpBody::size_hint(&self.body)
    }
}
