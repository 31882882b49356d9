//! One task records nonces, all waiting ones in one write. Each caller is answered when its nonce
//! is recorded.

use std::{
    collections::{BTreeSet, HashSet},
    error::Error,
};

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::{
    key,
    request::{Reply, describe, reply, request},
};
use crate::{
    model::Nonce,
    storage::{Result, StorageError},
};

/// Maximum nonces in one write.
const MAX_BATCH_SIZE: usize = 256;

/// Maximum keys that are kept in memory while they can't be recorded: as many as some hundred
/// requests a second make in the time that a timestamp is good for.
const MAX_UNRECORDED: usize = 100_000;

/// Channel capacity; senders block when it is full.
const CHANNEL_CAPACITY: usize = 1024;

/// Maximum nonces deleted in one statement.
const DELETE_BATCH_SIZE: u32 = 1000;

/// Key of a nonce: its timestamp and a digest of the rest.
pub(crate) type NonceKey = (i64, [u8; 16]);

/// Keys that could not be recorded, by time.
type Unrecorded = BTreeSet<NonceKey>;

/// Storage of nonces.
#[async_trait]
pub(crate) trait NonceStore: Send + 'static {
    /// Inserts sorted keys with one statement; returns those that are new.
    async fn record(&mut self, keys: &[NonceKey]) -> Result<HashSet<NonceKey>>;

    /// Returns those of some keys that are recorded. `None` if others, of which this process would
    /// not know, record keys in the same place: then none may be kept in memory instead.
    async fn find_recorded(&mut self, _keys: &[NonceKey]) -> Result<Option<HashSet<NonceKey>>> {
        Ok(None)
    }

    /// Deletes keys from before a time, up to `count`; returns how many.
    async fn delete_before(&mut self, before: i64, count: u32) -> Result<u64>;

    /// Lets go of it.
    async fn close(self);
}

/// A handle on the task that takes nonces. It ends with the last handle.
#[derive(Clone, Debug)]
pub(crate) struct NonceRecorder(mpsc::Sender<NonceCommand>);

/// A command with the channel for its reply.
enum NonceCommand {
    Use(NonceKey, Reply<Result<bool>>),
    /// To forget some of those from before a time; whether there may be more.
    DeleteBefore(i64, Reply<Result<bool>>),
    Close(Reply<()>),
}

impl NonceRecorder {
    /// Starts the task, on the runtime this is called from.
    pub(crate) fn start(store: impl NonceStore) -> Self {
        let (sender, receiver) = mpsc::channel(CHANNEL_CAPACITY);
        tokio::spawn(run(store, receiver));
        Self(sender)
    }

    /// Records a nonce; returns whether it is new.
    pub(crate) async fn use_nonce(&self, nonce: &Nonce<'_>) -> Result<bool> {
        let key = (nonce.timestamp, key::nonce_key(nonce));
        request(&self.0, |reply| NonceCommand::Use(key, reply)).await?
    }

    /// Deletes nonces from before a time.
    pub(crate) async fn delete_before(&self, before: i64) -> Result<()> {
        while request(&self.0, |reply| NonceCommand::DeleteBefore(before, reply)).await?? {}
        Ok(())
    }

    /// Records waiting nonces, then ends.
    pub(crate) async fn close(&self) {
        // An error says that it is closed already.
        let _ = request(&self.0, NonceCommand::Close).await;
    }
}

async fn run(mut store: impl NonceStore, mut receiver: mpsc::Receiver<NonceCommand>) {
    let (mut wishes, mut uses, mut last) = (Vec::new(), Vec::new(), None);
    let mut unrecorded = Unrecorded::new();
    while last.is_none() && receiver.recv_many(&mut wishes, MAX_BATCH_SIZE).await > 0 {
        for wish in wishes.drain(..) {
            match wish {
                NonceCommand::Use(key, answer) => uses.push((key, answer)),
                NonceCommand::DeleteBefore(before, answer) => {
                    unrecorded = unrecorded.split_off(&(before, [0; 16]));
                    let forgotten = store.delete_before(before, DELETE_BATCH_SIZE).await;
                    let more = forgotten.map(|count| count == u64::from(DELETE_BATCH_SIZE));
                    reply(answer, more);
                }
                NonceCommand::Close(answer) => last = Some(answer),
            }
        }
        answer(&mut store, &mut unrecorded, &mut uses).await;
    }
    while !unrecorded.is_empty() && bring_home(&mut store, &mut unrecorded).await {}
    // Callers that come now get an error, and do not wait for ever.
    drop(receiver);
    store.close().await;
    if let Some(last) = last {
        reply(last, ());
    }
}

