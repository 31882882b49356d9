//! Requests to other hosts, all within bounds of bytes, time, number and pace.

mod budget;
mod exchange;

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use serde_json::Value;
use url::Url;

pub use self::budget::FetchBudget;
pub(super) use self::exchange::answer_of;
use self::exchange::{begin, final_url, send};
use super::hosts::check_host;
use crate::{
    App,
    app::{Dated, FetchOutcome, Fetched, Incoming, PeerAnswer, PeerError, PeerFailure, PeerState},
    model::host_of_url,
    protocol::json,
};

/// Maximum bytes of a document.
const MAX_DOCUMENT_BYTES: usize = 1024 * 1024;

/// Maximum bytes that are read of the answer to a request that is no fetch.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// Media types of an object in ActivityStreams 1. Its own name comes first, as pump.io 6 answers
/// `application/json` alone with ActivityStreams 2.
pub(super) const OBJECT_TYPES: &str = "application/stream+json, application/json; q=0.9";

/// Reads an object in ActivityStreams 1.
pub(super) fn read_object(answer: &Fetched) -> Result<Value, PeerFailure> {
    let media_type = &*answer.media_type;
    if !matches!(media_type, "application/json" | "application/stream+json") {
        let text = format!("'{media_type}' is not application/json");
        return Err(PeerFailure::Unusable(text.into()));
    }
    let json = json::parse(&answer.body);
    json.map_err(|error| PeerFailure::Unusable(error.to_string().into()))
}

/// A document to be fetched.
pub(super) struct Get<'a> {
    /// The step, for errors.
    pub(super) step: &'static str,
    pub(super) url: &'a Url,
    pub(super) accept: &'static str,
    pub(super) proof: Option<Proof<'a>>,
}

/// Proof on whose behalf something is asked for.
pub(super) struct Proof<'a> {
    /// The identity that it is of.
    pub(super) identity: &'a str,
    /// The headers that make it.
    pub(super) headers: HeaderMap,
}

impl<'a> Proof<'a> {
    /// That of `OAuth`, by the value of its header.
    pub(super) fn of_oauth(identity: &'a str, authorization: HeaderValue) -> Self {
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, authorization)]);
        Self { identity, headers }
    }
}

/// Something to be sent.
pub(super) struct Post<'a> {
    /// The step, for errors.
    pub(super) step: &'static str,
    pub(super) url: &'a Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Returns the host of a URL, if it is a web address of one that this server may ask.
async fn host_of(app: &App, step: &'static str, url: &Url) -> Result<Arc<str>, PeerError> {
    let host = host_of_url(url).filter(|_| matches!(url.scheme(), "http" | "https"));
    let fail = |host: &str, cause| PeerError {
        host: host.into(),
        step,
        cause,
    };
    let Some(host) = host else {
        let url = url.as_str();
        return Err(fail(url, PeerFailure::BadAddress(url.into())));
    };
    check_host(app, &host)
        .await
        .map_err(|cause| fail(&host, cause))?;
    Ok(host.into())
}

/// Fetches a document: any answer but a success is an error. Concurrent fetches of one document
/// share one request; a failure is remembered for a while.
pub(super) async fn get(
    app: &App,
    get: &Get<'_>,
    budget: &FetchBudget,
) -> Result<Arc<Fetched>, PeerError> {
    let host = host_of(app, get.step, get.url).await?;
    let fail = |cause| PeerError {
        host: Arc::clone(&host),
        step: get.step,
        cause,
    };
    budget.spend().map_err(fail)?;
    let identity = get.proof.as_ref().map_or("", |proof| proof.identity);
    let key: Box<str> = [identity, get.accept, get.url.as_str()].join(" ").into();
    let fetches = &app.peers().fetches;
    loop {
        let guard = match fetches.get_value_or_guard_async(&key).await {
            // Successes are there only while they are handed over.
            Ok(FetchOutcome {
                value: Ok(known), ..
            }) => return Ok(known),
            Ok(failure)
                if failure.is_remembered(app.clock().now()) && budget.believes(&failure) =>
            {
                return failure.value;
            }
            Ok(_) => {
                fetches.remove(&key);
                continue;
            }
            Err(guard) => guard,
        };
        let value = fetch(app, &host, get, budget)
            .await
            .map(Arc::new)
            .map_err(fail);
        let outcome = Dated {
            at: app.clock().now(),
            value: value.clone(),
        };
        // It can't be inserted if it was removed meanwhile.
        let _ = guard.insert(outcome);
        if value
            .as_ref()
            .map_or_else(|error| !is_lasting(&error.cause), |_| true)
        {
            fetches.remove(&key);
        }
        if let Err(error) = &value {
            tracing::debug!(url = %get.url, error = %error, "fetch failed");
        }
        return value;
    }
}

