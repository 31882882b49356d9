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

use std::any::Any;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{Response, header},
    middleware::{from_fn, from_fn_with_state},
    response::IntoResponse,
};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, DefaultPredicate, Predicate, predicate::NotForContentType},
};

use super::conditional;
use crate::{App, service::Error};
pub(super) use forms::FormBody;
pub(super) use head::SentAsHead;

/// Puts the layers around the routes. They are outside of routing, because the path is changed before
/// it is looked up; the URI as it was sent stays in axum's
/// [`OriginalUri`](axum::extract::OriginalUri).
pub(super) fn around(app: App, routes: Router) -> Router {
    let layers = ServiceBuilder::new()
        .layer(from_fn_with_state(app.clone(), trace::trace))
        .layer(from_fn_with_state(app.clone(), headers::add))
        .layer(from_fn(head::without_body))
        .layer(from_fn(conditional::not_modified))
        .layer(CompressionLayer::new().compress_when(worthwhile()))
        .layer(from_fn(errors::tell))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(drain::drain))
        .layer(from_fn_with_state(app.clone(), canonical::redirect))
        .layer(from_fn(method::choose))
        .layer(from_fn(uri::check))
        .layer(DefaultBodyLimit::max(app.settings().max_body))
        .layer(from_fn_with_state(app, forms::read));
    Router::new().fallback_service(routes).layer(layers)
}

/// Sound and film, like pictures, are compressed already, and are asked for in parts.
fn worthwhile() -> impl Predicate {
    DefaultPredicate::new()
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

#[allow(clippy::needless_pass_by_value, reason = "the layer hands it over so")]
fn panicked(panic: Box<dyn Any + Send + 'static>) -> axum::response::Response {
    let said = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    Error::internal(format!("a handler panicked: {said}")).into_response()
}
