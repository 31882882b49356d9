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

use super::{MAX_LOG_BYTES, driver::Reader, entry_batch::CREATE_PENDING_ENTRIES_SQL, nonces};
use crate::storage::{
    Result, StorageError,
    sql::{
        driver::SqlConnection,
        migrate::{is_of_newer_version, migrate},
        pool::Pool,
    },
};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// How long to wait for another process that has the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// WAL size in 4 KiB pages at which to checkpoint. Larger means fewer, but longer, checkpoints.
const WAL_CHECKPOINT_PAGES: &str = "16000";

/// The fewest and the most reads that run at once. Each has a thread, and pages and statements that
/// it keeps: two megabytes or so.
const READER_COUNT_RANGE: (u32, u32) = (3, 16);

/// Range of the page cache of a connection, in KiB. Hot objects are cached in decoded form, and the
/// rest is in the system's page cache. That is where a large one costs, as each of the hundred
/// places that a page is put together from is some pages of the file further down.
const CACHE_KIB_RANGE: (u64, u64) = (1024, 8 * 1024);

/// Of how many bytes of a file a connection keeps one.
const CACHE_FRACTION: u64 = 256;

/// Attempts to open a file. Two processes that open a new one may collide at every migration and at
/// enabling the WAL, in both files.
const MAX_OPEN_ATTEMPTS: u32 = 40;

/// Connections to the files of a store.
pub(super) struct OpenedFiles {
    pub(super) writer: SqliteConnection,
    pub(super) readers: Pool<Reader>,
    pub(super) nonces: nonces::NonceFile,
}

/// Opens a file and the one beside it, which are made if they are not there, and brings the tables
/// up to date.
pub(super) async fn open(file: &Path, durable: SqliteSynchronous) -> Result<OpenedFiles> {
    let beside = nonce_path(file);
    create_private_file(file).await?;
    create_private_file(&beside).await?;
    let mut tries = 1;
    loop {
        match try_open(file, &beside, durable).await {
            // Of two who turn the log on or make the tables at once one fails, and then finds it
            // done.
            Err(error) if tries < MAX_OPEN_ATTEMPTS && !is_of_newer_version(&error) => {
                tracing::debug!(%error, tries, "opening it once more");
            }
            outcome => return outcome,
        }
        tries += 1;
    }
}

async fn try_open(file: &Path, beside: &Path, durable: SqliteSynchronous) -> Result<OpenedFiles> {
    let writing = connect_writer(file, durable).await?;
    // In the write-ahead log and not synced: it outlives the process, without a disk wait.
    let light = match durable {
        SqliteSynchronous::Off => SqliteSynchronous::Off,
        _ => SqliteSynchronous::Normal,
    };
    let nonces = nonces::NonceFile::open(connect_options(beside), light).await?;
    let reading = connect_options(file).read_only(true);
    let reading = reading.pragma("cache_size", cache_size_for(file).await);
    let readers = Pool::new(Reader(reading), reader_count());
    Ok(OpenedFiles {
        writer: writing,
        readers,
        nonces,
    })
}

/// How much of a file each connection that reads it keeps.
async fn cache_size_for(file: &Path) -> String {
    let size = tokio::fs::metadata(file).await.map_or(0, |file| file.len());
    cache_size_pragma((size / CACHE_FRACTION / 1024).clamp(CACHE_KIB_RANGE.0, CACHE_KIB_RANGE.1))
}

/// As SQLite is told: kibibytes are below zero.
fn cache_size_pragma(kibibytes: u64) -> String {
    format!("-{kibibytes}")
}

/// As many as there are processors: a read that finds its pages in memory waits for nothing else.
fn reader_count() -> u32 {
    let processors = available_parallelism().map_or(1, NonZero::get);
    u32::try_from(processors)
        .unwrap_or(u32::MAX)
        .clamp(READER_COUNT_RANGE.0, READER_COUNT_RANGE.1)
}

/// The connection that writes, to tables that are up to date.
pub(super) async fn connect_writer(
    file: &Path,
    durable: SqliteSynchronous,
) -> Result<SqliteConnection> {
    let options = connect_options(file)
        .journal_mode(SqliteJournalMode::Wal)
        .pragma("wal_autocheckpoint", WAL_CHECKPOINT_PAGES)
        .pragma("journal_size_limit", MAX_LOG_BYTES)
        .synchronous(durable);
    let mut connection = options.connect().await?;
    migrate(&mut connection, &MIGRATIONS).await?;
    connection.run(CREATE_PENDING_ENTRIES_SQL, &[]).await?;
    Ok(connection)
}

fn connect_options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("cache_size", cache_size_pragma(CACHE_KIB_RANGE.0))
        .disable_statement_logging()
}

/// Where the nonces of a store are.
fn nonce_path(file: &Path) -> PathBuf {
    let mut name = OsString::from(file);
    name.push("-nonces");
    name.into()
}

/// Makes a file if it is not there, for nobody else to read: it holds secrets. Files that SQLite
/// creates next to it get the same mode.
async fn create_private_file(file: &Path) -> Result<()> {
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
    async fn commit_is_synced_before_it_returns() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.sqlite");
        create_private_file(&file).await.unwrap();
        let mut writing = connect_writer(&file, SqliteSynchronous::Full)
            .await
            .unwrap();
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
