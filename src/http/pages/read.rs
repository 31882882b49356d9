//! Routes of pages, which are cached as the reads of the API are.

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    handler::Handler,
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};

use mime::Mime;
use tower::ServiceExt;

use super::{frame, visitor, visitor::Visitor};
use crate::{
    App, Context,
    app::{Lookup, texts::Language},
    context::Caller,
    http::{accept::Accept, conditional::with_etag, extract::turns, session},
    model::Urls,
    protocol::as2,
    service::{Error, Result, notices},
};

/// Routes `GET` to the handler of a page.
pub(super) fn page<T: 'static>(handler: impl Handler<T, Visitor>) -> MethodRouter<App> {
    get(move |State(app): State<App>, request: Request| async move {
        let is_open = app.settings().api.anonymous_read;
        respond(app, request, handler, is_open).await
    })
}

/// Routes `GET` to the handler of a page that strangers may read whatever the settings say.
pub(super) fn open_page<T: 'static>(handler: impl Handler<T, Visitor>) -> MethodRouter<App> {
    get(move |State(app): State<App>, request: Request| respond(app, request, handler, true))
}

/// Routes `GET` to the handler of a page, for those who want one; for others to the JSON of the API
/// (pump-api 13.1).
pub(super) fn page_or_data<T: 'static>(
    handler: impl Handler<T, Visitor>,
    data: MethodRouter<App>,
) -> MethodRouter<App> {
    get(move |State(app): State<App>, request: Request| async move {
        if wants_page(&Accept::of(request.headers())) {
            let is_open = app.settings().api.anonymous_read;
            return respond(app, request, handler, is_open).await;
        }
        let Ok(response) = data.with_state(app).oneshot(request).await;
        response
    })
}

/// Whether a page is wanted most. It is in doubt, for browsers are not alone in asking for anything
/// at all: so do the programs that show what a link leads to.
fn wants_page(accept: &Accept) -> bool {
    let data = [
        as2::LD_JSON,
        as2::ACTIVITY_JSON,
        "application/stream+json",
        "application/json",
    ];
    let offers = [mime::TEXT_HTML].into_iter().map(|html| (html, true));
    let data = data
        .iter()
        .filter_map(|name| Some((name.parse().ok()?, false)));
    let offers: Vec<(Mime, bool)> = offers.chain(data).collect();
    let best = accept.best(offers.iter().map(|(name, is_page)| (name, *is_page)));
    best.unwrap_or(true)
}

/// Answers with a page. A failure is a page, too; a reader who would have to be known is led to the
/// sign-in, and back.
async fn respond<T>(
    app: App,
    request: Request,
    handler: impl Handler<T, Visitor>,
    is_open: bool,
) -> Response {
    let (parts, body) = request.into_parts();
    let visitor = match Visitor::of(&parts.headers, parts.uri.clone(), &app).await {
        Ok(visitor) => visitor,
        Err(error) => return error.into_response(),
    };
    let is_known = !matches!(visitor.ctx.caller(), Caller::Anonymous)
        || session::remote_text(&parts.headers).is_some();
    let response = if is_open || visitor.ctx.account().is_some() {
        respond_to(&visitor, parts, body, handler).await
    } else {
        to_sign_in(&visitor, &visitor.place())
    };
    frame::depending_on_reader(is_known, response)
}

async fn respond_to<T>(
    visitor: &Visitor,
    parts: Parts,
    body: Body,
    handler: impl Handler<T, Visitor>,
) -> Response {
    let shown = show(visitor, (parts, body), handler).await;
    answer(visitor, &visitor.place(), shown)
}

/// Tells a reader of a failure. One who would have to be known is led to the sign-in, and back to a
/// place.
pub(super) fn answer(visitor: &Visitor, place: &str, shown: Result<Response>) -> Response {
    let response = shown.unwrap_or_else(Error::into_response);
    match response.status() {
        StatusCode::UNAUTHORIZED => to_sign_in(visitor, place),
        _ => frame::explain(visitor, response),
    }
}

async fn show<T>(
    visitor: &Visitor,
    (parts, body): (Parts, Body),
    handler: impl Handler<T, Visitor>,
) -> Result<Response> {
    let (app, caller) = (visitor.ctx.app(), visitor.ctx.caller());
    visitor::ensure_confirmed(app, caller)?;
    // A page for a person of another server says who they are.
    let lookup = if visitor.principal.is_some() {
        Lookup::Uncacheable
    } else {
        let key = || key(caller, &visitor.language, &parts);
        app.response_cache().lookup(key).await?
    };
    let miss = match lookup {
        Lookup::Hit(cached) => {
            let mut response = Response::new(Body::from(cached.body));
            *response.headers_mut() = cached.headers;
            return Ok(response);
        }
        Lookup::Miss(miss) => Some(miss),
        Lookup::Uncacheable => None,
    };
    let ctx = match &miss {
        Some(miss) => Context::new(app.clone(), caller.clone(), miss.storage()),
        None => visitor.ctx.clone(),
    };
    let _turn = turns::of_caller(&ctx, &parts).await?;
    let unseen = notices::count_unseen(&ctx).await?;
    let request = Request::from_parts(parts, body);
    let response = handler
        .call(
            request,
            Visitor {
                ctx,
                unseen,
                ..visitor.clone()
            },
        )
        .await;
    if response.status() != StatusCode::OK {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    // It is in memory already.
    let body = to_bytes(body, usize::MAX).await.map_err(Error::internal)?;
    let bare = Response::from_parts(parts, Body::empty());
    let (parts, _) = with_etag(bare, &body).into_parts();
    if let Some(miss) = miss {
        app.response_cache().insert(miss, &parts.headers, &body);
    }
    Ok(Response::from_parts(parts, app.unread().count(body).into()))
}

/// Returns the key of a page: its reader, their language, and what they ask for. A session is not
/// in it, for no page shows which one it is.
fn key(caller: &Caller, language: &Language, parts: &Parts) -> String {
    let reader = match caller {
        Caller::User { account, .. } | Caller::HostUser(account) => account.person.as_str(),
        _ => "",
    };
    let uri = parts.uri.path_and_query().map_or("", |uri| uri.as_str());
    let accept = parts.headers.get(header::ACCEPT);
    let accept = accept.map(|accept| String::from_utf8_lossy(accept.as_bytes()));
    let accept = accept.as_deref().unwrap_or_default();
    format!("page\0{reader}\0{}\0{uri}\0{accept}", language.tag())
}

/// Leads to the sign-in, and back.
fn to_sign_in(visitor: &Visitor, place: &str) -> Response {
    let path = format!("/main/login?continue={}", Urls::encode(place));
    let location = visitor.ctx.urls().absolute(&path);
    (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
}
