//! Requests to the task that alone has a connection.

use std::error::Error;

use tokio::sync::{mpsc, oneshot};

use crate::storage::{Result, StorageError};

/// Channel for the reply to a command.
pub(crate) type Reply<T> = oneshot::Sender<T>;

/// Sends a command with a channel for its reply, and waits for that. Fails when the task has ended.
pub(crate) async fn request<C, T>(
    task: &mpsc::Sender<C>,
    command: impl FnOnce(Reply<T>) -> C,
) -> Result<T> {
    let (reply, replied) = oneshot::channel();
    let gone = || StorageError::Unavailable("the store was closed".into());
    task.send(command(reply)).await.map_err(|_| gone())?;
    replied.await.map_err(|_| gone())
}

/// Replies to a command. The receiver may be gone (request cancelled).
pub(crate) fn reply<T>(channel: Reply<T>, result: T) {
    let _ = channel.send(result);
}

/// Describes an error by its source, to be given to each of those whose commands failed together.
pub(crate) fn describe(error: &StorageError) -> String {
    let source = error.source();
    source.map_or_else(|| error.to_string(), ToString::to_string)
}
