//! Requests that say something of methods: which one is meant, or which there are.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::service::Error;

/// How clients that can only `POST` say what they mean (pump-api 1.1 no. 7).
const OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

/// Routes a `POST` by the method that it means, and answers `OPTIONS` with what the routes allow.
pub(super) async fn choose<F>(request: Request, next: impl FnOnce(Request) -> F) -> Response
where
    F: Future<Output = Response>,
{
    match *request.method() {
        Method::POST => overridden(request, next).await,
        Method::OPTIONS => options(request, next).await,
        _ => next(request).await,
    }
}

/// The method that is meant is the one that is signed, too.
async fn overridden<F>(mut request: Request, next: impl FnOnce(Request) -> F) -> Response
where
    F: Future<Output = Response>,
{
    let mut response = match meant(request.headers()) {
        Ok(method) => {
            *request.method_mut() = method;
            next(request).await
        }
        Err(error) => error.into_response(),
    };
    let vary = HeaderValue::from(OVERRIDE);
    response.headers_mut().append(header::VARY, vary);
    response
}

fn meant(headers: &HeaderMap) -> Result<Method, Error> {
    let mut said = headers.get_all(OVERRIDE).iter().map(HeaderValue::as_bytes);
    let method = match said.next() {
        None => return Ok(Method::POST),
        Some(method) if method.eq_ignore_ascii_case(b"PUT") => Some(Method::PUT),
        Some(method) if method.eq_ignore_ascii_case(b"DELETE") => Some(Method::DELETE),
        Some(_) => None,
    };
    method
        .filter(|_| said.next().is_none())
        .ok_or_else(|| Error::bad_request("X-HTTP-Method-Override can only be PUT or DELETE."))
}

/// The router says what it allows when it refuses a method. Routes that take any method answer for
/// themselves.
async fn options<F>(request: Request, next: impl FnOnce(Request) -> F) -> Response
where
    F: Future<Output = Response>,
{
    let response = next(request).await;
    match response.headers().get(header::ALLOW) {
        Some(allow) if response.status() == StatusCode::METHOD_NOT_ALLOWED => {
            let text = HeaderValue::from_static("text/plain; charset=utf-8");
            let headers = [(header::ALLOW, allow.clone()), (header::CONTENT_TYPE, text)];
            (headers, allow.as_bytes().to_vec()).into_response()
        }
        _ => response,
    }
}
