//! Codes: found by their digest, used once.

use futures_util::future::join_all;

use super::fixtures::{at, commit, nickname, ok, refused, residents};
use crate::{
    model::{Code, CodePurpose, Secret},
    storage::{Change, Revocation, Storage, StorageError},
};

fn code(digest: &str, user: &str, created: i64) -> Code {
    Code {
        digest: Secret::new(digest),
        purpose: CodePurpose::Recover,
        user: nickname(user),
        target: format!("{user}@h.example"),
        created: at(created),
        expires: at(2_000_000_000),
        used: false,
    }
}

async fn find(store: &dyn Storage, digest: &str) -> Option<Code> {
    ok(store.find_code(digest).await, "Finding a code")
}

async fn is_used(store: &dyn Storage, digest: &str) -> bool {
    find(store, digest).await.is_some_and(|code| code.used)
}

/// Every field survives, and a digest is known once.
pub async fn a_code_comes_back_as_it_was_put(store: &dyn Storage) {
    commit(store, residents(&["alice"])).await;
    for (purpose, digest) in [
        (CodePurpose::Confirm, "a"),
        (CodePurpose::Recover, "b"),
        (CodePurpose::Unsubscribe, "c"),
        (CodePurpose::SignIn, "e"),
    ] {
        let given = Code {
            purpose,
            target: "é😀".into(),
            used: purpose == CodePurpose::Recover,
            ..code(digest, "alice", 1_700_000_000)
        };
        commit(store, vec![Change::PutCode(given.clone())]).await;
        let found = find(store, digest).await;
        assert_eq!(found, Some(given), "a code should come back as it was put");
    }
    assert_eq!(find(store, "A").await, None, "there is no code 'A'");
    let again = Change::PutCode(code("a", "alice", 1));
    refused!(
        store.commit(vec![again]).await,
        StorageError::AlreadyExists(_),
        "A known digest"
    );
    let stranger = Change::PutCode(code("d", "nobody", 1));
    refused!(
        store.commit(vec![stranger]).await,
        StorageError::Missing(_),
        "A code for nobody"
    );
}

/// The last one, by when it was made, of that person and purpose.
pub async fn the_newest_code_is_found(store: &dyn Storage) {
    commit(store, residents(&["alice", "bob"])).await;
    let other = Code {
        purpose: CodePurpose::Confirm,
        ..code("e", "alice", 60)
    };
    let codes = [
        code("a", "alice", 20),
        code("b", "alice", 50),
        code("c", "alice", 30),
        code("d", "bob", 60),
        other,
    ];
    commit(store, codes.map(Change::PutCode).into()).await;
    let newest = async |user: &str, purpose| {
        let found = store.find_newest_code(&nickname(user), purpose).await;
        ok(found, "Finding the newest code").map(|code| code.digest.expose().to_owned())
    };
    let found = newest("alice", CodePurpose::Recover).await;
    assert_eq!(found.as_deref(), Some("b"), "the newest of alice");
    let found = newest("bob", CodePurpose::Confirm).await;
    assert_eq!(found, None, "bob has none for that");
}

/// With it go the others for the same purpose, and no more.
pub async fn a_code_is_used_once(store: &dyn Storage) {
    commit(store, residents(&["alice", "bob"])).await;
    let other = Code {
        purpose: CodePurpose::Confirm,
        ..code("d", "alice", 1)
    };
    let codes = [
        code("a", "alice", 1),
        code("b", "alice", 2),
        code("c", "bob", 1),
        other,
    ];
    commit(store, codes.map(Change::PutCode).into()).await;
    commit(store, vec![Change::UseCode("a".into())]).await;
    for (digest, used) in [("a", true), ("b", true), ("c", false), ("d", false)] {
        assert_eq!(is_used(store, digest).await, used, "the code '{digest}'");
    }
    for digest in ["a", "b"] {
        refused!(
            store.commit(vec![Change::UseCode(digest.into())]).await,
            StorageError::Conflict(_),
            "Using a code again"
        );
    }
    refused!(
        store.commit(vec![Change::UseCode("x".into())]).await,
        StorageError::Missing(_),
        "Using a code that is not there"
    );
}

