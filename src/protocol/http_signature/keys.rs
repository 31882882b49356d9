//! RSA keys: made, read as PEM, and put to use.

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{
    rand::SystemRandom,
    signature::{
        KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
    },
};
use rsa::{
    RsaPrivateKey, pkcs1,
    pkcs8::{
        EncodePrivateKey, LineEnding,
        der::{Decode, EncodePem, asn1::BitStringRef},
        spki::{SubjectPublicKeyInfo, SubjectPublicKeyInfoRef},
    },
    rand_core::{CryptoRng, Error, RngCore},
};

use super::SignatureError;

/// Bits of a key of ours: as many as all peers take.
const KEY_BITS: usize = 2048;

/// Bytes of the modulus of a peer's key, as `ring` takes it.
const MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;

/// Maximum bytes of the PEM of a key.
const MAX_PEM_BYTES: usize = 16 * 1024;

/// Makes a private key, as PKCS#8 in PEM. Takes a fraction of a second: not for the threads of the
/// runtime.
pub(crate) fn generate(fill: impl FnMut(&mut [u8])) -> Result<String, SignatureError> {
    let key = RsaPrivateKey::new(&mut Chance(fill), KEY_BITS)
        .map_err(|_| SignatureError::BadKey("it can't be made"))?;
    let pem = key.to_pkcs8_pem(LineEnding::LF);
    let pem = pem.map_err(|_| SignatureError::BadKey("it can't be written"))?;
    Ok(pem.to_string())
}

/// A private key, and the public one that belongs to it.
pub(crate) struct PrivateKey {
    pair: RsaKeyPair,
    public_pem: String,
}

impl PrivateKey {
    /// Reads PKCS#8 in PEM.
    pub(crate) fn parse(pem: &str) -> Result<Self, SignatureError> {
        let pair = RsaKeyPair::from_pkcs8(&der_of(pem)?)
            .map_err(|_| SignatureError::BadKey("it is no RSA key in PKCS#8"))?;
        let info = SubjectPublicKeyInfo {
            algorithm: pkcs1::ALGORITHM_ID,
            subject_public_key: BitStringRef::from_bytes(pair.public_key().as_ref())
                .map_err(|_| SignatureError::BadKey("its public part can't be written"))?,
        };
        let public_pem = info.to_pem(LineEnding::LF);
        let public_pem =
            public_pem.map_err(|_| SignatureError::BadKey("its public part can't be written"))?;
        Ok(Self { pair, public_pem })
    }

    /// The public key, as SPKI in PEM.
    pub(crate) fn public_pem(&self) -> &str {
        &self.public_pem
    }

    /// Signs with PKCS#1 v1.5 and SHA-256.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        let mut signature = vec![0; self.pair.public().modulus_len()];
        // This padding has no use for chance.
        let chance = SystemRandom::new();
        self.pair
            .sign(&RSA_PKCS1_SHA256, &chance, message, &mut signature)
            .map_err(|_| SignatureError::BadKey("it does not sign"))?;
        Ok(signature)
    }
}

/// Reads a public key, as SPKI or PKCS#1 in PEM. Returns PKCS#1 in DER.
pub(super) fn public_key(pem: &str) -> Result<Vec<u8>, SignatureError> {
    let der = der_of(pem)?;
    let der = match SubjectPublicKeyInfoRef::from_der(&der) {
        Ok(info) if info.algorithm.oid == pkcs1::ALGORITHM_OID => {
            info.subject_public_key.raw_bytes().to_vec()
        }
        Ok(_) => return Err(SignatureError::BadKey("it is no RSA key")),
        Err(_) => der,
    };
    let key = pkcs1::RsaPublicKey::from_der(&der)
        .map_err(|_| SignatureError::BadKey("it is no RSA key"))?;
    if MODULUS_BYTES.contains(&key.modulus.as_bytes().len()) {
        Ok(der)
    } else {
        Err(SignatureError::BadKey("it does not have 2048 to 8192 bits"))
    }
}

/// Whether a public key, as PKCS#1 in DER, belongs to the key that signed a message.
pub(super) fn is_signed(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key);
    key.verify(message, signature).is_ok()
}

/// Returns the bytes between the lines of PEM, however they are broken.
fn der_of(pem: &str) -> Result<Vec<u8>, SignatureError> {
    let bad = || SignatureError::BadKey("it is no PEM");
    if pem.len() > MAX_PEM_BYTES {
        return Err(SignatureError::BadKey("it is too long"));
    }
    let (_, begun) = pem.split_once("-----BEGIN ").ok_or_else(bad)?;
    let (_, body) = begun.split_once("-----").ok_or_else(bad)?;
    let (body, _) = body.split_once("-----END ").ok_or_else(bad)?;
    let base64: String = body.split_ascii_whitespace().collect();
    STANDARD.decode(base64).map_err(|_| bad())
}

/// A source of chance in the form that the makers of keys know.
struct Chance<F>(F);

impl<F: FnMut(&mut [u8])> RngCore for Chance<F> {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        (self.0)(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl<F: FnMut(&mut [u8])> CryptoRng for Chance<F> {}
