//! Objects of before there was an index of their words.

use hydraulics::{
    model::{AudienceMember, Object, SearchQuery, SearchRequest, Viewer},
    storage::{Change, Expect, Storage, sqlite::Sqlite},
};
use sqlx::{Connection, PgConnection, SqliteConnection};

use super::{migrations, rows};
use crate::databases::{TestDatabase, runtime};

/// Tables as they were before.
const BEFORE_SEARCH: i64 = 23;

const POSTS: &str = "
    INSERT INTO objects
        (key, id, uuid, object_type, author, audience, public, deleted, version, body) VALUES
        (KEY(a), 'a', 'u1', 'note', 'x', '[\"public\"]', true, false, 1, '{\"content\": \"teas\"}'),
        (KEY(b), 'b', 'u2', 'note', 'x', '[\"public\"]', true, true, 1, '{\"content\": \"teas\"}'),
        (KEY(c), 'c', 'u3', 'activity', 'x', '[\"public\"]', true, false, 1, '{}'),
        (KEY(d), 'd', 'u4', 'note', 'x', '[\"public\"]', true, false, 1, '{\"content\": \"teas\"}'),
        (KEY(e), 'e', 'u5', 'note', 'x', '[]', false, false, 1, '{\"content\": \"teas\"}')";

async fn found(store: &impl Storage, text: &str) -> Vec<String> {
    let request = SearchRequest::newest(SearchQuery::parse(text).unwrap());
    store.search(&request, Viewer::Anonymous).await.unwrap()
}

/// That the newest are indexed first, that what is stored meanwhile stays, and that all of it can
/// be done again in another language.
async fn check_posts(store: &impl Storage) {
    assert!(found(store, "teas").await.is_empty());
    assert!(store.index_older(2).await.unwrap());
    assert_eq!(found(store, "teas").await, ["d"]);
    let mut edited = Object::new("note", "a", "u1", serde_json::Map::new());
    edited.author = Some("x".into());
    edited.audience = vec![AudienceMember::Public];
    edited.body.insert("content".into(), "mate".into());
    let expect = Expect::Present;
    let object = edited;
    let edit = vec![Change::PutObject { object, expect }];
    store.commit(edit).await.unwrap();
    while store.index_older(2).await.unwrap() {}
    assert_eq!(found(store, "teas").await, ["d"]);
    assert_eq!(found(store, "mate").await, ["a"]);

    assert!(found(store, "tea").await.is_empty());
    store.set_search_language("english").await.unwrap();
    while store.index_older(2).await.unwrap() {}
    assert_eq!(found(store, "tea").await, ["d"]);
    assert_eq!(found(store, "mates").await, ["a"]);
    let unknown = store.set_search_language("klingon").await.unwrap_err();
    assert!(unknown.to_string().contains("'klingon'"), "{unknown}");
    store.set_search_language("english").await.unwrap();
    assert!(!store.index_older(2).await.unwrap(), "it was that already");
}

#[test]
fn posts_from_before_search_are_indexed_on_sqlite() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.sqlite");
        let url = format!("sqlite:{}?mode=rwc", file.display());
        let mut old = SqliteConnection::connect(&url).await.unwrap();
        let before = migrations("sqlite", BEFORE_SEARCH).await;
        before.run_direct(&mut old).await.unwrap();
        let sql = rows(POSTS, |key| format!("x'{key}'"));
        sqlx::raw_sql(&sql).execute(&mut old).await.unwrap();
        old.close().await.unwrap();
        check_posts(&Sqlite::open(&file).await.unwrap()).await;
    });
}

#[test]
fn posts_from_before_search_are_indexed_on_postgres() {
    runtime().block_on(async {
        let database = TestDatabase::new().await;
        let mut old = PgConnection::connect_with(&database.options())
            .await
            .unwrap();
        let before = migrations("postgres", BEFORE_SEARCH).await;
        before.run_direct(&mut old).await.unwrap();
        let sql = rows(POSTS, |key| format!("'\\x{key}'"));
        sqlx::raw_sql(&sql).execute(&mut old).await.unwrap();
        old.close().await.unwrap();
        check_posts(&database.open().await).await;
        database.remove().await;
    });
}
