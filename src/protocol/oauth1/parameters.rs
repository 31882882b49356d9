//! Parameters: their encoding, and finding one (RFC 5849 sections 3.4.1.3 and 3.6).

use std::{borrow::Cow, collections::HashSet};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

use super::{Malformed, Parameter};

/// Unreserved characters of section 3.6.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Meaning of a plus sign in a query or form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plus {
    /// A space, as in forms.
    Space,
    /// Itself, as in URIs, which is how some clients sign a query.
    Literal,
}

/// Encodes as section 3.6 says.
pub(super) fn encode(bytes: &[u8]) -> Cow<'_, str> {
    percent_encode(bytes, UNRESERVED).into()
}

/// Adds text that is encoded as section 3.6 says.
pub(super) fn push_encoded(text: &mut String, bytes: &[u8]) {
    text.extend(percent_encode(bytes, UNRESERVED));
}

/// Decodes percent encoding; what is no encoding stays as it is.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, [u8]> {
    percent_decode(bytes).into()
}

/// Reads the parameters of a query or of an urlencoded body.
pub(super) fn urlencoded(bytes: &[u8], plus: Plus) -> impl Iterator<Item = Parameter<'_>> {
    let value = move |bytes| match plus {
        Plus::Space => decode_form(bytes),
        Plus::Literal => decode(bytes),
    };
    bytes
        .split(|&byte| byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(move |pair| {
            let mut halves = pair.splitn(2, |&byte| byte == b'=');
            let name = halves.next().unwrap_or_default();
            (value(name), value(halves.next().unwrap_or_default()))
        })
}

fn decode_form(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.contains(&b'+') {
        return decode(bytes);
    }
    let spaced: Vec<u8> = bytes
        .iter()
        .map(|&byte| if byte == b'+' { b' ' } else { byte })
        .collect();
    decode(&spaced).into_owned().into()
}

/// The parameters of the header and those sent otherwise, without those of the header that are sent
/// otherwise too.
pub(super) fn dedup<'a>(header: &[Parameter<'a>], sent: Vec<Parameter<'a>>) -> Vec<Parameter<'a>> {
    let known: HashSet<&Parameter<'_>> = sent.iter().collect();
    let mut all: Vec<Parameter<'a>> = header
        .iter()
        .filter(|parameter| !known.contains(parameter))
        .cloned()
        .collect();
    all.extend(sent);
    all
}

/// The value of a parameter, as text.
pub(super) fn text<'a>(name: &str, value: &Cow<'a, [u8]>) -> Result<Cow<'a, str>, Malformed> {
    let text = match value {
        Cow::Borrowed(bytes) => str::from_utf8(bytes).map(Cow::Borrowed).ok(),
        Cow::Owned(bytes) => str::from_utf8(bytes)
            .map(|text| text.to_owned().into())
            .ok(),
    };
    text.filter(|text| !text.contains('\0'))
        .ok_or_else(|| Malformed(format!("{name} is not text")))
}
