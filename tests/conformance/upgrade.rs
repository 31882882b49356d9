//! Data of older versions survives the migrations.

use std::{
    error::Error,
    fmt::Write,
    io,
    path::Path,
    sync::{Arc, Mutex},
};

use hydraulics::{
    model::{Account, Class, Cursor, Filter, Nickname, PageRequest, Stream, Viewer},
    storage::{Change, Duplicate, Expect, Result, Storage, postgres::Postgres, sqlite::Sqlite},
};
use sha2::{Digest, Sha256};
use sqlx::{Connection, PgConnection, SqliteConnection, migrate::Migrator};

use crate::{
    databases::{TestDatabase, runtime},
    on_sqlite::note,
};

/// Tables as they were before entries lay by class: an inbox of six, of which three are not public,
/// and one is direct.
const OLD_VERSION: i64 = 14;
const ROWS: &str = "
    INSERT INTO streams (key, name, last, total, major, minor, major_direct, public, public_major, public_minor)
        VALUES (KEY(inbox bob), 'inbox bob', 9, 6, 3, 2, 1, 3, 1, 1);
    INSERT INTO objects (key, id, uuid, object_type, author, audience, public, deleted, version, body) VALUES
        (KEY(n1), 'n1', 'n1', 'note', 'bob', '[]', true, false, 1, '{}'),
        (KEY(n2), 'n2', 'n2', 'note', 'bob', '[]', true, false, 1, '{}'),
        (KEY(n3), 'n3', 'n3', 'note', 'bob', '[]', true, false, 1, '{}'),
        (KEY(n4), 'n4', 'n4', 'note', 'bob', '[]', false, false, 1, '{}'),
        (KEY(n5), 'n5', 'n5', 'note', 'bob', '[]', false, false, 1, '{}'),
        (KEY(n6), 'n6', 'n6', 'note', 'ann', '[]', false, false, 1, '{}');
    INSERT INTO entries (stream, seq, item, major, direct, public)
        SELECT s.pk, CASE o.id WHEN 'n6' THEN 9 WHEN 'n5' THEN 5 WHEN 'n4' THEN 4 WHEN 'n3' THEN 3 WHEN 'n2' THEN 2
            ELSE 1 END, o.pk,
            CASE o.id WHEN 'n1' THEN NULL WHEN 'n2' THEN true WHEN 'n3' THEN false WHEN 'n4' THEN false ELSE true END,
            o.id = 'n5', o.public FROM objects o, streams s";

/// Tables as they were when a nickname could be given in another case, and clients stayed for ever.
const BEFORE_BOUNDS: i64 = 16;
const PEOPLE: &str = "
    INSERT INTO objects (key, id, uuid, object_type, author, audience, public, deleted, version, body) VALUES
        (KEY(bob), 'bob', 'u1', 'person', NULL, '[]', true, false, 1, '{}'),
        (KEY(Bob), 'Bob', 'u2', 'person', NULL, '[]', true, false, 1, '{}'),
        (KEY(acct:carol@h.example), 'acct:carol@h.example', 'u3', 'person', NULL, '[]', true, true, 1, '{}'),
        (KEY(http://h:8080/api/user/Dan/profile), 'http://h:8080/api/user/Dan/profile', 'u4', 'person', NULL, '[]', true, true, 1, '{}'),
        (KEY(acct:eve@other.example), 'acct:eve@other.example', 'u5', 'person', NULL, '[]', true, false, 1, '{}');
    INSERT INTO streams (key, name) VALUES (KEY(inbox bob), 'inbox bob'), (KEY(inbox Bob), 'inbox Bob');
    INSERT INTO accounts (nickname, person, inbox, published, updated, version, extra)
        SELECT o.id, o.pk, s.pk, 0, 0, 1, '{}' FROM objects o JOIN streams s ON s.name = 'inbox ' || o.id;
    INSERT INTO clients (id, secret, kind, contacts, redirect_uris, created, updated)
        VALUES ('c', 's', 'native', '[]', '[]', 0, 0)";

/// The rows, with keys as a database writes them.
fn rows(rows: &str, bytes: fn(&str) -> String) -> String {
    let mut parts = rows.split("KEY(");
    let mut sql = parts.next().unwrap().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(')').unwrap();
        let mut key = String::new();
        for byte in &Sha256::digest(name)[..16] {
            write!(key, "{byte:02x}").unwrap();
        }
        sql += &bytes(&key);
        sql += rest;
    }
    sql
}

/// The migrations there were before one.
async fn migrations(folder: &str, before: i64) -> Migrator {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("migrations")
        .join(folder);
    let mut all = Migrator::new(folder).await.unwrap();
    all.migrations
        .to_mut()
        .retain(|migration| migration.version < before);
    all
}

async fn seen(store: &impl Storage, filter: Filter, viewer: Viewer<'_>) -> (u64, Vec<String>) {
    let request = PageRequest {
        filter,
        ..PageRequest::default()
    };
    let inbox = Stream::Inbox("bob".into());
    let page = store.list(&inbox, &request, viewer).await.unwrap();
    (
        page.total,
        page.items.iter().map(|item| item.id.clone()).collect(),
    )
}

/// That all of it is there, and in order, and that what comes now is on top.
async fn check(store: &impl Storage) {
    let inbox = Stream::Inbox("bob".into());
    let bob = Viewer::Person("bob");
    let of = |major, direct| Filter { major, direct };
    for (filter, viewer, total, ids) in [
        (
            of(None, false),
            Viewer::Unrestricted,
            6,
            "n6 n5 n4 n3 n2 n1",
        ),
        (of(None, false), Viewer::Anonymous, 3, "n3 n2 n1"),
        (of(None, false), bob, 5, "n5 n4 n3 n2 n1"),
        (of(Some(true), false), Viewer::Unrestricted, 3, "n6 n5 n2"),
        (of(Some(true), false), bob, 2, "n5 n2"),
        (of(Some(false), false), Viewer::Unrestricted, 2, "n4 n3"),
        (of(None, true), bob, 1, "n5"),
    ] {
        let ids = ids.split(' ').map(str::to_owned).collect();
        assert_eq!(
            seen(store, filter, viewer).await,
            (total, ids),
            "{filter:?} {viewer:?}"
        );
    }
    let numbered = store.items_after(&inbox, 4, 9).await.unwrap();
    assert_eq!(numbered, [(5, "n5".into()), (9, "n6".into())]);
    let class = Some(Class {
        major: true,
        direct: false,
    });
    let (stream, item, duplicate) = (inbox, "n7".to_owned(), Duplicate::Ignore);
    let push = Change::Push {
        stream,
        item,
        class,
        duplicate,
    };
    store.commit(vec![note("n7", vec![]), push]).await.unwrap();
    let (total, ids) = seen(store, of(None, false), Viewer::Unrestricted).await;
    assert_eq!((total, ids[0].as_str(), ids[1].as_str()), (7, "n7", "n6"));
}

#[test]
fn entries_of_before_classes_are_kept_on_sqlite() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.sqlite");
        let url = format!("sqlite:{}?mode=rwc", file.display());
        let mut old = SqliteConnection::connect(&url).await.unwrap();
        migrations("sqlite", OLD_VERSION)
            .await
            .run_direct(&mut old)
            .await
            .unwrap();
        let sql = rows(ROWS, |key| format!("x'{key}'"));
        sqlx::raw_sql(&sql).execute(&mut old).await.unwrap();
        old.close().await.unwrap();
        check(&Sqlite::open(&file).await.unwrap()).await;
    });
}

