//! Failures in the words of who asked: JSON for programs, a page for people, and plain text for those
//! who take neither (pump-api 1.3).

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};

use super::super::{accept::Accept, error::Told, page};
use crate::App;

/// The form of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Page,
    Text,
}

impl Form {
    /// The form that fits a request.
    pub(super) fn of(request: &Request) -> Self {
        form(request.uri().path(), request.headers())
    }

    /// Puts a failure that a service tells of into this form. What has a form of its own, as OAuth's
    /// failures have, keeps it.
    pub(super) fn tell(self, app: &App, response: Response) -> Response {
        if self == Self::Json {
            return response;
        }
        let Some(Told(message)) = response.extensions().get::<Told>().cloned() else {
            return response;
        };
        let (mut parts, _) = response.into_parts();
        let shown = match self {
            Self::Page => page::message(app, parts.status, &message),
            Self::Text | Self::Json => message.to_string().into_response(),
        };
        let (new, body) = shown.into_parts();
        parts.headers.remove(header::CONTENT_LENGTH);
        parts.headers.extend(new.headers);
        let vary = HeaderValue::from_static("accept, x-requested-with");
        parts.headers.append(header::VARY, vary);
        Response::from_parts(parts, body)
    }
}

fn form(path: &str, headers: &HeaderMap) -> Form {
    if path.starts_with("/api/") {
        return Form::Json;
    }
    let with = headers.get("x-requested-with");
    let by_script =
        with.is_some_and(|with| with.as_bytes().eq_ignore_ascii_case(b"XMLHttpRequest"));
    let takes_pages = !headers.contains_key(header::ACCEPT)
        || Accept::of(headers).wish(&mime::TEXT_HTML).quality > 0.0;
    if by_script {
        Form::Json
    } else if takes_pages {
        Form::Page
    } else {
        Form::Text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_and_what_is_said_of_the_asker_decide() {
        let json = "application/json";
        for (path, accept, script, expected) in [
            ("/api/nothing", Some("text/html"), false, Form::Json),
            ("/nothing", None, false, Form::Page),
            ("/nothing", Some("*/*"), false, Form::Page),
            (
                "/nothing",
                Some("text/html;q=0.1, image/png"),
                false,
                Form::Page,
            ),
            ("/nothing", Some(json), false, Form::Text),
            ("/nothing", Some("text/html;q=0"), false, Form::Text),
            ("/nothing", Some("text/html"), true, Form::Json),
            ("/apiary", None, false, Form::Page),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            }
            if script {
                let script = HeaderValue::from_static("XMLHttpRequest");
                headers.insert("x-requested-with", script);
            }
            assert_eq!(form(path, &headers), expected, "{path} {accept:?}");
        }
    }
}
