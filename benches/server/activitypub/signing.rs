//! Keys of people on other servers, and signatures of HTTP by them (draft-cavage-12).

use std::collections::HashMap;

use anyhow::{Context, Result, anyhow};
use axum::http::HeaderMap;
use base64::{Engine, engine::general_purpose::STANDARD};
use hydraulics::app::{Clock, SystemClock};
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey},
};
use rsa::{
    RsaPrivateKey, RsaPublicKey,
    pkcs1::EncodeRsaPublicKey,
    pkcs8::{DecodePublicKey, EncodePrivateKey, EncodePublicKey, LineEnding},
    rand_core::OsRng,
};

use crate::signing::Ask;

/// Bits of the key that all of them share.
const KEY_BITS: usize = 2048;

/// The media type of ActivityPub.
pub(super) const MEDIA_TYPE: &str =
    r#"application/ld+json; profile="https://www.w3.org/ns/activitystreams""#;

/// A private key.
pub(super) struct Key {
    pair: RsaKeyPair,
    /// The public one, as SPKI in PEM.
    pub(super) public_pem: String,
}

impl Key {
    pub(super) fn generate() -> Result<Self> {
        let key = RsaPrivateKey::new(&mut OsRng, KEY_BITS)?;
        let pair = RsaKeyPair::from_pkcs8(key.to_pkcs8_der()?.as_bytes())
            .map_err(|_| anyhow!("a key can't be read"))?;
        let public_pem = key.to_public_key().to_public_key_pem(LineEnding::LF)?;
        Ok(Self { pair, public_pem })
    }

    /// A request to a path of a host, signed by a person. With a body it is a POST.
    pub(super) fn request(
        &self,
        actor: &str,
        host: &str,
        path: &str,
        body: Option<&[u8]>,
    ) -> Result<Ask> {
        let method = if body.is_some() { "post" } else { "get" };
        let date = SystemClock.now().format("%a, %d %b %Y %H:%M:%S GMT");
        let mut names = "(request-target) host date".to_owned();
        let mut signed = format!("(request-target): {method} {path}\nhost: {host}\ndate: {date}");
        let mut headers = vec![format!("Host: {host}"), format!("Date: {date}")];
        if let Some(body) = body {
            let digest = digest_of(body);
            names += " digest content-type";
            signed += &["\ndigest: ", &digest, "\ncontent-type: ", MEDIA_TYPE].concat();
            headers.extend([
                format!("Digest: {digest}"),
                format!("Content-Type: {MEDIA_TYPE}"),
                format!("Content-Length: {}", body.len()),
            ]);
        } else {
            headers.push(format!("Accept: {MEDIA_TYPE}"));
        }
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .map_err(|_| anyhow!("a key does not sign"))?;
        let signature = STANDARD.encode(signature);
        let (method, headers) = (method.to_ascii_uppercase(), headers.join("\r\n"));
        let head = format!(
            "{method} {path} HTTP/1.1\r\n{headers}\r\nSignature: keyId=\"{actor}#main-key\",\
             algorithm=\"rsa-sha256\",headers=\"{names}\",signature=\"{signature}\"\r\n\r\n"
        );
        Ok(Ask {
            bytes: [head.as_bytes(), body.unwrap_or_default()].concat().into(),
            status: 200,
        })
    }
}

fn digest_of(body: &[u8]) -> String {
    format!("SHA-256={}", STANDARD.encode(digest(&SHA256, body)))
}

/// The signature of a delivery.
pub(super) struct Signature {
    fields: HashMap<String, String>,
}

impl Signature {
    /// Reads the header.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let header = headers.get("signature")?.to_str().ok()?;
        let fields = header.split(',').filter_map(|field| {
            let (name, value) = field.trim().split_once('=')?;
            Some((name.to_owned(), value.trim_matches('"').to_owned()))
        });
        let fields = fields.collect();
        Some(Self { fields })
    }

    pub(super) fn key_id(&self) -> Option<&str> {
        self.fields.get("keyId").map(String::as_str)
    }

    /// Whether it is right for a POST to that path, and covers the body.
    pub(super) fn is_right(
        &self,
        key: &UnparsedPublicKey<Vec<u8>>,
        path: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> bool {
        self.check(key, path, headers, body).unwrap_or_default()
    }

    fn check(
        &self,
        key: &UnparsedPublicKey<Vec<u8>>,
        path: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Option<bool> {
        let header = |name: &str| headers.get(name)?.to_str().ok();
        let names = self.fields.get("headers")?;
        let mut lines = Vec::new();
        for name in names.split(' ') {
            lines.push(match name {
                "(request-target)" => format!("{name}: post {path}"),
                _ => format!("{name}: {}", header(name)?),
            });
        }
        let signature = STANDARD.decode(self.fields.get("signature")?).ok()?;
        let is_signed = key.verify(lines.join("\n").as_bytes(), &signature).is_ok();
        let covers_body = names.split(' ').any(|name| name == "digest");
        Some(is_signed && covers_body && header("digest")? == digest_of(body))
    }
}

/// Reads a public key, as SPKI in PEM.
pub(super) fn public_key(pem: &str) -> Result<UnparsedPublicKey<Vec<u8>>> {
    let key = RsaPublicKey::from_public_key_pem(pem).context("a key can't be read")?;
    let der = key.to_pkcs1_der()?.as_bytes().to_vec();
    Ok(UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der))
}
