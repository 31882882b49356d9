//! The key pair of the server: one for all nodes, kept, and replaced on demand.

use hydraulics::{
    service::federation::server_key,
    storage::{Change, Expect},
};

use super::document;
use crate::support::{Backend, TestServer, id};

on_every_backend!(
    key_stays_after_a_restart,
    new_key_is_shown_at_once_and_noted,
    older_record_keeps_its_key_and_gets_another,
);

/// Returns the public keys that an actor shows.
async fn shown(server: &TestServer, path: &str) -> String {
    let actor = document(server, path).await;
    assert_eq!(actor["publicKey"]["id"], format!("{}#main-key", id(&actor)));
    let keys = [
        &actor["publicKey"]["publicKeyPem"],
        &actor["assertionMethod"][0]["publicKeyMultibase"],
    ];
    keys.map(|key| key.as_str().unwrap()).join(" ")
}

async fn key_stays_after_a_restart(server: TestServer) {
    server.account("alice").await;
    let key = shown(&server, "/alice").await;
    let again = server.again(|_| ());
    assert_eq!(shown(&again, "/main/actor").await, key);
    assert_eq!(shown(&again, "/alice").await, key);
}

async fn new_key_is_shown_at_once_and_noted(server: TestServer) {
    server.account("alice").await;
    let mut seen = vec![shown(&server, "/alice").await];
    for _ in 0..2 {
        server_key::rotate(&server.ctx()).await.unwrap();
        let key = shown(&server, "/alice").await;
        let both = key.split_once(" z6Mk").unwrap();
        let is_new = |old: &String| !old.contains(both.0) && !old.contains(both.1);
        assert!(seen.iter().all(is_new));
        assert_eq!(shown(&server, "/main/actor").await, key);
        seen.push(key);
    }
    let log = hydraulics::service::audit::log(&server.ctx(), None, 10).await;
    let actions: Vec<String> = log.unwrap().into_iter().map(|entry| entry.action).collect();
    assert_eq!(actions, ["rotate key", "rotate key"]);
}

async fn older_record_keeps_its_key_and_gets_another(server: TestServer) {
    let before = shown(&server, "/main/actor").await;
    let storage = server.app.storage();
    let record = storage.find_site_record("key server").await.unwrap();
    let mut record = record.unwrap();
    record.body.remove("ed25519Key").unwrap();
    let expect = Expect::Version(record.version);
    let change = Change::PutSiteRecord { record, expect };
    storage.commit(vec![change]).await.unwrap();
    let after = shown(&server, "/main/actor").await;
    let [before, after] = [&before, &after].map(|keys| keys.split_once(" z6Mk").unwrap());
    assert_eq!(before.0, after.0);
    assert_ne!(before.1, after.1);
}

#[tokio::test]
async fn key_may_be_replaced_before_there_is_one() {
    let server = TestServer::in_memory().await;
    server_key::rotate(&server.ctx()).await.unwrap();
    assert!(
        shown(&server, "/main/actor")
            .await
            .starts_with("-----BEGIN")
    );
}

#[tokio::test]
async fn two_nodes_agree_on_one_key() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let [here, there] = TestServer::two(backend, |_| ()).await;
        let keys = tokio::join!(shown(&here, "/main/actor"), shown(&there, "/main/actor"));
        assert_eq!(keys.0, keys.1);
    }
}

#[tokio::test]
async fn new_key_is_seen_by_the_other_node() {
    let [here, there] = TestServer::two(Backend::Postgres, |_| ()).await;
    here.account("alice").await;
    let old = shown(&there, "/alice").await;
    server_key::rotate(&here.ctx()).await.unwrap();
    let new = shown(&there, "/alice").await;
    assert_ne!(new, old);
    assert_eq!(shown(&here, "/alice").await, new);
}
