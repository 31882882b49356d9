//! The one stack of middleware.

mod canonical;
mod drain;
mod errors;
mod forms;
mod forwarded;
mod head;
mod headers;
mod host;
mod method;
mod trace;
mod uri;

use std::{any::Any, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{self, HeaderValue, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use tower::ServiceBuilder;
use tower_http::compression::{
    CompressionLayer, CompressionLevel, Predicate,
    predicate::{NotForContentType, SizeAbove},
};
use tracing::Instrument;

use super::{conditional, log_throttle::LogThrottle, well_known};
use crate::{App, service::Error};
pub(super) use forms::FormBody;
use forwarded::ProxyWarning;
pub(super) use head::SentAsHead;
use headers::DefaultHeaders;
pub(super) use headers::never_store;
use trace::AccessLogEntry;

/// The least time between two log lines about requests that were refused by a busy server.
const BUSY_LOG_INTERVAL: Duration = Duration::from_secs(10);

/// Puts the layers around the routes. They are outside of routing, because the path is changed
/// before it is looked up; the URI as it was sent stays in axum's
/// [`OriginalUri`](axum::extract::OriginalUri).
///
/// Their before and after parts are called in turn; as separate services each would cost
/// allocations per request.
pub(super) fn around(app: App, routes: Router) -> Router {
    let compressing = CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(compression_policy());
    let layers = ServiceBuilder::new()
        .layer(from_fn_with_state(
            Outside {
                app: app.clone(),
                always: DefaultHeaders::of(&app),
                busy: Arc::new(LogThrottle::new(BUSY_LOG_INTERVAL)),
            },
            outside,
        ))
        .layer(compressing)
        .layer(from_fn_with_state((app, ProxyWarning::default()), inside));
    Router::new().fallback_service(routes).layer(layers)
}

/// State of [`outside`].
#[derive(Clone)]
struct Outside {
    app: App,
    always: DefaultHeaders,
    busy: Arc<LogThrottle>,
}

/// Layers that see responses as they are sent.
async fn outside(State(state): State<Outside>, mut request: Request, next: Next) -> Response {
    let line = AccessLogEntry::begin(&state.app, &request);
    let is_head = head::convert_head_to_get(&mut request);
    let known = conditional::KnownTags::of(&request);
    let mut response = next.run(request).instrument(line.span()).await;
    known.apply_not_modified(&mut response);
    if is_head {
        *response.body_mut() = Body::empty();
    }
    state.always.add_to(response.headers_mut());
    line.end(&state.app, &mut response, &state.busy);
    response
}

/// Layers that see responses as they were made.
async fn inside(
    State((app, warning)): State<(App, ProxyWarning)>,
    request: Request,
    next: Next,
) -> Response {
    let asked = errors::Asked::by(&request);
    let is_open = well_known::is_open_to_scripts(request.uri().path());
    let response = AssertUnwindSafe(answer(&app, &warning, request, next))
        .catch_unwind()
        .await
        .unwrap_or_else(panic_response);
    let mut response = asked.tell(&app, response).await;
    if is_open {
        let anyone = HeaderValue::from_static("*");
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, anyone);
    }
    response
}

/// An answer for which all was read that the client sent.
async fn answer(app: &App, warning: &ProxyWarning, request: Request, next: Next) -> Response {
    let (request, unread) = drain::wrap_body(request);
    let (parts, body) = request.into_parts();
    warning.look_at(&parts, app);
    let response = if let Err(error) = host::check(&parts, app) {
        error.into_response()
    } else if let Some(redirection) = canonical::redirect_to_canonical_host(app, &parts) {
        redirection
    } else {
        routed(app, Request::from_parts(parts, body), next).await
    };
    if let Some(unread) = unread {
        unread.drain().await;
    }
    response
}

async fn routed(app: &App, request: Request, next: Next) -> Response {
    let asked = method::RequestedMethod::from_request(&request);
    let response = match normalize(app, request).await {
        Ok(request) => next.run(request).await,
        Err(error) => error.into_response(),
    };
    asked.complete_response(response)
}

/// The request as routes and signatures want it.
async fn normalize(app: &App, mut request: Request) -> Result<Request, Error> {
    method::apply_override(&mut request)?;
    uri::check(&mut request)?;
    forms::read(app, request).await
}

/// Less than fits a packet is not worth the work.
const MIN_COMPRESSED_BYTES: u64 = 1024;

/// Pictures, sound and film are compressed already, and are asked for in parts. Streamed responses
/// must not wait for compression.
fn compression_policy() -> impl Predicate {
    SizeAbove::new(MIN_COMPRESSED_BYTES)
        .and(NotForContentType::IMAGES)
        .and(NotForContentType::SSE)
        .and(NotForContentType::const_new("audio/"))
        .and(NotForContentType::const_new("video/"))
        .and(SkipSecrets)
}

/// Compresses nothing that must not be stored: that is where secrets stand beside what the asker
/// chose, and the length of what is compressed tells of both.
#[derive(Clone, Copy)]
struct SkipSecrets;

impl Predicate for SkipSecrets {
    fn should_compress<B>(&self, response: &http::Response<B>) -> bool {
        response
            .headers()
            .get(header::CACHE_CONTROL)
            .is_none_or(|value| value != "no-store")
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is handed over so")]
fn panic_response(panic: Box<dyn Any + Send + 'static>) -> Response {
    let said = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    Error::internal(format!("a handler panicked: {said}")).into_response()
}
