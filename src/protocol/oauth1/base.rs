//! The signature base string (RFC 5849 section 3.4.1).

use std::fmt;

use oauth1_request::signature_method::Sign;

use super::{Parameter, Request, parameters::encode};

/// What is signed, in the pieces that signers take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseString {
    method: String,
    /// The base URI, encoded.
    uri: String,
    /// Names and values, encoded twice (once as parameters, once as part of this string) and sorted.
    parameters: Vec<(String, String)>,
}

impl BaseString {
    /// Makes the string for a request with these parameters; its signature is left out of them.
    pub(super) fn new(request: &Request<'_>, all: &[Parameter]) -> Self {
        let mut encoded: Vec<(String, String)> = all
            .iter()
            .filter(|(name, _)| name != b"oauth_signature")
            .map(|(name, value)| (encode(name), encode(value)))
            .collect();
        encoded.sort();
        Self {
            method: encode(request.method.to_ascii_uppercase().as_bytes()),
            uri: encode(base_uri(request).as_bytes()),
            parameters: encoded
                .into_iter()
                .map(|(name, value)| (encode(name.as_bytes()), encode(value.as_bytes())))
                .collect(),
        }
    }

    /// Feeds it to a signer, which puts the punctuation in.
    pub(super) fn sign<S: Sign>(&self, mut signer: S) -> S::Signature {
        signer.request_method(&self.method);
        signer.uri(&self.uri);
        for (n, (name, value)) in self.parameters.iter().enumerate() {
            if n > 0 {
                signer.delimiter();
            }
            signer.parameter(name, value);
        }
        signer.end()
    }
}

impl fmt::Display for BaseString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}&{}&", self.method, self.uri)?;
        for (n, (name, value)) in self.parameters.iter().enumerate() {
            let delimiter = if n > 0 { "%26" } else { "" };
            write!(f, "{delimiter}{name}%3D{value}")?;
        }
        Ok(())
    }
}

/// Scheme and host in lower case, without the scheme's own port (section 3.4.1.2).
fn base_uri(request: &Request<'_>) -> String {
    let scheme = request.scheme.to_ascii_lowercase();
    let authority = request.authority.to_ascii_lowercase();
    let default_port = match scheme.as_str() {
        "https" => ":443",
        _ => ":80",
    };
    let authority = authority.strip_suffix(default_port).unwrap_or(&authority);
    format!("{scheme}://{authority}{}", request.path)
}
