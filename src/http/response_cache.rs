//! Response cache of reads.

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use axum::{
    body::{Body, HttpBody, to_bytes},
    extract::Request,
    http::{Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use mime::TEXT_EVENT_STREAM;

use super::{accept::Accept, origin::client_address};
use crate::{
    App, Context,
    app::{CacheMiss, CachedResponse, Pass},
    context::Caller,
    model::networks_of,
    service::{Error, ErrorKind},
};

/// Cache handle in the extensions of a read: authentication [looks up](Self::lookup) the response.
#[derive(Clone)]
pub(super) struct CacheHandle(Arc<CacheRequest>);

struct CacheRequest {
    /// The URI and the representation; `None` if the answer can't come from the cache.
    what: Option<String>,
    /// The miss, if there was one.
    miss: Mutex<Option<CacheMiss>>,
    /// The turn of a request that is under way, which ends with this.
    turn: OnceLock<Pass>,
}

impl CacheRequest {
    fn put(&self, miss: CacheMiss) {
        *self.lock() = Some(miss);
    }

    fn take(&self) -> Option<CacheMiss> {
        self.lock().take()
    }

    /// Waits for a turn, which is held until the answer is made.
    async fn begin(&self, app: &App, holder: TurnHolder<'_>) -> Result<(), Error> {
        let turns = app.turns();
        let turn = match holder {
            TurnHolder::Person(person) => turns.enter(person, 1).await,
            TurnHolder::Network(network) => turns.enter_unreserved(&network, 1).await,
        };
        let turn = turn.ok_or_else(|| {
            let message = "Too many requests are under way. Try again in a moment.";
            Error::new(ErrorKind::Unavailable, message)
        })?;
        // There is one for each request.
        let _ = self.turn.set(turn);
        Ok(())
    }

    async fn begin_with(&self, ctx: Context, parts: &Parts) -> Result<Context, Response> {
        let begun = self.begin(ctx.app(), TurnHolder::of(&ctx, parts)).await;
        begun.map(|()| ctx).map_err(IntoResponse::into_response)
    }

    fn lock(&self) -> MutexGuard<'_, Option<CacheMiss>> {
        self.miss.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one whose share of the turns a request takes.
enum TurnHolder<'a> {
    /// The person who signed in.
    Person(&'a str),
    /// The network that anyone else asks from.
    Network(Cow<'a, str>),
}

impl<'a> TurnHolder<'a> {
    fn of(ctx: &'a Context, parts: &Parts) -> Self {
        match ctx.account() {
            Some(account) => Self::Person(&account.person),
            None => Self::network(ctx.app(), parts),
        }
    }

    /// The IPv4 address, or the IPv6 site, which has many narrower networks.
    fn network(app: &App, parts: &Parts) -> Self {
        let address = client_address(parts, app);
        let site = address.and_then(|address| networks_of(address).take(2).last());
        Self::Network(site.map_or("".into(), |site| site.to_string().into()))
    }
}

/// Marks a complete response from the cache.
#[derive(Clone, Copy)]
struct ServedFromCache;

impl CacheHandle {
    /// Nothing but reads is answered from memory; of these no feed that goes on, nor what is signed
    /// in its address, and so asked for once.
    pub(super) fn for_request(request: &mut Request) -> Self {
        let query = request.uri().query().unwrap_or_default();
        let goes_on = Accept::of(request.headers()).names(&TEXT_EVENT_STREAM);
        let what = *request.method() == Method::GET && !goes_on && !query.contains("oauth_");
        let what = what.then(|| Self::what(request));
        let handle = Self(Arc::new(CacheRequest {
            what,
            miss: Mutex::default(),
            turn: OnceLock::new(),
        }));
        request.extensions_mut().insert(handle.clone());
        handle
    }

    /// The URI and the representation.
    fn what(request: &Request) -> String {
        let mut what = request.uri().to_string();
        for accept in request.headers().get_all(header::ACCEPT) {
            what.push('\n');
            what.push_str(&String::from_utf8_lossy(accept.as_bytes()));
        }
        // Caches on the way are told something else where there is this header, whatever it says.
        if request.headers().contains_key(header::AUTHORIZATION) {
            what.push_str("\nauthorized");
        }
        what
    }

    /// The answer for a caller, if it is known; else the context in which it is to be made.
    pub(super) async fn lookup(parts: &Parts, ctx: Context) -> Result<Context, Response> {
        let Some(Self(request_key)) = parts.extensions.get() else {
            return Ok(ctx);
        };
        let Some(what) = &request_key.what else {
            return request_key.begin_with(ctx, parts).await;
        };
        let key = format!("{}\n{what}", caller_key(ctx.caller()));
        match ctx.app().response_cache().lookup(key.into()).await {
            Ok(Ok(answer)) => Err(cached_response(&answer)),
            Ok(Err(None)) => request_key.begin_with(ctx, parts).await,
            Ok(Err(Some(miss))) => {
                let ctx = ctx.with_read_tracking(miss.tracking_storage());
                request_key.put(miss);
                request_key.begin_with(ctx, parts).await
            }
            Err(error) => Err(Error::from(error).into_response()),
        }
    }

    /// Waits for a turn for a request that takes much memory.
    pub(super) async fn begin(&self, app: &App, parts: &Parts) -> Result<(), Error> {
        self.0.begin(app, TurnHolder::network(app, parts)).await
    }

    /// Stores a response.
    pub(super) async fn store(self, app: &App, response: Response) -> Response {
        let miss = self.0.take();
        let Some(question) = miss.filter(|_| may_be_kept(app, &response)) else {
            return response;
        };
        let (parts, body) = response.into_parts();
        // It is in memory already.
        let body = match to_bytes(body, usize::MAX).await {
            Ok(body) => body,
            Err(error) => return Error::internal(error).into_response(),
        };
        let headers = parts.headers.iter();
        let answer = CachedResponse {
            headers: headers
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            // It was written into more room than it took.
            body: Bytes::copy_from_slice(&body),
        };
        app.response_cache().insert(question, answer);
        Response::from_parts(parts, Body::from(body))
    }
}

/// Returns whether a response is from the cache.
pub(super) fn is_served_from_cache(response: &Response) -> bool {
    response.extensions().get::<ServedFromCache>().is_some()
}

fn cached_response(answer: &CachedResponse) -> Response {
    let mut response = Response::new(Body::from(answer.body.clone()));
    let headers = answer.headers.iter().cloned();
    headers.for_each(|(name, value)| {
        response.headers_mut().append(name, value);
    });
    response.extensions_mut().insert(ServedFromCache);
    response
}

/// Whether it is a document, that has a tag, rather than something that comes bit by bit; and not
/// too large.
fn may_be_kept(app: &App, response: &Response) -> bool {
    let is_document =
        response.status() == StatusCode::OK && response.headers().contains_key(header::ETAG);
    let length = response.body().size_hint().upper();
    let length = length.and_then(|length| usize::try_from(length).ok());
    is_document && length.is_some_and(|length| app.response_cache().fits(length))
}

/// Returns the part of the cache key that identifies the caller.
fn caller_key(caller: &Caller) -> &str {
    match caller {
        Caller::Anonymous => "anyone",
        Caller::Client(_) => "client",
        Caller::User { account, .. } | Caller::HostUser(account) => &account.person,
        Caller::Server => "server",
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::task::unconstrained;

    use super::*;
    use crate::app::AppParts;

    #[tokio::test]
    async fn reads_of_few_networks_leave_turns_to_others() {
        let app = App::new(AppParts::of_a_test("http://pump.test"));
        let mut under_way = Vec::new();
        let mut begin = |holder| {
            let handle = CacheHandle::for_request(&mut Request::default());
            let turn = unconstrained(handle.0.begin(&app, holder)).now_or_never();
            under_way.push(handle);
            turn.is_some()
        };
        let mut begun_of = |network: &'static str| {
            let turns = (0..120).map(|_| begin(TurnHolder::Network(network.into())));
            turns.filter(|is_there| *is_there).count()
        };
        assert_eq!(begun_of("192.0.2.1/32"), 6);
        assert_eq!(["b", "c", "d"].map(&mut begun_of), [6, 6, 0]);
        assert!(begin(TurnHolder::Person("acct:alice@pump.test")));
    }
}
