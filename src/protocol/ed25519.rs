//! Ed25519 keys as Multikeys (FEP-521a; Controlled Identifiers 1.0, section 2.2.2): made, read, and
//! put to use.

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

/// Begin of multibase in Base58 of Bitcoin.
const BASE58: char = 'z';

/// Begin of the bytes of a public key, and of a secret one.
const PUBLIC_CODE: [u8; 2] = [0xed, 0x01];
const SECRET_CODE: [u8; 2] = [0x80, 0x26];

/// Bytes of a key of either kind.
const KEY_BYTES: usize = 32;

/// Maximum characters of a key or a signature in multibase.
const MAX_MULTIBASE_CHARS: usize = 128;

/// Makes a secret key, in multibase.
pub(crate) fn generate(mut fill: impl FnMut(&mut [u8])) -> String {
    let mut seed = [0; KEY_BYTES];
    fill(&mut seed);
    key_text(SECRET_CODE, &seed)
}

/// A secret key, and the public one that belongs to it.
pub(crate) struct SecretKey {
    pair: Ed25519KeyPair,
    public: String,
}

impl SecretKey {
    /// Reads a secret key in multibase.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let seed = key_bytes(SECRET_CODE, text)?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).ok()?;
        let public = key_text(PUBLIC_CODE, pair.public_key().as_ref());
        Some(Self { pair, public })
    }

    /// The public key, in multibase.
    pub(crate) fn public(&self) -> &str {
        &self.public
    }

    /// Signs a message.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

/// Whether a text is a public key in multibase.
pub(crate) fn is_public_key(text: &str) -> bool {
    key_bytes(PUBLIC_CODE, text).is_some()
}

/// Whether a public key, in multibase, belongs to the key that signed a message.
pub(crate) fn is_signed(public_key: &str, message: &[u8], signature: &[u8]) -> bool {
    key_bytes(PUBLIC_CODE, public_key).is_some_and(|key| {
        let key = UnparsedPublicKey::new(&ED25519, key);
        key.verify(message, signature).is_ok()
    })
}

/// Writes bytes in multibase.
pub(crate) fn multibase(bytes: &[u8]) -> String {
    format!("{BASE58}{}", bs58::encode(bytes).into_string())
}

/// Reads bytes in multibase, as long as those of a key or a signature.
pub(crate) fn from_multibase(text: &str) -> Option<Vec<u8>> {
    let text = text.strip_prefix(BASE58)?;
    let text = (text.len() <= MAX_MULTIBASE_CHARS).then_some(text)?;
    bs58::decode(text).into_vec().ok()
}

fn key_text(code: [u8; 2], key: &[u8]) -> String {
    multibase(&[&code, key].concat())
}

fn key_bytes(code: [u8; 2], text: &str) -> Option<Vec<u8>> {
    let bytes = from_multibase(text)?;
    let key = bytes.strip_prefix(&code)?;
    (key.len() == KEY_BYTES).then(|| key.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pair of the test vectors of FEP-8b32.
    const SECRET: &str = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq";
    const PUBLIC: &str = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2";

    #[test]
    fn public_key_is_that_of_another_implementation() {
        let key = SecretKey::parse(SECRET).unwrap();
        assert_eq!(key.public(), PUBLIC);
        let signature = key.sign(b"hello");
        assert!(is_signed(PUBLIC, b"hello", &signature));
        assert!(!is_signed(PUBLIC, b"hallo", &signature));
        assert!(!is_signed(PUBLIC, b"hello", &signature[1..]));
    }

    #[test]
    fn made_keys_differ_and_can_be_read() {
        let made = [1, 2].map(|byte| generate(|bytes| bytes.fill(byte)));
        let keys = made.each_ref().map(|key| SecretKey::parse(key).unwrap());
        assert_ne!(keys[0].public(), keys[1].public());
        assert!(is_public_key(keys[0].public()) && !is_public_key(&made[0]));
    }

    #[test]
    fn other_texts_are_no_keys() {
        let long = format!("z{}", "1".repeat(100_000));
        let short = key_text(PUBLIC_CODE, &[7; 31]);
        let rsa = "z4MXj1wBzi9jUstyPMS4jQqB6KdJaiatPkAtVtGc6bQEQEEsKTic4G7Rou3iBf9vPmT5dbkm9qsZ";
        for text in [
            "",
            "z",
            "z0",
            "f01",
            &PUBLIC[1..],
            SECRET,
            rsa,
            &short,
            &long,
        ] {
            assert!(!is_public_key(text), "{text}");
        }
        assert!(SecretKey::parse(PUBLIC).is_none());
    }
}
