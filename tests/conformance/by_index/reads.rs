//! Operations take few rows and the right index.

use std::collections::BTreeMap;

use hydraulics::{
    model::{AudienceMember, Stream},
    storage::{Change, Commit},
};
use sqlx::{Connection, PgConnection};

use super::{
    rows::{ROWS, STREAM_COUNT, TRANSACTIONS},
    work::{Work, inbox, works},
};
use crate::{
    databases::{TestDatabase, runtime},
    on_postgres::residents,
    on_sqlite::{note, push},
};

/// How often each thing is done: after five times PostgreSQL makes a plan for good, and may make
/// another.
const TIMES: usize = 8;

/// The most rows, of tables and indexes, that may be read for one piece of work: a tenth of a
/// table.
///
/// A lease reads most, about 1,500: it walks over 200 hosts, and ranks the 100 deliveries of each
/// of 8. Dead rows that were not vacuumed yet come on top.
const MAX_ROWS_READ: i64 = 2000;

/// Does this on another connection, which has told all it did when it has ended.
async fn fill(database: &TestDatabase, all: &[&str]) {
    let connection = PgConnection::connect_with(&database.options()).await;
    let mut connection = connection.unwrap();
    for sql in all {
        let done = sqlx::raw_sql(sql).execute(&mut connection).await;
        done.unwrap();
    }
    connection.close().await.unwrap();
}

/// Asserts that a piece of work takes few rows, and the right index.
async fn takes_few_rows(work: &Work, index: &str, database: &TestDatabase, raw: &mut PgConnection) {
    let reset = sqlx::query("SELECT pg_stat_reset()");
    reset.execute(&mut *raw).await.unwrap();
    let store = database.open().await;
    for _ in 0..TIMES {
        work.run(&store).await;
    }
    drop(store);
    end_others(raw).await;
    let read = rows_read(raw).await;
    let most = MAX_ROWS_READ * i64::try_from(TIMES).unwrap();
    assert!(read.contains_key(index), "{work:?}: {index} in {read:?}");
    assert!(read.values().sum::<i64>() <= most, "{work:?}: {read:?}");
}

/// How many rows were read from each index, and from each table from end to end.
async fn rows_read(raw: &mut PgConnection) -> BTreeMap<String, i64> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT indexrelname::text, idx_tup_read FROM pg_stat_user_indexes WHERE idx_scan > 0 \
         UNION ALL SELECT relname::text, seq_tup_read FROM pg_stat_user_tables WHERE seq_scan > 0",
    )
    .fetch_all(raw)
    .await
    .unwrap();
    rows.into_iter().collect()
}

/// Ends all other connections, which then have told what they did.
async fn end_others(raw: &mut PgConnection) {
    sqlx::query(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .execute(&mut *raw)
    .await
    .unwrap();
    sqlx::query("SELECT pg_stat_clear_snapshot()")
        .execute(raw)
        .await
        .unwrap();
}

#[test]
fn each_operation_reads_few_rows_by_its_index() {
    runtime().block_on(async {
        let database = TestDatabase::new().await;
        let store = database.open().await;
        let mut setup = residents(3);
        setup.extend([
            note("m", vec![]),
            note("n", vec![AudienceMember::Person("person 0".into())]),
            push(inbox(), "n"),
            push(Stream::Followers("y".into()), "n"),
            Change::RemoveItem {
                stream: Stream::Followers("y".into()),
                item: "n".into(),
            },
        ]);
        store.commit(setup).await.unwrap();
        let mut raw = PgConnection::connect_with(&database.options())
            .await
            .unwrap();
        fill(&database, &[TRANSACTIONS, ROWS]).await;
        drop(store);
        end_others(&mut raw).await;

        for (work, index) in works() {
            takes_few_rows(&work, index, &database, &mut raw).await;
        }
        fill(&database, &[STREAM_COUNT]).await;
        end_others(&mut raw).await;
        for (work, index) in works() {
            if !matches!(
                work,
                Work::Find | Work::Look | Work::Jobs | Work::Codes | Work::Waiting
            ) {
                takes_few_rows(&work, index, &database, &mut raw).await;
            }
        }
        raw.close().await.unwrap();
        database.remove().await;
    });
}

/// Nobody has told the planner yet how large the tables are.
#[test]
fn new_database_is_written_to_by_index() {
    runtime().block_on(async {
        let database = TestDatabase::new().await;
        let options = database.options();
        let mut raw = PgConnection::connect_with(&options).await.unwrap();
        let store = database.open().await;
        for one in residents(200).chunks(3) {
            store.commit(one.to_vec()).await.unwrap();
        }
        drop(store);
        end_others(&mut raw).await;
        let read = rows_read(&mut raw).await;
        for table in ["accounts", "entries", "objects", "streams"] {
            assert_eq!(
                read.get(table).copied().unwrap_or(0),
                0,
                "{table}: {read:?}"
            );
        }
        raw.close().await.unwrap();
        database.remove().await;
    });
}
