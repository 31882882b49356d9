//! Requests to the task that alone has a connection.

use tokio::sync::{mpsc, oneshot};

use crate::storage::{Result, StorageError};

/// Sends a command with a channel for its reply, and waits for that. Fails when the task has ended.
pub(crate) async fn request<C, T>(
    task: &mpsc::Sender<C>,
    command: impl FnOnce(oneshot::Sender<T>) -> C,
) -> Result<T> {
    let (reply, replied) = oneshot::channel();
    let gone = || StorageError::Unavailable("the store was closed".into());
    task.send(command(reply)).await.map_err(|_| gone())?;
    replied.await.map_err(|_| gone())
}
