//! HTTP semantics of all endpoints (pump-api 1.1 to 1.4): entity tags, methods, canonical host.

mod canonical_host;
mod entity_tags;
mod methods;

use http::HeaderMap;

use crate::support::Answer;

/// The headers that are the same for two answers to the same request.
fn steady(answer: &Answer, left_out: &[&str]) -> HeaderMap {
    let mut headers = answer.headers.clone();
    headers.remove("x-request-id");
    for name in left_out {
        headers.remove(*name);
    }
    headers
}