/// Of many who use one code at once, exactly one does.
pub async fn concurrent_uses_of_a_code_succeed_once(store: &dyn Storage) {
    commit(store, residents(&["alice"])).await;
    for round in 0..3 {
        let (one, other) = (format!("a {round}"), format!("b {round}"));
        let codes = [&one, &other].map(|digest| Change::PutCode(code(digest, "alice", round)));
        commit(store, codes.into()).await;
        let tries = (0..8).map(|number| {
            let digest = if number % 2 == 0 { &one } else { &other };
            store.commit(vec![Change::UseCode(digest.clone())])
        });
        let mut used = 0;
        for done in join_all(tries).await {
            match done {
                Ok(()) => used += 1,
                Err(StorageError::Conflict(_)) => {}
                Err(error) => panic!("a code that was used should be a conflict, not {error:?}"),
            }
        }
        assert_eq!(used, 1, "of concurrent uses exactly one should succeed");
    }
}

/// Those that would open the account or change its address end, and stay for as long as they would
/// have; others are good as before.
pub async fn codes_end_when_access_is_taken_away(store: &dyn Storage) {
    commit(store, residents(&["alice", "bob"])).await;
    let purposes = [
        CodePurpose::Recover,
        CodePurpose::Confirm,
        CodePurpose::Unsubscribe,
    ];
    let digest = |purpose: CodePurpose, user: &str| format!("{} {user}", purpose.as_str());
    let revocation = |client: Option<&str>| {
        Change::Revoke(Revocation {
            user: nickname("alice"),
            client: client.map(Into::into),
            except_token: None,
        })
    };
    for user in ["alice", "bob"] {
        let codes = purposes.map(|purpose| Code {
            purpose,
            ..code(&digest(purpose, user), user, 50)
        });
        commit(store, codes.map(Change::PutCode).into()).await;
    }
    for (change, good) in [
        (
            revocation(Some("c")),
            vec!["recover", "confirm", "unsubscribe"],
        ),
        (
            Change::RevokePending(nickname("alice")),
            vec!["confirm", "unsubscribe"],
        ),
        (revocation(None), vec!["unsubscribe"]),
    ] {
        commit(store, vec![change.clone()]).await;
        for purpose in purposes {
            let found = find(store, &digest(purpose, "alice")).await;
            let expires = found.map(|code| code.expires);
            let is_good = good.contains(&purpose.as_str());
            let wanted = at(if is_good { 2_000_000_000 } else { 49 });
            assert_eq!(expires, Some(wanted), "{purpose:?} after {change:?}");
            let found = find(store, &digest(purpose, "bob")).await;
            assert_eq!(
                found.map(|code| code.expires),
                Some(at(2_000_000_000)),
                "of another person"
            );
        }
    }
    let ended = Change::UseCode(digest(CodePurpose::Recover, "alice"));
    refused!(
        store.commit(vec![ended]).await,
        StorageError::Conflict(_),
        "Using a code that has ended"
    );
}

/// Codes go with their account, and when they are too old to matter.
pub async fn codes_go_with_their_account_and_their_time(store: &dyn Storage) {
    commit(store, residents(&["alice", "bob"])).await;
    let old = Code {
        expires: at(99),
        ..code("c", "bob", 1)
    };
    let codes = [code("a", "alice", 1), code("b", "bob", 1), old];
    commit(store, codes.map(Change::PutCode).into()).await;
    commit(store, vec![Change::RemoveAccount(nickname("alice"))]).await;
    ok(store.delete_expired(100).await, "Forgetting");
    for (digest, stays) in [("a", false), ("b", true), ("c", false)] {
        let found = find(store, digest).await;
        assert_eq!(found.is_some(), stays, "the code '{digest}'");
    }
}
