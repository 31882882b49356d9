//! The store in SQLite: one file, one writer that makes many commits durable at once, and readers
//! that wait for nobody; and a file beside it for nonces.

mod accounts;
mod add;
mod commit;
mod credentials;
mod entries;
mod error;
mod files;
mod filing;
mod grants;
mod history;
mod jobs;
mod nonces;
mod numbers;
mod objects;
mod open;
mod readers;
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
    Bulletin, Epoch, Freshness, Marks, Result, Storage, StorageError,
    sql::{nonces::Nonces, numbers::Numbers, shelf::Shelf, totals::Totals},
};
pub(super) use error::failed;
use open::{Opened, open};
use readers::Readers;
use room::Room;
use writer::{Told, Work, Writer};

/// The store in a SQLite file.
#[derive(Debug)]
pub struct Sqlite {
    readers: Readers,
    shelf: Shelf,
    numbers: Numbers,
    totals: Totals,
    writer: Writer,
    nonces: Nonces,
    bulletin: Bulletin,
    epoch: Arc<Epoch>,
    marks: Arc<Marks>,
    file: PathBuf,
    room: Room,
    /// Where the file is, if it goes when the store does.
    _folder: Option<TempDir>,
}

impl Sqlite {
    /// Opens the store in a file, which is made if it is not there, and brings its tables up to date.
    /// A new file is for nobody else to read. The nonces are in a file beside it, with `-nonces` at the
    /// end of its name.
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
        let Opened {
            writing,
            readers,
            mut nonces,
        } = open(file, durable).await?;
        let told = Told {
            bulletin: Bulletin::default(),
            epoch: Arc::default(),
            marks: Arc::new(Marks::alone()),
            room: Room::default(),
        };
        nonces.room = told.room.clone();
        Ok(Self {
            readers,
            shelf: Shelf::default(),
            numbers: Numbers::default(),
            totals: Totals::new(Arc::clone(&told.marks)),
            writer: Writer::start(writing, told.clone()),
            nonces: Nonces::start(nonces),
            bulletin: told.bulletin,
            epoch: told.epoch,
            marks: told.marks,
            file: file.into(),
            room: told.room,
            _folder: folder,
        })
    }
}

#[async_trait]
impl Freshness for Sqlite {
    fn marks(&self) -> Option<&Marks> {
        Some(&self.marks)
    }

    async fn look_at_marks(&self) -> Result<()> {
        self.writer.ask(Work::Look).await.map(drop)
    }
}

#[async_trait]
impl Storage for Sqlite {
    async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1")
            .execute(&self.readers)
            .await
            .map_err(failed)?;
        if self.writer.has_ended() {
            return Err(StorageError::Unavailable("the writer has ended".into()));
        }
        self.room.require(&self.file).await
    }

    async fn close(&self) {
        // Readers first: the last connection to close brings the log home, and it must be able to write.
        self.readers.close().await;
        self.nonces.close().await;
        // An error says that it is closed already.
        let _ = self.writer.ask(Work::Close).await;
    }
}

/// Keys as a JSON array of hexadecimal texts, which a statement takes apart with `json_each` and
/// `unhex`: one statement for any number of them.
fn hexes(keys: impl IntoIterator<Item = Vec<u8>>) -> String {
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