/// Inserts keys and replies whether they are new; of equal ones in a batch one is.
async fn answer(
    store: &mut impl NonceStore,
    unrecorded: &mut Unrecorded,
    uses: &mut Vec<(NonceKey, Reply<Result<bool>>)>,
) {
    if uses.is_empty() {
        return;
    }
    // In one order for all, so that two nodes don't wait for each other.
    let mut keys: Vec<NonceKey> = uses.iter().map(|(key, _)| *key).collect();
    keys.sort_unstable();
    keys.dedup();
    match record_batch(store, unrecorded, &mut keys).await {
        Ok(mut new) => {
            for (key, answer) in uses.drain(..) {
                reply(answer, Ok(new.remove(&key)));
            }
        }
        Err(error) => {
            let cause = describe(&error);
            tracing::error!(cause, "nonces could not be recorded");
            for (_, answer) in uses.drain(..) {
                reply(answer, Err(StorageError::Unavailable(cause.clone().into())));
            }
        }
    }
}

/// Records keys, or keeps them in memory if the disk has no room for them; those that are new.
async fn record_batch(
    store: &mut impl NonceStore,
    unrecorded: &mut Unrecorded,
    keys: &mut Vec<NonceKey>,
) -> Result<HashSet<NonceKey>> {
    if !unrecorded.is_empty() {
        keys.retain(|key| !unrecorded.contains(key));
        if keys.is_empty() {
            return Ok(HashSet::new());
        }
    }
    let error = match store.record(keys).await {
        Ok(new) => {
            if !unrecorded.is_empty() {
                bring_home(store, unrecorded).await;
            }
            return Ok(new);
        }
        Err(error) => error,
    };
    let room = unrecorded.len() + keys.len() <= MAX_UNRECORDED;
    let known = if room {
        store.find_recorded(keys).await?
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
    let new: HashSet<NonceKey> = keys
        .iter()
        .copied()
        .filter(|key| !known.contains(key))
        .collect();
    unrecorded.extend(&new);
    Ok(new)
}

/// Records some of those that are kept in memory; whether that went well.
async fn bring_home(store: &mut impl NonceStore, unrecorded: &mut Unrecorded) -> bool {
    let some: Vec<NonceKey> = unrecorded.iter().copied().take(MAX_BATCH_SIZE).collect();
    let done = store.record(&some).await.is_ok();
    if done {
        for key in &some {
            unrecorded.remove(key);
        }
        if unrecorded.is_empty() {
            tracing::info!("all nonces are recorded again");
        }
    }
    done
}

/// Decodes rows of timestamps and digests.
pub(crate) fn decode_keys(rows: Vec<(i64, Vec<u8>)>) -> HashSet<NonceKey> {
    let decode = |(timestamp, digest): (i64, Vec<u8>)| Some((timestamp, digest.try_into().ok()?));
    rows.into_iter().filter_map(decode).collect()
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
        recorded: Arc<Mutex<HashSet<NonceKey>>>,
        full: Arc<AtomicBool>,
        is_shared: bool,
    }

    #[async_trait]
    impl NonceStore for Disk {
        async fn record(&mut self, keys: &[NonceKey]) -> Result<HashSet<NonceKey>> {
            if self.full.load(Ordering::SeqCst) {
                return Err(StorageError::Full("no room".into()));
            }
            let mut recorded = self.recorded.lock().unwrap();
            Ok(keys
                .iter()
                .copied()
                .filter(|key| recorded.insert(*key))
                .collect())
        }

        async fn find_recorded(&mut self, keys: &[NonceKey]) -> Result<Option<HashSet<NonceKey>>> {
            let recorded = self.recorded.lock().unwrap();
            let found = keys.iter().copied().filter(|key| recorded.contains(key));
            Ok((!self.is_shared).then(|| found.collect()))
        }

        async fn delete_before(&mut self, _before: i64, _count: u32) -> Result<u64> {
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
        let nonces = NonceRecorder::start(disk.clone());
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
        nonces.delete_before(2).await.unwrap();
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
        let nonces = NonceRecorder::start(disk.clone());
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
        let key = |number: usize| (0, (number as u128).to_be_bytes());
        let mut keys: Vec<NonceKey> = (0..MAX_UNRECORDED).map(key).collect();
        let new = record_batch(&mut disk, &mut unrecorded, &mut keys)
            .await
            .unwrap();
        assert_eq!(new.len(), MAX_UNRECORDED);
        let more = record_batch(&mut disk, &mut unrecorded, &mut vec![key(MAX_UNRECORDED)]).await;
        assert!(matches!(more, Err(StorageError::Full(_))), "{more:?}");
        assert_eq!(unrecorded.len(), MAX_UNRECORDED);
    }
}
