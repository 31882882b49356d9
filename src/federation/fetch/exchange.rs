//! One exchange with another host, bounded in bytes and time.

use std::{error::Error, io, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, Request, Response, header};
use tokio::time::timeout;
use url::Url;

use crate::{
    App,
    app::{Fetched, FinalUrl, Incoming, PeerAnswer, PeerFailure, TransportError},
    protocol::{dialback, http_signature::ACCEPT_SIGNATURE, shortened},
};

/// Longest wait before the next attempt that a host can ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_hours(24);

/// Maximum characters of an answer that are told in an error.
const MAX_TOLD_CHARS: usize = 120;

/// Sends a request, and reads the answer to its end.
pub(super) async fn send(
    app: &App,
    method: Method,
    url: &Url,
    headers: HeaderMap,
    body: Bytes,
    max_bytes: usize,
) -> Result<Fetched, PeerFailure> {
    let request = request(method, url, headers, body)?;
    let limit = app.settings().federation.request_timeout;
    let answered = timeout(limit, async {
        let response = app.transport().send(request).await.map_err(of_transport)?;
        read(url, response, max_bytes).await
    });
    let answered = answered.await.unwrap_or(Err(PeerFailure::TimedOut(limit)));
    let status = answered.as_ref().map(|answer| answer.status.as_u16());
    app.metrics().record_outgoing(status.ok());
    answered
}

/// Sends a request without a body. Returns the answer as soon as its headers are here.
pub(super) async fn begin(
    app: &App,
    url: &Url,
    headers: HeaderMap,
) -> Result<Response<Incoming>, PeerFailure> {
    let request = request(Method::GET, url, headers, Bytes::new())?;
    let limit = app.settings().federation.request_timeout;
    let answered = timeout(limit, app.transport().send(request)).await;
    answered
        .map_err(|_| PeerFailure::TimedOut(limit))?
        .map_err(of_transport)
}

fn request(
    method: Method,
    url: &Url,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Request<Bytes>, PeerFailure> {
    let request = Request::builder().method(method).uri(url.as_str());
    let request = request.body(body);
    let mut request = request.map_err(|_| PeerFailure::BadAddress(url.as_str().into()))?;
    *request.headers_mut() = headers;
    let identity = HeaderValue::from_static("identity");
    // Packed bodies could be unpacked to any size.
    request
        .headers_mut()
        .insert(header::ACCEPT_ENCODING, identity);
    Ok(request)
}

async fn read(
    url: &Url,
    response: Response<Incoming>,
    max_bytes: usize,
) -> Result<Fetched, PeerFailure> {
    let (parts, mut incoming) = response.into_parts();
    let mut body = BytesMut::new();
    let broken = |error: io::Error| PeerFailure::Unreachable(root_cause(&error));
    while let Some(chunk) = incoming.try_next().await.map_err(broken)? {
        if body.len() + chunk.len() > max_bytes {
            return Err(PeerFailure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    let text = |name: HeaderName| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let media_type = text(header::CONTENT_TYPE).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    let date = text(header::DATE).and_then(dialback::parse_date);
    let is_redirect = parts.status.is_redirection();
    let location = text(header::LOCATION).filter(|_| is_redirect);
    Ok(Fetched {
        status: parts.status,
        media_type: media_type.to_ascii_lowercase(),
        url: final_url(url, &parts.extensions),
        location: location.and_then(|location| url.join(location).ok()),
        retry_after: text(header::RETRY_AFTER).and_then(|value| retry_after(value, date)),
        date,
        accept_signature: text(HeaderName::from_static(ACCEPT_SIGNATURE)).map(Arc::from),
        body: body.freeze(),
    })
}

/// Returns the URL that answered a request to another one.
pub(super) fn final_url(url: &Url, extensions: &Extensions) -> Url {
    let redirected = extensions.get::<FinalUrl>();
    redirected.map_or_else(|| url.clone(), |FinalUrl(url)| url.clone())
}

/// Reads a `Retry-After`, in seconds or as a date by the clock of its host.
fn retry_after(value: &str, date: Option<DateTime<Utc>>) -> Option<Duration> {
    let wait = match value.trim().parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => (dialback::parse_date(value)? - date?).to_std().ok()?,
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

/// Returns status and headers of an answer, and the beginning of the text of a failure.
pub(in crate::federation) fn answer_of(fetched: &Fetched) -> PeerAnswer {
    let text = String::from_utf8_lossy(&fetched.body);
    let is_page = text.trim_start().starts_with('<');
    let words: Vec<&str> = text.split_whitespace().take(MAX_TOLD_CHARS).collect();
    let line: String = words
        .join(" ")
        .chars()
        .filter(|c| !c.is_control())
        .collect();
    PeerAnswer {
        status: fetched.status,
        retry_after: fetched.retry_after,
        accept_signature: fetched.accept_signature.clone(),
        date: fetched.date,
        text: if fetched.status.is_success() || is_page {
            "".into()
        } else {
            shortened(&line, MAX_TOLD_CHARS).into()
        },
        url: fetched.url.clone(),
    }
}

fn of_transport(error: TransportError) -> PeerFailure {
    match error {
        TransportError::Forbidden(_) => PeerFailure::NotPublic,
        TransportError::Failed(error) => {
            let cause = root_cause(&*error);
            if cause.contains("certificate") {
                PeerFailure::Certificate(cause)
            } else {
                PeerFailure::Unreachable(cause)
            }
        }
    }
}

/// The innermost cause of an error, in words.
fn root_cause(error: &(dyn Error + 'static)) -> Arc<str> {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    shortened(&cause.to_string(), MAX_TOLD_CHARS).into()
}
