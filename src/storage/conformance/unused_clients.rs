//! Clients that nobody uses.

use super::{
    credentials::find_client,
    fixtures::{access_token, at, client, commit, nickname, ok, request_token, residents},
};
use crate::{
    model::{Authorization, BearerToken, Client, ClientIdentity, Scope},
    storage::{Change, Expect, Storage},
};

/// A client that has waited so long.
fn unused(id: &str, since: i64) -> Client {
    Client {
        unused_since: Some(at(since)),
        ..client(id, 1)
    }
}

/// Those that are unused since before the time, and that nobody is just being asked about. They go
/// with their own tokens.
pub async fn clients_that_nobody_lets_in_are_forgotten(store: &dyn Storage) {
    commit(store, residents(&["alice"])).await;
    let own = |id: &str, created: i64| {
        Change::PutBearerToken(BearerToken {
            digest: format!("own {id} {created}"),
            client: id.into(),
            user: None,
            scope: Scope::Read,
            code: None,
            created: at(created),
            expires: None,
        })
    };
    let clients = [
        "old", "waiting", "asking", "let in", "bearing", "reading", "seen",
    ];
    let mut changes: Vec<Change> = clients.map(|id| Change::PutClient(unused(id, 99))).into();
    let authorization = |digest: &str, id: &str| Authorization {
        digest: digest.into(),
        client: id.into(),
        user: nickname("alice"),
        redirect_uri: "https://c.example/back".into(),
        state: None,
        challenge: None,
        scope: Scope::Read,
        approved: false,
        expires: at(2_000_000_000),
    };
    let of_alice = BearerToken {
        digest: "of alice".into(),
        client: "bearing".into(),
        user: Some(nickname("alice")),
        scope: Scope::Read,
        code: None,
        created: at(99),
        expires: None,
    };
    changes.extend([
        Change::PutClient(unused("young", 100)),
        Change::PutClient(client("fixed", 1)),
        Change::PutRequestToken {
            token: request_token("r", "waiting", 2_000_000_000),
            expect: Expect::Absent,
        },
        Change::PutAuthorization(authorization("a", "asking")),
        Change::PutAccessToken(access_token("t", "let in", "alice", 99)),
        Change::RemoveAccessToken("t".into()),
        Change::PutBearerToken(of_alice),
        own("reading", 99 + 86_401),
        own("seen", 99 + 86_399),
    ]);
    commit(store, changes).await;
    ok(store.forget_unused_clients(100, 0).await, "Forgetting");
    for id in ["old", "seen"] {
        assert_eq!(
            find_client(store, id).await,
            None,
            "the client '{id}' should be forgotten"
        );
    }
    for id in [
        "waiting", "asking", "let in", "bearing", "reading", "young", "fixed",
    ] {
        assert!(
            find_client(store, id).await.is_some(),
            "the client '{id}' should stay"
        );
    }
    let found = store
        .find_bearer_token(&format!("own seen {}", 99 + 86_399))
        .await;
    assert_eq!(
        ok(found, "Finding a token"),
        None,
        "its own token goes with it"
    );
    let reading = find_client(store, "reading").await;
    let since = reading.and_then(|client| client.unused_since);
    assert_eq!(since, Some(at(99 + 86_401)), "it was used a day later");
}

/// Storing a client again can take its `unused_since` away, but can't set it.
pub async fn a_client_in_use_stays_in_use(store: &dyn Storage) {
    for (stored, given, wanted) in [
        (None, Some(5), None),
        (Some(5), Some(7), Some(5)),
        (Some(5), None, None),
    ] {
        for since in [stored, given] {
            let change = match since {
                Some(since) => unused("c", since),
                None => client("c", 1),
            };
            commit(store, vec![Change::PutClient(change)]).await;
        }
        let since = find_client(store, "c")
            .await
            .and_then(|client| client.unused_since);
        assert_eq!(since, wanted.map(at), "{stored:?}, then {given:?}");
        commit(store, vec![Change::RemoveClient("c".into())]).await;
    }
}

/// Clients with an identity have a time of their own, from when they were last seen.
pub async fn proven_clients_that_are_not_seen_are_forgotten(store: &dyn Storage) {
    let proven = |id: &str| Client {
        identity: Some(ClientIdentity::Host("h.example".into())),
        ..unused(id, 99)
    };
    let mut changes: Vec<Change> = ["old", "seen", "just seen"]
        .map(|id| Change::PutClient(proven(id)))
        .into();
    changes.push(Change::PutClient(unused("other", 99)));
    for (id, seen) in [("seen", 86_401), ("just seen", 86_399), ("unknown", 86_401)] {
        changes.push(Change::UseClient {
            id: id.into(),
            at: at(99 + seen),
        });
    }
    commit(store, changes).await;
    ok(store.forget_unused_clients(0, 99).await, "Forgetting");
    assert!(find_client(store, "old").await.is_some(), "not yet");
    ok(store.forget_unused_clients(0, 100).await, "Forgetting");
    for (id, stays) in [
        ("old", false),
        ("just seen", false),
        ("seen", true),
        ("other", true),
    ] {
        let is_there = find_client(store, id).await.is_some();
        assert_eq!(is_there, stays, "the client '{id}'");
    }
}
