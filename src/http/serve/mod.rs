//! The router on a port: connections are accepted, counted and ended here.

mod admission;
mod body;
mod connection;
mod files;
mod pace;
mod stream;

use std::{
    io::{self, Write},
    net::Shutdown,
    sync::Arc,
    time::Duration,
};

use axum::Router;
use tokio::{
    net::{TcpListener, TcpStream},
    pin, select,
    time::sleep,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::log_throttle::LogThrottle;
use crate::{App, app::ConnectionSettings};
use admission::Admission;
use connection::Connection;

/// How long accepting pauses when the system has no more files, so as not to spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The least time between two log lines about connections that were refused, or failed.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// The whole answer to a connection for which there is no room.
const NO_ROOM: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    content-type: application/json; charset=utf-8\r\n\
    retry-after: 10\r\n\
    connection: close\r\n\
    content-length: 61\r\n\r\n\
    {\"error\":\"There are too many connections. Try again later.\"}\n";

/// Serves until `stop` is ready, and then until the last request in flight is answered; live feeds
/// end when it is, and connections without a request are closed.
///
/// Connections have the limits of [`Settings::connections`](crate::app::Settings::connections).
pub async fn serve(
    listener: TcpListener,
    app: App,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let router = super::router(app.clone());
    serve_router(listener, router, app, stop).await
}

/// Serves a router of a host application, of which
/// [`router`](super::router) is a part, as [`serve`] does. HTTP/1 only, and without upgrades.
pub async fn serve_router(
    listener: TcpListener,
    router: Router,
    app: App,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let stopping = CancellationToken::new();
    let limits = Arc::new(Limits::of(&app.settings().connections, &stopping));
    let admission = Arc::new(Admission::new(app.settings(), &stopping));
    let [refused, failed] = [(); 2].map(|()| LogThrottle::new(LOG_INTERVAL));
    let tasks = TaskTracker::new();
    pin!(stop);
    loop {
        let accepted = select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                if let Some(place) = admission.admit(peer.ip()) {
                    let connection = Connection::new(place, Arc::clone(&limits));
                    tasks.spawn(connection.run(stream, peer, router.clone()));
                    continue;
                }
                refuse(stream);
                if let Some(suppressed) = refused.admit() {
                    tracing::warn!(%peer, suppressed, "too many connections: one was refused");
                }
            }
            Err(error) if concerns_one_connection(&error) => {}
            Err(error) => {
                admission.end_oldest_waiting();
                if let Some(suppressed) = failed.admit() {
                    tracing::error!(%error, suppressed, "a connection can't be accepted");
                }
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    app.end_live_feeds();
    stopping.cancel();
    tasks.close();
    tasks.wait().await;
    Ok(())
}

/// The time limits of every connection.
struct Limits {
    head: Duration,
    idle: Duration,
    stall: Duration,
    stopping: CancellationToken,
}

/// How long a peer may stall while the server stops.
const STALL_AT_STOP: Duration = Duration::from_secs(2);

impl Limits {
    fn of(settings: &ConnectionSettings, stopping: &CancellationToken) -> Self {
        Self {
            head: settings.head,
            idle: settings.idle,
            stall: settings.stall,
            stopping: stopping.clone(),
        }
    }

    /// How long the peer may be waited for while next to nothing moves.
    fn stall(&self) -> Duration {
        if self.stopping.is_cancelled() {
            self.stall.min(STALL_AT_STOP)
        } else {
            self.stall
        }
    }
}

/// Whether the peer broke this connection before it was accepted, so that the next can be.
fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

/// Answers 503 without waiting for a request or for the peer.
fn refuse(stream: TcpStream) {
    if let Ok(mut stream) = stream.into_std() {
        // The buffer of a new connection has room; whoever is gone is refused, too.
        let _ = stream.write(NO_ROOM);
        let _ = stream.shutdown(Shutdown::Write);
        // Closing over bytes that nobody read would break the connection before the answer arrives.
        let _ = io::Read::read(&mut stream, &mut [0; 4096]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_says_how_long_it_is() {
        let text = std::str::from_utf8(NO_ROOM).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains(&format!("content-length: {}", body.len())),
            "{}",
            body.len()
        );
    }
}
