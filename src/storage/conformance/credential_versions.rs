//! Whether credentials that were read are still as they were.

use super::fixtures::{access_token, account, at, client, commit, nickname, ok, residents};
use crate::{
    model::{BearerToken, Client, Scope, Secret},
    storage::{Change, Expect, Revocation, Storage},
};

fn bearer_token(digest: &str, client: &str, user: &str) -> Change {
    Change::PutBearerToken(BearerToken {
        digest: digest.into(),
        client: client.into(),
        user: Some(nickname(user)),
        scope: Scope::Read,
        code: Some("code".into()),
        created: at(1_700_000_000),
        expires: None,
    })
}

fn put_token(client: &str, user: &str, created: i64) -> Change {
    let name = format!("{client} {user}");
    Change::PutAccessToken(access_token(&name, client, user, created))
}

fn revoke(client: Option<&str>, keep: Option<&str>) -> Change {
    Change::Revoke(Revocation {
        user: nickname("alice"),
        client: client.map(Into::into),
        except_token: keep.map(Into::into),
    })
}

/// Every change of credentials increases the version before it returns, if the store has one.
pub async fn a_change_of_credentials_moves_the_epoch(store: &dyn Storage) {
    commit(store, residents(&["alice", "bob"])).await;
    commit(
        store,
        vec![
            Change::PutClient(client("c", 1)),
            Change::PutClient(client("d", 1)),
            put_token("c", "alice", 1),
            put_token("d", "alice", 1),
            put_token("c", "bob", 1),
            bearer_token("1", "c", "alice"),
            bearer_token("2", "c", "alice"),
            bearer_token("3", "c", "alice"),
        ],
    )
    .await;
    let secret = Client {
        secret: Secret::new("another"),
        ..client("c", 1)
    };
    let put_account = Change::PutAccount {
        account: account("bob"),
        expect: Expect::Present,
    };
    for change in [
        Change::PutClient(secret),
        put_account,
        put_token("c", "alice", 2),
        Change::RemoveBearerToken("1".into()),
        Change::RemoveAccessToken("c alice".into()),
        revoke(Some("c"), Some("3")),
        Change::RevokeCode("code".into()),
        revoke(None, None),
        Change::RemoveAccount(nickname("alice")),
        Change::RemoveClient("c".into()),
    ] {
        let before = store.credential_version();
        commit(store, vec![change.clone()]).await;
        let after = store.credential_version();
        assert_eq!(
            before.is_some(),
            after.is_some(),
            "a store can always tell the epoch, or never"
        );
        assert!(
            before.is_none() || after > before,
            "the epoch should grow with {change:?}, but was {before:?} and is {after:?}"
        );
    }
}

/// A look shows what there is, and nothing older.
pub async fn a_look_at_credentials_never_sets_the_epoch_back(store: &dyn Storage) {
    for number in 0..3 {
        let before = store.credential_version();
        ok(
            store.refresh_credential_version().await,
            "Looking at credentials",
        );
        let looked = store.credential_version();
        assert!(looked >= before, "{before:?}, then {looked:?}");
        commit(store, vec![Change::PutClient(client("c", number))]).await;
    }
    let changed = store.credential_version();
    ok(
        store.refresh_credential_version().await,
        "Looking at credentials",
    );
    assert!(store.credential_version() >= changed);
}
