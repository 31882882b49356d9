//! Credential versions on several nodes.

use futures_util::future::join_all;
use hydraulics::{
    model::{Client, ClientKind, Secret},
    storage::{Change, Changes, Commit, CredentialVersioning},
};
use sqlx::{Connection, PgConnection};

use super::threads;
use crate::databases::TestDatabase;

/// Clients that are numbered.
fn clients(count: usize) -> Changes {
    let client = |number: usize| {
        Client::new(
            number.to_string(),
            Secret::new("s"),
            ClientKind::Native,
            chrono::DateTime::default(),
        )
    };
    (0..count).map(client).map(Change::PutClient).collect()
}

#[test]
fn remote_credential_changes_are_seen_after_refresh() {
    threads().block_on(async {
        let database = TestDatabase::new().await;
        let (here, there) = (database.open().await, database.open().await);
        let mut raw = PgConnection::connect_with(&database.options())
            .await
            .unwrap();
        here.commit(clients(2)).await.unwrap();
        there.refresh_credential_version().await.unwrap();
        let before = there.credential_version();
        here.commit(vec![Change::RemoveClient("0".into())])
            .await
            .unwrap();
        assert_eq!(there.credential_version(), before);
        there.refresh_credential_version().await.unwrap();
        let after = there.credential_version();
        assert!(after > before);

        // New rows are not counted, nor failures, so that nothing is read again in vain.
        here.commit(clients(2)).await.unwrap();
        let nothing = vec![Change::RemoveClient("2".into())];
        here.commit(nothing).await.unwrap_err();
        there.refresh_credential_version().await.unwrap();
        let clients = here.credential_version();
        // One of the two was there.
        let seen = there.credential_version();
        assert!(
            seen > after && seen == clients,
            "{after:?} {seen:?} {clients:?}"
        );

        sqlx::query("DELETE FROM clients WHERE id = '1'")
            .execute(&mut raw)
            .await
            .unwrap();
        there.refresh_credential_version().await.unwrap();
        assert!(there.credential_version() > seen);
        raw.close().await.unwrap();
        database.remove().await;
    });
}

#[test]
fn concurrent_credential_changes_are_all_counted() {
    threads().block_on(async {
        let database = TestDatabase::new().await;
        let nodes = [database.open().await, database.open().await];
        nodes[0].commit(clients(40)).await.unwrap();
        let tasks = (0..40).map(|number| {
            let node = nodes[number % 2].clone();
            tokio::spawn(async move {
                let before = node.credential_version();
                let removal = vec![Change::RemoveClient(number.to_string())];
                node.commit(removal).await.unwrap();
                assert!(node.credential_version() > before);
            })
        });
        for task in join_all(tasks).await {
            task.unwrap();
        }
        let mut epochs = Vec::new();
        for node in nodes {
            node.refresh_credential_version().await.unwrap();
            epochs.push(node.credential_version());
        }
        // 32 rows that begin at 1, and 40 removals.
        assert_eq!(epochs, [Some(72), Some(72)]);
        database.remove().await;
    });
}
