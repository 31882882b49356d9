//! Progress of migrations, databases of newer versions, and removed entries that expire.

use std::{
    error::Error,
    io,
    sync::{Arc, Mutex},
};

use hydraulics::{
    model::{Cursor, PageRequest, Stream, Viewer},
    storage::{Change, Result, Storage, postgres::Postgres, sqlite::Sqlite},
};
use sqlx::{Connection, PgConnection, SqliteConnection};

use super::{OLD_VERSION, migrations};
use crate::{
    databases::{TestDatabase, runtime},
    on_sqlite::note,
};

/// Log lines of this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns the log lines of opening a store.
async fn logged<T>(open: impl Future<Output = Result<T>>) -> String {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone());
    let _guard = tracing::subscriber::set_default(subscriber.with_ansi(false).finish());
    open.await.unwrap();
    String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
}

const PROGRESS: &str = "the tables are brought up to date";

/// Notes a migration that this version does not know.
const NEWER: &str = "INSERT INTO _sqlx_migrations \
    (version, description, success, checksum, execution_time) VALUES (9999, 'later', true, '', 0)";

fn is_refused<T>(opened: Result<T>) {
    let Err(error) = opened else {
        panic!("a database of a newer version was opened");
    };
    let why = error.source().unwrap().to_string();
    assert!(
        why.contains("newer version of this program") && why.contains("9999"),
        "{why}"
    );
}

#[test]
fn migration_is_logged_when_it_begins_on_sqlite() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.sqlite");
        let url = format!("sqlite:{}?mode=rwc", file.display());
        let mut old = SqliteConnection::connect(&url).await.unwrap();
        let before = migrations("sqlite", OLD_VERSION).await;
        before.run_direct(&mut old).await.unwrap();
        old.close().await.unwrap();
        let log = logged(Sqlite::open(&file)).await;
        assert!(
            log.contains(PROGRESS) && log.contains("version=14"),
            "{log}"
        );
        let log = logged(Sqlite::open(&file)).await;
        assert!(!log.contains(PROGRESS), "it was done: {log}");
        let log = logged(Sqlite::temporary()).await;
        assert!(!log.contains(PROGRESS), "a new file takes no time: {log}");
    });
}

#[test]
fn migration_is_logged_when_it_begins_on_postgres() {
    runtime().block_on(async {
        let database = TestDatabase::new().await;
        let mut old = PgConnection::connect_with(&database.options())
            .await
            .unwrap();
        let before = migrations("postgres", OLD_VERSION).await;
        before.run_direct(&mut old).await.unwrap();
        old.close().await.unwrap();
        let log = logged(Postgres::open(database.options())).await;
        assert!(
            log.contains(PROGRESS) && log.contains("version=14"),
            "{log}"
        );
        database.remove().await;
    });
}

#[test]
fn database_of_a_newer_version_is_refused_with_a_reason() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.sqlite");
        Sqlite::open(&file).await.unwrap().close().await;
        let url = format!("sqlite:{}", file.display());
        let mut newer = SqliteConnection::connect(&url).await.unwrap();
        sqlx::raw_sql(NEWER).execute(&mut newer).await.unwrap();
        is_refused(Sqlite::open(&file).await);

        let database = TestDatabase::new().await;
        drop(database.open().await);
        let options = database.options();
        let mut newer = PgConnection::connect_with(&options).await.unwrap();
        sqlx::raw_sql(NEWER).execute(&mut newer).await.unwrap();
        is_refused(Postgres::open(options).await);
        newer.close().await.unwrap();
        database.remove().await;
    });
}

#[test]
fn removed_positions_are_forgotten_after_thirty_days() {
    async fn check(store: &impl Storage) {
        let stream = Stream::Users;
        let pull = Change::RemoveItem {
            stream: stream.clone(),
            item: "n".into(),
        };
        let push = crate::on_sqlite::push(stream.clone(), "n");
        store
            .commit(vec![note("n", vec![]), push, pull])
            .await
            .unwrap();
        let request = PageRequest {
            cursor: Cursor::Since("n".into()),
            ..PageRequest::default()
        };
        #[allow(
            clippy::disallowed_methods,
            reason = "the databases note their own time"
        )]
        let now = chrono::Utc::now().timestamp();
        for (days, is_there) in [(0, true), (29, true), (31, false)] {
            store.delete_expired(now + days * 24 * 3600).await.unwrap();
            let page = store.list(&stream, &request, Viewer::Unrestricted).await;
            assert_eq!(page.is_ok(), is_there, "after {days} days");
        }
    }
    runtime().block_on(async {
        check(&Sqlite::temporary().await.unwrap()).await;
        let database = TestDatabase::new().await;
        check(&database.open().await).await;
        database.remove().await;
    });
}
