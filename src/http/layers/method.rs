//! Requests that say something of methods: which one is meant, or which there are.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::service::Error;

/// How clients that can only `POST` say what they mean (pump-api 1.1 no. 7).
const METHOD_OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

/// How a request was made, as far as its answer has to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequestedMethod {
    /// With a `POST`, which may mean another method.
    ByPost,
    /// An `OPTIONS` request.
    ForOptions,
    Otherwise,
}

/// Has a `POST` routed by the method that it means, which is the one that is signed, too.
pub(super) fn apply_override(request: &mut Request) -> Result<(), Error> {
    if *request.method() == Method::POST {
        *request.method_mut() = overridden_method(request.headers())?;
    }
    Ok(())
}

fn overridden_method(headers: &HeaderMap) -> Result<Method, Error> {
    let mut said = headers
        .get_all(METHOD_OVERRIDE)
        .iter()
        .map(HeaderValue::as_bytes);
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

impl RequestedMethod {
    /// Says it of a request as it came.
    pub(super) fn from_request(request: &Request) -> Self {
        match *request.method() {
            Method::POST => Self::ByPost,
            Method::OPTIONS => Self::ForOptions,
            _ => Self::Otherwise,
        }
    }

    /// Adds what an answer has to tell of it.
    pub(super) fn complete_response(self, mut response: Response) -> Response {
        match self {
            Self::ByPost => {
                let vary = HeaderValue::from(METHOD_OVERRIDE);
                response.headers_mut().append(header::VARY, vary);
                response
            }
            Self::ForOptions => options(response),
            Self::Otherwise => response,
        }
    }
}

/// The router says what it allows when it refuses a method. Routes that take any method answer for
/// themselves.
fn options(response: Response) -> Response {
    match response.headers().get(header::ALLOW) {
        Some(allow) if response.status() == StatusCode::METHOD_NOT_ALLOWED => {
            let text = HeaderValue::from_static("text/plain; charset=utf-8");
            let headers = [(header::ALLOW, allow.clone()), (header::CONTENT_TYPE, text)];
            (headers, allow.as_bytes().to_vec()).into_response()
        }
        _ => response,
    }
}
