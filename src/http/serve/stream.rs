//! The socket of a connection, whose peer may not keep bytes waiting for long.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{Limits, admission::State, pace::Pace};

/// A stream that tells of the bytes that come, and fails when the peer stalls while bytes are to
/// go.
pub(super) struct PacedStream<S> {
    stream: S,
    limits: Arc<Limits>,
    state: Arc<State>,
    writing: Pace,
    blocked: Arc<AtomicBool>,
}

impl<S> PacedStream<S> {
    /// A stream that says in `blocked` whether there are bytes that the peer doesn't take.
    pub(super) fn new(
        stream: S,
        limits: Arc<Limits>,
        state: Arc<State>,
        blocked: Arc<AtomicBool>,
    ) -> Self {
        Self {
            stream,
            limits,
            state,
            writing: Pace::default(),
            blocked,
        }
    }

    fn note_written(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        self.blocked.store(written.is_pending(), Ordering::Relaxed);
        if let Poll::Ready(written) = written {
            self.writing.count(*written.as_ref().unwrap_or(&0));
            return Poll::Ready(written);
        }
        ready!(self.writing.poll_stalled(cx, self.limits.stall()));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for PacedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if read.is_ready() {
            self.state.note_bytes();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for PacedStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.note_written(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.note_written(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
