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
mod jobs;
mod nonces;
mod objects;
mod open;
mod streams;
mod writer;

use std::path::Path;

use async_trait::async_trait;
use sqlx::{SqlitePool, sqlite::SqliteSynchronous};
use tempfile::TempDir;

use super::{Bulletin, Result, Storage, StorageError};
use error::failed;
use nonces::Nonces;
use open::{Opened, open};
use writer::{Work, Writer};

/// The store in a SQLite file.
#[derive(Debug)]
pub struct Sqlite {
    readers: SqlitePool,
    writer: Writer,
    nonces: Nonces,
    bulletin: Bulletin,
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
            nonces,
        } = open(file, durable).await?;
        let bulletin = Bulletin::default();
        Ok(Self {
            readers,
            writer: Writer::start(writing, bulletin.clone()),
            nonces,
            bulletin,
            _folder: folder,
        })
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
        Ok(())
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
    let keys: Vec<String> = keys.into_iter().map(|key| hex(&key)).collect();
    serde_json::Value::from(keys).to_string()
}

fn hex(key: &[u8]) -> String {
    use std::fmt::Write;
    key.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02X}");
        text
    })
}
