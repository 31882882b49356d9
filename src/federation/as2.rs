//! Requests to servers that speak `ActivityPub`, with HTTP signatures.

use bytes::Bytes;
use http::{HeaderValue, Method, header};
use serde_json::{Map, Value};

use super::{
    fetch::{FetchBudget, Get, Post, Proof, answer_of, get, post},
    signed::{is_at, web_address},
    signing::Signing,
};
use crate::{
    App,
    app::{Fetched, PeerAnswer, PeerError, PeerFailure},
    model::{Nickname, Urls},
    protocol::{
        as2::{ACTIVITY_JSON, LD_JSON_ESSENCE},
        json,
    },
};

/// Media types of a document in ActivityStreams 2. Mitra has the first, and all have the second.
const ACCEPT: &str = "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\", \
                      application/activity+json";

/// Steps of requests, for errors.
const FETCH: &str = "fetch";
const DELIVERY: &str = "delivery";

/// Fetches a document in ActivityStreams 2, signed by the actor of this server, which peers can
/// read unsigned. The answer is of the host of the URL, also after redirects.
pub(crate) async fn get_as2(
    app: &App,
    url: &str,
    budget: &FetchBudget,
) -> Result<Map<String, Value>, PeerError> {
    let (url, host) = web_address(FETCH, url)?;
    let fail = |cause| PeerError::new(FETCH, &host, cause);
    let actor = app.urls().instance_actor();
    let mut signing = Signing::begin(app, &host, &actor, &url);
    let fetched = loop {
        let headers = signing.headers(&Method::GET, None).await;
        let request = Get {
            step: FETCH,
            url: &url,
            accept: ACCEPT,
            proof: Some(Proof {
                identity: &actor,
                headers: headers.map_err(fail)?,
            }),
        };
        match get(app, &request, budget).await {
            Ok(fetched) => break fetched,
            Err(error) => signing.prepare_next(error)?,
        }
    };
    signing.remember();
    if !is_at(&fetched.url, &host) {
        let place = fetched.url.as_str().into();
        return Err(fail(PeerFailure::Redirected(place)));
    }
    read(&fetched).map_err(fail)
}

/// Posts an activity in ActivityStreams 2 to an inbox, signed by the actor of an identity of ours.
/// Any answer but a success is an error.
pub(crate) async fn post_as2(
    app: &App,
    identity: &str,
    url: &str,
    body: Bytes,
) -> Result<PeerAnswer, PeerError> {
    let (url, host) = web_address(DELIVERY, url)?;
    let actor = actor_of(app.urls(), identity);
    let mut signing = Signing::begin(app, &host, &actor, &url);
    let answer = loop {
        let headers = signing.headers(&Method::POST, Some(&body)).await;
        let mut headers = headers.map_err(|cause| PeerError::new(DELIVERY, &host, cause))?;
        let media_type = HeaderValue::from_static(ACTIVITY_JSON);
        headers.insert(header::CONTENT_TYPE, media_type);
        let request = Post {
            step: DELIVERY,
            url: &url,
            headers,
            body: body.clone(),
        };
        match post(app, request).await {
            Ok(answer) => break answer,
            Err(error) => signing.prepare_next(error)?,
        }
    };
    signing.remember();
    Ok(answer_of(&answer))
}

/// The actor of an identity: `acct:NICK@HOST`, the id of a group, or the server.
fn actor_of(urls: &Urls, identity: &str) -> String {
    if urls.is_group_id(identity) {
        return identity.to_owned();
    }
    let acct = identity.strip_prefix("acct:");
    let nickname = acct.and_then(|acct| Nickname::parse(acct.rsplit_once('@')?.0).ok());
    nickname.map_or_else(|| urls.instance_actor(), |nickname| urls.actor(&nickname))
}

/// Reads a document. Other media types say what anyone may have uploaded (FEP-fe34).
fn read(fetched: &Fetched) -> Result<Map<String, Value>, PeerFailure> {
    let media_type = &*fetched.media_type;
    if !matches!(media_type, ACTIVITY_JSON | LD_JSON_ESSENCE) {
        let text = format!("'{media_type}' is not {ACTIVITY_JSON}");
        return Err(PeerFailure::Unusable(text.into()));
    }
    match json::parse(&fetched.body) {
        Ok(Value::Object(document)) => Ok(document),
        Ok(_) => Err(PeerFailure::Unusable("it is no JSON object".into())),
        Err(error) => Err(PeerFailure::Unusable(error.to_string().into())),
    }
}
