//! Entries of before they were stored by class.

use hydraulics::storage::sqlite::Sqlite;
use sqlx::{Connection, PgConnection, SqliteConnection};

use super::{OLD_VERSION, check, migrations, rows};
use crate::databases::{TestDatabase, runtime};

const ROWS: &str = "
    INSERT INTO streams
        (key, name, last, total, major, minor, major_direct, public, public_major, public_minor)
        VALUES (KEY(inbox bob), 'inbox bob', 9, 6, 3, 2, 1, 3, 1, 1);
    INSERT INTO objects
        (key, id, uuid, object_type, author, audience, public, deleted, version, body) VALUES
        (KEY(n1), 'n1', 'n1', 'note', 'bob', '[]', true, false, 1, '{}'),
        (KEY(n2), 'n2', 'n2', 'note', 'bob', '[]', true, false, 1, '{}'),
        (KEY(n3), 'n3', 'n3', 'note', 'bob', '[]', true, false, 1, '{}'),
        (KEY(n4), 'n4', 'n4', 'note', 'bob', '[]', false, false, 1, '{}'),
        (KEY(n5), 'n5', 'n5', 'note', 'bob', '[]', false, false, 1, '{}'),
        (KEY(n6), 'n6', 'n6', 'note', 'ann', '[]', false, false, 1, '{}');
    INSERT INTO entries (stream, seq, item, major, direct, public)
        SELECT s.pk,
            CASE o.id WHEN 'n6' THEN 9 WHEN 'n5' THEN 5 WHEN 'n4' THEN 4 WHEN 'n3' THEN 3
                WHEN 'n2' THEN 2 ELSE 1 END,
            o.pk,
            CASE o.id WHEN 'n1' THEN NULL WHEN 'n2' THEN true WHEN 'n3' THEN false
                WHEN 'n4' THEN false ELSE true END,
            o.id = 'n5', o.public FROM objects o, streams s";

#[test]
fn entries_from_before_classes_are_kept_on_sqlite() {
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
fn entries_from_before_classes_are_kept_on_postgres() {
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
