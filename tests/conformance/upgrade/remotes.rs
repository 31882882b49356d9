//! Actors of other hosts of before these had accounts.

use hydraulics::{
    model::RemoteAccount,
    storage::{Change, Delivery, Storage, sqlite::Sqlite},
};
use sqlx::{Connection, PgConnection, SqliteConnection};

use super::{migrations, rows};
use crate::{
    databases::{TestDatabase, runtime},
    on_sqlite::note,
};

/// Tables as they were when other hosts were names only.
const BEFORE_FEDERATION: i64 = 22;

const ACTORS: &str = r"
    INSERT INTO objects
        (key, id, uuid, object_type, author, audience, public, deleted, version, body) VALUES
        (KEY(acct:eve@o.example), 'acct:eve@o.example',
            'u1', 'person', NULL, '[]', true, false, 1, '{}'),
        (KEY(acct:zed@Z.example:8080), 'acct:zed@Z.example:8080',
            'u2', 'person', NULL, '[]', true, false, 1, '{}'),
        (KEY(https://H.example.:443/api/group/1), 'https://H.example.:443/api/group/1',
            'u3', 'group', NULL, '[]', true, false, 1, '{}'),
        (KEY(http://me@h.example:80?x@y), 'http://me@h.example:80?x@y',
            'u4', 'service', NULL, '[]', true, false, 1, '{}'),
        (KEY(HTTP://i.example:443#a), 'HTTP://i.example:443#a',
            'u5', 'organization', NULL, '[]', true, false, 1, '{}'),
        (KEY(http://i.example\x), 'http://i.example\x',
            'u6', 'application', NULL, '[]', true, false, 1, '{}'),
        (KEY(acct:bob@us.example), 'acct:bob@us.example',
            'n1', 'person', NULL, '[]', true, false, 1, '{}'),
        (KEY(acct:carol@us.example), 'acct:carol@us.example',
            'n2', 'person', NULL, '[]', true, true, 1, '{}'),
        (KEY(http://us.example/api/group/2), 'http://us.example/api/group/2',
            'n3', 'group', 'acct:bob@us.example', '[]', true, false, 1, '{}'),
        (KEY(urn:uuid:1), 'urn:uuid:1',
            'n4', 'application', NULL, '[]', true, false, 1, '{}'),
        (KEY(http://h.example/list), 'http://h.example/list',
            'n5', 'collection', NULL, '[]', true, false, 1, '{}'),
        (KEY(http:///x), 'http:///x',
            'n6', 'service', NULL, '[]', true, false, 1, '{}');
    INSERT INTO streams (key, name)
        VALUES (KEY(inbox acct:bob@us.example), 'inbox acct:bob@us.example');
    INSERT INTO accounts (nickname, person, inbox, published, updated, version, extra)
        SELECT 'bob', o.pk, s.pk, 0, 0, 1, '{}'
        FROM objects o, streams s WHERE o.id = 'acct:bob@us.example';
    INSERT INTO clients (id, secret, kind, contacts, redirect_uris, created, updated)
        VALUES ('c', 's', 'native', '[]', '[]', 0, 0)";

/// That actors of other hosts have accounts, as new ones do, and nothing else has.
async fn check(store: &impl Storage) {
    let remote = [
        ("acct:eve@o.example", "o.example"),
        ("acct:zed@Z.example:8080", "z.example:8080"),
        ("https://H.example.:443/api/group/1", "h.example"),
        ("http://me@h.example:80?x@y", "h.example"),
        ("HTTP://i.example:443#a", "i.example"),
        (r"http://i.example\x", "i.example"),
    ];
    let ids = remote.map(|(id, _)| id);
    let accounts = store.find_remote_accounts(&ids).await.unwrap();
    for ((id, host), account) in remote.into_iter().zip(accounts) {
        assert_eq!(account, RemoteAccount::named(id));
        assert_eq!(account.unwrap().host, host);
        assert!(store.find_remote_host(host).await.unwrap().is_some());
    }
    let others = [
        "acct:bob@us.example",
        "acct:carol@us.example",
        "http://us.example/api/group/2",
        "urn:uuid:1",
        "http://h.example/list",
        "http:///x",
    ];
    let none = store.find_remote_accounts(&others).await.unwrap();
    assert_eq!(none, [const { None }; 6]);
    let delivery = Change::Deliver(Delivery {
        activity: "n".into(),
        persons: ids.iter().map(ToString::to_string).collect(),
        ..Delivery::default()
    });
    let again = RemoteAccount::named(ids[0]).unwrap();
    store
        .commit(vec![
            note("n", vec![]),
            delivery.clone(),
            Change::PutRemoteAccount(again),
            delivery,
        ])
        .await
        .unwrap();
    let waiting = store.list_outgoing_of("n", 9).await.unwrap();
    assert_eq!(waiting.len(), ids.len(), "once each");
    assert_eq!(
        store.find_client("c").await.unwrap().unwrap().identity,
        None
    );
}

#[test]
fn actors_from_before_accounts_get_them_on_sqlite() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.sqlite");
        let url = format!("sqlite:{}?mode=rwc", file.display());
        let mut old = SqliteConnection::connect(&url).await.unwrap();
        let before = migrations("sqlite", BEFORE_FEDERATION).await;
        before.run_direct(&mut old).await.unwrap();
        let sql = rows(ACTORS, |key| format!("x'{key}'"));
        sqlx::raw_sql(&sql).execute(&mut old).await.unwrap();
        old.close().await.unwrap();
        check(&Sqlite::open(&file).await.unwrap()).await;
    });
}

#[test]
fn actors_from_before_accounts_get_them_on_postgres() {
    runtime().block_on(async {
        let database = TestDatabase::new().await;
        let mut old = PgConnection::connect_with(&database.options())
            .await
            .unwrap();
        let before = migrations("postgres", BEFORE_FEDERATION).await;
        before.run_direct(&mut old).await.unwrap();
        let sql = rows(ACTORS, |key| format!("'\\x{key}'"));
        sqlx::raw_sql(&sql).execute(&mut old).await.unwrap();
        old.close().await.unwrap();
        check(&database.open().await).await;
        database.remove().await;
    });
}
