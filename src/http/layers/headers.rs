//! Headers that every answer has (pump-api 1.2).

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::App;

/// Nothing but our own style sheet, no scripts, and nobody may frame us.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'",
);

/// Adds the headers that an answer does not have already.
pub(super) async fn add(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let fixed: [(HeaderName, HeaderValue); 5] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (
            HeaderName::from_static("x-download-options"),
            HeaderValue::from_static("noopen"),
        ),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("same-origin"),
        ),
    ];
    for (name, value) in fixed {
        headers.entry(name).or_insert(value);
    }
    let hsts = &app.settings().hsts;
    if let (false, Ok(hsts)) = (hsts.is_empty(), HeaderValue::from_str(hsts)) {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, hsts);
    }
    if let Ok(server) = HeaderValue::from_str(&app.settings().server_header) {
        headers.insert(header::SERVER, server);
    }
    response
}
