//! The end of a store.

use std::{future::Future, time::Duration};

use futures_util::future::join;
use tokio::time::timeout;

use super::fixtures::{commit, find, note, ok, put};
use crate::{
    model::Nonce,
    storage::{Storage, StorageError},
};

/// How long a call may take that should come back at once.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(20);

async fn in_time<T>(what: &str, call: impl Future<Output = T>) -> T {
    let done = timeout(CLOSE_TIMEOUT, call).await;
    done.unwrap_or_else(|late| panic!("{what} should come back in {CLOSE_TIMEOUT:?}, but: {late}"))
}

/// A commit that is under way when the store is closed is done, or refused as a whole.
pub async fn closing_finishes_what_is_under_way(store: &dyn Storage) {
    commit(store, vec![put(note("first"))]).await;
    let under_way = store.commit(vec![put(note("n")), put(note("m"))]);
    let (done, ()) = in_time("Closing", join(under_way, store.close())).await;
    ok(done, "A commit that was under way");
}

/// A second close has no effect, and later calls return.
pub async fn a_closed_store_answers_in_time(store: &dyn Storage) {
    commit(store, vec![put(note("n"))]).await;
    for time in ["Closing", "Closing again"] {
        in_time(time, store.close()).await;
    }
    let found = in_time("A read after closing", store.find_objects(&["n"])).await;
    let written = in_time("A commit after closing", store.commit(vec![put(note("m"))])).await;
    let nonce = Nonce {
        client: "c",
        token: "t",
        timestamp: 1,
        nonce: "n",
    };
    let used = in_time("A nonce after closing", store.use_nonce(&nonce)).await;
    let looked = in_time("A look after closing", store.refresh_credential_version()).await;
    let pinged = in_time("A ping after closing", store.ping()).await;
    for (what, outcome) in [
        ("read", found.map(drop)),
        ("commit", written),
        ("nonce", used.map(drop)),
        ("look", looked),
        ("ping", pinged),
    ] {
        if let Err(error) = outcome {
            assert!(
                matches!(error, StorageError::Unavailable(_)),
                "a {what} after closing may be refused as unavailable only, not with {error:?}"
            );
        } else if what == "read" {
            let found = find(store, "n").await;
            assert!(found.is_some(), "who still reads should find what is there");
        }
    }
}
