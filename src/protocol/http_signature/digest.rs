//! Digests of bodies: the header `Digest` (RFC 3230) and `Content-Digest` (RFC 9530).

use base64::{Engine, engine::general_purpose::STANDARD};
use sfv::{BareItem, Dictionary, ListEntry, Parser};
use sha2::{Digest, Sha256, Sha512};

use super::{SignatureError, SignedRequest, malformed, refused};

/// Name of the header of draft-cavage.
pub(super) const DIGEST: &str = "digest";

/// Name of the header of RFC 9421.
pub(super) const CONTENT_DIGEST: &str = "content-digest";

/// Maximum digests of one body.
const MAX_DIGESTS: usize = 4;

/// The `Digest` header of a body. The algorithm is in capitals, as some peers compare it.
pub(crate) fn digest(body: &[u8]) -> String {
    format!("SHA-256={}", STANDARD.encode(Sha256::digest(body)))
}

/// The `Content-Digest` header of a body.
pub(super) fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(body)))
}

/// Checks all known digests of the `Digest` header, of which there must be one.
pub(super) fn check_digest(request: &SignedRequest<'_>) -> Result<(), SignatureError> {
    let header = request.bounded_header(DIGEST)?;
    let mut digests = Vec::new();
    for one in header.split(',') {
        let (name, value) = one
            .trim()
            .split_once('=')
            .ok_or_else(|| malformed("the header digest has a part without a value"))?;
        digests.push((name.to_owned(), STANDARD.decode(value).ok()));
    }
    check(digests, request.body)
}

/// Checks all known digests of the `Content-Digest` header, of which there must be one.
pub(super) fn check_content_digest(request: &SignedRequest<'_>) -> Result<(), SignatureError> {
    let header = request.bounded_header(CONTENT_DIGEST)?;
    let digests: Dictionary = Parser::new(&header)
        .parse()
        .map_err(|_| malformed("the header content-digest is no dictionary"))?;
    let digests = digests.into_iter().map(|(name, entry)| {
        let value = match entry {
            ListEntry::Item(item) => match item.bare_item {
                BareItem::ByteSequence(bytes) => Some(bytes),
                _ => None,
            },
            ListEntry::InnerList(_) => None,
        };
        (name.as_str().to_owned(), value)
    });
    check(digests.collect(), request.body)
}

/// Digests that can't be read are `None`.
fn check(digests: Vec<(String, Option<Vec<u8>>)>, body: &[u8]) -> Result<(), SignatureError> {
    if digests.len() > MAX_DIGESTS {
        return Err(malformed("there are too many digests"));
    }
    let mut is_checked = false;
    for (name, value) in digests {
        let expected = match name.to_ascii_lowercase().as_str() {
            "sha-256" => Sha256::digest(body).to_vec(),
            "sha-512" => Sha512::digest(body).to_vec(),
            _ => continue,
        };
        if value != Some(expected) {
            return Err(refused(format!("the {name} digest is not of the body")));
        }
        is_checked = true;
    }
    if is_checked {
        Ok(())
    } else {
        Err(refused("the body has no digest by SHA-256 or SHA-512"))
    }
}
