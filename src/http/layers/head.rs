//! `HEAD`: all that `GET` answers but the body.

use axum::{body::Body, extract::Request, http::Method, response::Response};

/// That a request which is handled as a `GET` was sent, and signed, as a `HEAD`; in its extensions.
#[derive(Clone)]
pub(in crate::http) struct SentAsHead;

/// Handles a `HEAD` as a `GET` and leaves out the body at the end. What looks at bodies on their way
/// out, compression say, so does for both the same.
pub(super) async fn without_body<F>(
    mut request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response
where
    F: Future<Output = Response>,
{
    if *request.method() != Method::HEAD {
        return next(request).await;
    }
    *request.method_mut() = Method::GET;
    request.extensions_mut().insert(SentAsHead);
    next(request).await.map(|_| Body::empty())
}
