//! Accounts: one per nickname, one per person.

use serde_json::json;

use super::fixtures::{
    access_token, account, all_ids, at, client, commit, find, nickname, ok, person, push, put,
    put_account, refused, request_token, residents,
};
use crate::{
    model::{
        Account, NotificationPreferences, RequestToken, Role, SecondFactor, Secret, Standing,
        Stream,
    },
    storage::{Change, Expect, Storage, StorageError},
};

fn expecting(account: Account, expect: Expect) -> Change {
    Change::PutAccount { account, expect }
}

async fn find_account(store: &dyn Storage, name: &str) -> Option<Account> {
    ok(
        store.find_account(&nickname(name)).await,
        "Finding an account",
    )
}

/// Every field survives, empty or full, and a put replaces all.
pub async fn an_account_comes_back_as_it_was_put(store: &dyn Storage) {
    let extra = json!({"settings": {"a": [1, null, "é😀"]}, "x": "y"});
    let full = Account {
        password: Some(Secret::new("$argon2id$v=19$m=1,t=1,p=1$c2FsdHNhbHQ$aGFzaA")),
        email: Some("alice@h.example".into()),
        unconfirmed_email: Some("new@h.example".into()),
        notifications: NotificationPreferences::from_space_separated("likes shares"),
        role: Role::Moderator,
        standing: Standing::Silenced,
        second_factor: Some(SecondFactor {
            secret: Secret::new("JBSWY3DPEHPK3PXP"),
            is_confirmed: true,
            begun_by: Some("browser:a".into()),
            last_step: 57_000_000,
            recovery_digests: vec![Secret::new("a1b2")],
        }),
        updated: at(1_800_000_000),
        extra: extra.as_object().cloned().unwrap_or_default(),
        ..account("alice")
    };
    commit(store, vec![put(person("alice"))]).await;
    for (mut given, version) in [(full, 1), (account("alice"), 2)] {
        commit(store, vec![expecting(given.clone(), Expect::Any)]).await;
        given.version = version;
        let found = find_account(store, "alice").await;
        assert_eq!(
            found.as_ref(),
            Some(&given),
            "an account should come back as it was put"
        );
        let found = found.and_then(|account| account.password);
        let (found, given) = (found.map(|s| s.expose().to_owned()), given.password);
        assert_eq!(
            found.as_deref(),
            given.as_ref().map(Secret::expose),
            "with its password"
        );
    }
    assert_eq!(find_account(store, "bob").await, None, "there is no bob");
}

/// Batches answer in order.
pub async fn accounts_are_found_by_person_in_the_order_asked(store: &dyn Storage) {
    commit(store, residents(&["alice", "bob"])).await;
    commit(store, vec![put(person("remote"))]).await;
    let asked = ["bob", "remote", "alice", "not stored", "bob"];
    let found = ok(store.find_accounts_of(&asked).await, "Finding accounts");
    let found: Vec<Option<String>> = found.into_iter().map(|a| a.map(|a| a.person)).collect();
    let name = |name: &str| Some(name.to_owned());
    let wanted = [name("bob"), None, name("alice"), None, name("bob")];
    assert_eq!(
        found, wanted,
        "answers should be in the order of the persons"
    );
    let none = ok(store.find_accounts_of(&[]).await, "Finding no accounts");
    assert!(none.is_empty(), "no ids should give no answers");
}

/// Only those with an unconfirmed address alone, as they are now.
pub async fn accounts_without_a_confirmed_address_are_counted(store: &dyn Storage) {
    let count = async || ok(store.count_unconfirmed().await, "Counting accounts");
    assert_eq!(count().await, 0, "no accounts at all");
    for (name, email, unconfirmed) in [
        ("a", None, Some("a@h.example")),
        ("b", Some("b@h.example"), Some("b2@h.example")),
        ("c", Some("c@h.example"), None),
        ("d", None, None),
        ("e", None, Some("e@h.example")),
    ] {
        let account = Account {
            email: email.map(str::to_owned),
            unconfirmed_email: unconfirmed.map(str::to_owned),
            ..account(name)
        };
        let put_account = expecting(account, Expect::Absent);
        commit(store, vec![put(person(name)), put_account]).await;
    }
    assert_eq!(count().await, 2, "two have nothing but an unconfirmed one");
    let confirmed = Account {
        email: Some("a@h.example".into()),
        ..account("a")
    };
    commit(store, vec![expecting(confirmed, Expect::Version(1))]).await;
    assert_eq!(count().await, 1, "one has confirmed it");
}

/// `alice` and `Alice` are two, where both are there from before that was refused.
pub async fn the_case_of_a_nickname_matters(store: &dyn Storage) {
    commit(store, residents(&["alice"])).await;
    assert_eq!(
        find_account(store, "Alice").await,
        None,
        "alice is not Alice"
    );
    commit(
        store,
        vec![
            put(person("Alice")),
            expecting(account("Alice"), Expect::Any),
        ],
    )
    .await;
    for name in ["alice", "Alice"] {
        let found = find_account(store, name)
            .await
            .map(|account| account.person);
        assert_eq!(found.as_deref(), Some(name), "each finds its own");
    }
}

