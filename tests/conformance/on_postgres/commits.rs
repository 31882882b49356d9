//! Errors and session settings of commits.

use hydraulics::storage::{Commit, Credentials, StorageError, postgres::Postgres};
use sqlx::{Connection, PgConnection};

use super::nonce;
use crate::{
    databases::{TestDatabase, runtime},
    on_sqlite::note,
};

/// Rejects objects of sessions with wrong settings, with an error of its own for each name, and
/// objects named 'locked' with a lock timeout.
const GUARD: &str = "
    CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.id = 'locked' THEN
            RAISE EXCEPTION USING ERRCODE = '55P03';
        END IF;
        IF concat_ws(' ', current_setting('synchronous_commit'), current_setting('lock_timeout'),
            current_setting('idle_in_transaction_session_timeout')) <> NEW.id
        THEN
            RAISE EXCEPTION 'not set';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER guard BEFORE INSERT ON objects FOR EACH ROW EXECUTE FUNCTION guard();";

#[test]
fn text_that_postgres_cannot_hold_is_an_error() {
    runtime().block_on(async {
        let database = TestDatabase::new().await;
        let store = database.open().await;
        let refused = store.commit(vec![note("a\0b", vec![])]).await;
        assert!(
            matches!(refused, Err(StorageError::Backend(_))),
            "{refused:?}"
        );
        store.commit(vec![note("ab", vec![])]).await.unwrap();
        database.remove().await;
    });
}

#[test]
fn commits_are_durable_and_lock_waits_are_bounded() {
    runtime().block_on(async {
        let database = TestDatabase::new().await;
        database.open().await;
        let mut raw = PgConnection::connect_with(&database.options())
            .await
            .unwrap();
        sqlx::raw_sql(GUARD).execute(&mut raw).await.unwrap();
        for (given, wanted) in [("off", "on"), ("on", "on"), ("local", "local")] {
            let options = database.options().options([("synchronous_commit", given)]);
            let store = Postgres::open(options).await.unwrap();
            let id = format!("{wanted} 10s 30s");
            store.commit(vec![note(&id, vec![])]).await.unwrap();
            // A nonce does not wait for the disk; what comes after it does.
            assert!(store.use_nonce(&nonce(given)).await.unwrap());
            store.commit(vec![note(&id, vec![])]).await.unwrap();
            let late = store.commit(vec![note("locked", vec![])]).await;
            assert!(
                matches!(late, Err(StorageError::Unavailable(_))),
                "{late:?}"
            );
        }
        raw.close().await.unwrap();
        database.remove().await;
    });
}
