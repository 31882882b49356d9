//! The `HMAC-SHA256` signature method for `oauth1-request`, which has SHA-1 only.

use std::fmt::Display;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use hydraulics::model::Urls;
use oauth1_request::signature_method::{Sign, SignatureMethod};
use sha2::Sha256;

/// Signs with HMAC-SHA256.
#[derive(Clone)]
pub(super) struct HmacSha256;

pub(super) struct Signer(Hmac<Sha256>);

impl SignatureMethod for HmacSha256 {
    type Sign = Signer;

    fn sign_with(self, client_secret: &str, token_secret: Option<&str>) -> Signer {
        let encode = Urls::encode;
        let token_secret = token_secret.unwrap_or_default();
        let key = format!("{}&{}", encode(client_secret), encode(token_secret));
        Signer(Hmac::new_from_slice(key.as_bytes()).unwrap())
    }
}

impl Sign for Signer {
    type Signature = String;

    fn get_signature_method_name(&self) -> &'static str {
        "HMAC-SHA256"
    }

    fn request_method(&mut self, method: &str) {
        self.0.update(format!("{method}&").as_bytes());
    }

    fn uri<T: Display>(&mut self, uri: T) {
        self.0.update(format!("{uri}&").as_bytes());
    }

    fn parameter<V: Display>(&mut self, key: &str, value: V) {
        self.0.update(format!("{key}%3D{value}").as_bytes());
    }

    fn delimiter(&mut self) {
        self.0.update(b"%26");
    }

    fn end(self) -> String {
        Urls::encode(&STANDARD.encode(self.0.finalize().into_bytes()))
    }
}
