//! The router on a port.

use std::{io, net::SocketAddr};

use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use crate::App;

/// Serves until `stop` is ready, and then until the last request in flight is answered; live feeds end
/// when it is.
pub async fn serve(
    listener: TcpListener,
    app: App,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let live = app.clone();
    let stop = async move {
        stop.await;
        live.end_live_feeds();
    };
    // What is sent last must not wait until what was sent before it has arrived.
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps what is small");
        }
    });
    let service = super::router(app).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(stop)
        .await
}
