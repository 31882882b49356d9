//! A client's key and secret in a header (RFC 6749 section 2.3.1).

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::model::Secret;

/// Client credentials of an `Authorization` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Basic {
    /// Its key.
    pub id: String,
    /// Its secret.
    pub secret: Secret,
}

/// Error for credentials that can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UnreadableBasic;

impl Basic {
    /// Reads the value of an `Authorization` header; `None` if it is of another scheme.
    pub(crate) fn parse(value: &str) -> Option<Result<Self, UnreadableBasic>> {
        let (scheme, rest) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
        scheme
            .eq_ignore_ascii_case("Basic")
            .then(|| Self::decode(rest.trim()).ok_or(UnreadableBasic))
    }

    fn decode(encoded: &str) -> Option<Self> {
        let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
        let (id, secret) = text.split_once(':')?;
        let (id, secret) = (decode(id), decode(secret));
        let fits = !id.contains('\0') && !secret.contains('\0');
        fits.then(|| Self {
            id,
            secret: Secret::new(secret),
        })
    }
}

/// Both parts are urlencoded before they are put together. Clients that don't do that have keys and
/// secrets in which nothing is to be encoded.
fn decode(part: &str) -> String {
    form_urlencoded::parse(part.replace('&', "%26").replace('=', "%3D").as_bytes())
        .map(|(name, _)| name.into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(plain: &str) -> String {
        format!("Basic {}", STANDARD.encode(plain))
    }

    #[test]
    fn key_and_secret_are_decoded() {
        for (plain, id, secret) in [
            ("key:secret", "key", "secret"),
            ("a%3Ab:c+d%25:e", "a:b", "c d%:e"),
            ("a=b&c:", "a=b&c", ""),
        ] {
            let basic = Basic::parse(&header(plain)).unwrap().unwrap();
            assert_eq!((&*basic.id, basic.secret.expose()), (id, secret));
        }
        assert!(
            Basic::parse(&header("a:b").replace("Basic", "bAsIc"))
                .unwrap()
                .is_ok()
        );
    }

    #[test]
    fn malformed_basic_header_is_error_other_scheme_is_none() {
        for broken in ["Basic", "Basic !", &header("key"), &header("a%00:b")] {
            assert_eq!(Basic::parse(broken), Some(Err(UnreadableBasic)), "{broken}");
        }
        for other in ["", "Bearer x", "OAuth x", "Basically x"] {
            assert_eq!(Basic::parse(other), None, "{other}");
        }
    }
}
