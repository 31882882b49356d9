//! Which of two forms a client would rather have.

use axum::http::{HeaderMap, header};
use mime::Mime;

use crate::protocol::discovery::{JRD, XRD};

/// Whether JSON is to be sent: there is an `Accept` header, it admits JSON, and it does not like XRD
/// better. Whoever says nothing gets XRD, as it has always been (pump-api 18.1 no. 37).
pub(super) fn prefers_json(headers: &HeaderMap) -> bool {
    let accept: Vec<&str> = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let json = quality(&accept, JRD);
    json > 0.0 && json >= quality(&accept, XRD)
}

/// The quality that the most particular range gives to a media type (RFC 9110, 12.5.1); 0 if none does.
fn quality(accept: &[&str], media_type: &str) -> f32 {
    let (main, _) = media_type.split_once('/').unwrap_or((media_type, ""));
    let any = format!("{main}/*");
    let ranges = accept.iter().filter_map(|range| {
        let range: Mime = range.trim().parse().ok()?;
        let particular = [media_type, &any, "*/*"]
            .iter()
            .position(|name| range.essence_str() == *name)?;
        let quality = range
            .get_param("q")
            .map_or(Some(1.0), |q| q.as_str().parse().ok())?;
        Some((particular, quality))
    });
    ranges
        .min_by_key(|&(particular, _)| particular)
        .map_or(0.0, |(_, quality)| quality)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

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
