//! Routes of reads, whose responses are cached.
//!
//! A read is authenticated, then looked up in the cache. On a miss it waits for its turn, and its
//! handler makes the response, which is put into the form that was asked for, tagged, and cached.

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    handler::Handler,
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use mime::TEXT_EVENT_STREAM;

use super::representation::RepresentationRequest;
use crate::{
    App, Context,
    app::{CachedResponse, Lookup},
    context::Caller,
    http::{
        accept::Accept,
        conditional::{is_anonymous, is_document, keep_private, tag_document},
        extract::{AnyRead, ReadAccess, UserRead, turns},
    },
    service::{Error, Result},
};

/// Routes `GET` to a handler that needs a client, or nobody if the settings allow it.
pub(in crate::http) fn any_read<T: 'static>(
    handler: impl Handler<T, AnyRead>,
) -> MethodRouter<App> {
    read(handler)
}

/// Routes `GET` to a handler that needs a client for a user.
pub(super) fn user_read<T: 'static>(handler: impl Handler<T, UserRead>) -> MethodRouter<App> {
    read(handler)
}

fn read<A: ReadAccess, T: 'static>(handler: impl Handler<T, A>) -> MethodRouter<App> {
    get(move |State(app): State<App>, request: Request| respond(app, request, handler))
}

/// Authenticates a read, and responds to it.
async fn respond<A: ReadAccess, T>(
    app: App,
    request: Request,
    handler: impl Handler<T, A>,
) -> Response {
    let (parts, body) = request.into_parts();
    let is_anonymous = is_anonymous(&parts.headers, &parts.uri);
    let mut response = match A::authenticate(&parts, &app).await {
        Ok(caller) => respond_to(app, caller, parts, body, handler)
            .await
            .unwrap_or_else(refused),
        Err(rejection) => refused(rejection),
    };
    if !is_anonymous {
        keep_private(response.headers_mut());
    }
    response
}

/// Responds from the cache, or else by the handler, whose response is cached.
async fn respond_to<A: ReadAccess, T>(
    app: App,
    caller: Caller,
    parts: Parts,
    body: Body,
    handler: impl Handler<T, A>,
) -> Result<Response> {
    let miss = match look_up(&app, &caller, &parts).await? {
        Lookup::Hit(response) => return Ok(cached(response)),
        Lookup::Miss(miss) => Some(miss),
        Lookup::Uncacheable => None,
    };
    let accept = Accept::of(&parts.headers);
    // A live feed is no document, and goes on after its reads.
    let miss = miss.filter(|_| !accept.names(&TEXT_EVENT_STREAM));
    let representation = RepresentationRequest::new(&accept, &parts.uri, &caller);
    let ctx = match &miss {
        Some(miss) => Context::new(app.clone(), caller, miss.storage()),
        None => app.context(caller),
    };
    let _turn = turns::of_caller(&ctx, &parts).await?;
    let request = Request::from_parts(parts, body);
    let response = handler.call(request, A::granted(ctx)).await;

    let (mut parts, body) = varying(response).into_parts();
    if !is_document(&parts) {
        let tombstone = representation.tombstone(&app, &mut parts);
        let body = tombstone.map_or(body, Body::from);
        return Ok(Response::from_parts(parts, body));
    }
    // It is in memory already.
    let body = to_bytes(body, usize::MAX).await.map_err(Error::internal)?;
    let body = representation.convert(&app, &mut parts, body).await;
    tag_document(&mut parts.headers, &body);
    if let Some(miss) = miss {
        app.response_cache().insert(miss, &parts.headers, &body);
    }
    Ok(Response::from_parts(parts, app.unread().count(body).into()))
}

/// Looks up the response to a read. A read that is signed in its URI comes once.
async fn look_up(app: &App, caller: &Caller, parts: &Parts) -> Result<Lookup> {
    let query = parts.uri.query().unwrap_or_default();
    if query.contains("oauth_") {
        return Ok(Lookup::Uncacheable);
    }
    let lookup = app.response_cache().lookup(|| key(caller, parts)).await?;
    app.metrics().record_lookup(match lookup {
        Lookup::Hit(_) => "hit",
        Lookup::Miss(_) => "miss",
        Lookup::Uncacheable => "uncacheable",
    });
    Ok(lookup)
}

/// Returns the key of a response: the caller, the URI, and the headers that decide about the form.
/// None of them has a NUL.
fn key(caller: &Caller, parts: &Parts) -> String {
    let caller = match caller {
        Caller::Anonymous => "anyone",
        Caller::Client(client) => client.person().unwrap_or("client"),
        Caller::User { account, .. } | Caller::HostUser(account) => &account.person,
        Caller::Receiver(id) => id,
        Caller::Server => "server",
    };
    // Caches on the way are told something else where there is this header, whatever it says.
    let authorized = if parts.headers.contains_key(header::AUTHORIZATION) {
        "\0authorized\0"
    } else {
        "\0\0"
    };
    let uri = parts.uri.path_and_query().map_or("", |uri| uri.as_str());
    let accept = || parts.headers.get_all(header::ACCEPT).iter();
    let accept_bytes: usize = accept().map(|accept| accept.len() + 1).sum();
    let bytes = caller.len() + authorized.len() + uri.len() + accept_bytes;
    let mut key = String::with_capacity(bytes);
    for part in [caller, authorized, uri] {
        key.push_str(part);
    }
    for accept in accept() {
        key.push('\0');
        key.push_str(&String::from_utf8_lossy(accept.as_bytes()));
    }
    key
}

fn cached(CachedResponse { headers, body }: CachedResponse) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.headers_mut() = headers;
    response
}

fn refused(refusal: impl IntoResponse) -> Response {
    varying(refusal.into_response())
}

/// Says that the response depends on the `Accept` header.
fn varying(mut response: Response) -> Response {
    let accept = HeaderValue::from_static("Accept");
    response.headers_mut().append(header::VARY, accept);
    response
}

#[cfg(test)]
mod tests {
    use axum::http::{StatusCode, Uri};
    use futures_util::FutureExt;
    use tokio::task::unconstrained;
    use tower::ServiceExt;

    use super::*;
    use crate::{
        app::{AppParts, Pass},
        http::api::JsonAnswer,
    };

    async fn handle(AnyRead(ctx): AnyRead, uri: Uri) -> Result<JsonAnswer> {
        ctx.storage().find_objects(&["a"]).await?;
        Ok(JsonAnswer::of(uri.path()))
    }

    /// Returns the status of a read, unless it waits.
    fn read(app: &App, path: &'static str) -> Option<StatusCode> {
        let route: MethodRouter = any_read(handle).with_state(app.clone());
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = route.oneshot(request);
        let response = unconstrained(response).now_or_never()?;
        Some(response.unwrap().status())
    }

    #[tokio::test]
    async fn read_waits_for_a_turn_unless_its_response_is_cached() {
        let app = App::new(AppParts::of_a_test("http://pump.test"));
        assert_eq!(read(&app, "/first"), Some(StatusCode::OK));
        let (parts, ()) = axum::http::Request::new(()).into_parts();
        let turn = |_| turns::of_network(&app, &parts).now_or_never()?.ok();
        let mut turns: Vec<Pass> = (0..100).map_while(turn).collect();
        assert_eq!(read(&app, "/first"), Some(StatusCode::OK));
        assert_eq!(read(&app, "/second"), None);
        turns.pop();
        assert_eq!(read(&app, "/second"), Some(StatusCode::OK));
        assert_eq!(read(&app, "/third"), Some(StatusCode::OK), "turns end");
    }
}
