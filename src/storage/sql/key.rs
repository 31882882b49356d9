//! Digests, by which things with names of any length are found.

use sha2::{Digest, Sha256};

use crate::model::{ActivityPubReach, Nonce, Stream};

/// Half a SHA-256. That is enough: who finds two texts with one digest has only confused things of
/// their own.
pub(crate) type Key = [u8; 16];

/// The key of the only account of `ActivityPub` that an activity reaches; one that nothing has if
/// it reaches none, and `None` if it reaches all.
pub(crate) fn reach_key(reach: &ActivityPubReach) -> Option<Key> {
    match reach {
        ActivityPubReach::All => None,
        ActivityPubReach::One(id) => Some(digest_key(id)),
        ActivityPubReach::None => Some(Key::default()),
    }
}

/// The key of an object id or stream name.
pub(crate) fn digest_key(text: &str) -> Key {
    truncate_digest(Sha256::new().chain_update(text))
}

/// The keys of object ids.
pub(crate) fn digest_keys(ids: &[&str]) -> Vec<Key> {
    ids.iter().map(|id| digest_key(id)).collect()
}

/// The key of a stream.
pub(crate) fn stream_key(stream: &Stream) -> Key {
    digest_key(&stream.to_string())
}

/// The key of a nonce, apart from its timestamp. The lengths keep its parts apart.
pub(crate) fn nonce_key(nonce: &Nonce<'_>) -> Key {
    let mut digest = Sha256::new();
    for part in [nonce.client, nonce.token, nonce.nonce] {
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    truncate_digest(digest)
}

fn truncate_digest(digest: Sha256) -> Key {
    let mut key = [0; 16];
    key.copy_from_slice(&digest.finalize()[..16]);
    key
}
