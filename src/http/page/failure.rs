//! Pages that tell of a failure.

use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{Page, visitor::Visitor};
use crate::{
    app::texts::Language,
    http::error::PublicMessage,
    protocol::shortened,
    service::{Error, ErrorKind},
};

/// Most characters of a sentence about a failure: what was asked for may stand in it.
const MAX_MESSAGE_CHARS: usize = 300;

/// A page that says one thing.
#[derive(Template)]
#[template(path = "pages/message.html")]
struct MessagePage<'a> {
    title: &'a str,
    text: &'a str,
    /// A further sentence, in English.
    more: Option<&'a str>,
    t: &'a Language,
    root: &'a str,
}

/// Returns the sentence about a failure for a form that comes back: that of the catalogues, or else
/// the English one.
pub(in crate::http) fn sentence(t: &Language, error: &Error) -> String {
    if error.kind() == ErrorKind::Internal {
        return t.say("failure-internal-text").into_owned();
    }
    let phrase = error.phrase().and_then(|phrase| t.phrase(phrase));
    phrase.unwrap_or_else(|| shortened(error.message(), MAX_MESSAGE_CHARS))
}

/// The page that tells a reader of a failure.
pub(in crate::http) fn failure(visitor: &Visitor, error: Error) -> Response {
    explain(visitor, error.into_response())
}

/// Puts a failure that a service tells of into a page; other responses stay as they are. A failure
/// without a phrase is told by its status, with the English sentence below.
pub(in crate::http) fn explain(visitor: &Visitor, response: Response) -> Response {
    let Some(message) = response.extensions().get::<PublicMessage>().cloned() else {
        return response;
    };
    let (t, (mut parts, _)) = (&*visitor.language, response.into_parts());
    parts.extensions.remove::<PublicMessage>();
    let (title, text) = keys_of(parts.status);
    let title = t.say(title);
    let said = shortened(&message.text, MAX_MESSAGE_CHARS);
    let phrase = message.phrase.and_then(|phrase| t.phrase(&phrase));
    let text = t.say(text);
    let is_ours = parts.status == StatusCode::INTERNAL_SERVER_ERROR;
    let more = Some(said.as_str()).filter(|_| phrase.is_none() && !is_ours);
    let main = MessagePage {
        title: &title,
        text: phrase.as_deref().unwrap_or(&text),
        more,
        t,
        root: visitor.ctx.urls().path(),
    };
    let page = Page {
        status: parts.status,
        ..Page::new(&title, &main)
    };
    let (new, body) = page.render(visitor).into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.extend(new.headers);
    Response::from_parts(parts, body)
}

/// Returns the keys of the title and the sentence about a status.
fn keys_of(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::NOT_FOUND => ("failure-not-found", "failure-not-found-text"),
        StatusCode::GONE => ("failure-gone", "failure-gone-text"),
        StatusCode::FORBIDDEN => ("failure-forbidden", "failure-forbidden-text"),
        StatusCode::CONFLICT => ("failure-other", "failure-conflict"),
        StatusCode::PAYLOAD_TOO_LARGE => ("failure-other", "failure-too-large"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ("failure-other", "failure-media-type"),
        StatusCode::REQUEST_TIMEOUT => ("failure-other", "failure-too-slow"),
        StatusCode::TOO_MANY_REQUESTS => ("failure-busy", "failure-too-often"),
        StatusCode::SERVICE_UNAVAILABLE => ("failure-busy", "failure-busy-text"),
        StatusCode::BAD_GATEWAY => ("failure-other", "failure-peer-text"),
        StatusCode::INSUFFICIENT_STORAGE => ("failure-other", "failure-full"),
        status if status.is_server_error() => ("failure-internal", "failure-internal-text"),
        _ => ("failure-other", "failure-other-text"),
    }
}
