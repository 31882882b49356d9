//! OAuth 2.0, and what people allow.

use futures_util::future::join;

use super::fixtures::{
    access_token, at, client, commit, nickname, ok, refused, request_token, residents,
};
use crate::{
    model::{Authorization, BearerToken, RequestToken, Scope},
    storage::{Change, Changes, Expect, Revocation, Storage, StorageError},
};

fn authorization(digest: &str, client: &str, user: &str) -> Authorization {
    Authorization {
        digest: digest.into(),
        client: client.into(),
        user: nickname(user),
        redirect_uri: "https://c.example/back".into(),
        state: None,
        challenge: None,
        scope: Scope::Read,
        approved: false,
        expires: at(2_000_000_000),
    }
}

fn bearer_token(digest: &str, client: &str, user: Option<&str>) -> BearerToken {
    BearerToken {
        digest: digest.into(),
        client: client.into(),
        user: user.map(nickname),
        scope: Scope::Read,
        code: None,
        created: at(1_700_000_000),
        expires: None,
    }
}

async fn find_authorization(store: &dyn Storage, digest: &str) -> Option<Authorization> {
    ok(
        store.find_authorization(digest).await,
        "Finding an authorization",
    )
}

async fn find_bearer_token(store: &dyn Storage, digest: &str) -> Option<BearerToken> {
    ok(
        store.find_bearer_token(digest).await,
        "Finding a bearer token",
    )
}

/// Accounts `alice` and `bob`, clients `c` and `d`.
pub(super) fn ground() -> Changes {
    let mut changes = residents(&["alice", "bob"]);
    changes.extend(["c", "d"].map(|id| Change::PutClient(client(id, 1))));
    changes
}

/// Tokens of every kind, and what may become some, named after their kind, client and person.
pub(super) fn everything(id: &str, user: &str) -> Changes {
    let name = |kind: &str| format!("{kind} {id} {user}");
    let request = RequestToken {
        user: Some(nickname(user)),
        ..request_token(&name("request"), id, 2_000_000_000)
    };
    vec![
        Change::PutAccessToken(access_token(&name("access"), id, user, 1)),
        Change::PutRequestToken {
            token: request,
            expect: Expect::Absent,
        },
        Change::PutAuthorization(authorization(&name("asked"), id, user)),
        Change::PutBearerToken(bearer_token(&name("bearer"), id, Some(user))),
    ]
}

/// Which of [`everything`] is there.
pub(super) async fn left(store: &dyn Storage, id: &str, user: &str) -> Vec<&'static str> {
    let name = |kind: &str| format!("{kind} {id} {user}");
    let access = ok(
        store.find_access_token(&name("access")).await,
        "Finding a token",
    );
    let request = ok(
        store.find_request_token(&name("request")).await,
        "Finding a token",
    );
    let asked = find_authorization(store, &name("asked")).await;
    let bearer = find_bearer_token(store, &name("bearer")).await;
    [
        ("access", access.is_some()),
        ("request", request.is_some()),
        ("asked", asked.is_some()),
        ("bearer", bearer.is_some()),
    ]
    .into_iter()
    .filter_map(|(kind, there)| there.then_some(kind))
    .collect()
}

/// All of [`everything`].
pub(super) const ALL: [&str; 4] = ["access", "request", "asked", "bearer"];

/// Every field survives, empty or full; a removal removes.
pub async fn an_authorization_comes_back_as_it_was_put(store: &dyn Storage) {
    commit(store, ground()).await;
    let empty = authorization("a", "c", "alice");
    let full = Authorization {
        digest: "b".into(),
        state: Some("é=&\n".into()),
        challenge: Some(String::new()),
        scope: Scope::WriteAll,
        approved: true,
        ..empty.clone()
    };
    for given in [empty, full] {
        commit(store, vec![Change::PutAuthorization(given.clone())]).await;
        let found = find_authorization(store, &given.digest).await;
        assert_eq!(
            found.as_ref(),
            Some(&given),
            "it should come back as it was put"
        );
        let again = store
            .commit(vec![Change::PutAuthorization(given.clone())])
            .await;
        refused!(
            again,
            StorageError::AlreadyExists(_),
            "A second one of a digest"
        );
        let remove = || vec![Change::RemoveAuthorization(given.digest.clone())];
        commit(store, remove()).await;
        let gone = find_authorization(store, &given.digest).await;
        assert_eq!(gone, None, "a removed authorization is gone");
        refused!(
            store.commit(remove()).await,
            StorageError::Missing(_),
            "Removing what is not there"
        );
    }
}

