//! Pictures, files and collections of other hosts, fetched for our people (pump-api 12.9).
//!
//! A proxy URL names the object that contains the target URL, and a digest of that URL. It needs no
//! row; only URLs of stored objects can be fetched, by readers of the object.
//!
//! Media of public things are fetched without a signature, so that their host does not learn who
//! looks. The server of an object is asked in the name of the reader for its collections, and for
//! media that it refuses to show to everyone. No other host learns a name.

mod cache;

use std::{io, sync::Arc};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, TryStreamExt, stream};
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde::de::IgnoredAny;
use url::Url;

pub(crate) use super::proxy_urls::TargetKind;
use super::{Error, ErrorKind, Result, access, pace::Pace, proxy_urls::Target};
use crate::{
    Context,
    app::{FinalUrl, Incoming, Pass, PeerError},
    federation::{check_host, open, person_identity, signed_open},
    model::{Object, Viewer, host_of_id, host_of_url},
};
pub(super) use cache::clean_up_cache;

/// Most bytes of a file that is fetched.
pub(crate) const MAX_BYTES: usize = 64 * 1024 * 1024;

/// Most bytes of a document that is fetched.
const MAX_DOCUMENT_BYTES: usize = 1024 * 1024;

/// Request headers forwarded on behalf of the client.
const CONDITIONAL_HEADERS: [header::HeaderName; 2] =
    [header::IF_MODIFIED_SINCE, header::IF_NONE_MATCH];

/// Fetches what a proxy stands for. `asked` may hold conditions, which are passed on; the answer is
/// 200 or 304 with the headers of the other host.
///
/// Errors:
/// - 404 for a proxy that is none, or of an object that the caller may not read;
/// - 502 if the other host gives nothing, too much, or a document that is not JSON;
/// - 503 while too much is being fetched.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn fetch(
    ctx: &Context,
    id: &str,
    asked: &HeaderMap,
) -> Result<(TargetKind, Response<Incoming>)> {
    let (object, target) = find(ctx, id)
        .await?
        .ok_or_else(|| Error::not_found("No such proxy"))?;
    let account = ctx.account().map(|account| account.nickname.as_str());
    let pass = ctx.app().admit_proxy(account.unwrap_or_default()).await;
    let pass = pass.ok_or_else(|| {
        let message = "Too many files of other hosts are being fetched. Try again in a moment.";
        Error::new(ErrorKind::Unavailable, message)
    })?;
    let answer = send(ctx, &object, &target, asked).await?;
    let answer = answer.map(|body| paced(body, Pace::default(), pass));
    let answer = match target.kind {
        _ if answer.status() == StatusCode::NOT_MODIFIED => answer,
        TargetKind::Media => checked_media(answer)?,
        TargetKind::Document => checked_document(answer, &target.url).await?,
    };
    Ok((target.kind, answer))
}

/// Finds the URL that a proxy stands for, and the object that contains it.
async fn find(ctx: &Context, id: &str) -> Result<Option<(Arc<Object>, Target)>> {
    let Some((uuid, digest)) = id.split_once('.') else {
        return Ok(None);
    };
    let Some(object) = ctx.storage().find_object_by_uuid(uuid).await? else {
        return Ok(None);
    };
    if object.deleted || access::readable(ctx, ctx.viewer(), &[&object]).await? != [true] {
        return Ok(None);
    }
    let target = Target::find(ctx.urls(), &object, digest);
    Ok(target.map(|target| (object, target)))
}

/// Asks the other host, in the name of the reader only where that is needed.
async fn send(
    ctx: &Context,
    object: &Object,
    target: &Target,
    asked: &HeaderMap,
) -> Result<Response<Incoming>> {
    let app = ctx.app();
    let conditions = CONDITIONAL_HEADERS.iter();
    let headers: HeaderMap = conditions
        .filter_map(|name| Some((name.clone(), asked.get(name)?.clone())))
        .collect();
    let reader = ctx
        .account()
        .filter(|_| is_of_its_server(object, &target.url));
    let is_media = target.kind == TargetKind::Media;
    let Some(reader) = reader else {
        let answer = if is_media {
            open_media(ctx, &target.url, headers).await
        } else {
            open(app, &target.url, headers).await
        };
        return answer.map_err(failed);
    };
    if is_media && access::readable(ctx, Viewer::Anonymous, &[object]).await? == [true] {
        match open_media(ctx, &target.url, headers.clone()).await {
            Err(error) if needs_name(&error) => {}
            answer => return answer.map_err(failed),
        }
    }
    let identity = person_identity(ctx.urls(), &reader.nickname);
    let answer = signed_open(app, &identity, &target.url, &headers).await;
    answer.map_err(failed)
}

