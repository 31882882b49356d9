//! Validation of the URI, and normalisation of its path.

use axum::{
    extract::Request,
    http::{Uri, uri::PathAndQuery},
};
use percent_encoding::percent_decode_str;

use crate::service::Error;

/// Refuses a URI that is no text, and takes slashes off the end of the path (clients T8).
pub(super) fn check(request: &mut Request) -> Result<(), Error> {
    let uri = request.uri();
    if !is_text(uri.path()) || !uri.query().is_none_or(is_text) {
        return Err(Error::bad_request(
            "The address must be UTF-8 without NUL when it is decoded.",
        ));
    }
    if let Some(trimmed) = without_slash(uri) {
        *request.uri_mut() = trimmed;
    }
    Ok(())
}

fn is_text(encoded: &str) -> bool {
    percent_decode_str(encoded)
        .decode_utf8()
        .is_ok_and(|text| !text.contains('\0'))
}

fn without_slash(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    let trimmed = path.trim_end_matches('/');
    if trimmed.len() == path.len() || path == "/" {
        return None;
    }
    let trimmed = if trimmed.is_empty() { "/" } else { trimmed };
    let path_and_query = match uri.query() {
        Some(query) => PathAndQuery::try_from(format!("{trimmed}?{query}")),
        None => PathAndQuery::try_from(trimmed),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query.ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trimmed(uri: &'static str) -> Option<String> {
        without_slash(&Uri::from_static(uri)).map(|uri| uri.to_string())
    }

    #[test]
    fn slashes_at_the_end_are_taken_off_and_the_query_stays() {
        assert_eq!(
            trimmed("/feed/major/?a=b/"),
            Some("/feed/major?a=b/".into())
        );
        assert_eq!(trimmed("/feed//"), Some("/feed".into()));
        assert_eq!(trimmed("//"), Some("/".into()));
        assert_eq!(trimmed("http://h/feed/"), Some("http://h/feed".into()));
    }

    #[test]
    fn a_path_without_one_and_the_root_stay() {
        for uri in ["/", "/feed", "/?a=/"] {
            assert_eq!(trimmed(uri), None);
        }
    }

    #[test]
    fn nul_and_broken_utf_8_are_no_text() {
        assert!(is_text("/caf%C3%A9?x=%zz"));
        assert!(!is_text("/a%00b"));
        assert!(!is_text("/a%ff"));
    }
}
