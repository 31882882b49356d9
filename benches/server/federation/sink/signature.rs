//! Credentials that the sink gives, and signatures by them.

use std::{collections::HashMap, fmt::Write as _, num::NonZero};

use axum::http::{HeaderMap, header};
use oauth1_request::{Builder, Credentials, ParameterList, signature_method::HMAC_SHA1};
use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};

/// Bytes of a digest that are enough for a secret.
const SECRET_BYTES: usize = 16;

/// The secret of a client; nothing about clients is stored.
pub(super) fn secret_of(client: &str) -> String {
    digest(&format!("secret of {client}"))
}

/// A text that tells nothing of another.
pub(super) fn digest(text: &str) -> String {
    let bytes = Sha256::digest(text);
    bytes[..SECRET_BYTES]
        .iter()
        .fold(String::new(), |mut hex, byte| {
            _ = write!(hex, "{byte:02x}");
            hex
        })
}

/// Whether a request with a body is signed by a client of the sink.
pub(super) fn is_signed(headers: &HeaderMap, url: &str) -> bool {
    check(headers, url).unwrap_or_default()
}

fn check(headers: &HeaderMap, url: &str) -> Option<bool> {
    let sent = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let sent = fields(sent)?;
    let field = |name: &str| sent.get(name).map(String::as_str);
    let client = field("oauth_consumer_key")?;
    let secret = secret_of(client);
    let mut builder = Builder::<_, _>::new(Credentials::new(client, &*secret), HMAC_SHA1);
    builder.nonce(field("oauth_nonce")?);
    builder.timestamp(NonZero::new(field("oauth_timestamp")?.parse().ok()?));
    builder.version(field("oauth_version").is_some());
    let no_query: [(&str, &str); 0] = [];
    let right = builder.authorize("POST", url, &ParameterList::new(no_query));
    let right = fields(&right)?;
    Some(right.get("oauth_signature")? == field("oauth_signature")?)
}

/// The fields of an `Authorization` header of OAuth 1.0a.
fn fields(header: &str) -> Option<HashMap<&str, String>> {
    header
        .strip_prefix("OAuth ")?
        .split(',')
        .map(field)
        .collect()
}

fn field(text: &str) -> Option<(&str, String)> {
    let (name, value) = text.trim().split_once('=')?;
    let value = percent_decode_str(value.trim_matches('"'));
    Some((name, value.decode_utf8().ok()?.into_owned()))
}
