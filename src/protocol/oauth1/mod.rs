//! OAuth 1.0a (RFC 5849): what a request says of its signature, and whether that is true.

mod base;
mod header;
mod parameters;
mod signature;

pub use base::BaseString;
pub use header::{Malformed, parse_authorization};
pub use signature::{HmacSha256, Method};

use parameters::Plus;

/// A decoded parameter: its name and value. Bytes, for what is signed need not be UTF-8.
pub type Parameter = (Vec<u8>, Vec<u8>);

/// The parts of a request that a signature covers, as they were sent.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The method.
    pub method: &'a str,
    /// `http` or `https`, as the client sees it.
    pub scheme: &'a str,
    /// The host, and perhaps the port, as the client sees them.
    pub authority: &'a str,
    /// The path as it was sent.
    pub path: &'a str,
    /// The query as it was sent.
    pub query: Option<&'a str>,
    /// The `Authorization` header, of whatever scheme.
    pub authorization: Option<&'a str>,
    /// The body, if it is urlencoded.
    pub form: Option<&'a [u8]>,
    /// Whether it came over TLS.
    pub secure: bool,
}

/// What a request says of its signature. Parameters that are not there are `None`.
#[derive(Clone, Debug)]
pub struct Signed {
    /// `oauth_consumer_key`: the client.
    pub consumer_key: Option<String>,
    /// `oauth_token`, if it is not empty.
    pub token: Option<String>,
    /// `oauth_signature_method`.
    pub signature_method: Option<String>,
    /// `oauth_signature`.
    pub signature: Option<String>,
    /// `oauth_timestamp`.
    pub timestamp: Option<String>,
    /// `oauth_nonce`.
    pub nonce: Option<String>,
    /// `oauth_callback`.
    pub callback: Option<String>,
    /// `oauth_verifier`.
    pub verifier: Option<String>,
    /// What must have been signed: by the RFC, and perhaps also as some clients do it.
    bases: Vec<BaseString>,
}

impl Request<'_> {
    /// Reads the parameters from the header, the query and the form (RFC 5849 sections 3.4.1.3 and 3.5).
    ///
    /// Fails if the header is no list of parameters, or if a parameter of the protocol is there
    /// twice or is not text.
    pub fn signed(&self) -> Result<Signed, Malformed> {
        let header = match self.authorization {
            Some(value) => parse_authorization(value)?.unwrap_or_default(),
            None => Vec::new(),
        };
        let form = parameters::urlencoded(self.form.unwrap_or_default(), Plus::Space);
        let query = self.query.unwrap_or_default().as_bytes();
        let sent = |plus| {
            let mut sent = parameters::urlencoded(query, plus);
            sent.extend(form.iter().cloned());
            sent
        };
        let gather = |plus| [header.clone(), sent(plus)].concat();

        let all = gather(Plus::Space);
        let mut bases = vec![BaseString::new(self, &all)];
        if query.contains(&b'+') {
            bases.push(BaseString::new(self, &gather(Plus::Literal)));
        }
        // Clients made with QOAuth name the parameters of the query in the header again, but sign
        // them once.
        if header.iter().any(|(name, _)| !name.starts_with(b"oauth_")) {
            for plus in [Plus::Space, Plus::Literal] {
                bases.push(BaseString::new(
                    self,
                    &parameters::once(&header, sent(plus)),
                ));
            }
        }
        let one = |name| parameters::only(&all, name);
        Ok(Signed {
            consumer_key: one("oauth_consumer_key")?,
            token: one("oauth_token")?.filter(|token| !token.is_empty()),
            signature_method: one("oauth_signature_method")?,
            signature: one("oauth_signature")?,
            timestamp: one("oauth_timestamp")?,
            nonce: one("oauth_nonce")?,
            callback: one("oauth_callback")?,
            verifier: one("oauth_verifier")?,
            bases,
        })
    }
}

impl Signed {
    /// Whether the signature was made with these secrets. Takes as long for a wrong signature as for a
    /// right one.
    pub fn verify(&self, method: Method, client_secret: &str, token_secret: Option<&str>) -> bool {
        let Some(signature) = &self.signature else {
            return false;
        };
        self.bases
            .iter()
            .any(|base| method.verify(base, signature, client_secret, token_secret))
    }

    /// The string that must have been signed by the RFC (section 3.4.1).
    pub fn base_string(&self) -> String {
        self.bases
            .first()
            .map(ToString::to_string)
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;
