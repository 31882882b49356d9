//! Nonces are taken by one task, which writes all that wait at once: so what writing costs is shared by all who
//! wait for it, and each is answered when its nonce is recorded.

use std::{collections::HashSet, error::Error};

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};

use super::key;
use crate::{
    model::Nonce,
    storage::{Result, StorageError},
};

/// The most nonces that are written at once.
const BATCH: usize = 256;

/// How many may wait before those who come have to wait to wait.
const WAITING: usize = 1024;

/// How many are forgotten before others get their turn.
const SLICE: u32 = 1000;

/// A nonce as it is recorded: its timestamp and a digest of the rest.
pub(in crate::storage) type Mark = (i64, [u8; 16]);

/// Where nonces are recorded.
#[async_trait]
pub(in crate::storage) trait Ledger: Send + 'static {
    /// Records marks, which are sorted, at once; those that were not recorded before.
    async fn record(&mut self, marks: &[Mark]) -> Result<HashSet<Mark>>;

    /// Forgets marks from before a time, so many at most; how many there were.
    async fn forget(&mut self, before: i64, count: u32) -> Result<u64>;

    /// Lets go of it.
    async fn close(self);
}

/// A handle on the task that takes nonces. It ends with the last handle.
#[derive(Clone, Debug)]
pub(in crate::storage) struct Nonces(mpsc::Sender<Wish>);

/// What can be asked for, and whom to answer.
enum Wish {
    Use(Mark, oneshot::Sender<Result<bool>>),
    /// To forget some of those from before a time; whether there may be more.
    Forget(i64, oneshot::Sender<Result<bool>>),
    Close(oneshot::Sender<()>),
}

impl Nonces {
    /// Starts the task, on the runtime this is called from.
    pub(in crate::storage) fn start(ledger: impl Ledger) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::spawn(work(ledger, receiver));
        Self(sender)
    }

    /// Remembers a nonce; whether it is new.
    pub(in crate::storage) async fn use_nonce(&self, nonce: &Nonce<'_>) -> Result<bool> {
        let mark = (nonce.timestamp, key::of_nonce(nonce));
        self.ask(|answer| Wish::Use(mark, answer)).await?
    }

    /// Forgets those from before a time.
    pub(in crate::storage) async fn forget(&self, before: i64) -> Result<()> {
        while self.ask(|answer| Wish::Forget(before, answer)).await?? {}
        Ok(())
    }

    /// Records what waits, and ends.
    pub(in crate::storage) async fn close(&self) {
        // An error says that it is closed already.
        let _ = self.ask(Wish::Close).await;
    }

    async fn ask<T>(&self, wish: impl FnOnce(oneshot::Sender<T>) -> Wish) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let gone = || StorageError::Unavailable("the store was closed".into());
        self.0.send(wish(answer)).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())
    }
}

async fn work(mut ledger: impl Ledger, mut receiver: mpsc::Receiver<Wish>) {
    let (mut wishes, mut uses, mut last) = (Vec::new(), Vec::new(), None);
    while last.is_none() && receiver.recv_many(&mut wishes, BATCH).await > 0 {
        for wish in wishes.drain(..) {
            match wish {
                Wish::Use(mark, answer) => uses.push((mark, answer)),
                Wish::Forget(before, answer) => {
                    let forgotten = ledger.forget(before, SLICE).await;
                    tell(answer, forgotten.map(|count| count == u64::from(SLICE)));
                }
                Wish::Close(answer) => last = Some(answer),
            }
        }
        record(&mut ledger, &mut uses).await;
    }
    // Whoever comes now is told, and does not wait for an answer that never comes.
    drop(receiver);
    ledger.close().await;
    if let Some(last) = last {
        tell(last, ());
    }
}

/// Records marks, and answers whether they are new: of several that are the same, one is.
async fn record(ledger: &mut impl Ledger, uses: &mut Vec<(Mark, oneshot::Sender<Result<bool>>)>) {
    if uses.is_empty() {
        return;
    }
    // In one order for all, so that two nodes don't wait for each other.
    let mut marks: Vec<Mark> = uses.iter().map(|(mark, _)| *mark).collect();
    marks.sort_unstable();
    marks.dedup();
    match ledger.record(&marks).await {
        Ok(mut new) => {
            for (mark, answer) in uses.drain(..) {
                tell(answer, Ok(new.remove(&mark)));
            }
        }
        Err(error) => {
            let cause = error
                .source()
                .map_or_else(|| error.to_string(), ToString::to_string);
            tracing::error!(cause, "nonces could not be recorded");
            for (_, answer) in uses.drain(..) {
                tell(answer, Err(StorageError::Unavailable(cause.clone().into())));
            }
        }
    }
}

/// Answers. Who does not wait any more needs no answer.
fn tell<T>(answer: oneshot::Sender<T>, result: T) {
    let _ = answer.send(result);
}
