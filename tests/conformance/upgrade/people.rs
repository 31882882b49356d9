//! People and clients of before there were bounds on them.

use hydraulics::{
    model::{Account, Nickname},
    storage::{Change, Expect, Storage, sqlite::Sqlite},
};
use sqlx::{Connection, PgConnection, SqliteConnection};

use super::{migrations, rows};
use crate::databases::{TestDatabase, runtime};

/// Tables as they were when a nickname could be given in another case, and clients stayed for ever.
const BEFORE_BOUNDS: i64 = 16;

const PEOPLE: &str = "
    INSERT INTO objects
        (key, id, uuid, object_type, author, audience, public, deleted, version, body) VALUES
        (KEY(bob), 'bob', 'u1', 'person', NULL, '[]', true, false, 1, '{}'),
        (KEY(Bob), 'Bob', 'u2', 'person', NULL, '[]', true, false, 1, '{}'),
        (KEY(acct:carol@h.example), 'acct:carol@h.example',
            'u3', 'person', NULL, '[]', true, true, 1, '{}'),
        (KEY(http://h:8080/api/user/Dan/profile), 'http://h:8080/api/user/Dan/profile',
            'u4', 'person', NULL, '[]', true, true, 1, '{}'),
        (KEY(acct:eve@other.example), 'acct:eve@other.example',
            'u5', 'person', NULL, '[]', true, false, 1, '{}');
    INSERT INTO streams (key, name)
        VALUES (KEY(inbox bob), 'inbox bob'), (KEY(inbox Bob), 'inbox Bob');
    INSERT INTO accounts (nickname, person, inbox, published, updated, version, extra)
        SELECT o.id, o.pk, s.pk, 0, 0, 1, '{}'
        FROM objects o JOIN streams s ON s.name = 'inbox ' || o.id;
    INSERT INTO clients (id, secret, kind, contacts, redirect_uris, created, updated)
        VALUES ('c', 's', 'native', '[]', '[]', 0, 0)";

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
    store
        .forget_unused_clients(i64::MAX, i64::MAX)
        .await
        .unwrap();
    assert!(store.find_client("c").await.unwrap().is_some());
}

#[test]
fn people_from_before_bounds_are_kept_on_sqlite() {
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
fn people_from_before_bounds_are_kept_on_postgres() {
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
