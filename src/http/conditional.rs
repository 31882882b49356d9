//! Answers that a client may have already (pump-api 1.4; RFC 9110, 13).

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header, response},
    response::Response,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use twox_hash::XxHash3_128;

use super::error::JSON_CONTENT_TYPE;
use crate::protocol::{as2, http_signature, syndication};

/// Content types of documents made in memory, which get an `ETag`.
const TAGGED_CONTENT_TYPES: [HeaderValue; 5] = [
    JSON_CONTENT_TYPE,
    HeaderValue::from_static(as2::LD_JSON),
    HeaderValue::from_static(as2::ACTIVITY_JSON),
    HeaderValue::from_static(syndication::ATOM),
    HeaderValue::from_static(syndication::JSON_FEED),
];

/// Whether the response to a read is a document, which was made in memory and gets an `ETag`.
pub(super) fn is_document(response: &response::Parts) -> bool {
    let content_type = response.headers.get(header::CONTENT_TYPE);
    response.status == StatusCode::OK
        && content_type.is_some_and(|is| TAGGED_CONTENT_TYPES.iter().any(|known| is == known))
}

/// Gives a document that was read a weak `ETag`, `W/"LENGTH-HASH"`. Responses depend on the caller;
/// they may be cached if they are revalidated.
pub(super) fn tag_document(headers: &mut HeaderMap, body: &[u8]) {
    if let Ok(tag) = HeaderValue::try_from(weak_etag(body)) {
        headers.insert(header::ETAG, tag);
        headers.append(
            header::VARY,
            HeaderValue::from_static("Authorization, Signature"),
        );
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-cache"));
}

/// Keeps a response to a caller with credentials, of whatever status, out of shared caches.
pub(super) fn keep_private(headers: &mut HeaderMap) {
    let is_stored = headers.get(header::CACHE_CONTROL);
    if is_stored.is_none_or(|said| said == "no-cache") {
        let private = HeaderValue::from_static("private, no-cache");
        headers.insert(header::CACHE_CONTROL, private);
    }
}

/// Whether a request says nothing of its caller, so that its response may be shared with others.
pub(super) fn is_anonymous(headers: &HeaderMap, uri: &Uri) -> bool {
    let in_query = |query: &str| query.contains("oauth_");
    !headers.contains_key(header::AUTHORIZATION)
        && !http_signature::is_signed(headers)
        && !uri.query().is_some_and(in_query)
}

/// Gives an answer the tag of its body.
pub(super) fn with_etag(mut response: Response, body: &[u8]) -> Response {
    if let Ok(tag) = HeaderValue::from_str(&weak_etag(body)) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// The same on every node and after every start. Of two bodies of one URL no two will ever share
/// one by chance. By intent who wrote what is in both may, with luck: then a reader who has the one
/// goes without the other until something else changes. So there is nothing to win that would be
/// worth a hash that takes ten times as long.
fn weak_etag(body: &[u8]) -> String {
    let hash = XxHash3_128::oneshot(body).to_be_bytes();
    let mut tag = format!("W/\"{:x}-", body.len());
    URL_SAFE_NO_PAD.encode_string(hash, &mut tag);
    tag.push('"');
    tag
}

/// The tags of what a reader has already.
pub(super) struct KnownTags(Vec<HeaderValue>);

impl KnownTags {
    pub(super) fn of(request: &Request) -> Self {
        let tags = request.headers().get_all(header::IF_NONE_MATCH).iter();
        let is_read = *request.method() == Method::GET;
        Self(tags.filter(|_| is_read).cloned().collect())
    }

    /// Answers 304 in place of a success that the reader has. It goes around whatever adds headers
    /// to an answer, for the client is to get the same ones.
    pub(super) fn apply_not_modified(&self, response: &mut Response) {
        if self.0.is_empty() || response.status() != StatusCode::OK {
            return;
        }
        let etag = response.headers().get(header::ETAG);
        let etag = etag.and_then(|etag| etag.to_str().ok());
        if !etag.is_some_and(|etag| is_among(self.0.iter(), etag)) {
            return;
        }
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        for name in [
            header::CONTENT_LENGTH,
            header::CONTENT_TYPE,
            header::CONTENT_ENCODING,
        ] {
            response.headers_mut().remove(name);
        }
        *response.body_mut() = Body::empty();
    }
}

/// Whether the asker says to have what has this tag; `None` if it says nothing of tags.
pub(super) fn matches_known(asked: &HeaderMap, etag: &str) -> Option<bool> {
    let mut tags = asked.get_all(header::IF_NONE_MATCH).iter().peekable();
    tags.peek()?;
    Some(is_among(tags, etag))
}

fn is_among<'a>(tags: impl Iterator<Item = &'a HeaderValue>, etag: &str) -> bool {
    let etag = opaque_tag(etag);
    tags.filter_map(|tags| tags.to_str().ok())
        .flat_map(|tags| tags.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || opaque_tag(tag) == etag)
}

/// The tag without its mark of weakness, which makes no difference here.
fn opaque_tag(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}
