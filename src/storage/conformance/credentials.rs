//! OAuth clients and tokens.

use super::fixtures::{
    access_token, at, client, commit, nickname, ok, refused, request_token, residents,
};
use crate::{
    model::{Client, ClientIdentity, ClientKind, RequestToken, Secret},
    storage::{Change, Expect, Storage, StorageError},
};

fn put(token: RequestToken, expect: Expect) -> Change {
    Change::PutRequestToken { token, expect }
}

pub(super) async fn find_client(store: &dyn Storage, id: &str) -> Option<Client> {
    ok(store.find_client(id).await, "Finding a client")
}

/// Every field survives, empty or full, and a put replaces all.
pub async fn a_client_comes_back_as_it_was_put(store: &dyn Storage) {
    let full = Client {
        kind: ClientKind::Web,
        name: Some("Café 😀".into()),
        description: Some(String::new()),
        logo_url: Some("http://c.example/logo".into()),
        contacts: vec!["a@b.example".into(), "c d".into()],
        redirect_uris: vec!["http://c.example/back?x=1,2".into()],
        updated: at(1_800_000_000),
        ..client("c", 1_700_000_000)
    };
    let proved = |identity| Client {
        identity: Some(identity),
        ..client("c", 1_700_000_000)
    };
    let host = ClientIdentity::Host("acct:8080".into());
    let person = ClientIdentity::Person("acct:zed smith@h.example".into());
    for given in [
        full,
        proved(host),
        proved(person),
        client("c", 1_700_000_000),
    ] {
        commit(store, vec![Change::PutClient(given.clone())]).await;
        let found = find_client(store, "c").await;
        assert_eq!(
            found,
            Some(given),
            "a client should come back as it was put"
        );
    }
    for wrong in ["C", "none", ""] {
        assert_eq!(
            find_client(store, wrong).await,
            None,
            "there is no client '{wrong}'"
        );
    }
}

/// By registration, not by change.
pub async fn clients_are_listed_oldest_first(store: &dyn Storage) {
    for (id, created) in [("b", 20), ("c", 30), ("a", 10), ("d", 30)] {
        commit(store, vec![Change::PutClient(client(id, created))]).await;
    }
    let changed = Client {
        updated: at(99),
        ..client("a", 10)
    };
    commit(store, vec![Change::PutClient(changed)]).await;
    let listed = ok(store.list_clients().await, "Listing clients");
    let listed: Vec<String> = listed.into_iter().map(|client| client.id).collect();
    assert_eq!(
        listed,
        ["a", "b", "c", "d"],
        "clients should be listed oldest first"
    );
}

/// Neither those of others, nor those without an identity.
pub async fn clients_of_an_identity_are_listed_oldest_first(store: &dyn Storage) {
    let person = ClientIdentity::Person("acct:zed@elsewhere.example".into());
    let host = ClientIdentity::Host("acct:zed@elsewhere.example".into());
    for (id, created, identity) in [
        ("b", 20, Some(&person)),
        ("a", 10, Some(&person)),
        ("c", 10, Some(&host)),
        ("d", 10, None),
    ] {
        let client = Client {
            identity: identity.cloned(),
            ..client(id, created)
        };
        commit(store, vec![Change::PutClient(client)]).await;
    }
    let listed = ok(store.list_clients_of(&person).await, "Listing clients");
    let listed: Vec<String> = listed.into_iter().map(|client| client.id).collect();
    assert_eq!(
        listed,
        ["a", "b"],
        "clients of an identity should be listed oldest first"
    );
}

/// Removing a client takes its tokens, and only them.
pub async fn a_client_goes_with_its_tokens(store: &dyn Storage) {
    commit(store, residents(&["alice"])).await;
    for id in ["c", "d"] {
        commit(
            store,
            vec![
                Change::PutClient(client(id, 1)),
                Change::PutAccessToken(access_token(&format!("t {id}"), id, "alice", 1)),
                put(
                    request_token(&format!("r {id}"), id, 2_000_000_000),
                    Expect::Absent,
                ),
            ],
        )
        .await;
    }
    commit(store, vec![Change::RemoveClient("c".into())]).await;
    for (id, stays) in [("c", false), ("d", true)] {
        assert_eq!(
            find_client(store, id).await.is_some(),
            stays,
            "the client '{id}'"
        );
        let access = ok(
            store.find_access_token(&format!("t {id}")).await,
            "Finding a token",
        );
        assert_eq!(access.is_some(), stays, "the access token of '{id}'");
        let request = ok(
            store.find_request_token(&format!("r {id}")).await,
            "Finding a token",
        );
        assert_eq!(request.is_some(), stays, "the request token of '{id}'");
    }
    let again = store.commit(vec![Change::RemoveClient("c".into())]).await;
    refused!(
        again,
        StorageError::Missing(_),
        "Removing a client that is not there"
    );
}