#[test]
fn entries_of_before_classes_are_kept_on_postgres() {
    runtime().block_on(async {
        let database = TestDatabase::new().await;
        let mut old = PgConnection::connect_with(&database.options())
            .await
            .unwrap();
        migrations("postgres", OLD_VERSION)
            .await
            .run_direct(&mut old)
            .await
            .unwrap();
        let sql = rows(ROWS, |key| format!("'\\x{key}'"));
        sqlx::raw_sql(&sql).execute(&mut old).await.unwrap();
        old.close().await.unwrap();
        check(&database.open().await).await;
        database.remove().await;
    });
}

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

#[test]
fn a_migration_is_logged_when_it_begins_on_sqlite() {
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
fn a_migration_is_logged_when_it_begins_on_postgres() {
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
fn a_database_of_a_newer_version_is_refused_in_words() {
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
fn positions_are_forgotten_after_thirty_days() {
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

/// That old names stay and are not given in another case, those of people who left either; and that
/// clients stay.
async fn check_people(store: &impl Storage) {
    let nickname = |name: &str| Nickname::parse(name).unwrap();
    let mut account = None;
    for name in ["bob", "Bob"] {
        account = store.find_account(&nickname(name)).await.unwrap();
        assert!(account.is_some(), "{name}");
    }
    for (name, given) in [
        ("BOB", false),
        ("Carol", false),
        ("DAN", false),
        ("Eve", true),
    ] {
        let account = Account {
            nickname: nickname(name),
            person: "acct:eve@other.example".into(),
            ..account.clone().unwrap()
        };
        let expect = Expect::Absent;
        let put = store
            .commit(vec![Change::PutAccount { account, expect }])
            .await;
        assert_eq!(put.is_ok(), given, "{name}: {put:?}");
    }
    store.forget_unused_clients(i64::MAX).await.unwrap();
    assert!(store.find_client("c").await.unwrap().is_some());
}

#[test]
fn names_and_clients_of_before_bounds_are_kept_on_sqlite() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.sqlite");
        let url = format!("sqlite:{}?mode=rwc", file.display());
        let mut old = SqliteConnection::connect(&url).await.unwrap();
        let before = migrations("sqlite", BEFORE_BOUNDS).await;
        before.run_direct(&mut old).await.unwrap();
        let sql = rows(PEOPLE, |key| format!("x'{key}'"));
        sqlx::raw_sql(&sql).execute(&mut old).await.unwrap();
        old.close().await.unwrap();
        check_people(&Sqlite::open(&file).await.unwrap()).await;
    });
}

#[test]
fn names_and_clients_of_before_bounds_are_kept_on_postgres() {
    runtime().block_on(async {
        let database = TestDatabase::new().await;
        let mut old = PgConnection::connect_with(&database.options())
            .await
            .unwrap();
        let before = migrations("postgres", BEFORE_BOUNDS).await;
        before.run_direct(&mut old).await.unwrap();
        let sql = rows(PEOPLE, |key| format!("'\\x{key}'"));
        sqlx::raw_sql(&sql).execute(&mut old).await.unwrap();
        old.close().await.unwrap();
        check_people(&database.open().await).await;
        database.remove().await;
    });
}
