//! Nonces. They are in a file of their own, so that a read that is signed never waits for what others
//! write, nor for the disk.

use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::error::failed;
use crate::storage::Result;

/// They need no more than this: what is lost with the file is only good for as long as a timestamp is.
const TABLE: &str = "\
    CREATE TABLE IF NOT EXISTS nonces ( \
        timestamp INTEGER NOT NULL, \
        digest BLOB NOT NULL, \
        PRIMARY KEY (timestamp, digest) \
    ) STRICT, WITHOUT ROWID";

/// How many are forgotten before others get their turn.
const SLICE: u32 = 5000;

/// The nonces that were used.
#[derive(Debug)]
pub(super) struct Nonces(SqlitePool);

impl Nonces {
    /// Opens a file that is there, and makes the table if it is not.
    pub(super) async fn open(
        options: SqliteConnectOptions,
        durable: SqliteSynchronous,
    ) -> Result<Self> {
        let options = options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(durable);
        // Only one can write at a time, and there is nothing but writing.
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with(options)
            .await
            .map_err(failed)?;
        sqlx::query(TABLE).execute(&pool).await.map_err(failed)?;
        Ok(Self(pool))
    }

    /// Remembers a nonce, by timestamp and digest; whether it is new.
    pub(super) async fn take(&self, timestamp: i64, digest: &[u8]) -> Result<bool> {
        let done = sqlx::query(
            "INSERT INTO nonces (timestamp, digest) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        )
        .bind(timestamp)
        .bind(digest)
        .execute(&self.0)
        .await
        .map_err(failed)?;
        Ok(done.rows_affected() == 1)
    }

    /// Forgets those from before a time.
    pub(super) async fn forget(&self, timestamp: i64) -> Result<()> {
        loop {
            let done = sqlx::query(
                "DELETE FROM nonces WHERE (timestamp, digest) IN \
                 (SELECT timestamp, digest FROM nonces WHERE timestamp < $1 LIMIT $2)",
            )
            .bind(timestamp)
            .bind(SLICE)
            .execute(&self.0)
            .await
            .map_err(failed)?;
            if done.rows_affected() < u64::from(SLICE) {
                return Ok(());
            }
        }
    }

    /// Lets go of the file.
    pub(super) async fn close(&self) {
        self.0.close().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn any_number_is_forgotten_slice_by_slice() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("nonces"))
            .create_if_missing(true);
        let nonces = Nonces::open(options, SqliteSynchronous::Off).await.unwrap();
        let many = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 12000) \
                    INSERT INTO nonces SELECT n / 100, CAST(n AS BLOB) FROM n";
        sqlx::query(many).execute(&nonces.0).await.unwrap();
        nonces.forget(119).await.unwrap();
        let left: i64 = sqlx::query_scalar("SELECT count(*) FROM nonces")
            .fetch_one(&nonces.0)
            .await
            .unwrap();
        assert_eq!(left, 101);
    }
}
