//! Nonces. They are in a file of their own, so that a read that is signed never waits for what
//! others write, nor for the disk.

use std::{collections::HashSet, fmt::Write};

use async_trait::async_trait;
use sqlx::{
    ConnectOptions, Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::{
    MAX_LOG_BYTES,
    driver::{json_array, write_hex},
    room::Room,
};
use crate::storage::{
    Result,
    sql::{
        driver::{SqlConnection, args},
        nonces::{NonceKey, NonceStore, decode_keys},
    },
};

/// They need no more than this: what is lost with the file is only good for as long as a timestamp
/// is.
const CREATE_TABLE_SQL: &str = "\
    CREATE TABLE IF NOT EXISTS nonces ( \
        timestamp INTEGER NOT NULL, \
        digest BLOB NOT NULL, \
        PRIMARY KEY (timestamp, digest) \
    ) STRICT, WITHOUT ROWID";

/// How many pages the log takes before it is brought home into the file. That waits for the disk,
/// and so do all who ask for something meanwhile: it is to be seldom.
const WAL_CHECKPOINT_PAGES: &str = "8000";

/// Records one, and any number.
const INSERT_ONE_SQL: &str =
    "INSERT INTO nonces (timestamp, digest) VALUES ($1, $2) ON CONFLICT DO NOTHING";
const INSERT_MANY_SQL: &str = "\
    INSERT INTO nonces (timestamp, digest) \
    SELECT value ->> 0, unhex(value ->> 1) FROM json_each($1) WHERE true \
    ON CONFLICT DO NOTHING RETURNING timestamp, digest";

/// Finds any number.
const FIND_MANY_SQL: &str = "\
    SELECT n.timestamp, n.digest FROM json_each($1) m CROSS JOIN nonces n \
    ON n.timestamp = m.value ->> 0 AND n.digest = unhex(m.value ->> 1)";

const DELETE_SQL: &str = "\
    DELETE FROM nonces WHERE (timestamp, digest) IN \
    (SELECT timestamp, digest FROM nonces WHERE timestamp < $1 LIMIT $2)";

/// The file of nonces, and the one connection that writes to it: there is nothing but writing.
#[derive(Debug)]
pub(super) struct NonceFile {
    connection: SqliteConnection,
    /// Told when the disk is found full.
    pub(super) room: Room,
}

impl NonceFile {
    /// Opens a file that is there, and makes the table if it is not.
    pub(super) async fn open(
        options: SqliteConnectOptions,
        durable: SqliteSynchronous,
    ) -> Result<Self> {
        let options = options
            .journal_mode(SqliteJournalMode::Wal)
            .pragma("wal_autocheckpoint", WAL_CHECKPOINT_PAGES)
            .pragma("journal_size_limit", MAX_LOG_BYTES)
            .synchronous(durable);
        let mut connection = options.connect().await?;
        connection.run(CREATE_TABLE_SQL, &[]).await?;
        Ok(Self {
            connection,
            room: Room::default(),
        })
    }
}

#[async_trait]
impl NonceStore for NonceFile {
    async fn record(&mut self, keys: &[NonceKey]) -> Result<HashSet<NonceKey>> {
        let recorded = self.insert(keys).await;
        self.room.note(&recorded);
        recorded
    }

    /// One process alone uses the file.
    async fn find_recorded(&mut self, keys: &[NonceKey]) -> Result<Option<HashSet<NonceKey>>> {
        self.query_keys(FIND_MANY_SQL, keys).await.map(Some)
    }

    async fn delete_before(&mut self, before: i64, count: u32) -> Result<u64> {
        Ok(self
            .connection
            .run(DELETE_SQL, &args![before, count])
            .await?)
    }

    async fn close(self) {
        // The last connection to close brings the log home into the file.
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "nonce file was not closed cleanly");
        }
    }
}

