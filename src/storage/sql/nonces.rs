//! Nonces are taken by one task, which writes all that wait at once: so what writing costs is shared by all who
//! wait for it, and each is answered when its nonce is recorded.

use std::{
    collections::{BTreeSet, HashSet},
    error::Error,
};

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};

use super::key;
use crate::{
    model::Nonce,
    storage::{Result, StorageError},
};

/// The most nonces that are written at once.
const BATCH: usize = 256;

/// The most marks that are kept in memory while they can't be recorded: as many as some hundred
/// requests a second make in the time that a timestamp is good for.
const MAX_UNRECORDED: usize = 100_000;

/// How many may wait before those who come have to wait to wait.
const WAITING: usize = 1024;

/// How many are forgotten before others get their turn.
const SLICE: u32 = 1000;

/// A nonce as it is recorded: its timestamp and a digest of the rest.
pub(in crate::storage) type Mark = (i64, [u8; 16]);

/// Marks that could not be recorded, by time.
type Unrecorded = BTreeSet<Mark>;

/// Where nonces are recorded.
#[async_trait]
pub(in crate::storage) trait Ledger: Send + 'static {
    /// Records marks, which are sorted, at once; those that were not recorded before.
    async fn record(&mut self, marks: &[Mark]) -> Result<HashSet<Mark>>;

    /// Those of some marks that are recorded. `None` if others, of which this process would not know,
    /// record marks in the same place: then none may be kept in memory instead.
    async fn find_recorded(&mut self, _marks: &[Mark]) -> Result<Option<HashSet<Mark>>> {
        Ok(None)
    }

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
    let mut unrecorded = Unrecorded::new();
    while last.is_none() && receiver.recv_many(&mut wishes, BATCH).await > 0 {
        for wish in wishes.drain(..) {
            match wish {
                Wish::Use(mark, answer) => uses.push((mark, answer)),
                Wish::Forget(before, answer) => {
                    unrecorded = unrecorded.split_off(&(before, [0; 16]));
                    let forgotten = ledger.forget(before, SLICE).await;
                    tell(answer, forgotten.map(|count| count == u64::from(SLICE)));
                }
                Wish::Close(answer) => last = Some(answer),
            }
        }
        answer(&mut ledger, &mut unrecorded, &mut uses).await;
    }
    while !unrecorded.is_empty() && bring_home(&mut ledger, &mut unrecorded).await {}
    // Whoever comes now is told, and does not wait for an answer that never comes.
    drop(receiver);
    ledger.close().await;
    if let Some(last) = last {
        tell(last, ());
    }
}

