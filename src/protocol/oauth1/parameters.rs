//! Parameters: their encoding, and finding one (RFC 5849 sections 3.4.1.3 and 3.6).

use std::{borrow::Cow, collections::HashSet};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

use super::{Malformed, Parameter};

/// What section 3.6 leaves alone.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What a plus sign in a query or form means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plus {
    /// A space, as in forms.
    Space,
    /// Itself, as in URIs, which is how some clients sign a query.
    Literal,
}

/// Encodes as section 3.6 says.
pub(super) fn encode(bytes: &[u8]) -> String {
    percent_encode(bytes, UNRESERVED).to_string()
}

/// Decodes percent encoding; what is no encoding stays as it is.
pub(super) fn decode(bytes: &[u8]) -> Vec<u8> {
    Cow::from(percent_decode(bytes)).into_owned()
}

/// Reads the parameters of a query or of an urlencoded body.
pub(super) fn urlencoded(bytes: &[u8], plus: Plus) -> Vec<Parameter> {
    let value = |bytes: &[u8]| match plus {
        Plus::Literal => decode(bytes),
        Plus::Space => {
            let spaced: Vec<u8> = bytes
                .iter()
                .map(|&byte| if byte == b'+' { b' ' } else { byte })
                .collect();
            decode(&spaced)
        }
    };
    bytes
        .split(|&byte| byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let mut halves = pair.splitn(2, |&byte| byte == b'=');
            let name = halves.next().unwrap_or_default();
            (value(name), value(halves.next().unwrap_or_default()))
        })
        .collect()
}

/// The parameters of the header and those sent otherwise, without those of the header that are sent
/// otherwise too.
pub(super) fn once(header: &[Parameter], sent: Vec<Parameter>) -> Vec<Parameter> {
    let known: HashSet<&Parameter> = sent.iter().collect();
    let mut all: Vec<Parameter> = header
        .iter()
        .filter(|parameter| !known.contains(parameter))
        .cloned()
        .collect();
    all.extend(sent);
    all
}

/// The value of a parameter that may be there once, as text.
pub(super) fn only(all: &[Parameter], name: &str) -> Result<Option<String>, Malformed> {
    let mut values = all
        .iter()
        .filter(|(key, _)| key == name.as_bytes())
        .map(|(_, value)| value);
    let first = values.next();
    if values.next().is_some() {
        return Err(Malformed(format!("{name} is there more than once")));
    }
    first
        .map(|value| match std::str::from_utf8(value) {
            Ok(text) if !text.contains('\0') => Ok(text.to_owned()),
            _ => Err(Malformed(format!("{name} is not text"))),
        })
        .transpose()
}
