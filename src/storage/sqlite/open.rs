//! Files and connections.

use std::{
    ffi::OsString,
    num::NonZero,
    path::{Path, PathBuf},
    thread::available_parallelism,
    time::Duration,
};

use sqlx::{
    ConnectOptions, SqliteConnection,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tokio::fs::OpenOptions;

use super::{error::failed, filing::DESK, nonces, readers::Readers};
use crate::storage::{
    Result, StorageError,
    sql::migrate::{is_of_newer_version, migrate},
};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// How long to wait for another process that has the file.
const BUSY: Duration = Duration::from_secs(10);

/// How many pages, of 4 KiB, the log takes before it is brought home into the file: what was written to often
/// meanwhile is brought home once, but whoever writes waits for all of it, and so does who opens a file that was not closed.
const LOG: &str = "16000";

/// The size that a log is cut to when it was brought home: it grows beyond that while a long read
/// keeps it from being used anew.
pub(super) const MAX_LOG_BYTES: &str = "67108864";

/// The fewest and the most reads that run at once. Each has a thread, and pages and statements that it
/// keeps: two megabytes or so.
const READERS: (u32, u32) = (3, 16);

/// How much of a file each connection keeps, in kibibytes: what is asked for again and again is kept as what
/// was made of it, and the rest is in the memory of the system. That is where a large one costs, as each of the hundred
/// places that a page is put together from is some pages of the file further down.
const PAGES: (u64, u64) = (1024, 8 * 1024);

/// Of how many bytes of a file a connection keeps one.
const SHARE: u64 = 256;

/// How often a file is tried: of two who open a new one at once each may be second at every migration, and at
/// turning the log on, in each of the two files.
const TRIES: u32 = 40;

/// What a store needs of its files.
pub(super) struct Opened {
    pub(super) writing: SqliteConnection,
    pub(super) readers: Readers,
    pub(super) nonces: nonces::File,
}

/// Opens a file and the one beside it, which are made if they are not there, and brings the tables up
/// to date.
pub(super) async fn open(file: &Path, durable: SqliteSynchronous) -> Result<Opened> {
    let beside = beside(file);
    make(file).await?;
    make(&beside).await?;
    let mut tries = 1;
    loop {
        match attempt(file, &beside, durable).await {
            // Of two who turn the log on or make the tables at once one fails, and then finds it done.
            Err(error) if tries < TRIES && !is_of_newer_version(&error) => {
                tracing::debug!(%error, tries, "opening it once more");
            }
            outcome => return outcome,
        }
        tries += 1;
    }
}

async fn attempt(file: &Path, beside: &Path, durable: SqliteSynchronous) -> Result<Opened> {
    let writing = connect(file, durable).await?;
    // In the write-ahead log and not synced: it outlives the process, without a disk wait.
    let light = match durable {
        SqliteSynchronous::Off => SqliteSynchronous::Off,
        _ => SqliteSynchronous::Normal,
    };
    let nonces = nonces::File::open(options(beside), light).await?;
    let reading = options(file).read_only(true);
    let reading = reading.pragma("cache_size", pages(file).await);
    let readers = Readers::new(reading, readers());
    Ok(Opened {
        writing,
        readers,
        nonces,
    })
}

/// How much of a file each connection that reads it keeps.
async fn pages(file: &Path) -> String {
    let size = tokio::fs::metadata(file).await.map_or(0, |file| file.len());
    kept((size / SHARE / 1024).clamp(PAGES.0, PAGES.1))
}

/// As SQLite is told: kibibytes are below zero.
fn kept(kibibytes: u64) -> String {
    format!("-{kibibytes}")
}

/// As many as there are processors: a read that finds its pages in memory waits for nothing else.
fn readers() -> u32 {
    let processors = available_parallelism().map_or(1, NonZero::get);
    u32::try_from(processors)
        .unwrap_or(u32::MAX)
        .clamp(READERS.0, READERS.1)
}

/// The connection that writes, to tables that are up to date.
pub(super) async fn connect(file: &Path, durable: SqliteSynchronous) -> Result<SqliteConnection> {
    let options = options(file)
        .journal_mode(SqliteJournalMode::Wal)
        .pragma("wal_autocheckpoint", LOG)
        .pragma("journal_size_limit", MAX_LOG_BYTES)
        .synchronous(durable);
    let mut connection = options.connect().await.map_err(failed)?;
    migrate(&mut connection, &MIGRATIONS).await?;
    sqlx::query(DESK)
        .execute(&mut connection)
        .await
        .map_err(failed)?;
    Ok(connection)
}

fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .pragma("cache_size", kept(PAGES.0))
        .disable_statement_logging()
}

/// Where the nonces of a store are.
fn beside(file: &Path) -> PathBuf {
    let mut name = OsString::from(file);
    name.push("-nonces");
    name.into()
}

/// Makes a file if it is not there, for nobody else to read: it holds secrets. What SQLite makes
/// beside it gets the same mode.
async fn make(file: &Path) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    options.mode(0o600);
    match options.open(file).await {
        Ok(_) => Ok(()),
        Err(error) => Err(StorageError::Unavailable(error.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_written_is_on_the_disk_before_it_is_answered() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.sqlite");
        make(&file).await.unwrap();
        let mut writing = connect(&file, SqliteSynchronous::Full).await.unwrap();
        for (pragma, value) in [
            ("synchronous", "2"),
            ("journal_mode", "wal"),
            ("journal_size_limit", MAX_LOG_BYTES),
        ] {
            let found = sqlx::query(&format!("PRAGMA {pragma}"))
                .fetch_one(&mut writing)
                .await
                .unwrap();
            let found: String = sqlx::Row::try_get_unchecked(&found, 0).unwrap();
            assert_eq!(found, value, "{pragma}");
        }
    }
}