impl NonceFile {
    /// Inserts keys; returns those that are new.
    async fn insert(&mut self, keys: &[NonceKey]) -> Result<HashSet<NonceKey>> {
        if let [(timestamp, digest)] = keys {
            let arguments = args![*timestamp, *digest];
            let inserted = self.connection.run(INSERT_ONE_SQL, &arguments).await?;
            return Ok(keys.iter().copied().filter(|_| inserted == 1).collect());
        }
        self.query_keys(INSERT_MANY_SQL, keys).await
    }

    /// Returns the keys that a statement returns.
    async fn query_keys(&mut self, sql: &str, keys: &[NonceKey]) -> Result<HashSet<NonceKey>> {
        let json = json_array(keys, |(timestamp, digest), json| {
            // Writing to a String can't fail.
            let _ = write!(json, "[{timestamp},");
            write_hex(digest, json);
            json.push(']');
        });
        let rows = sqlx::query_as(sql).bind(json);
        let rows: Vec<(i64, Vec<u8>)> = rows.fetch_all(&mut self.connection).await?;
        Ok(decode_keys(rows))
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    /// Options to open the file in a folder.
    fn options(folder: &TempDir) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(folder.path().join("nonces"))
            .create_if_missing(true)
    }

    /// Returns a new file, and the folder that it is in.
    async fn temporary_file() -> (TempDir, NonceFile) {
        let folder = tempfile::tempdir().unwrap();
        let file = NonceFile::open(options(&folder), SqliteSynchronous::Off).await;
        (folder, file.unwrap())
    }

    #[tokio::test]
    async fn any_number_is_forgotten_slice_by_slice() {
        let (folder, mut file) = temporary_file().await;
        let many = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 12000) \
                    INSERT INTO nonces SELECT n / 100, CAST(n AS BLOB) FROM n";
        sqlx::query(many)
            .execute(&mut file.connection)
            .await
            .unwrap();
        let nonces = crate::storage::sql::nonces::NonceRecorder::start(file);
        nonces.delete_before(119).await.unwrap();
        let mut other = options(&folder).connect().await.unwrap();
        let left: i64 = sqlx::query_scalar("SELECT count(*) FROM nonces")
            .fetch_one(&mut other)
            .await
            .unwrap();
        assert_eq!(left, 101);
    }

    #[tokio::test]
    async fn batch_insert_reports_only_new_nonces() {
        let (_folder, mut file) = temporary_file().await;
        let key = |n: u8| (i64::from(n) - 2, [n; 16]);
        let set = |keys: &[NonceKey]| keys.iter().copied().collect::<HashSet<_>>();
        for (given, new) in [
            (vec![key(1)], vec![key(1)]),
            (vec![key(1)], vec![]),
            (vec![key(0), key(1), key(2)], vec![key(0), key(2)]),
            (vec![key(0), key(1)], vec![]),
            (
                vec![(i64::MAX, [0xff; 16]), (i64::MIN, [0; 16])],
                vec![(i64::MAX, [0xff; 16]), (i64::MIN, [0; 16])],
            ),
        ] {
            assert_eq!(file.record(&given).await.unwrap(), set(&new), "{given:?}");
        }
    }

    #[tokio::test]
    async fn nonces_are_good_once_also_on_a_full_disk() {
        let (folder, mut file) = temporary_file().await;
        let room = file.room.clone();
        sqlx::query("PRAGMA max_page_count = 4")
            .execute(&mut file.connection)
            .await
            .unwrap();
        let nonces = crate::storage::sql::nonces::NonceRecorder::start(file);
        let names: Vec<String> = (0..2000).map(|number| number.to_string()).collect();
        for new in [true, false] {
            for name in &names {
                let nonce = crate::model::Nonce {
                    client: "c",
                    token: "t",
                    timestamp: 1,
                    nonce: name,
                };
                let used = nonces.use_nonce(&nonce).await.unwrap();
                assert_eq!(used, new, "{name}");
            }
        }
        let gone = folder.path().join("none/x");
        room.require(&gone).await.expect_err("all of them had room");
    }
}
