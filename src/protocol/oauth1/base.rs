//! The signature base string (RFC 5849 section 3.4.1).

use std::{borrow::Cow, fmt};

use oauth1_request::signature_method::Sign;

use super::{
    Parameter, Request,
    parameters::{encode, push_encoded},
};

/// Signature base string, in the parts that signers take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BaseString<'a> {
    method: Cow<'a, str>,
    /// The base URI, encoded.
    uri: String,
    /// Names and values, encoded once, as parameters are, and sorted.
    parameters: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> BaseString<'a> {
    /// Makes the string for a request with these parameters; its signature is left out of them.
    pub(super) fn new(request: &Request<'a>, all: &'a [Parameter<'_>]) -> Self {
        let mut encoded: Vec<(Cow<'_, str>, Cow<'_, str>)> = all
            .iter()
            .filter(|(name, _)| &**name != b"oauth_signature")
            .map(|(name, value)| (encode(name), encode(value)))
            .collect();
        encoded.sort_unstable();
        Self {
            method: method(request.method),
            uri: base_uri(request),
            parameters: encoded,
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
            signer.parameter(&encode_twice(name), encode_twice(value));
        }
        signer.end()
    }
}

impl fmt::Display for BaseString<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}&{}&", self.method, self.uri)?;
        for (n, (name, value)) in self.parameters.iter().enumerate() {
            let delimiter = if n > 0 { "%26" } else { "" };
            write!(
                f,
                "{delimiter}{}%3D{}",
                encode_twice(name),
                encode_twice(value)
            )?;
        }
        Ok(())
    }
}

/// Encodes what is encoded once more, as part of this string: of what is in there only the percent
/// sign needs it.
fn encode_twice(encoded: &str) -> Cow<'_, str> {
    if encoded.contains('%') {
        encoded.replace('%', "%25").into()
    } else {
        encoded.into()
    }
}

/// The method in upper case, encoded.
fn method(sent: &str) -> Cow<'_, str> {
    if sent.bytes().all(|byte| byte.is_ascii_uppercase()) {
        sent.into()
    } else {
        encode(sent.to_ascii_uppercase().as_bytes())
            .into_owned()
            .into()
    }
}

/// Scheme and host in lower case, without the scheme's own port (section 3.4.1.2), and the path;
/// encoded.
fn base_uri(request: &Request<'_>) -> String {
    let (scheme, authority) = (lower(request.scheme), lower(request.authority));
    let default_port = match &*scheme {
        "https" => ":443",
        _ => ":80",
    };
    let authority = authority.strip_suffix(default_port).unwrap_or(&authority);
    let parts = [&scheme, "://", authority, request.path];
    let length: usize = parts.iter().map(|part| part.len()).sum();
    // With room for some that must be encoded.
    let mut uri = String::with_capacity(length + 32);
    for part in parts {
        push_encoded(&mut uri, part.as_bytes());
    }
    uri
}

fn lower(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        text.to_ascii_lowercase().into()
    } else {
        text.into()
    }
}