/// Whether a failure would be the same a moment later, and for every identity.
fn is_lasting(failure: &PeerFailure) -> bool {
    match failure {
        PeerFailure::Unreachable(_)
        | PeerFailure::Certificate(_)
        | PeerFailure::NotPublic
        | PeerFailure::TimedOut(_)
        | PeerFailure::TooLarge => true,
        PeerFailure::Status(answer) => !matches!(
            answer.status,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
        ),
        _ => false,
    }
}

async fn fetch(
    app: &App,
    host: &str,
    get: &Get<'_>,
    budget: &FetchBudget,
) -> Result<Fetched, PeerFailure> {
    let (peers, now) = (app.peers(), app.clock().now());
    check_reachable(peers, get.url, now, budget)?;
    if !budget.count(app, host) {
        return Err(PeerFailure::HostLimit);
    }
    let _pass = peers.admit(host).await.ok_or(PeerFailure::Busy)?;
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static(get.accept));
    headers.extend(get.proof.iter().flat_map(|proof| proof.headers.clone()));
    let sent = send(
        app,
        Method::GET,
        get.url,
        headers,
        Bytes::new(),
        MAX_DOCUMENT_BYTES,
    )
    .await;
    let fetched = sent.inspect_err(|cause| note_failure(peers, get.url, cause, now))?;
    if fetched.url.origin() != get.url.origin() {
        let last = host_of_url(&fetched.url);
        let last = last.ok_or_else(|| PeerFailure::BadAddress(fetched.url.as_str().into()))?;
        check_host(app, &last).await?;
    }
    if fetched.status.is_success() {
        Ok(fetched)
    } else {
        Err(PeerFailure::Status(answer_of(&fetched).into()))
    }
}

/// Fails as a request to the same origin did a moment ago, if that could not be reached.
fn check_reachable(
    peers: &PeerState,
    url: &Url,
    now: DateTime<Utc>,
    budget: &FetchBudget,
) -> Result<(), PeerFailure> {
    let origin: Box<str> = url.origin().ascii_serialization().into();
    if let Some(failure) = peers.unreachable.get(&origin) {
        if failure.is_remembered(now) && budget.believes(&failure) {
            return Err(failure.value);
        }
        peers.unreachable.remove(&origin);
    }
    Ok(())
}

/// Remembers that an origin could not be reached.
fn note_failure(peers: &PeerState, url: &Url, cause: &PeerFailure, now: DateTime<Utc>) {
    if matches!(
        cause,
        PeerFailure::Unreachable(_) | PeerFailure::Certificate(_)
    ) {
        let (origin, value) = (url.origin().ascii_serialization(), cause.clone());
        peers
            .unreachable
            .insert(origin.into(), Dated { at: now, value });
    }
}

/// The step of [`open`], for errors.
pub(super) const OPENING: &str = "proxy";

/// Asks for something that may be large, and returns the answer as soon as its headers are here.
/// Any status but 200 and 304 is an error.
pub(crate) async fn open(
    app: &App,
    url: &Url,
    headers: HeaderMap,
) -> Result<Response<Incoming>, PeerError> {
    let host = host_of(app, OPENING, url).await?;
    let (peers, now) = (app.peers(), app.clock().now());
    let opened = async {
        check_reachable(peers, url, now, &FetchBudget::default())?;
        let begun = begin(app, url, headers).await;
        let answer = begun.inspect_err(|cause| note_failure(peers, url, cause, now))?;
        match answer.status() {
            StatusCode::OK | StatusCode::NOT_MODIFIED => Ok(answer),
            status => Err(PeerFailure::Status(Box::new(PeerAnswer {
                status,
                retry_after: None,
                date: None,
                accept_signature: None,
                text: "".into(),
                url: final_url(url, answer.extensions()),
            }))),
        }
    };
    opened.await.map_err(|cause| PeerError {
        host,
        step: OPENING,
        cause,
    })
}

/// Sends something, and returns the answer if it is a success. A redirect is none, as it would
/// make another request of it.
pub(super) async fn post(app: &App, post: Post<'_>) -> Result<Fetched, PeerError> {
    let host = host_of(app, post.step, post.url).await?;
    let sent = send(
        app,
        Method::POST,
        post.url,
        post.headers,
        post.body,
        MAX_ANSWER_BYTES,
    );
    let failure = match sent.await {
        Ok(answer) if answer.url != *post.url => {
            PeerFailure::Redirected(answer.url.as_str().into())
        }
        Ok(Fetched {
            location: Some(url),
            ..
        }) => PeerFailure::Redirected(url.as_str().into()),
        Ok(answer) if answer.status.is_success() => {
            app.peers().reached(post.url);
            return Ok(answer);
        }
        Ok(answer) => PeerFailure::Status(answer_of(&answer).into()),
        Err(failure) => failure,
    };
    Err(PeerError {
        host,
        step: post.step,
        cause: failure,
    })
}

#[cfg(test)]
mod tests;