/// Every field survives, empty or full; a removal removes.
pub async fn a_bearer_token_comes_back_as_it_was_put(store: &dyn Storage) {
    commit(store, ground()).await;
    let empty = bearer_token("a", "c", None);
    let full = BearerToken {
        digest: "b".into(),
        user: Some(nickname("alice")),
        scope: Scope::WriteOwn,
        code: Some("code".into()),
        expires: Some(at(2_000_000_000)),
        ..empty.clone()
    };
    for given in [empty, full] {
        commit(store, vec![Change::PutBearerToken(given.clone())]).await;
        let found = find_bearer_token(store, &given.digest).await;
        assert_eq!(
            found.as_ref(),
            Some(&given),
            "it should come back as it was put"
        );
        let again = store
            .commit(vec![Change::PutBearerToken(given.clone())])
            .await;
        refused!(
            again,
            StorageError::AlreadyExists(_),
            "A second one of a digest"
        );
        let remove = || vec![Change::RemoveBearerToken(given.digest.clone())];
        commit(store, remove()).await;
        let gone = find_bearer_token(store, &given.digest).await;
        assert_eq!(gone, None, "a removed token is gone");
        refused!(
            store.commit(remove()).await,
            StorageError::Missing(_),
            "Removing what is not there"
        );
    }
}

/// Nothing is given to a client, or by a person, that is not stored.
pub async fn grants_need_their_client_and_account(store: &dyn Storage) {
    commit(store, ground()).await;
    for (id, user) in [("x", "alice"), ("c", "nobody")] {
        for change in [
            Change::PutAuthorization(authorization("a", id, user)),
            Change::PutBearerToken(bearer_token("b", id, Some(user))),
        ] {
            refused!(
                store.commit(vec![change]).await,
                StorageError::Missing(_),
                "What has no client or account"
            );
        }
    }
    let own = Change::PutBearerToken(bearer_token("b", "x", None));
    refused!(
        store.commit(vec![own]).await,
        StorageError::Missing(_),
        "A token of no client"
    );
}

/// The tokens of a code go with it, and no others.
pub async fn the_tokens_of_a_code_are_revoked_with_it(store: &dyn Storage) {
    commit(store, ground()).await;
    let of = |digest: &str, code: Option<&str>| {
        Change::PutBearerToken(BearerToken {
            code: code.map(Into::into),
            ..bearer_token(digest, "c", Some("alice"))
        })
    };
    commit(
        store,
        vec![of("a", Some("one")), of("b", Some("two")), of("c", None)],
    )
    .await;
    let revoke = || vec![Change::RevokeCode("one".into())];
    commit(store, revoke()).await;
    for (digest, stays) in [("a", false), ("b", true), ("c", true)] {
        let found = find_bearer_token(store, digest).await;
        assert_eq!(found.is_some(), stays, "the token '{digest}'");
    }
    // There is nothing left to do, which is fine.
    commit(store, revoke()).await;
}

/// One grant for each client and scope, with the time of its oldest token; the newest first.
pub async fn grants_are_listed_by_client_and_scope(store: &dyn Storage) {
    commit(store, ground()).await;
    let none = ok(
        store.list_grants(&nickname("alice")).await,
        "Listing grants",
    );
    assert!(none.is_empty(), "there is no grant yet");
    let bearer = |digest: &str, id: &str, user: Option<&str>, scope: Scope, created: i64| {
        Change::PutBearerToken(BearerToken {
            scope,
            created: at(created),
            ..bearer_token(digest, id, user)
        })
    };
    let changes = vec![
        Change::PutAccessToken(access_token("1", "c", "alice", 50)),
        Change::PutAccessToken(access_token("2", "c", "alice", 20)),
        Change::PutAccessToken(access_token("3", "d", "bob", 30)),
        bearer("4", "c", Some("alice"), Scope::Read, 40),
        bearer("5", "c", Some("alice"), Scope::Read, 60),
        bearer("6", "c", Some("alice"), Scope::WriteAll, 10),
        bearer("7", "d", Some("alice"), Scope::WriteOwn, 30),
        bearer("8", "d", None, Scope::Read, 5),
        Change::PutAuthorization(authorization("9", "d", "bob")),
    ];
    commit(store, changes).await;
    for (user, expected) in [
        (
            "alice",
            vec![
                ("c", Some(Scope::Read), 40),
                ("d", Some(Scope::WriteOwn), 30),
                ("c", None, 20),
                ("c", Some(Scope::WriteAll), 10),
            ],
        ),
        ("bob", vec![("d", None, 30)]),
    ] {
        let grants = ok(store.list_grants(&nickname(user)).await, "Listing grants");
        let listed: Vec<_> = grants
            .iter()
            .map(|grant| (&*grant.client.id, grant.scope, grant.since.timestamp()))
            .collect();
        assert_eq!(listed, expected, "what {user} allows");
        assert_eq!(
            grants[0].client,
            client(expected[0].0, 1),
            "the client comes whole"
        );
    }
}

