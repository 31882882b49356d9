//! The `Authorization` header (RFC 5849 section 3.5.1).

use super::{Malformed, Parameter, parameters::decode};

/// Reads the decoded parameters out of an `Authorization` header, `realm` left out; `None` if it is
/// of another scheme.
///
/// More is taken than the RFC allows, as clients send it: any blanks and empty places between
/// parameters, and values without quotes.
pub(crate) fn parse_authorization(value: &str) -> Result<Option<Vec<Parameter<'_>>>, Malformed> {
    if !is_ours(value) {
        return Ok(None);
    }
    let (_, mut rest) = scheme(value);
    // As many as most have, and some of the query.
    let mut parameters = Vec::with_capacity(12);
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return Ok(Some(parameters));
        }
        let (parameter, after) = parameter(rest)?;
        if !parameter.0.eq_ignore_ascii_case(b"realm") {
            parameters.push(parameter);
        }
        rest = after;
    }
}

/// Whether the value of an `Authorization` header is of our scheme.
pub(crate) fn is_ours(value: &str) -> bool {
    scheme(value).0.eq_ignore_ascii_case("OAuth")
}

/// The scheme, and what comes after it.
fn scheme(value: &str) -> (&str, &str) {
    value
        .trim_start()
        .split_once([' ', '\t'])
        .unwrap_or((value.trim(), ""))
}

/// Reads `name="value"` or `name=value`, and what comes after it.
fn parameter(text: &str) -> Result<(Parameter<'_>, &str), Malformed> {
    let (name, rest) = text
        .split_once('=')
        .filter(|(name, _)| !name.contains([',', '"']))
        .ok_or_else(|| Malformed("a parameter of the header has no value".into()))?;
    let rest = rest.trim_start_matches([' ', '\t']);
    let (value, rest) = match rest.strip_prefix('"') {
        Some(quoted) => {
            let end = end_of_quoted(quoted)
                .ok_or_else(|| Malformed("a quote in the header is not closed".into()))?;
            (&quoted[..end], &quoted[end + 1..])
        }
        None => rest.split_at(rest.find(',').unwrap_or(rest.len())),
    };
    let name = decode(name.trim().as_bytes());
    Ok(((name, decode(value.trim_end().as_bytes())), rest))
}

/// Where the closing quote is. Backslashes escape, which matters to find the end of a realm.
fn end_of_quoted(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(value: &str) -> Vec<(String, String)> {
        parse_authorization(value)
            .unwrap()
            .unwrap()
            .into_iter()
            .map(|(name, value)| {
                (
                    String::from_utf8(name.into_owned()).unwrap(),
                    String::from_utf8(value.into_owned()).unwrap(),
                )
            })
            .collect()
    }

    #[test]
    fn parameters_are_decoded_and_the_realm_is_left_out() {
        let header =
            r#"OAuth realm="a \"b\", c", oauth_nonce="a%20b%26", ,oauth_token=plain , x="""#;
        let expected = [("oauth_nonce", "a b&"), ("oauth_token", "plain"), ("x", "")];
        let expected: Vec<(String, String)> = expected
            .map(|(name, value)| (name.into(), value.into()))
            .into();
        assert_eq!(read(header), expected);
        assert_eq!(read(&header.replacen("OAuth", "oauth", 1)), expected);
    }

    #[test]
    fn other_schemes_are_not_ours() {
        for other in [
            "Dialback host=\"x\"",
            "Bearer abc",
            "",
            "OAuth2 x",
            "Dialback",
        ] {
            assert_eq!(parse_authorization(other), Ok(None));
        }
    }

    #[test]
    fn a_header_without_values_or_with_an_open_quote_is_malformed() {
        for bad in ["OAuth x", "OAuth a=\"b", "OAuth \"a\"=b", "OAuth a, b=c"] {
            assert!(parse_authorization(bad).is_err(), "{bad}");
        }
        assert_eq!(read("OAuth"), []);
    }

    proptest! {
        #[test]
        fn no_header_makes_the_parser_panic(value in ".*") {
            let _ = parse_authorization(&value);
        }

        #[test]
        fn no_header_of_our_scheme_makes_the_parser_panic(
            value in "OAuth [ \\t,=\"\\\\%a-z\u{e9}]*"
        ) {
            let _ = parse_authorization(&value);
        }
    }
}
