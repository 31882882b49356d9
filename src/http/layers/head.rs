//! `HEAD`: all that `GET` answers but the body.

use axum::{extract::Request, http::Method};

/// That a request which is handled as a `GET` was sent, and signed, as a `HEAD`; in its extensions.
#[derive(Clone)]
pub(crate) struct SentAsHead;

/// Has a `HEAD` handled as a `GET`, and says whether it is one: then the body is left out at the
/// end. Layers that process response bodies, such as compression, treat both alike.
pub(super) fn convert_head_to_get(request: &mut Request) -> bool {
    let is_head = *request.method() == Method::HEAD;
    if is_head {
        *request.method_mut() = Method::GET;
        request.extensions_mut().insert(SentAsHead);
    }
    is_head
}
