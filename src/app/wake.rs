//! Signals that wake the tasks of a node.

use tokio::sync::watch;

use super::App;

impl App {
    /// Requests a [cleanup](crate::service::cleanup).
    pub(crate) fn request_cleanup(&self) {
        self.0.cleanup_requests.notify_one();
    }

    /// Resolves when a cleanup is requested.
    pub(crate) async fn cleanup_requested(&self) {
        self.0.cleanup_requests.notified().await;
    }

    /// Wakes the workers after a job was enqueued.
    pub(crate) fn wake_workers(&self) {
        self.0.queue_signal.send_replace(());
    }

    /// Returns a receiver that changes when this node enqueues a job.
    pub(crate) fn queue_signal(&self) -> watch::Receiver<()> {
        self.0.queue_signal.subscribe()
    }

    /// Wakes the sender of deliveries after some may have been enqueued for other hosts.
    pub(crate) fn wake_sender(&self) {
        self.0.outgoing_signal.send_replace(());
    }

    /// Returns a receiver that changes when this node may have enqueued deliveries to other hosts.
    pub(crate) fn outgoing_signal(&self) -> watch::Receiver<()> {
        self.0.outgoing_signal.subscribe()
    }
}
