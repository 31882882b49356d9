//! Revoked credentials and replayed requests, in caches and on other nodes.

use futures_util::future::join_all;
use hydraulics::{
    model::{BearerToken, Client, Nickname, Scope, Secret},
    storage::Change,
};

use crate::support::{Backend, Credentials, Request, TestServer};

/// The status that a request to a node gets.
async fn status(server: &TestServer, request: Request) -> u16 {
    server.send(request).await.status.as_u16()
}

fn signed(credentials: &Credentials) -> Request {
    Request::get("/api/whoami").by(credentials)
}

/// A request with the bearer token of someone.
fn bearing(nickname: &str) -> Request {
    let token = format!("Bearer bearer-of-{nickname}");
    Request::get("/api/whoami").header("authorization", &token)
}

async fn commit(server: &TestServer, change: Change) {
    server.app.storage().commit(vec![change]).await.unwrap();
}

/// Someone with an access token and a bearer token.
async fn user(server: &TestServer, nickname: &str) -> Credentials {
    let credentials = server.user(nickname).await;
    let token = BearerToken {
        digest: Secret::new(format!("bearer-of-{nickname}")).digest(),
        client: credentials.key.clone(),
        user: Some(Nickname::parse(nickname).unwrap()),
        scope: Scope::Read,
        code: None,
        created: server.ctx().now(),
        expires: None,
    };
    commit(server, Change::PutBearerToken(token)).await;
    credentials
}

/// Asserts that someone is let in by each of their tokens, or by none.
async fn is_in(server: &TestServer, nickname: &str, credentials: &Credentials, good: bool) {
    let statuses = (
        status(server, signed(credentials)).await,
        status(server, bearing(nickname)).await,
    );
    let wanted = if good { (302, 302) } else { (400, 401) };
    assert_eq!(statuses, wanted, "{nickname}");
}

/// Takes from alice her tokens, from bob his client, and from carol her account.
async fn take_all(server: &TestServer) {
    let bearer = Secret::new("bearer-of-alice").digest();
    commit(server, Change::RemoveBearerToken(bearer)).await;
    commit(server, Change::RemoveAccessToken("token-of-alice".into())).await;
    commit(server, Change::RemoveClient("client-of-bob".into())).await;
    let carol = Nickname::parse("carol").unwrap();
    commit(server, Change::RemoveAccount(carol)).await;
}

const PEOPLE: [&str; 3] = ["alice", "bob", "carol"];

on_every_backend!(
    revoked_credential_is_rejected_at_once,
    changed_client_secret_is_used_at_once,
    concurrent_replays_are_accepted_once,
);

async fn revoked_credential_is_rejected_at_once(server: TestServer) {
    let node = server.again(|_| ());
    let mut people = Vec::new();
    for nickname in PEOPLE {
        people.push((nickname, user(&server, nickname).await));
    }
    for good in [true, false] {
        for (nickname, credentials) in &people {
            is_in(&server, nickname, credentials, good).await;
            is_in(&node, nickname, credentials, good).await;
        }
        if good {
            take_all(&server).await;
        }
    }
}

async fn changed_client_secret_is_used_at_once(server: TestServer) {
    let alice = server.user("alice").await;
    let anew = Credentials {
        secret: "anew".into(),
        ..alice.clone()
    };
    let two_legged = Credentials {
        token: None,
        ..alice.clone()
    };
    let read = || Request::get("/api/user/alice/profile").by(&two_legged);
    assert_eq!(status(&server, signed(&alice)).await, 302);
    assert_eq!(status(&server, read()).await, 200);
    let client = server
        .app
        .storage()
        .find_client(&alice.key)
        .await
        .unwrap()
        .unwrap();
    let secret = Secret::new("anew");
    commit(&server, Change::PutClient(Client { secret, ..client })).await;
    assert_eq!(status(&server, signed(&alice)).await, 400);
    assert_eq!(status(&server, read()).await, 400);
    assert_eq!(status(&server, signed(&anew)).await, 302);
}

async fn concurrent_replays_are_accepted_once(server: TestServer) {
    let alice = server.user("alice").await;
    let same = || status(&server, signed(&alice).nonce("n"));
    let mut statuses = join_all((0..10).map(|_| same())).await;
    statuses.sort_unstable();
    assert_eq!((statuses[0], statuses[1]), (302, 401));
}

/// Two nodes that share nothing but what is stored.
async fn other_nodes_learn_it_soon(backend: Backend) {
    let [here, there] = TestServer::two(backend, |_| ()).await;
    let mut people = Vec::new();
    for nickname in PEOPLE {
        let credentials = user(&here, nickname).await;
        is_in(&there, nickname, &credentials, true).await;
        is_in(&here, nickname, &credentials, true).await;
        people.push((nickname, credentials));
    }
    take_all(&here).await;
    for (nickname, credentials) in &people {
        is_in(&here, nickname, credentials, false).await;
    }
    there.clock.advance(1);
    for (nickname, credentials) in &people {
        is_in(&there, nickname, credentials, false).await;
    }
}

#[tokio::test]
async fn token_revoked_by_other_process_is_rejected_soon() {
    other_nodes_learn_it_soon(Backend::Sqlite).await;
}

#[tokio::test]
async fn token_revoked_on_another_node_is_rejected_soon() {
    other_nodes_learn_it_soon(Backend::Postgres).await;
}

async fn a_replay_is_refused_everywhere(backend: Backend) {
    let nodes = TestServer::two(backend, |_| ()).await;
    let alice = nodes[0].user("alice").await;
    for nonce in ["a", "b", "c"] {
        let request = || signed(&alice).nonce(nonce);
        let uses = nodes.iter().chain(&nodes);
        let mut statuses = join_all(uses.map(|node| status(node, request()))).await;
        statuses.sort_unstable();
        assert_eq!(statuses, [302, 401, 401, 401]);
        for node in &nodes {
            assert_eq!(status(node, request()).await, 401);
        }
    }
}

#[tokio::test]
async fn replay_to_another_process_is_rejected() {
    a_replay_is_refused_everywhere(Backend::Sqlite).await;
}

#[tokio::test]
async fn replay_to_another_postgres_node_is_refused() {
    a_replay_is_refused_everywhere(Backend::Postgres).await;
}
