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

use std::{any::Any, panic::AssertUnwindSafe};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{self, header},
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

use super::conditional;
use crate::{App, service::Error};
pub(super) use forms::FormBody;
use forwarded::ProxyWarning;
pub(super) use head::SentAsHead;
use headers::Always;
pub(super) use headers::never_store;
use trace::Line;

/// Puts the layers around the routes. They are outside of routing, because the path is changed before
/// it is looked up; the URI as it was sent stays in axum's
/// [`OriginalUri`](axum::extract::OriginalUri).
///
/// What each does before and after is called in turn: as services of their own they would cost every
/// request some allocations each.
pub(super) fn around(app: App, routes: Router) -> Router {
    let compressing = CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(worthwhile());
    let layers = ServiceBuilder::new()
        .layer(from_fn_with_state((app.clone(), Always::of(&app)), outside))
        .layer(compressing)
        .layer(from_fn_with_state((app, ProxyWarning::default()), inside));
    Router::new().fallback_service(routes).layer(layers)
}

/// What sees answers as they are sent.
async fn outside(
    State((app, always)): State<(App, Always)>,
    mut request: Request,
    next: Next,
) -> Response {
    let line = Line::begin(&app, &request);
    let is_head = head::take_for_get(&mut request);
    let known = conditional::Known::of(&request);
    let mut response = next.run(request).instrument(line.span()).await;
    known.spare(&mut response);
    if is_head {
        *response.body_mut() = Body::empty();
    }
    always.add_to(response.headers_mut());
    line.end(&mut response);
    response
}

/// What sees answers as they were made.
async fn inside(
    State((app, warning)): State<(App, ProxyWarning)>,
    request: Request,
    next: Next,
) -> Response {
    let form = errors::Form::of(&request);
    let response = AssertUnwindSafe(answer(&app, &warning, request, next))
        .catch_unwind()
        .await
        .unwrap_or_else(panicked);
    form.tell(&app, response)
}

/// An answer for which all was read that the client sent.
async fn answer(app: &App, warning: &ProxyWarning, request: Request, next: Next) -> Response {
    let (request, unread) = drain::hold(request);
    let (parts, body) = request.into_parts();
    warning.look_at(&parts, app);
    let response = if let Err(error) = host::check(&parts) {
        error.into_response()
    } else if let Some(redirection) = canonical::elsewhere(app, &parts) {
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
    let asked = method::Asked::by(&request);
    let response = match routable(app, request).await {
        Ok(request) => next.run(request).await,
        Err(error) => error.into_response(),
    };
    asked.complete(response)
}

/// The request as routes and signatures want it.
async fn routable(app: &App, mut request: Request) -> Result<Request, Error> {
    method::choose(&mut request)?;
    uri::check(&mut request)?;
    forms::read(app, request).await
}

/// Less than fits a packet is not worth the work.
const SMALL: u64 = 1024;

/// Pictures, sound and film are compressed already, and are asked for in parts. What is sent bit by bit must
/// not wait to be compressed.
fn worthwhile() -> impl Predicate {
    SizeAbove::new(SMALL)
        .and(NotForContentType::IMAGES)
        .and(NotForContentType::SSE)
        .and(NotForContentType::const_new("audio/"))
        .and(NotForContentType::const_new("video/"))
        .and(NoSecrets)
}

/// Compresses nothing that must not be stored: that is where secrets stand beside what the asker chose,
/// and the length of what is compressed tells of both.
#[derive(Clone, Copy)]
struct NoSecrets;

impl Predicate for NoSecrets {
    fn should_compress<B>(&self, response: &http::Response<B>) -> bool {
        response
            .headers()
            .get(header::CACHE_CONTROL)
            .is_none_or(|value| value != "no-store")
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is handed over so")]
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let said = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    Error::internal(format!("a handler panicked: {said}")).into_response()
}
