//! Digests, by which things with names of any length are found.

use sha2::{Digest, Sha256};

use crate::model::{Nonce, Stream};

/// The key of an object id or stream name. Half a SHA-256 is enough: who finds two texts with one
/// digest has only confused things of their own.
pub(in crate::storage) fn of(text: &str) -> Vec<u8> {
    half(Sha256::new().chain_update(text)).to_vec()
}

/// The key of a stream.
pub(in crate::storage) fn of_stream(stream: &Stream) -> Vec<u8> {
    of(&stream.to_string())
}

/// The key of a nonce, apart from its timestamp. The lengths keep its parts apart.
pub(in crate::storage) fn of_nonce(nonce: &Nonce<'_>) -> [u8; 16] {
    let mut digest = Sha256::new();
    for part in [nonce.client, nonce.token, nonce.nonce] {
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    half(digest)
}

fn half(digest: Sha256) -> [u8; 16] {
    let mut key = [0; 16];
    key.copy_from_slice(&digest.finalize()[..16]);
    key
}