/// Asks for media without a signature, unless they are cached.
async fn open_media(
    ctx: &Context,
    url: &Url,
    headers: HeaderMap,
) -> Result<Response<Incoming>, PeerError> {
    // The operator may have blocked the host since.
    let host = host_of_url(url).unwrap_or_default();
    let is_refused = check_host(ctx.app(), &host).await.is_err();
    if !is_refused && let Some(known) = cache::find(ctx, url, &headers).await {
        return Ok(known);
    }
    let answer = open(ctx.app(), url, headers).await?;
    Ok(cache::record(ctx, url, answer))
}

/// Whether a URL is of the server of an object: of the host of its id or, if that has none, of its
/// author. Only that server is told who looks.
fn is_of_its_server(object: &Object, url: &Url) -> bool {
    let author = || host_of_id(object.author.as_deref()?);
    let server = host_of_id(&object.id).or_else(author);
    server.is_some() && server == host_of_url(url)
}

/// Whether a host refused because it was not told who asks.
fn needs_name(error: &PeerError) -> bool {
    error.answer().is_some_and(|answer| {
        matches!(
            answer.status,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
        )
    })
}

fn failed(error: impl std::fmt::Display) -> Error {
    tracing::debug!(%error, "proxied fetch failed");
    Error::new(ErrorKind::BadGateway, "Unable to retrieve proxy data")
}

fn checked_media(answer: Response<Incoming>) -> Result<Response<Incoming>> {
    match length(answer.headers()) {
        Some(length) if length > MAX_BYTES => Err(failed("the file is too large")),
        _ => Ok(answer),
    }
}

/// Reads a document to its end. It must be JSON, and come from the host that was asked.
async fn checked_document(answer: Response<Incoming>, asked: &Url) -> Result<Response<Incoming>> {
    let (mut parts, mut incoming) = answer.into_parts();
    let redirected = parts.extensions.get::<FinalUrl>();
    if redirected.is_some_and(|FinalUrl(last)| host_of_url(last) != host_of_url(asked)) {
        return Err(failed("the document was moved to another host"));
    }
    let media_type = parts.headers.get(header::CONTENT_TYPE);
    let media_type = media_type.and_then(|value| value.to_str().ok());
    let media_type = media_type.unwrap_or_default().split(';').next();
    if media_type.is_none_or(|name| !name.trim().eq_ignore_ascii_case("application/json")) {
        return Err(failed("the document is not application/json"));
    }
    let mut body = BytesMut::new();
    while let Some(bytes) = incoming.try_next().await.map_err(failed)? {
        if body.len() + bytes.len() > MAX_DOCUMENT_BYTES {
            return Err(failed("the document is too large"));
        }
        body.extend_from_slice(&bytes);
    }
    serde_json::from_slice::<IgnoredAny>(&body).map_err(failed)?;
    parts.headers.remove(header::CONTENT_ENCODING);
    let length = HeaderValue::from(body.len());
    parts.headers.insert(header::CONTENT_LENGTH, length);
    let body = stream::iter([Ok(Bytes::from(body))]).boxed();
    Ok(Response::from_parts(parts, body))
}

/// A body that fails when the other host is too slow on the whole. The pass lasts as long as it.
fn paced(body: Incoming, pace: Pace, pass: Pass) -> Incoming {
    let next = async |(mut body, mut pace, pass): (Incoming, Pace, Pass)| {
        let next = match pace.wait(body.next()).await {
            Ok(next) => next?,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
        if let Ok(bytes) = &next {
            pace.count(bytes.len());
        }
        Some((next, (body, pace, pass)))
    };
    stream::unfold((body, pace, pass), next).boxed()
}

/// The length that an answer says it has.
fn length(headers: &HeaderMap) -> Option<usize> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests;
