//! The store in SQLite: one file, one writer that makes many commits durable at once, and readers
//! that wait for nobody; and a file beside it for nonces.

mod driver;
mod entry_batch;
mod insert;
mod nonces;
mod open;
#[cfg(test)]
mod plan_tests;
mod room;
mod search;
mod store;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use sqlx::sqlite::SqliteSynchronous;
use tempfile::TempDir;

use super::{
    ChangeBroadcaster, ChangeTracking, ModificationClock, Result, Storage, StorageError,
    sql::{nonces::NonceRecorder, pool::Pool, store::Caches},
};
use driver::Reader;
use open::{OpenedFiles, open};
use room::Room;
use writer::{ChangeListeners, Writer};

/// The size that a log is cut to when it was brought home: it grows beyond that while a long read
/// keeps it from being used anew.
const MAX_LOG_BYTES: &str = "67108864";

/// The store in a SQLite file.
#[derive(Debug)]
pub struct Sqlite {
    readers: Pool<Reader>,
    caches: Caches,
    writer: Writer,
    nonces: NonceRecorder,
    listeners: ChangeListeners,
    file: PathBuf,
    /// Where the file is, if it goes when the store does.
    _folder: Option<TempDir>,
}

impl Sqlite {
    /// Opens the store in a file, which is made if it is not there, and brings its tables up to
    /// date. A new file is for nobody else to read. The nonces are in a file beside it, with
    /// `-nonces` at the end of its name.
    pub async fn open(file: &Path) -> Result<Self> {
        Self::start(file, SqliteSynchronous::Full, None).await
    }

    /// A store of its own that is gone with the last handle on it. It lives in a temporary file, so
    /// that it behaves like any other, but never waits for the disk.
    pub async fn temporary() -> Result<Self> {
        let folder =
            tempfile::tempdir().map_err(|error| StorageError::Unavailable(error.into()))?;
        let file = folder.path().join("store.sqlite");
        Self::start(&file, SqliteSynchronous::Off, Some(folder)).await
    }

    async fn start(
        file: &Path,
        durable: SqliteSynchronous,
        folder: Option<TempDir>,
    ) -> Result<Self> {
        let OpenedFiles {
            writer: writing,
            readers,
            mut nonces,
        } = open(file, durable).await?;
        let listeners = ChangeListeners {
            broadcaster: ChangeBroadcaster::default(),
            credential_version: Arc::default(),
            modification_clock: Arc::new(ModificationClock::single_node()),
            room: Room::default(),
        };
        nonces.room = listeners.room.clone();
        Ok(Self {
            readers,
            caches: Caches::new(&listeners.modification_clock),
            writer: Writer::start(writing, listeners.clone()),
            nonces: NonceRecorder::start(nonces),
            listeners,
            file: file.into(),
            _folder: folder,
        })
    }
}

#[async_trait]
impl ChangeTracking for Sqlite {
    fn modification_clock(&self) -> Option<&ModificationClock> {
        Some(&self.listeners.modification_clock)
    }

    async fn sync_changes(&self) -> Result<()> {
        self.writer.sync_changes().await
    }
}

#[async_trait]
impl Storage for Sqlite {
    async fn ping(&self) -> Result<()> {
        self.readers.run("SELECT 1", &[]).await?;
        if self.writer.has_ended() {
            return Err(StorageError::Unavailable("the writer has ended".into()));
        }
        self.listeners.room.require(&self.file).await
    }

    fn connections(&self) -> Option<(u32, u32)> {
        Some(self.readers.usage())
    }

    async fn close(&self) {
        // Readers first: the last connection to close brings the log home, and it must be able to
        // write.
        self.readers.close().await;
        self.nonces.close().await;
        // An error says that it is closed already.
        let _ = self.writer.close().await;
    }
}
