//! HTTP Message Signatures (RFC 9421), out.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, Method, header};
use url::Url;

use super::{
    SIGNATURE, SignatureError, SignedRequest, Signer, Wanted,
    digest::{CONTENT_DIGEST, content_digest},
    message::{ALGORITHM, SIGNATURE_INPUT, signature_base},
    sign::{authority_of, value},
};

impl Signer<'_> {
    /// Returns the headers `Date`, `Content-Digest` if there is a body, `Signature-Input` and
    /// `Signature` of a request.
    pub(crate) fn sign_message(
        &self,
        method: &Method,
        url: &Url,
        body: Option<&[u8]>,
        wanted: &Wanted,
    ) -> Result<HeaderMap, SignatureError> {
        let authority = authority_of(url)?;
        let mut headers = HeaderMap::new();
        headers.insert(header::DATE, value(&self.date())?);
        headers.insert(header::HOST, value(&authority)?);
        if let Some(body) = body {
            headers.insert(CONTENT_DIGEST, value(&content_digest(body))?);
        }
        let components = wanted.components.iter().copied();
        // A body is covered in any case.
        let components = components.filter(|name| *name != CONTENT_DIGEST);
        let components: Vec<&str> = components.chain(body.map(|_| CONTENT_DIGEST)).collect();
        let quoted: Vec<String> = components
            .iter()
            .map(|name| format!("\"{name}\""))
            .collect();
        let (created, key_id) = (self.now.timestamp(), self.key_id);
        let parameters = format!(
            "({});created={created};alg=\"{ALGORITHM}\";keyid=\"{key_id}\"{}",
            quoted.join(" "),
            wanted.echoed,
        );
        let request = SignedRequest {
            method: method.as_str(),
            scheme: url.scheme(),
            authority: &authority,
            path: url.path(),
            query: url.query(),
            headers: &headers,
            body: &[],
        };
        let target = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let base = signature_base(&request, &components, &parameters, &target)?;
        let signature = STANDARD.encode(self.key.sign(base.as_bytes())?);
        let label = &wanted.label;
        // The client sends its own.
        headers.remove(header::HOST);
        headers.insert(SIGNATURE_INPUT, value(&format!("{label}={parameters}"))?);
        headers.insert(SIGNATURE, value(&format!("{label}=:{signature}:"))?);
        Ok(headers)
    }
}
