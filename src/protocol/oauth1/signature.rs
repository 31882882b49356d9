//! The signature methods (RFC 5849 section 3.4).

use std::fmt::{Display, Write};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use oauth1_request::signature_method::{HMAC_SHA1, PLAINTEXT, Sign, SignatureMethod};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::{BaseString, parameters::encode};

/// A signature method that we take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Method {
    /// `HMAC-SHA1` (section 3.4.2).
    HmacSha1,
    /// `HMAC-SHA256`: the same with SHA-256.
    HmacSha256,
    /// `PLAINTEXT` (section 3.4.4).
    Plaintext,
}

impl Method {
    /// Reads the value of `oauth_signature_method`.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "HMAC-SHA1" => Some(Self::HmacSha1),
            "HMAC-SHA256" => Some(Self::HmacSha256),
            "PLAINTEXT" => Some(Self::Plaintext),
            _ => None,
        }
    }

    /// Whether `given` is the signature of `base` with these secrets, in constant time.
    ///
    /// A plaintext signature may also be encoded once more than it should, as the reference server
    /// wants it (pump-api 4.1).
    pub(super) fn verify(
        self,
        base: &BaseString<'_>,
        given: &str,
        client_secret: &str,
        token_secret: Option<&str>,
    ) -> bool {
        // The HMAC signers give the signature as it stands in a header: encoded.
        let encoded = encode(given.as_bytes());
        match self {
            Self::HmacSha1 => {
                let signer = HMAC_SHA1.sign_with(client_secret, token_secret);
                same(&encoded, &base.sign(signer).to_string())
            }
            Self::HmacSha256 => {
                let signer = HmacSha256.sign_with(client_secret, token_secret);
                same(&encoded, &base.sign(signer))
            }
            Self::Plaintext => {
                let key = base.sign(PLAINTEXT.sign_with(client_secret, token_secret));
                same(given, &key) | same(given, &encode(key.as_bytes()))
            }
        }
    }
}

fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// The `HMAC-SHA256` signature method, for verifying and for signing with `oauth1-request`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct HmacSha256;

/// Signs with HMAC-SHA256.
#[derive(Clone, Debug)]
pub(super) struct HmacSha256Sign {
    /// Text is gathered and signed at the end, so that there is nothing that could fail before.
    text: String,
    key: String,
}

impl SignatureMethod for HmacSha256 {
    type Sign = HmacSha256Sign;

    fn sign_with(self, client_secret: &str, token_secret: Option<&str>) -> HmacSha256Sign {
        HmacSha256Sign {
            text: String::new(),
            key: format!(
                "{}&{}",
                encode(client_secret.as_bytes()),
                encode(token_secret.unwrap_or_default().as_bytes())
            ),
        }
    }
}

impl Sign for HmacSha256Sign {
    type Signature = String;

    fn get_signature_method_name(&self) -> &'static str {
        "HMAC-SHA256"
    }

    fn request_method(&mut self, method: &str) {
        self.text.extend([method, "&"]);
    }

    fn uri<T: Display>(&mut self, uri: T) {
        // Writing to a String can't fail, here and below.
        let _ = write!(self.text, "{uri}&");
    }

    fn parameter<V: Display>(&mut self, key: &str, value: V) {
        let _ = write!(self.text, "{key}%3D{value}");
    }

    fn delimiter(&mut self) {
        self.text += "%26";
    }

    fn end(self) -> String {
        // A key of any length will do, so there is no error to tell of.
        let Ok(mut hmac) = Hmac::<Sha256>::new_from_slice(self.key.as_bytes()) else {
            return String::new();
        };
        hmac.update(self.text.as_bytes());
        encode(STANDARD.encode(hmac.finalize().into_bytes()).as_bytes()).into_owned()
    }
}
