//! The store in SQLite: one file, one writer that makes many commits durable at once, and readers
//! that wait for nobody; and a file beside it for nonces.

mod accounts;
mod commit;
mod credentials;
mod entries;
mod entry_batch;
mod error;
mod files;
mod grants;
mod history;
mod insert;
mod jobs;
mod nonces;
mod objects;
mod open;
mod primary_keys;
mod reader_pool;
mod room;
mod streams;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use sqlx::sqlite::SqliteSynchronous;
use tempfile::TempDir;

use super::{
    ChangeBroadcaster, ChangeTracking, CredentialVersion, ModificationClock, Result, Storage,
    StorageError,
    sql::{
        decoded_objects::DecodedObjectCache, nonces::NonceRecorder, primary_keys::PrimaryKeyCache,
        visible_counts::VisibleCountCache,
    },
};
pub(super) use error::map_error;
use open::{OpenedFiles, open};
use reader_pool::ReaderPool;
use room::Room;
use writer::{ChangeListeners, Writer, WriterCommand};

/// The store in a SQLite file.
#[derive(Debug)]
pub struct Sqlite {
    readers: ReaderPool,
    decoded_objects: DecodedObjectCache,
    primary_keys: PrimaryKeyCache,
    visible_counts: VisibleCountCache,
    writer: Writer,
    nonces: NonceRecorder,
    broadcaster: ChangeBroadcaster,
    credential_version: Arc<CredentialVersion>,
    modification_clock: Arc<ModificationClock>,
    file: PathBuf,
    room: Room,
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
            decoded_objects: DecodedObjectCache::default(),
            primary_keys: PrimaryKeyCache::default(),
            visible_counts: VisibleCountCache::new(Arc::clone(&listeners.modification_clock)),
            writer: Writer::start(writing, listeners.clone()),
            nonces: NonceRecorder::start(nonces),
            broadcaster: listeners.broadcaster,
            credential_version: listeners.credential_version,
            modification_clock: listeners.modification_clock,
            file: file.into(),
            room: listeners.room,
            _folder: folder,
        })
    }
}

#[async_trait]
impl ChangeTracking for Sqlite {
    fn modification_clock(&self) -> Option<&ModificationClock> {
        Some(&self.modification_clock)
    }

    async fn sync_changes(&self) -> Result<()> {
        self.writer.send(WriterCommand::SyncChanges).await.map(drop)
    }
}

#[async_trait]
impl Storage for Sqlite {
    async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1")
            .execute(&self.readers)
            .await
            .map_err(map_error)?;
        if self.writer.has_ended() {
            return Err(StorageError::Unavailable("the writer has ended".into()));
        }
        self.room.require(&self.file).await
    }

    async fn close(&self) {
        // Readers first: the last connection to close brings the log home, and it must be able to
        // write.
        self.readers.close().await;
        self.nonces.close().await;
        // An error says that it is closed already.
        let _ = self.writer.send(WriterCommand::Close).await;
    }
}

/// Keys as a JSON array of hexadecimal texts, which a statement takes apart with `json_each` and
/// `unhex`: one statement for any number of them.
fn hex_json_array(keys: impl IntoIterator<Item = Vec<u8>>) -> String {
    let mut list = String::from("[");
    for key in keys {
        list.push_str(if list.len() > 1 { ",\"" } else { "\"" });
        write_hex(&key, &mut list);
        list.push('"');
    }
    list.push(']');
    list
}

fn hex(key: &[u8]) -> String {
    let mut text = String::with_capacity(2 * key.len());
    write_hex(key, &mut text);
    text
}

fn write_hex(key: &[u8], text: &mut String) {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    for byte in key {
        text.push(DIGITS[usize::from(byte >> 4)]);
        text.push(DIGITS[usize::from(byte & 15)]);
    }
}
