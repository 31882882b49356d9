//! Headers that every answer has (pump-api 1.2).

use std::sync::Arc;

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::Response,
};

use crate::App;

/// Nothing but our own style sheet, no scripts, and nobody may frame us.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'",
);

/// The headers, made once.
#[derive(Clone)]
pub(super) struct DefaultHeaders(Arc<Headers>);

struct Headers {
    /// Those that an answer may have in its own words.
    unless_set: [(HeaderName, HeaderValue); 5],
    /// Those that the operator sets.
    set: Vec<(HeaderName, HeaderValue)>,
}

impl DefaultHeaders {
    /// The headers of every answer of this server.
    pub(super) fn of(app: &App) -> Self {
        let settings = app.settings();
        let set = [
            (header::STRICT_TRANSPORT_SECURITY, &settings.hsts),
            (header::SERVER, &settings.server_header),
        ];
        let set = set.into_iter().filter(|(_, value)| !value.is_empty());
        let set = set.filter_map(|(name, value)| Some((name, HeaderValue::from_str(value).ok()?)));
        Self(Arc::new(Headers {
            unless_set: unless_set(),
            set: set.collect(),
        }))
    }

    /// Adds them to the headers of an answer.
    pub(super) fn add_to(&self, headers: &mut HeaderMap) {
        let Headers { unless_set, set } = &*self.0;
        headers.reserve(unless_set.len() + set.len());
        for (name, value) in unless_set {
            headers.entry(name).or_insert_with(|| value.clone());
        }
        for (name, value) in set {
            headers.insert(name, value.clone());
        }
    }
}

fn unless_set() -> [(HeaderName, HeaderValue); 5] {
    let fixed = HeaderValue::from_static;
    [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_FRAME_OPTIONS, fixed("DENY")),
        (header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
        (
            HeaderName::from_static("x-download-options"),
            fixed("noopen"),
        ),
        (header::REFERRER_POLICY, fixed("same-origin")),
    ]
}

/// Keeps caches from storing an answer that has a secret in it.
pub(crate) async fn never_store(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
