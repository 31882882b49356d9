//! Which of two forms a client would rather have.

use axum::http::HeaderMap;
use mime::Mime;

use crate::{
    http::accept::Accept,
    protocol::discovery::{JRD, JRD_BY_NAME, XRD},
};

/// Whether JSON is to be sent: there is an `Accept` header, it admits JSON, and it does not like
/// XRD better. Requests without a preference get XRD, as ever (pump-api 18.1 no. 37).
pub(super) fn prefers_json(headers: &HeaderMap) -> bool {
    let accept = Accept::of(headers);
    let quality = |name: &str| {
        let offer = name.parse::<Mime>().ok();
        offer.map_or(0.0, |offer| accept.preference(&offer).quality)
    };
    let json = quality(JRD);
    json > 0.0 && json >= quality(XRD)
}

/// Whether a JRD is asked for by its own name.
pub(super) fn names_jrd(headers: &HeaderMap) -> bool {
    let jrd = JRD_BY_NAME.parse::<Mime>();
    jrd.is_ok_and(|jrd| Accept::of(headers).names(&jrd))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, header};

    use super::*;

    #[test]
    fn json_is_for_who_asks_for_it_or_for_anything() {
        for (accept, json) in [
            ("application/json", true),
            ("*/*", true),
            ("application/*", true),
            ("application/json, application/xrd+xml; q=0.5", true),
            ("text/html,application/xhtml+xml,*/*;q=0.8", true),
            ("application/xrd+xml", false),
            ("application/xrd+xml, */*;q=0.1", false),
            ("application/json;q=0", false),
            ("text/html", false),
            ("", false),
            ("rubbish, ;;", false),
        ] {
            let headers =
                HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(prefers_json(&headers), json, "{accept}");
        }
        assert!(!prefers_json(&HeaderMap::new()));
    }
}
