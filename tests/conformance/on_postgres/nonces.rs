//! Nonces on several nodes.

use futures_util::future::join_all;
use hydraulics::storage::{Commit, Credentials, Objects, postgres::Postgres};
use sqlx::{Connection, PgConnection};

use super::{nonce, threads};
use crate::{
    databases::{TestDatabase, runtime},
    on_sqlite::note,
};

#[test]
fn nodes_started_at_once_share_one_database() {
    threads().block_on(async {
        let database = TestDatabase::new().await;
        let nodes =
            join_all((0..4).map(|_| tokio::spawn(Postgres::open(database.options())))).await;
        let nodes: Vec<Postgres> = nodes.into_iter().map(|n| n.unwrap().unwrap()).collect();
        nodes[0].commit(vec![note("n", vec![])]).await.unwrap();
        assert!(nodes[3].find_objects(&["n"]).await.unwrap()[0].is_some());
        for round in 0..10 {
            let round = round.to_string();
            let nonce = nonce(&round);
            let uses = join_all(nodes.iter().map(|node| node.use_nonce(&nonce))).await;
            let new = uses
                .into_iter()
                .filter(|new| *new.as_ref().unwrap())
                .count();
            assert_eq!(new, 1, "a nonce is new to one node only");
        }
        drop(nodes);
        let later = database.open().await;
        assert!(
            !later.use_nonce(&nonce("0")).await.unwrap(),
            "and to none that comes later"
        );
        database.remove().await;
    });
}

#[test]
fn concurrent_nonces_on_two_nodes_do_not_deadlock() {
    threads().block_on(async {
        let database = TestDatabase::new().await;
        let nodes = [database.open().await, database.open().await];
        let texts: Vec<String> = (0..500).map(|number| number.to_string()).collect();
        // Each comes with the others in another order.
        let forth = texts.iter().map(|text| (&nodes[0], nonce(text)));
        let back = texts.iter().rev().map(|text| (&nodes[1], nonce(text)));
        let uses = forth.chain(back);
        let uses = join_all(uses.map(|(node, nonce)| async move { node.use_nonce(&nonce).await }));
        let uses = uses.await.into_iter();
        assert_eq!(uses.filter(|new| *new.as_ref().unwrap()).count(), 500);
        database.remove().await;
    });
}

#[test]
fn nonce_is_accepted_after_connection_loss() {
    runtime().block_on(async {
        let database = TestDatabase::new().await;
        let store = database.open().await;
        assert!(store.use_nonce(&nonce("1")).await.unwrap());
        let mut other = PgConnection::connect_with(&database.options())
            .await
            .unwrap();
        let killed = sqlx::query(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
             WHERE datname = current_database() AND query LIKE 'INSERT INTO nonces%'",
        );
        assert_eq!(killed.execute(&mut other).await.unwrap().rows_affected(), 1);
        assert!(store.use_nonce(&nonce("2")).await.unwrap());
        assert!(!store.use_nonce(&nonce("1")).await.unwrap());
        other.close().await.unwrap();
        database.remove().await;
    });
}
