//! One connection: its requests one after the other, until it ends or has to.

use std::{
    convert::Infallible,
    future::poll_fn,
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
};

use axum::{Router, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower::Service;

use super::{
    Limits,
    admission::{Place, State},
    body::{self, ResponseBody, Serving},
    pace::Alarm,
    stream::PacedStream,
};

/// The most bytes of the head of a request: 431 for more.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// An open connection that has its place.
pub(super) struct Connection {
    place: Place,
    limits: Arc<Limits>,
}

impl Connection {
    pub(super) fn new(place: Place, limits: Arc<Limits>) -> Self {
        Self { place, limits }
    }

    /// Answers the requests of a peer.
    pub(super) async fn run(self, stream: TcpStream, peer: SocketAddr, router: Router) {
        prepare(&stream, &self.limits);
        let state = &self.place.state;
        let blocked = Arc::new(AtomicBool::new(false));
        let stream = PacedStream::new(
            stream,
            Arc::clone(&self.limits),
            Arc::clone(state),
            Arc::clone(&blocked),
        );
        let service = service_fn(|request| answer(request, peer, &router, state, &self.limits));
        let mut connection = pin!(
            http1::Builder::new()
                // There is a limit below, which tells silence from a head that is slow.
                .header_read_timeout(None)
                .max_buf_size(MAX_HEAD_BYTES)
                .serve_connection(TokioIo::new(stream), service)
        );
        let mut told_to_end = pin!(state.ended.cancelled());
        let (mut is_ending, mut overdue) = (false, Alarm::default());
        poll_fn(|cx| {
            if !is_ending && told_to_end.as_mut().poll(cx).is_ready() {
                is_ending = true;
                connection.as_mut().graceful_shutdown();
            }
            if connection.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            match state.wait() {
                // The last request is answered, and the answer sent.
                Some(_) if is_ending && !blocked.load(Ordering::Relaxed) => Poll::Ready(()),
                Some(wait) => overdue.poll(cx, wait.deadline(&self.limits)),
                None => Poll::Pending,
            }
        })
        .await;
    }
}

/// Has the router answer a request. The connection counts as waiting again when the answer is sent.
fn answer(
    request: Request<Incoming>,
    peer: SocketAddr,
    router: &Router,
    state: &Arc<State>,
    limits: &Arc<Limits>,
) -> impl Future<Output = Result<axum::http::Response<ResponseBody>, Infallible>> + use<> {
    let serving = Serving::begin(state);
    let mut request = request.map(|body| body::of_request(body, limits));
    request.extensions_mut().insert(ConnectInfo(peer));
    let answered = router.clone().call(request);
    async move { Ok(answered.await?.map(|body| ResponseBody::new(body, serving))) }
}

/// Sets up the socket. A socket that refuses an option works without.
fn prepare(stream: &TcpStream, limits: &Limits) {
    // Without Nagle's algorithm, the last packet need not wait for the one before it to arrive.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "failed to set TCP_NODELAY");
    }
    // The system ends a connection whose peer is gone, or takes nothing of what is left to be sent.
    #[cfg(target_os = "linux")]
    {
        let milliseconds = u32::try_from(limits.stall.as_millis()).unwrap_or(u32::MAX);
        if let Err(error) = rustix::net::sockopt::set_tcp_user_timeout(stream, milliseconds) {
            tracing::debug!(%error, "a connection to a peer that is gone ends late");
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = limits;
}
