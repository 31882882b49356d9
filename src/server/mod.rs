//! Wiring: an [`App`] from a configuration, and its router on a port until it is told to stop.

mod blobs;
mod build;
mod custom_pages;
mod data_dir;
mod error;
mod files;
mod public_url;
mod stop;

use std::{net::SocketAddr, time::Duration};

use tokio::{join, net::TcpListener, pin, select, time};
use tokio_util::sync::CancellationToken;

use crate::{
    App, Context,
    config::Config,
    context::Caller,
    http,
    service::{background, provision},
    storage::StorageError,
};
pub(crate) use build::build_app;
pub(crate) use error::StartError;
pub(crate) use files::raise_file_limit;
pub(crate) use stop::ShutdownSignal;

/// How long the storage may take to close. Acknowledged writes are durable, whether the store is
/// closed or not.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// A server that holds its port and its storage, ready to [`run`](Self::run).
pub(crate) struct Server {
    listener: TcpListener,
    address: SocketAddr,
    app: App,
    metrics: Option<TcpListener>,
    shutdown_timeout: Duration,
}

impl Server {
    /// Takes the port, opens the storage, and sees to the clients and users that the configuration
    /// gives. The port is first: where it is taken, nothing was touched.
    pub(crate) async fn bind(config: &Config) -> Result<Self, StartError> {
        let listener = listen(config.listen).await?;
        let metrics = match config.metrics.listen {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let refused = |reason| StartError::Listen {
            address: config.listen,
            reason,
        };
        let address = listener.local_addr().map_err(refused)?;
        let app = custom_pages::add(build_app(config, address).await?, config)?;
        public_url::warn_if_unreachable(config, app.urls());
        provision::provision(&app.context(Caller::Server), &config.provision())
            .await
            .map_err(StartError::Provision)?;
        log_unconfirmed(&app.context(Caller::Server))
            .await
            .map_err(StartError::Database)?;
        Ok(Self {
            listener,
            address,
            app,
            metrics,
            shutdown_timeout: Duration::from_secs(config.limits.shutdown_timeout_seconds),
        })
    }

    /// The address it listens on, with the port it really got.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The application it serves.
    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    /// The address that serves metrics, if there is one.
    pub(crate) fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref()?.local_addr().ok()
    }

    /// Serves until it is told to stop, then lets requests in flight finish, for as long as the
    /// configuration allows or until it is told again.
    pub(crate) async fn run(self, mut stop: ShutdownSignal) -> std::io::Result<()> {
        let stopping = CancellationToken::new();
        let stopped = stopping.clone().cancelled_owned();
        let serving = http::serve(self.listener, self.app.clone(), stopped);
        let metrics = serve_metrics(self.metrics, &self.app, stopping.clone());
        let working = Box::pin(async {
            join!(background::run(&self.app, stopping.cancelled()), metrics);
        });
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

/// Takes an address to listen on.
async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    let refused = |reason| StartError::Listen { address, reason };
    TcpListener::bind(address).await.map_err(refused)
}

/// Serves metrics on an address of their own, if there is one.
async fn serve_metrics(listener: Option<TcpListener>, app: &App, stopping: CancellationToken) {
    let Some(listener) = listener else { return };
    let router = http::metrics_router(app.clone());
    let stopped = stopping.cancelled_owned();
    if let Err(error) = http::serve_router(listener, router, app.clone(), stopped).await {
        tracing::error!(%error, "metrics can't be served");
    }
}

/// Logs how many accounts can do nothing until their owners confirm an address, where that is
/// needed.
async fn log_unconfirmed(ctx: &Context) -> Result<(), StorageError> {
    if ctx.app().settings().registration.require_email {
        let accounts = ctx.storage().count_unconfirmed().await?;
        if accounts > 0 {
            tracing::warn!(
                accounts,
                "these accounts can't be used until their mail address is confirmed; their owners can \
                 give another one"
            );
        }
    }
    Ok(())
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
    use crate::{
        app::AppParts,
        model::Secret,
        service::accounts::{self, Registration},
    };

    #[tokio::test]
    async fn start_logs_the_number_of_unconfirmed_accounts() {
        let storage = AppParts::of_a_test("http://pump.test").storage;
        for (needed, lines) in [(false, 0), (true, 1)] {
            let mut parts = AppParts::of_a_test("http://pump.test");
            parts.storage = storage.clone();
            parts.settings.registration.require_email = needed;
            let app = App::new(parts);
            let emails = [Some("a@b.example"), Some("b@b.example"), None];
            for (number, email) in emails.into_iter().enumerate().filter(|_| !needed) {
                let password = Secret::new("correct horse 9");
                let mut registration = Registration::new(format!("user{number}"), password);
                registration.email = email.map(Into::into);
                let ctx = app.context(Caller::Anonymous);
                accounts::register(&ctx, registration).await.unwrap();
            }
            let log = tempfile::NamedTempFile::new().unwrap();
            let writer = std::sync::Mutex::new(log.reopen().unwrap());
            let subscriber = tracing_subscriber::fmt()
                .with_ansi(false)
                .with_writer(writer);
            let listening = tracing::subscriber::set_default(subscriber.finish());
            log_unconfirmed(&app.context(Caller::Server)).await.unwrap();
            drop(listening);
            let log = std::fs::read_to_string(log.path()).unwrap();
            assert_eq!(log.matches("accounts=2").count(), lines, "{log}");
            assert_eq!(log.lines().count(), lines, "{log}");
        }
    }

    #[tokio::test]
    async fn hanging_storage_close_is_abandoned_on_timeout_or_signal() {
        close(future::pending(), Duration::ZERO, future::pending()).await;
        close(future::pending(), Duration::MAX, future::ready(())).await;
    }
}
