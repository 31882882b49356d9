//! A nonce is good once.

use futures_util::future::join_all;

use super::fixtures::ok;
use crate::{model::Nonce, storage::Storage};

fn nonce<'a>(client: &'a str, token: &'a str, timestamp: i64, nonce: &'a str) -> Nonce<'a> {
    Nonce {
        client,
        token,
        timestamp,
        nonce,
    }
}

async fn is_new(store: &dyn Storage, nonce: &Nonce<'_>) -> bool {
    ok(store.use_nonce(nonce).await, "Using a nonce")
}

/// New the first time, used ever after.
pub async fn a_nonce_is_new_once(store: &dyn Storage) {
    let nonce = nonce("c", "t", 1_700_000_000, "n");
    assert!(
        is_new(store, &nonce).await,
        "a nonce should be new the first time"
    );
    for _ in 0..3 {
        assert!(
            !is_new(store, &nonce).await,
            "a nonce should not be new again"
        );
    }
}

/// Client, token, timestamp and nonce, each by itself, and not run together.
pub async fn every_part_of_a_nonce_counts(store: &dyn Storage) {
    for nonce in [
        nonce("c", "t", 1, "n"),
        nonce("d", "t", 1, "n"),
        nonce("c", "u", 1, "n"),
        nonce("c", "", 1, "n"),
        nonce("c", "t", 2, "n"),
        nonce("c", "t", -1, "n"),
        nonce("c", "t", 1, "N"),
        nonce("c", "t", 1, ""),
        nonce("ct", "", 1, "n"),
        nonce("", "ct", 1, "n"),
        nonce("c", "tn", 1, ""),
    ] {
        assert!(
            is_new(store, &nonce).await,
            "{nonce:?} differs from all before it"
        );
    }
}

/// Of many at once, exactly one.
pub async fn concurrent_uses_of_a_nonce_are_new_once(store: &dyn Storage) {
    for round in 0..5 {
        let nonce = nonce("c", "t", round, "n");
        let uses = join_all((0..8).map(|_| store.use_nonce(&nonce))).await;
        let new = uses
            .into_iter()
            .filter(|used| *ok(used.as_ref().map_err(copy), "Use"))
            .count();
        assert_eq!(
            new, 1,
            "of concurrent uses exactly one should find the nonce new"
        );
    }
}

/// However many come at once, and however often.
pub async fn concurrent_nonces_are_each_new_once(store: &dyn Storage) {
    let names: Vec<String> = (0..300).map(|number| number.to_string()).collect();
    assert!(is_new(store, &nonce("c", "t", 1, "7")).await, "all are new");
    // Some of them are at other times, too.
    let nonces: Vec<_> = [1, 2, 1]
        .into_iter()
        .flat_map(|at| names.iter().map(move |name| nonce("c", "t", at, name)))
        .collect();
    let uses = join_all(nonces.iter().map(|nonce| is_new(store, nonce))).await;
    let new: Vec<_> = nonces.iter().zip(uses).filter(|(_, new)| *new).collect();
    assert_eq!(new.len(), 599, "each that was not used should be new once");
    let distinct: std::collections::HashSet<_> = new.iter().map(|(nonce, _)| nonce).collect();
    assert_eq!(distinct.len(), 599, "and none of them twice");
}

fn copy(error: &crate::storage::StorageError) -> crate::storage::StorageError {
    crate::storage::StorageError::Corrupt(error.to_string())
}

/// Forgetting leaves what is as new as the time given, or newer.
pub async fn only_older_nonces_are_forgotten(store: &dyn Storage) {
    for timestamp in [99, 100, 101] {
        assert!(
            is_new(store, &nonce("c", "t", timestamp, "n")).await,
            "all are new"
        );
    }
    ok(store.delete_expired(100).await, "Forgetting");
    for (timestamp, new) in [(99, true), (100, false), (101, false)] {
        let again = is_new(store, &nonce("c", "t", timestamp, "n")).await;
        assert_eq!(
            again, new,
            "the nonce of {timestamp}, after forgetting what is before 100"
        );
    }
}

/// Long or odd, a nonce is a nonce.
pub async fn any_text_is_a_nonce(store: &dyn Storage) {
    let long = "x".repeat(20_000);
    for text in ["😀\u{10ffff}", "' OR 1=1 --", "\u{202e}", &long] {
        let nonce = nonce(text, text, i64::MAX, text);
        assert!(
            is_new(store, &nonce).await,
            "any text should do for a nonce"
        );
        assert!(!is_new(store, &nonce).await, "and be known again");
    }
}
