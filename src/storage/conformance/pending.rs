//! Codes and request tokens that can still become access are revoked together.

use super::{
    fixtures::{commit, nickname},
    grants::{ALL, everything, ground, left},
};
use crate::storage::{Change, Storage};

/// It goes, whatever the client, and tokens stay.
pub async fn what_is_pending_is_revoked_and_tokens_stay(store: &dyn Storage) {
    commit(store, ground()).await;
    for (id, user) in [("c", "alice"), ("d", "alice"), ("c", "bob")] {
        commit(store, everything(id, user)).await;
    }
    commit(store, vec![Change::RevokePending(nickname("alice"))]).await;
    for id in ["c", "d"] {
        let left = left(store, id, "alice").await;
        assert_eq!(left, ["access", "bearer"], "the tokens of '{id}'");
    }
    assert_eq!(left(store, "c", "bob").await, ALL, "of another person");
    commit(store, vec![Change::RevokePending(nickname("nobody"))]).await;
}