/// Records marks, and answers whether they are new: of several that are the same, one is.
async fn answer(
    ledger: &mut impl Ledger,
    unrecorded: &mut Unrecorded,
    uses: &mut Vec<(Mark, oneshot::Sender<Result<bool>>)>,
) {
    if uses.is_empty() {
        return;
    }
    // In one order for all, so that two nodes don't wait for each other.
    let mut marks: Vec<Mark> = uses.iter().map(|(mark, _)| *mark).collect();
    marks.sort_unstable();
    marks.dedup();
    match record(ledger, unrecorded, &mut marks).await {
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

/// Records marks, or keeps them in memory if the disk has no room for them; those that are new.
async fn record(
    ledger: &mut impl Ledger,
    unrecorded: &mut Unrecorded,
    marks: &mut Vec<Mark>,
) -> Result<HashSet<Mark>> {
    if !unrecorded.is_empty() {
        marks.retain(|mark| !unrecorded.contains(mark));
        if marks.is_empty() {
            return Ok(HashSet::new());
        }
    }
    let error = match ledger.record(marks).await {
        Ok(new) => {
            if !unrecorded.is_empty() {
                bring_home(ledger, unrecorded).await;
            }
            return Ok(new);
        }
        Err(error) => error,
    };
    let room = unrecorded.len() + marks.len() <= MAX_UNRECORDED;
    let known = if room {
        ledger.find_recorded(marks).await?
    } else {
        None
    };
    let Some(known) = known else {
        return Err(error);
    };
    if unrecorded.is_empty() {
        let error: &dyn Error = &error;
        tracing::error!(error, "nonces can't be recorded, and are kept in memory");
    }
    let new: HashSet<Mark> = marks
        .iter()
        .copied()
        .filter(|mark| !known.contains(mark))
        .collect();
    unrecorded.extend(&new);
    Ok(new)
}

/// Records some of those that are kept in memory; whether that went well.
async fn bring_home(ledger: &mut impl Ledger, unrecorded: &mut Unrecorded) -> bool {
    let some: Vec<Mark> = unrecorded.iter().copied().take(BATCH).collect();
    let done = ledger.record(&some).await.is_ok();
    if done {
        for mark in &some {
            unrecorded.remove(mark);
        }
        if unrecorded.is_empty() {
            tracing::info!("all nonces are recorded again");
        }
    }
    done
}

/// Answers. Who does not wait any more needs no answer.
fn tell<T>(answer: oneshot::Sender<T>, result: T) {
    let _ = answer.send(result);
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    };

    use super::*;

    /// A ledger on a disk that may be full, of one process or of several.
    #[derive(Clone, Default)]
    struct Disk {
        recorded: Arc<Mutex<HashSet<Mark>>>,
        full: Arc<AtomicBool>,
        is_shared: bool,
    }

    #[async_trait]
    impl Ledger for Disk {
        async fn record(&mut self, marks: &[Mark]) -> Result<HashSet<Mark>> {
            if self.full.load(Ordering::SeqCst) {
                return Err(StorageError::Full("no room".into()));
            }
            let mut recorded = self.recorded.lock().unwrap();
            Ok(marks
                .iter()
                .copied()
                .filter(|mark| recorded.insert(*mark))
                .collect())
        }

        async fn find_recorded(&mut self, marks: &[Mark]) -> Result<Option<HashSet<Mark>>> {
            let recorded = self.recorded.lock().unwrap();
            let found = marks.iter().copied().filter(|mark| recorded.contains(mark));
            Ok((!self.is_shared).then(|| found.collect()))
        }

        async fn forget(&mut self, _before: i64, _count: u32) -> Result<u64> {
            Ok(0)
        }

        async fn close(self) {}
    }

    fn nonce(timestamp: i64, nonce: &str) -> Nonce<'_> {
        Nonce {
            client: "c",
            token: "t",
            timestamp,
            nonce,
        }
    }

    #[tokio::test]
    async fn nonces_on_a_full_disk_are_kept_and_recorded_when_there_is_room() {
        let disk = Disk::default();
        let nonces = Nonces::start(disk.clone());
        let is_new = async |timestamp, name| {
            let nonce = nonce(timestamp, name);
            nonces.use_nonce(&nonce).await.unwrap()
        };
        assert!(is_new(1, "before").await);
        disk.full.store(true, Ordering::SeqCst);
        assert!(!is_new(1, "before").await, "it was recorded");
        for (timestamp, name) in [(1, "a"), (2, "b"), (3, "c")] {
            assert!(is_new(timestamp, name).await);
            assert!(!is_new(timestamp, name).await);
        }
        nonces.forget(2).await.unwrap();
        disk.full.store(false, Ordering::SeqCst);
        assert!(!is_new(2, "b").await, "it is in memory");
        assert!(is_new(4, "d").await);
        let times = disk
            .recorded
            .lock()
            .unwrap()
            .iter()
            .map(|(time, _)| *time)
            .collect::<BTreeSet<_>>();
        assert_eq!(times, BTreeSet::from([1, 2, 3, 4]));
        assert_eq!(
            disk.recorded.lock().unwrap().len(),
            4,
            "what was forgotten is not recorded"
        );
        nonces.close().await;
    }

    #[tokio::test]
    async fn nonces_that_other_nodes_must_know_are_not_kept() {
        let disk = Disk {
            is_shared: true,
            ..Disk::default()
        };
        disk.full.store(true, Ordering::SeqCst);
        let nonces = Nonces::start(disk.clone());
        let used = nonces.use_nonce(&nonce(1, "a")).await;
        assert!(
            matches!(used, Err(StorageError::Unavailable(_))),
            "{used:?}"
        );
    }

    #[tokio::test]
    async fn so_many_nonces_are_kept_and_no_more() {
        let mut disk = Disk::default();
        disk.full.store(true, Ordering::SeqCst);
        let mut unrecorded = Unrecorded::new();
        let mark = |number: usize| (0, (number as u128).to_be_bytes());
        let mut marks: Vec<Mark> = (0..MAX_UNRECORDED).map(mark).collect();
        let new = record(&mut disk, &mut unrecorded, &mut marks)
            .await
            .unwrap();
        assert_eq!(new.len(), MAX_UNRECORDED);
        let more = record(&mut disk, &mut unrecorded, &mut vec![mark(MAX_UNRECORDED)]).await;
        assert!(matches!(more, Err(StorageError::Full(_))), "{more:?}");
        assert_eq!(unrecorded.len(), MAX_UNRECORDED);
    }
}
