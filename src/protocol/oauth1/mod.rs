//! OAuth 1.0a (RFC 5849): what a request says of its signature, and whether that is true.

mod base;
mod header;
mod parameters;
mod sign;
mod signature;

pub(crate) use base::BaseString;
#[cfg(feature = "web")]
pub(crate) use header::is_ours;
use header::parse_authorization;
pub(crate) use sign::Signer;
pub(crate) use signature::Method;

use std::borrow::Cow;

use parameters::{Plus, urlencoded};

/// A decoded parameter: its name and value. Bytes, for what is signed need not be UTF-8.
pub(crate) type Parameter<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

/// Why the OAuth parameters of a request can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Malformed OAuth parameters: {0}")]
pub(crate) struct Malformed(String);

/// The parts of a request that a signature covers, as they were sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
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

/// OAuth parameters of a request. Parameters that are not there are `None`.
#[derive(Clone, Debug)]
pub(crate) struct Signed<'a> {
    /// `oauth_consumer_key`: the client.
    pub consumer_key: Option<Cow<'a, str>>,
    /// `oauth_token`, if it is not empty.
    pub token: Option<Cow<'a, str>>,
    /// `oauth_signature_method`.
    pub signature_method: Option<Cow<'a, str>>,
    /// `oauth_signature`.
    pub signature: Option<Cow<'a, str>>,
    /// `oauth_timestamp`.
    pub timestamp: Option<Cow<'a, str>>,
    /// `oauth_nonce`.
    pub nonce: Option<Cow<'a, str>>,
    /// `oauth_callback`.
    pub callback: Option<Cow<'a, str>>,
    /// `oauth_verifier`.
    pub verifier: Option<Cow<'a, str>>,
    request: Request<'a>,
    /// The parameters of the header, query and form, as the RFC wants them signed.
    all: Vec<Parameter<'a>>,
    /// How many of them are of the header.
    of_header: usize,
}

impl<'a> Request<'a> {
    /// Reads the parameters from the header, the query and the form (RFC 5849 sections 3.4.1.3 and
    /// 3.5).
    ///
    /// Fails if the header is no list of parameters, or if a parameter of the protocol is there
    /// twice or is not text.
    pub(crate) fn signed(&self) -> Result<Signed<'a>, Malformed> {
        let mut all = match self.authorization {
            Some(value) => parse_authorization(value)?.unwrap_or_default(),
            None => Vec::new(),
        };
        let of_header = all.len();
        all.extend(self.sent(Plus::Space));
        let mut signed = Signed {
            consumer_key: None,
            token: None,
            signature_method: None,
            signature: None,
            timestamp: None,
            nonce: None,
            callback: None,
            verifier: None,
            request: *self,
            all: Vec::new(),
            of_header,
        };
        for (name, value) in &all {
            let (name, place) = match &**name {
                b"oauth_consumer_key" => ("oauth_consumer_key", &mut signed.consumer_key),
                b"oauth_token" => ("oauth_token", &mut signed.token),
                b"oauth_signature_method" => {
                    ("oauth_signature_method", &mut signed.signature_method)
                }
                b"oauth_signature" => ("oauth_signature", &mut signed.signature),
                b"oauth_timestamp" => ("oauth_timestamp", &mut signed.timestamp),
                b"oauth_nonce" => ("oauth_nonce", &mut signed.nonce),
                b"oauth_callback" => ("oauth_callback", &mut signed.callback),
                b"oauth_verifier" => ("oauth_verifier", &mut signed.verifier),
                _ => continue,
            };
            if place.replace(parameters::text(name, value)?).is_some() {
                return Err(Malformed(format!("{name} is there more than once")));
            }
        }
        signed.token = signed.token.filter(|token| !token.is_empty());
        signed.all = all;
        Ok(signed)
    }

    /// Returns the parameters of the query and the form. `plus` applies to the query only.
    fn sent(&self, plus: Plus) -> impl Iterator<Item = Parameter<'a>> {
        let query = self.query.unwrap_or_default().as_bytes();
        let form = self.form.unwrap_or_default();
        urlencoded(query, plus).chain(urlencoded(form, Plus::Space))
    }
}

impl Signed<'_> {
    /// Whether the signature was made with these secrets, of what must be signed by the RFC or also
    /// as some clients do it.
    pub(crate) fn verify(
        &self,
        method: Method,
        client_secret: &str,
        token_secret: Option<&str>,
    ) -> bool {
        let Some(signature) = &self.signature else {
            return false;
        };
        let is_of = |all: &[Parameter<'_>]| {
            let base = BaseString::new(&self.request, all);
            method.verify(&base, signature, client_secret, token_secret)
        };
        is_of(&self.all)
            || (method != Method::Plaintext && self.legacy_parameter_sets().any(|all| is_of(&all)))
    }

    /// The parameters as some clients sign them.
    fn legacy_parameter_sets(&self) -> impl Iterator<Item = Vec<Parameter<'_>>> {
        let header = &self.all[..self.of_header];
        let query = self.request.query.unwrap_or_default();
        let plus = query.contains('+').then(|| {
            let sent = self.request.sent(Plus::Literal);
            header.iter().cloned().chain(sent).collect()
        });
        // Clients made with QOAuth name the parameters of the query in the header again, but sign
        // them once.
        let is_again = header.iter().any(|(name, _)| !name.starts_with(b"oauth_"));
        let again = [Plus::Space, Plus::Literal]
            .into_iter()
            .filter(move |_| is_again);
        let again = again.map(|plus| parameters::dedup(header, self.request.sent(plus).collect()));
        plus.into_iter().chain(again)
    }

    /// The string that must have been signed by the RFC (section 3.4.1).
    #[cfg(test)]
    fn base_string(&self) -> String {
        BaseString::new(&self.request, &self.all).to_string()
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;
