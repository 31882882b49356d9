//! Signatures of draft-cavage-http-signatures-12, out: the kind that all peers verify.

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, Method};
use url::Url;

use super::{
    PrivateKey, SIGNATURE, SignatureError, cavage::REQUEST_TARGET, digest::DIGEST, refused,
};

/// Form of dates in HTTP (RFC 9110 section 5.6.7).
const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

/// A key with its id, and the time.
#[derive(Clone, Copy)]
pub(crate) struct Signer<'a> {
    /// The id of the key, by which peers find the public one.
    pub(crate) key_id: &'a str,
    /// The key.
    pub(crate) key: &'a PrivateKey,
    /// The time of the request.
    pub(crate) now: DateTime<Utc>,
}

/// The part of the URL that is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The path and the query.
    Whole,
    /// The path only, as some peers verify it.
    Path,
}

impl Signer<'_> {
    /// Returns the headers `Date`, `Digest` if there is one, and `Signature` of a request. The
    /// `Host` header is signed as HTTP clients send it.
    pub(crate) fn sign(
        &self,
        method: &Method,
        url: &Url,
        digest: Option<&str>,
        target: Target,
    ) -> Result<HeaderMap, SignatureError> {
        let host = authority_of(url)?;
        let query = url.query().filter(|_| target == Target::Whole);
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        let path = url.path();
        let method = method.as_str().to_ascii_lowercase();
        let date = self.date();
        let mut signed =
            format!("{REQUEST_TARGET}: {method} {path}{query}\nhost: {host}\ndate: {date}");
        let mut names = format!("{REQUEST_TARGET} host date");
        let mut headers = HeaderMap::new();
        headers.insert("date", value(&date)?);
        if let Some(digest) = digest {
            signed.extend(["\n", DIGEST, ": ", digest]);
            names.extend([" ", DIGEST]);
            headers.insert(DIGEST, value(digest)?);
        }
        let signature = STANDARD.encode(self.key.sign(signed.as_bytes())?);
        let key_id = self.key_id;
        let signature = format!(
            r#"keyId="{key_id}",algorithm="rsa-sha256",headers="{names}",signature="{signature}""#
        );
        headers.insert(SIGNATURE, value(&signature)?);
        Ok(headers)
    }

    /// The time of the request, as in the `Date` header.
    pub(super) fn date(&self) -> String {
        self.now.format(HTTP_DATE).to_string()
    }
}

/// Returns the host of a URL with its port, as in the `Host` header.
pub(super) fn authority_of(url: &Url) -> Result<String, SignatureError> {
    let host = url.host_str();
    let host = host.ok_or_else(|| refused("the URL has no host"))?;
    let port = url.port().map(|port| format!(":{port}"));
    Ok(format!("{host}{}", port.unwrap_or_default()))
}

pub(super) fn value(text: &str) -> Result<HeaderValue, SignatureError> {
    text.parse()
        .map_err(|_| refused("it is no value of a header"))
}
