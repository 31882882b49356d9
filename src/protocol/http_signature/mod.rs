//! HTTP signatures of `ActivityPub` servers: draft-cavage-http-signatures-12 and RFC 9421, both in
//! and out. RSA with PKCS#1 v1.5 padding and SHA-256; in also Ed25519.
//!
//! Pure: [`parse`] says which key a request claims to be signed with, and [`Claim::verify`] whether
//! it is, given that key.

mod cavage;
mod digest;
mod keys;
mod lifetime;
mod message;
mod sign;
mod sign_message;
#[cfg(test)]
mod tests;
mod wanted;

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use http::HeaderMap;

pub(crate) use self::{
    digest::digest,
    keys::{PrivateKey, generate},
    sign::{Signer, Target},
    wanted::{ACCEPT_SIGNATURE, Wanted},
};
use super::ed25519;

/// Maximum bytes of a header about signatures or digests.
const MAX_HEADER_BYTES: usize = 8 * 1024;

/// Maximum parts of a request that a signature may cover.
const MAX_COMPONENTS: usize = 32;

/// Maximum bytes of a key id.
const MAX_KEY_ID_BYTES: usize = 2048;

/// Reason of a refusal, for the peer.
type Reason = Cow<'static, str>;

/// Failure to sign or to verify.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SignatureError {
    /// There is no signature.
    #[error("The request is not signed")]
    Unsigned,
    /// The headers can't be read.
    #[error("Malformed signature: {0}")]
    Malformed(Reason),
    /// The signature covers too little, is too old, or of a kind that is not accepted.
    #[error("The signature is not accepted: {0}")]
    Refused(Reason),
    /// The key is none that signatures are verified with.
    #[error("Unusable key: {0}")]
    BadKey(&'static str),
    /// The key did not make the signature, or not of this request.
    #[error("The signature does not match the request and the key")]
    Mismatch,
}

/// The parts of a request that a signature may cover.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignedRequest<'a> {
    /// The method.
    pub method: &'a str,
    /// The scheme of this server's public URL.
    pub scheme: &'a str,
    /// The host of this server's public URL, with a port that is not the default one. It stands in
    /// for the `Host` header: a request that was signed for another host does not verify.
    pub authority: &'a str,
    /// The path as it was sent.
    pub path: &'a str,
    /// The query as it was sent.
    pub query: Option<&'a str>,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body.
    pub body: &'a [u8],
}

/// Algorithm of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    /// RSA with PKCS#1 v1.5 padding and SHA-256.
    Rsa,
    /// `Ed25519`.
    Ed25519,
}

/// The claim of a request to be signed with a key.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    key_id: String,
    /// The algorithm, if it is named; else the key decides.
    algorithm: Option<Algorithm>,
    /// The strings of which one must have been signed.
    signing_strings: Vec<String>,
    signature: Vec<u8>,
}

/// Reads the signature of a request, and checks everything that needs no key: what it covers, its
/// time, and the digest of the body.
pub(crate) fn parse(
    request: &SignedRequest<'_>,
    now: DateTime<Utc>,
) -> Result<Claim, SignatureError> {
    if request.headers.contains_key(message::SIGNATURE_INPUT) {
        message::parse(request, now)
    } else if request.headers.contains_key(SIGNATURE) {
        cavage::parse(request, now)
    } else {
        Err(SignatureError::Unsigned)
    }
}

/// Name of the header of signatures, in both kinds.
const SIGNATURE: &str = "signature";

/// Whether a request claims to be signed.
pub(crate) fn is_signed(headers: &HeaderMap) -> bool {
    headers.contains_key(SIGNATURE)
}

impl Claim {
    /// The id of the key, usually a URL.
    pub(crate) fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Checks the signature with a public key in PEM, as SPKI or PKCS#1. Takes as long as some
    /// 100 µs: not for the threads of the runtime.
    pub(crate) fn verify(&self, public_key_pem: &str) -> Result<(), SignatureError> {
        let key = keys::public_key(public_key_pem)?;
        self.check(Algorithm::Rsa, |text, signature| {
            keys::is_signed(&key, text, signature)
        })
    }

    /// The same with a public Ed25519 key in multibase.
    pub(crate) fn verify_ed25519(&self, public_key: &str) -> Result<(), SignatureError> {
        self.check(Algorithm::Ed25519, |text, signature| {
            ed25519::is_signed(public_key, text, signature)
        })
    }

    fn check(
        &self,
        algorithm: Algorithm,
        is_signed: impl Fn(&[u8], &[u8]) -> bool,
    ) -> Result<(), SignatureError> {
        let fits = self.algorithm.is_none_or(|named| named == algorithm);
        let mut signed = self.signing_strings.iter();
        if fits && signed.any(|text| is_signed(text.as_bytes(), &self.signature)) {
            Ok(())
        } else {
            Err(SignatureError::Mismatch)
        }
    }

    fn new(
        key_id: &str,
        algorithm: Option<Algorithm>,
        signature: Vec<u8>,
        signing_strings: Vec<String>,
    ) -> Result<Self, SignatureError> {
        if key_id.is_empty() || key_id.len() > MAX_KEY_ID_BYTES {
            return Err(malformed("the id of the key is empty or too long"));
        }
        Ok(Self {
            key_id: key_id.to_owned(),
            algorithm,
            signing_strings,
            signature,
        })
    }
}

impl SignedRequest<'_> {
    /// The request target as it was sent, and without its query: some peers sign only the path.
    fn targets(&self) -> Vec<String> {
        let whole = self.query.map(|query| format!("{}?{query}", self.path));
        whole.into_iter().chain([self.path.to_owned()]).collect()
    }

    /// Whether the digest of the body must be covered.
    fn needs_digest(&self) -> bool {
        !matches!(self.method, "GET" | "HEAD")
    }

    /// The values of a header, joined.
    fn header(&self, name: &str) -> Result<String, SignatureError> {
        let mut values = Vec::new();
        for value in self.headers.get_all(name) {
            let text = value
                .to_str()
                .map_err(|_| malformed(format!("the header {name} has characters beyond ASCII")))?;
            values.push(text.trim());
        }
        if values.is_empty() {
            return Err(refused(format!("there is no header {name}")));
        }
        Ok(values.join(", "))
    }

    /// The values of a header about signatures or digests, joined.
    fn bounded_header(&self, name: &str) -> Result<String, SignatureError> {
        let value = self.header(name)?;
        if value.len() > MAX_HEADER_BYTES {
            return Err(malformed(format!("the header {name} is too long")));
        }
        Ok(value)
    }
}

fn malformed(reason: impl Into<Reason>) -> SignatureError {
    SignatureError::Malformed(reason.into())
}

fn refused(reason: impl Into<Reason>) -> SignatureError {
    SignatureError::Refused(reason.into())
}