/// Every field survives, a put replaces, a removal removes.
pub async fn an_access_token_comes_back_as_it_was_put(store: &dyn Storage) {
    commit(store, residents(&["alice", "bob"])).await;
    commit(store, vec![Change::PutClient(client("c", 1))]).await;
    for given in [
        access_token("t", "c", "alice", 5),
        access_token("t", "c", "bob", 6),
    ] {
        commit(store, vec![Change::PutAccessToken(given.clone())]).await;
        let found = ok(store.find_access_token("t").await, "Finding a token");
        assert_eq!(found, Some(given), "a token should come back as it was put");
    }
    commit(store, vec![Change::RemoveAccessToken("t".into())]).await;
    let found = ok(store.find_access_token("t").await, "Finding a token");
    assert_eq!(found, None, "a removed token is gone");
    let again = store
        .commit(vec![Change::RemoveAccessToken("t".into())])
        .await;
    refused!(
        again,
        StorageError::Missing(_),
        "Removing a token that is not there"
    );
}

/// A token for nobody, or of nobody, is refused.
pub async fn an_access_token_needs_its_client_and_account(store: &dyn Storage) {
    commit(store, residents(&["alice"])).await;
    commit(store, vec![Change::PutClient(client("c", 1))]).await;
    for (id, user) in [("d", "alice"), ("c", "bob")] {
        let token = access_token("t", id, user, 1);
        let refused = store.commit(vec![Change::PutAccessToken(token)]).await;
        refused!(
            refused,
            StorageError::Missing(_),
            "A token without its client or account"
        );
    }
    let found = ok(store.find_access_token("t").await, "Finding a token");
    assert_eq!(found, None, "a refused token is not stored");
}

/// Of several tokens for a client and a person, the oldest.
pub async fn the_oldest_access_token_of_a_pair_is_found(store: &dyn Storage) {
    commit(store, residents(&["alice", "bob"])).await;
    commit(
        store,
        vec![
            Change::PutClient(client("c", 1)),
            Change::PutClient(client("d", 1)),
        ],
    )
    .await;
    let none = store.find_access_token_for("c", &nickname("alice")).await;
    assert_eq!(ok(none, "Finding a token"), None, "there is none yet");
    let tokens = [
        access_token("b", "c", "alice", 20),
        access_token("a", "c", "alice", 10),
        access_token("z", "c", "bob", 1),
        access_token("y", "d", "alice", 2),
    ];
    commit(store, tokens.map(Change::PutAccessToken).into()).await;
    for (id, user, wanted) in [("c", "alice", "a"), ("c", "bob", "z"), ("d", "alice", "y")] {
        let found = store.find_access_token_for(id, &nickname(user)).await;
        let found = ok(found, "Finding a token").map(|token| token.token);
        assert_eq!(
            found.as_deref(),
            Some(wanted),
            "the oldest of '{id}' for '{user}'"
        );
    }
}

/// Every field survives, empty or full.
pub async fn a_request_token_comes_back_as_it_was_put(store: &dyn Storage) {
    let empty = request_token("r", "a client that is not stored", 2_000_000_000);
    let full = RequestToken {
        callback: "http://c.example/back?x=é".into(),
        user: Some(nickname("nobody")),
        verifier: Some(Secret::new("0123abcd")),
        approved: true,
        ..empty.clone()
    };
    for given in [empty, full] {
        commit(store, vec![put(given.clone(), Expect::Any)]).await;
        let found = ok(store.find_request_token("r").await, "Finding a token");
        assert_eq!(found, Some(given), "a token should come back as it was put");
    }
    let none = ok(store.find_request_token("R").await, "Finding a token");
    assert_eq!(none, None, "there is no such token");
}

/// Preconditions of a put are checked, and a removal must find the token.
pub async fn expectations_of_request_tokens_are_checked(store: &dyn Storage) {
    let token = || request_token("r", "c", 2_000_000_000);
    let missing = store.commit(vec![put(token(), Expect::Present)]).await;
    refused!(
        missing,
        StorageError::Missing(_),
        "An update of a token that is not there"
    );
    commit(
        store,
        vec![put(token(), Expect::Absent), put(token(), Expect::Present)],
    )
    .await;
    let again = store.commit(vec![put(token(), Expect::Absent)]).await;
    refused!(
        again,
        StorageError::AlreadyExists(_),
        "A second token of a name"
    );
    let remove = || vec![Change::RemoveRequestToken("r".into())];
    commit(store, remove()).await;
    let gone = store.commit(remove()).await;
    refused!(
        gone,
        StorageError::Missing(_),
        "Removing a token that is not there"
    );
    let found = ok(store.find_request_token("r").await, "Finding a token");
    assert_eq!(found, None, "a removed token is gone");
}

/// Those that expired before the time are, others are not.
pub async fn expired_request_tokens_are_forgotten(store: &dyn Storage) {
    for expires in [99, 100, 101] {
        let token = request_token(&expires.to_string(), "c", expires);
        commit(store, vec![put(token, Expect::Absent)]).await;
    }
    ok(store.delete_expired(100).await, "Forgetting");
    for (token, stays) in [("99", false), ("100", true), ("101", true)] {
        let found = ok(store.find_request_token(token).await, "Finding a token");
        assert_eq!(
            found.is_some(),
            stays,
            "the token that expires at {token}, before 100"
        );
    }
}
