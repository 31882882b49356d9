//! Failures in the words of who asked: JSON for programs, a page for people, and plain text for
//! those who take neither (pump-api 1.3). The endpoints of OAuth have the form of their protocol.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};

use super::super::{
    accept::Accept,
    error::{JSON_CONTENT_TYPE, PublicMessage},
    page::{self, visitor::Visitor},
};
use crate::App;

/// The form of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ErrorFormat {
    Json,
    Page,
    Text,
    /// An error response of a token endpoint (RFC 6749, 5.2).
    OAuth2,
}

impl ErrorFormat {
    /// Puts a failure that a service tells of into this form. Errors with a format of their own,
    /// such as OAuth's, keep it.
    fn render(self, response: Response) -> Response {
        let message = match response.extensions().get::<PublicMessage>().cloned() {
            Some(message) if self != Self::Json => message.text,
            _ => return response,
        };
        let (mut parts, _) = response.into_parts();
        let rendered = match self {
            Self::OAuth2 => oauth2(parts.status, &message),
            _ => message.to_string().into_response(),
        };
        let (new, body) = rendered.into_parts();
        parts.headers.remove(header::CONTENT_LENGTH);
        parts.headers.extend(new.headers);
        Response::from_parts(parts, body)
    }
}

/// Properties of a request that decide how its failure is told.
pub(super) struct Asked {
    format: ErrorFormat,
    /// Headers and address of who takes pages.
    reader: Option<(HeaderMap, Uri)>,
}

impl Asked {
    pub(super) fn by(request: &Request) -> Self {
        let format = format_for(request.uri().path(), request.headers());
        let reader = || (request.headers().clone(), request.uri().clone());
        Self {
            format,
            reader: (format == ErrorFormat::Page).then(reader),
        }
    }

    /// Tells of a failure in the form that fits.
    pub(super) async fn tell(self, app: &App, response: Response) -> Response {
        if self.format == ErrorFormat::Json || !has_failed(&response) {
            return response;
        }
        let mut told = match self.reader {
            Some((headers, uri)) => {
                let visitor = Visitor::of(&headers, uri.clone(), app).await;
                let visitor = visitor.unwrap_or_else(|_| Visitor::unknown(&headers, uri, app));
                let is_known = visitor.ctx.account().is_some() || visitor.principal.is_some();
                page::depending_on_reader(is_known, page::explain(&visitor, response))
            }
            None => self.format.render(response),
        };
        let vary = HeaderValue::from_static("accept, x-requested-with");
        told.headers_mut().append(header::VARY, vary);
        told
    }
}

/// Whether an answer is a failure that a service tells of.
fn has_failed(response: &Response) -> bool {
    response.extensions().get::<PublicMessage>().is_some()
}

/// A failure that has no code of its own in RFC 6749 has one that says whose fault it is.
fn oauth2(status: StatusCode, message: &str) -> Response {
    let code = match status {
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
            "temporarily_unavailable"
        }
        status if status.is_server_error() => "server_error",
        _ => "invalid_request",
    };
    let body = serde_json::json!({ "error": code, "error_description": message }).to_string();
    ([(header::CONTENT_TYPE, JSON_CONTENT_TYPE)], body).into_response()
}

fn format_for(path: &str, headers: &HeaderMap) -> ErrorFormat {
    match path.trim_end_matches('/') {
        "/oauth2/token" | "/oauth2/revoke" => return ErrorFormat::OAuth2,
        "/oauth/request_token" | "/oauth/access_token" => return ErrorFormat::Text,
        path if path.starts_with("/api/") || path == "/main/proxy" => return ErrorFormat::Json,
        _ => {}
    }
    let with = headers.get("x-requested-with");
    let by_script =
        with.is_some_and(|with| with.as_bytes().eq_ignore_ascii_case(b"XMLHttpRequest"));
    let takes_pages = !headers.contains_key(header::ACCEPT)
        || Accept::of(headers).preference(&mime::TEXT_HTML).quality > 0.0;
    if by_script {
        ErrorFormat::Json
    } else if takes_pages {
        ErrorFormat::Page
    } else {
        ErrorFormat::Text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_and_what_is_said_of_the_asker_decide() {
        let json = "application/json";
        for (path, accept, script, expected) in [
            ("/api/nothing", Some("text/html"), false, ErrorFormat::Json),
            ("/nothing", None, false, ErrorFormat::Page),
            ("/nothing", Some("*/*"), false, ErrorFormat::Page),
            (
                "/nothing",
                Some("text/html;q=0.1, image/png"),
                false,
                ErrorFormat::Page,
            ),
            ("/nothing", Some(json), false, ErrorFormat::Text),
            ("/nothing", Some("text/html;q=0"), false, ErrorFormat::Text),
            ("/nothing", Some("text/html"), true, ErrorFormat::Json),
            ("/apiary", None, false, ErrorFormat::Page),
            ("/oauth2/token", None, true, ErrorFormat::OAuth2),
            (
                "/oauth2/revoke/",
                Some("text/html"),
                false,
                ErrorFormat::OAuth2,
            ),
            (
                "/oauth/request_token",
                Some("text/html"),
                false,
                ErrorFormat::Text,
            ),
            ("/oauth/access_token", None, true, ErrorFormat::Text),
            ("/oauth/authorize", None, false, ErrorFormat::Page),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            }
            if script {
                let script = HeaderValue::from_static("XMLHttpRequest");
                headers.insert("x-requested-with", script);
            }
            assert_eq!(format_for(path, &headers), expected, "{path} {accept:?}");
        }
    }
}