/// All of a person and a client, or of a person, but for the token that stays, and nothing else.
pub async fn revocation_removes_only_matching_grants(store: &dyn Storage) {
    commit(store, ground()).await;
    for (id, user) in [("c", "alice"), ("d", "alice"), ("c", "bob")] {
        commit(store, everything(id, user)).await;
    }
    let own = Change::PutBearerToken(bearer_token("own", "c", None));
    commit(store, vec![own]).await;
    let revoke = |user: &str, client: Option<&str>, keep: Option<&str>| {
        vec![Change::Revoke(Revocation {
            user: nickname(user),
            client: client.map(Into::into),
            except_token: keep.map(Into::into),
        })]
    };
    commit(store, revoke("nobody", None, None)).await;
    commit(store, revoke("alice", Some("c"), None)).await;
    assert!(left(store, "c", "alice").await.is_empty(), "all is revoked");
    assert_eq!(left(store, "d", "alice").await, ALL, "of another client");
    assert_eq!(left(store, "c", "bob").await, ALL, "of another person");
    commit(store, revoke("alice", None, Some("bearer d alice"))).await;
    assert_eq!(
        left(store, "d", "alice").await,
        ["bearer"],
        "the one to keep"
    );
    commit(store, revoke("bob", Some("c"), Some("access c bob"))).await;
    assert_eq!(left(store, "c", "bob").await, ["access"], "the one to keep");
    let own = find_bearer_token(store, "own").await;
    assert!(own.is_some(), "a client's own token is nobody's to revoke");
}

/// Clients and accounts are removed with all that they were given or gave.
pub async fn grants_go_with_client_and_account(store: &dyn Storage) {
    commit(store, ground()).await;
    for (id, user) in [("c", "alice"), ("d", "alice"), ("c", "bob"), ("d", "bob")] {
        commit(store, everything(id, user)).await;
    }
    commit(store, vec![Change::RemoveClient("c".into())]).await;
    commit(store, vec![Change::RemoveAccount(nickname("alice"))]).await;
    for (id, user) in [("c", "alice"), ("d", "alice"), ("c", "bob")] {
        let left = left(store, id, user).await;
        assert!(left.is_empty(), "what {user} allowed {id}: {left:?}");
    }
    assert_eq!(left(store, "d", "bob").await, ALL, "what has nothing to do");
}

/// However they meet, nothing is left of both: the code is gone, and so is its token.
pub async fn an_exchange_does_not_outlive_a_revocation(store: &dyn Storage) {
    commit(store, ground()).await;
    for round in 0..8 {
        let (code, token) = (format!("code {round}"), format!("token {round}"));
        let asked = authorization(&code, "c", "alice");
        commit(store, vec![Change::PutAuthorization(asked)]).await;
        let exchange = store.commit(vec![
            Change::RemoveAuthorization(code.clone()),
            Change::PutBearerToken(bearer_token(&token, "c", Some("alice"))),
        ]);
        let revoke = store.commit(vec![Change::Revoke(Revocation {
            user: nickname("alice"),
            client: Some("c".into()),
            except_token: None,
        })]);
        let (exchanged, revoked) = join(exchange, revoke).await;
        ok(revoked, "Revoking");
        assert!(
            matches!(exchanged, Ok(()) | Err(StorageError::Missing(_))),
            "an exchange comes before a revocation or finds nothing: {exchanged:?}"
        );
        assert_eq!(
            find_authorization(store, &code).await,
            None,
            "the code is gone"
        );
        assert_eq!(
            find_bearer_token(store, &token).await,
            None,
            "the token is gone"
        );
    }
}

/// Those that expired before the time are, others are not.
pub async fn expired_grants_are_forgotten(store: &dyn Storage) {
    commit(store, ground()).await;
    for expires in [99, 100, 101] {
        let asked = Authorization {
            expires: at(expires),
            ..authorization(&expires.to_string(), "c", "alice")
        };
        let token = BearerToken {
            expires: Some(at(expires)),
            ..bearer_token(&expires.to_string(), "c", None)
        };
        let changes = vec![
            Change::PutAuthorization(asked),
            Change::PutBearerToken(token),
        ];
        commit(store, changes).await;
    }
    let lasting = Change::PutBearerToken(bearer_token("for ever", "c", None));
    commit(store, vec![lasting]).await;
    ok(store.delete_expired(100).await, "Forgetting");
    for (digest, stays) in [("99", false), ("100", true), ("101", true)] {
        let asked = find_authorization(store, digest).await;
        assert_eq!(asked.is_some(), stays, "the authorization until {digest}");
        let token = find_bearer_token(store, digest).await;
        assert_eq!(token.is_some(), stays, "the token until {digest}");
    }
    let lasting = find_bearer_token(store, "for ever").await;
    assert!(lasting.is_some(), "what does not expire is not forgotten");
}
