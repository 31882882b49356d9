//! Nonces. They are in a file of their own, so that a read that is signed never waits for what others
//! write, nor for the disk.

use std::{collections::HashSet, fmt::Write};

use async_trait::async_trait;
use sqlx::{
    ConnectOptions, Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::{error::failed, open::MAX_LOG_BYTES, room::Room};
use crate::storage::{
    Result,
    sql::nonces::{Ledger, Mark},
};

/// They need no more than this: what is lost with the file is only good for as long as a timestamp is.
const TABLE: &str = "\
    CREATE TABLE IF NOT EXISTS nonces ( \
        timestamp INTEGER NOT NULL, \
        digest BLOB NOT NULL, \
        PRIMARY KEY (timestamp, digest) \
    ) STRICT, WITHOUT ROWID";

/// How many pages the log takes before it is brought home into the file. That waits for the disk, and so do all who ask for
/// something meanwhile: it is to be seldom.
const LOG: &str = "8000";

/// Records one, and any number.
const ONE: &str = "INSERT INTO nonces (timestamp, digest) VALUES ($1, $2) ON CONFLICT DO NOTHING";
const MANY: &str = "\
    INSERT INTO nonces (timestamp, digest) \
    SELECT value ->> 0, unhex(value ->> 1) FROM json_each($1) WHERE true \
    ON CONFLICT DO NOTHING RETURNING timestamp, digest";

/// Finds any number.
const FIND: &str = "\
    SELECT n.timestamp, n.digest FROM json_each($1) m CROSS JOIN nonces n \
    ON n.timestamp = m.value ->> 0 AND n.digest = unhex(m.value ->> 1)";

const FORGET: &str = "\
    DELETE FROM nonces WHERE (timestamp, digest) IN \
    (SELECT timestamp, digest FROM nonces WHERE timestamp < $1 LIMIT $2)";

/// The file of nonces, and the one connection that writes to it: there is nothing but writing.
#[derive(Debug)]
pub(super) struct File {
    connection: SqliteConnection,
    /// Told when the disk is found full.
    pub(super) room: Room,
}

impl File {
    /// Opens a file that is there, and makes the table if it is not.
    pub(super) async fn open(
        options: SqliteConnectOptions,
        durable: SqliteSynchronous,
    ) -> Result<Self> {
        let options = options
            .journal_mode(SqliteJournalMode::Wal)
            .pragma("wal_autocheckpoint", LOG)
            .pragma("journal_size_limit", MAX_LOG_BYTES)
            .synchronous(durable);
        let mut connection = options.connect().await.map_err(failed)?;
        sqlx::query(TABLE)
            .execute(&mut connection)
            .await
            .map_err(failed)?;
        Ok(Self {
            connection,
            room: Room::default(),
        })
    }
}

#[async_trait]
impl Ledger for File {
    async fn record(&mut self, marks: &[Mark]) -> Result<HashSet<Mark>> {
        let recorded = self.insert(marks).await;
        self.room.note(&recorded);
        recorded
    }

    /// One process alone uses the file.
    async fn find_recorded(&mut self, marks: &[Mark]) -> Result<Option<HashSet<Mark>>> {
        self.find(marks).await.map(Some)
    }

    async fn forget(&mut self, before: i64, count: u32) -> Result<u64> {
        let done = sqlx::query(FORGET)
            .bind(before)
            .bind(count)
            .execute(&mut self.connection)
            .await
            .map_err(failed)?;
        Ok(done.rows_affected())
    }

    async fn close(self) {
        // The last connection to close brings the log home into the file.
        if let Err(error) = self.connection.close().await {
            tracing::warn!(%error, "the file of nonces was not closed cleanly");
        }
    }
}

impl File {
    /// Adds marks; those that are new.
    async fn insert(&mut self, marks: &[Mark]) -> Result<HashSet<Mark>> {
        if let [(timestamp, digest)] = marks {
            let done = sqlx::query(ONE)
                .bind(timestamp)
                .bind(&digest[..])
                .execute(&mut self.connection)
                .await
                .map_err(failed)?;
            let new = done.rows_affected() == 1;
            return Ok(marks.iter().copied().filter(|_| new).collect());
        }
        self.ask(MANY, marks).await
    }

    /// Those of some marks that are there.
    async fn find(&mut self, marks: &[Mark]) -> Result<HashSet<Mark>> {
        self.ask(FIND, marks).await
    }

    /// The marks that a statement answers.
    async fn ask(&mut self, statement: &str, marks: &[Mark]) -> Result<HashSet<Mark>> {
        let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(statement)
            .bind(json(marks))
            .fetch_all(&mut self.connection)
            .await
            .map_err(failed)?;
        let marks = rows.into_iter();
        Ok(marks
            .filter_map(|(timestamp, digest)| Some((timestamp, digest.try_into().ok()?)))
            .collect())
    }
}

/// Marks as a JSON array of pairs, the digests in hexadecimal.
fn json(marks: &[Mark]) -> String {
    let mut json = String::with_capacity(marks.len() * 60 + 2);
    json.push('[');
    for (timestamp, digest) in marks {
        let comma = if json.len() > 1 { "," } else { "" };
        let digest = u128::from_be_bytes(*digest);
        // Writing to a String can't fail.
        let _ = write!(json, "{comma}[{timestamp},\"{digest:032X}\"]");
    }
    json.push(']');
    json
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
        let mut file = File::open(options.clone(), SqliteSynchronous::Off)
            .await
            .unwrap();
        let many = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 12000) \
                    INSERT INTO nonces SELECT n / 100, CAST(n AS BLOB) FROM n";
        sqlx::query(many)
            .execute(&mut file.connection)
            .await
            .unwrap();
        let nonces = crate::storage::sql::nonces::Nonces::start(file);
        nonces.forget(119).await.unwrap();
        let mut other = options.connect().await.unwrap();
        let left: i64 = sqlx::query_scalar("SELECT count(*) FROM nonces")
            .fetch_one(&mut other)
            .await
            .unwrap();
        assert_eq!(left, 101);
    }

    #[tokio::test]
    async fn of_several_that_are_recorded_at_once_those_are_told_that_are_new() {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("nonces"))
            .create_if_missing(true);
        let mut file = File::open(options, SqliteSynchronous::Off).await.unwrap();
        let mark = |n: u8| (i64::from(n) - 2, [n; 16]);
        let set = |marks: &[Mark]| marks.iter().copied().collect::<HashSet<_>>();
        for (given, new) in [
            (vec![mark(1)], vec![mark(1)]),
            (vec![mark(1)], vec![]),
            (vec![mark(0), mark(1), mark(2)], vec![mark(0), mark(2)]),
            (vec![mark(0), mark(1)], vec![]),
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
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("nonces"))
            .create_if_missing(true);
        let mut file = File::open(options, SqliteSynchronous::Off).await.unwrap();
        let room = file.room.clone();
        sqlx::query("PRAGMA max_page_count = 4")
            .execute(&mut file.connection)
            .await
            .unwrap();
        let nonces = crate::storage::sql::nonces::Nonces::start(file);
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
