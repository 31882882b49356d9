//! Wiring: an [`App`] from a configuration, and its router on a port until it is told to stop.

mod blobs;
mod build;
mod data_dir;
mod error;
mod files;
mod stop;

use std::{net::SocketAddr, time::Duration};

use tokio::{join, net::TcpListener, pin, select, time};
use tokio_util::sync::CancellationToken;

use crate::{
    App,
    config::Config,
    context::Caller,
    http,
    service::{background, mail, provision},
};
pub use build::build_app;
pub use error::StartError;
pub use files::raise_file_limit;
pub use stop::ShutdownSignal;

/// How long the storage may take to close. Acknowledged writes are durable, whether the store is
/// closed or not.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// A server that holds its port and its storage, ready to [`run`](Self::run).
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    app: App,
    shutdown_timeout: Duration,
}

impl Server {
    /// Takes the port, opens the storage, and sees to the clients and users that the configuration
    /// gives. The port is first: where it is taken, nothing was touched.
    pub async fn bind(config: &Config) -> Result<Self, StartError> {
        let refused = |reason| StartError::Listen {
            address: config.listen,
            reason,
        };
        let listener = TcpListener::bind(config.listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let app = build_app(config, address).await?;
        provision::provision(&app.context(Caller::Server), &config.provision())
            .await
            .map_err(StartError::Provision)?;
        mail::confirm::log_unconfirmed(&app.context(Caller::Server))
            .await
            .map_err(StartError::Database)?;
        Ok(Self {
            listener,
            address,
            app,
            shutdown_timeout: Duration::from_secs(config.limits.shutdown_timeout_seconds),
        })
    }

    /// The address it listens on, with the port it really got.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The application it serves.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Serves until it is told to stop, then lets requests in flight finish, for as long as the
    /// configuration allows or until it is told again.
    pub async fn run(self, mut stop: ShutdownSignal) -> std::io::Result<()> {
        let stopping = CancellationToken::new();
        let stopped = stopping.clone().cancelled_owned();
        let serving = http::serve(self.listener, self.app.clone(), stopped);
        let working = Box::pin(background::run(&self.app, stopping.cancelled()));
        pin!(serving, working);
        select! {
            ended = &mut serving => return ended,
            () = &mut working => {}
            () = stop.recv() => {}
        }
        tracing::info!("stopping: no new requests, those in flight may finish");
        stopping.cancel();
        select! {
            ended = time::timeout(self.shutdown_timeout, async { join!(serving, working) }) => {
                if let Ok((ended, ())) = ended {
                    ended?;
                } else {
                    tracing::warn!("requests exceeded the shutdown timeout and were aborted");
                }
            }
            () = stop.recv() => {
                tracing::warn!("told to stop again: requests in flight are cut off");
            }
        }
        close(self.app.storage().close(), CLOSE_TIMEOUT, stop.recv()).await;
        tracing::info!("stopped");
        Ok(())
    }
}

/// Waits for the storage to close, but neither for ever nor when told to stop again.
async fn close(
    closing: impl Future<Output = ()>,
    limit: Duration,
    told_again: impl Future<Output = ()>,
) {
    select! {
        closed = time::timeout(limit, closing) => {
            if closed.is_err() {
                tracing::warn!("storage exceeded the close timeout and was abandoned");
            }
        }
        () = told_again => tracing::warn!("told to stop again: the storage is left as it is"),
    }
}

#[cfg(test)]
mod tests {
    use std::future;

    use super::*;

    #[tokio::test]
    async fn hanging_storage_close_is_abandoned_on_timeout_or_signal() {
        close(future::pending(), Duration::ZERO, future::pending()).await;
        close(future::pending(), Duration::MAX, future::ready(())).await;
    }
}
