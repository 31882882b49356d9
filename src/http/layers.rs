//! The one stack of middleware.

mod canonical;
mod drain;
mod errors;
mod forms;
mod head;
mod headers;
mod method;
mod trace;
mod uri;

use std::{any::Any, panic::AssertUnwindSafe};

use axum::{
    Router,
    extract::{Request, State},
    http::{Response, header},
    middleware::{Next, from_fn_with_state},
    response::IntoResponse,
};
use futures_util::FutureExt;
use tower::ServiceBuilder;
use tower_http::compression::{
    CompressionLayer, CompressionLevel, Predicate,
    predicate::{NotForContentType, SizeAbove},
};

use super::conditional;
use crate::{App, service::Error};
pub(super) use forms::FormBody;
pub(super) use head::SentAsHead;
use headers::Always;

/// Puts the layers around the routes. They are outside of routing, because the path is changed before
/// it is looked up; the URI as it was sent stays in axum's
/// [`OriginalUri`](axum::extract::OriginalUri).
///
/// Each is a function of a request and of what is next. Those that follow one another are put together
/// by the compiler: as services of their own they would cost every request some allocations each.
pub(super) fn around(app: App, routes: Router) -> Router {
    let compressing = CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(worthwhile());
    let layers = ServiceBuilder::new()
        .layer(from_fn_with_state((app.clone(), Always::of(&app)), outside))
        .layer(compressing)
        .layer(from_fn_with_state(app, inside));
    Router::new().fallback_service(routes).layer(layers)
}

/// What sees an answer as it is sent.
async fn outside(
    State((app, always)): State<(App, Always)>,
    request: Request,
    next: Next,
) -> axum::response::Response {
    trace::trace(&app, request, |request| {
        headers::add(&always, request, |request| {
            head::without_body(request, |request| {
                conditional::not_modified(request, |request| next.run(request))
            })
        })
    })
    .await
}

/// What sees an answer as it was made.
async fn inside(State(app): State<App>, request: Request, next: Next) -> axum::response::Response {
    errors::tell(request, |request| {
        unbroken(drain::drain(request, |request| {
            canonical::redirect(&app, request, |request| {
                method::choose(request, |request| {
                    uri::check(request, |request| {
                        forms::read(&app, request, |request| next.run(request))
                    })
                })
            })
        }))
    })
    .await
}

/// Answers for a handler that panics.
async fn unbroken(
    answer: impl Future<Output = axum::response::Response>,
) -> axum::response::Response {
    AssertUnwindSafe(answer)
        .catch_unwind()
        .await
        .unwrap_or_else(panicked)
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
    fn should_compress<B>(&self, response: &Response<B>) -> bool {
        response
            .headers()
            .get(header::CACHE_CONTROL)
            .is_none_or(|value| value != "no-store")
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is handed over so")]
fn panicked(panic: Box<dyn Any + Send + 'static>) -> axum::response::Response {
    let said = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    Error::internal(format!("a handler panicked: {said}")).into_response()
}
