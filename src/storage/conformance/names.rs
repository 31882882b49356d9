//! Names that must be free.

use futures_util::future::join_all;

use super::fixtures::{all_ids, commit, lost, object_called, ok, pull, push, put, refused};
use crate::{
    model::Stream,
    storage::{Change, Changes, Storage, StorageError},
};

fn lists() -> Stream {
    Stream::Lists {
        owner: "alice".into(),
        object_type: "person".into(),
    }
}

/// A list, if its name is free.
fn list(id: &str, name: &str) -> Changes {
    vec![
        put(object_called("collection", id, name)),
        Change::CheckName {
            stream: lists(),
            name: name.into(),
        },
        push(&lists(), id),
    ]
}

/// A name is taken while an item of the stream has it.
pub async fn a_name_is_free_or_taken(store: &dyn Storage) {
    commit(store, list("a", "Pals")).await;
    let again = store.commit(list("b", "Pals")).await;
    refused!(
        again,
        StorageError::AlreadyExists(_),
        "A name that is taken"
    );
    for (id, name) in [("c", "pals"), ("d", "Pals 2"), ("e", "' %_ ÜNLÜ 😀")] {
        commit(store, list(id, name)).await;
    }
    let again = store.commit(list("b", "' %_ ÜNLÜ 😀")).await;
    refused!(
        again,
        StorageError::AlreadyExists(_),
        "A name that is taken"
    );
    let within = [list("f", "New"), list("g", "New")].concat();
    let again = store.commit(within).await;
    refused!(
        again,
        StorageError::AlreadyExists(_),
        "A name of one commit"
    );
    commit(store, vec![pull(&lists(), "a")]).await;
    commit(store, list("b", "Pals")).await;
    commit(
        store,
        vec![put(object_called("collection", "b", "Friends"))],
    )
    .await;
    commit(store, list("h", "Pals")).await;
    assert_eq!(all_ids(store, &lists()).await, ["h", "b", "e", "d", "c"]);
}

/// Of many at once that take a name, one gets it.
pub async fn of_concurrent_claims_of_a_name_one_wins(store: &dyn Storage) {
    for round in 0..4 {
        let name = format!("name {round}");
        let claims = (0..10).map(|number| list(&format!("{round} {number}"), &name));
        let done = join_all(claims.map(|claim| store.commit(claim))).await;
        let won = done.into_iter().filter(|done| match done {
            Ok(()) => true,
            Err(error) => {
                assert!(lost(error), "a lost race should say so: {error:?}");
                false
            }
        });
        assert_eq!(won.count(), 1, "of ten lists of one name one is made");
    }
    let others = (0..10).map(|number| list(&format!("other {number}"), &format!("o {number}")));
    for done in join_all(others.map(|other| store.commit(other))).await {
        ok(done, "A list of a name of its own");
    }
}