/// A name in another case is refused to a new account, also when its account was removed; the name
/// itself is not.
pub async fn a_new_nickname_differs_from_others_in_more_than_case(store: &dyn Storage) {
    commit(store, vec![put(person("alice")), put(person("Alice"))]).await;
    let new = |name: &str| vec![expecting(account(name), Expect::Absent)];
    commit(store, new("alice")).await;
    for removed in [false, true] {
        if removed {
            commit(store, vec![Change::RemoveAccount(nickname("alice"))]).await;
        }
        let refused = store.commit(new("Alice")).await;
        refused!(
            refused,
            StorageError::AlreadyExists(_),
            "A nickname that differs in case only"
        );
        let found = find_account(store, "Alice").await;
        assert_eq!(found, None, "a refused put should store nothing");
    }
    commit(store, new("alice")).await;
    let changed = expecting(account("alice"), Expect::Version(1));
    commit(store, vec![changed]).await;
}

/// Preconditions of a put are checked.
pub async fn expectations_of_accounts_are_checked(store: &dyn Storage) {
    commit(store, vec![put(person("alice")), put(person("bob"))]).await;
    let missing = store
        .commit(vec![expecting(account("alice"), Expect::Present)])
        .await;
    refused!(
        missing,
        StorageError::Missing(_),
        "An update of an account that is not there"
    );
    commit(store, vec![expecting(account("alice"), Expect::Absent)]).await;
    let taken = Account {
        person: "bob".into(),
        ..account("alice")
    };
    let again = store.commit(vec![expecting(taken, Expect::Absent)]).await;
    refused!(
        again,
        StorageError::AlreadyExists(_),
        "A second account of a nickname"
    );
    commit(store, vec![expecting(account("alice"), Expect::Present)]).await;
    for version in [0, 1, 3] {
        let stale = expecting(account("alice"), Expect::Version(version));
        refused!(
            store.commit(vec![stale]).await,
            StorageError::Conflict(_),
            "An account of another version"
        );
    }
    commit(store, vec![expecting(account("alice"), Expect::Version(2))]).await;
    let found = find_account(store, "alice")
        .await
        .map(|account| account.person);
    assert_eq!(
        found.as_deref(),
        Some("alice"),
        "a refused put should change nothing"
    );
}

/// No person, no account.
pub async fn the_person_of_an_account_must_be_stored(store: &dyn Storage) {
    let unknown = store.commit(vec![put_account("alice")]).await;
    refused!(
        unknown,
        StorageError::Missing(_),
        "An account for a person not stored"
    );
    assert_eq!(
        find_account(store, "alice").await,
        None,
        "a refused put should store nothing"
    );
    commit(store, vec![put(person("alice")), put_account("alice")]).await;
}

/// Two accounts never share a person.
pub async fn a_person_has_one_account(store: &dyn Storage) {
    commit(store, residents(&["alice", "bob"])).await;
    for name in ["carol", "bob"] {
        let second = Account {
            person: "alice".into(),
            ..account(name)
        };
        let taken = store.commit(vec![expecting(second, Expect::Any)]).await;
        refused!(
            taken,
            StorageError::AlreadyExists(_),
            "A second account of a person"
        );
    }
    let found = ok(
        store.find_accounts_of(&["alice", "bob"]).await,
        "Finding accounts",
    );
    let found: Vec<String> = found
        .into_iter()
        .flatten()
        .map(|a| a.nickname.to_string())
        .collect();
    assert_eq!(
        found,
        ["alice", "bob"],
        "a refused put should change nothing"
    );
}

/// Removing an account takes its tokens, and only them.
pub async fn an_account_goes_with_its_tokens_and_leaves_the_rest(store: &dyn Storage) {
    let inbox = Stream::Inbox("alice".into());
    commit(store, residents(&["alice", "bob"])).await;
    let of_alice = RequestToken {
        user: Some(nickname("alice")),
        ..request_token("r alice", "c", 2_000_000_000)
    };
    commit(
        store,
        vec![
            Change::PutClient(client("c", 1)),
            Change::PutAccessToken(access_token("t alice", "c", "alice", 1)),
            Change::PutAccessToken(access_token("t bob", "c", "bob", 1)),
            Change::PutRequestToken {
                token: of_alice,
                expect: Expect::Absent,
            },
            Change::PutRequestToken {
                token: request_token("r nobody", "c", 2_000_000_000),
                expect: Expect::Absent,
            },
            push(&inbox, "bob"),
        ],
    )
    .await;
    commit(store, vec![Change::RemoveAccount(nickname("alice"))]).await;
    assert_eq!(
        find_account(store, "alice").await,
        None,
        "a removed account is gone"
    );
    for (token, stays) in [("t alice", false), ("t bob", true)] {
        let found = ok(store.find_access_token(token).await, "Finding a token");
        assert_eq!(found.is_some(), stays, "the access token '{token}'");
    }
    for (token, stays) in [("r alice", false), ("r nobody", true)] {
        let found = ok(store.find_request_token(token).await, "Finding a token");
        assert_eq!(found.is_some(), stays, "the request token '{token}'");
    }
    assert!(
        find(store, "alice").await.is_some(),
        "the person should stay"
    );
    assert_eq!(all_ids(store, &inbox).await, ["bob"], "streams should stay");
    let again = store
        .commit(vec![Change::RemoveAccount(nickname("alice"))])
        .await;
    refused!(
        again,
        StorageError::Missing(_),
        "Removing an account that is not there"
    );
    let found = ok(store.find_accounts_of(&["alice"]).await, "Finding accounts");
    assert_eq!(found, [None], "the person has no account any more");
}
