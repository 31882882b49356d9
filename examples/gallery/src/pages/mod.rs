//! The gallery's pages.

mod acting;
mod failure;
mod looking;

use askama::Template;
use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequestParts, Request, State},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
    middleware::{Next, from_fn_with_state},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use hydraulics::{
    FramedPage, PageLayout,
    model::{Nickname, Urls},
};

use crate::{Gallery, people};
use failure::Failure;
pub(crate) use looking::sent_on;

/// The most bytes of a form with a picture in it.
const MAX_UPLOAD_BYTES: usize = 32 * 1024 * 1024;

/// All pages. All other paths are answered by Hydraulics.
pub(crate) fn routes(gallery: Gallery) -> Router {
    let upload = get(looking::upload).post(acting::upload);
    Router::new()
        .route("/", get(looking::home))
        .route("/style.css", get(looking::style))
        .route("/people/{nickname}", get(looking::person))
        .route("/albums/{id}", get(looking::album))
        .route("/photos/{id}", get(looking::photo))
        .route("/photos/{id}/comments", post(acting::comment))
        .route("/photos/{id}/star", post(acting::star))
        .route("/photos/{id}/album", post(acting::paste))
        .route(
            "/upload",
            upload.layer(DefaultBodyLimit::max(MAX_UPLOAD_BYTES)),
        )
        .route("/sign-in", get(looking::sign_in).post(acting::sign_in))
        .route("/sign-up", post(acting::sign_up))
        .route("/sign-out", post(acting::sign_out))
        .layer(from_fn_with_state(gallery.clone(), from_here))
        .with_state(gallery)
}

/// Refuses what a page of another site made a browser post. The cookie does not do it where there
/// is none yet: someone could be signed in as somebody else, and not notice.
async fn from_here(
    State(gallery): State<Gallery>,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    if request.method() == Method::POST && is_foreign(request.headers(), gallery.app.urls()) {
        let message = "This was not sent from a page of the gallery.";
        return Err(Failure(StatusCode::FORBIDDEN, message.into()));
    }
    Ok(next.run(request).await)
}

/// Whether a browser says that this comes from elsewhere. A client without these headers is not a
/// browser.
fn is_foreign(headers: &HeaderMap, urls: &Urls) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site != "same-origin" && site != "none";
    }
    headers.get(header::ORIGIN).is_some_and(|origin| {
        let host = headers.get(header::HOST).map(|host| host.as_bytes());
        let from = origin.to_str().ok().and_then(|it| it.split_once("://"));
        origin != urls.origin() && from.map(|(_, host)| host.as_bytes()) != host
    })
}

/// The visitor of a page, if signed in.
pub(crate) struct Visitor(Option<String>);

impl FromRequestParts<Gallery> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, gallery: &Gallery) -> Result<Self, Failure> {
        let who = people::signed_in(&gallery.db, &parts.headers).await?;
        Ok(Self(who.map(|who| who.to_string())))
    }
}

/// A signed-in member; others are redirected to sign in.
pub(crate) struct Member(Nickname);

impl FromRequestParts<Gallery> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, gallery: &Gallery) -> Result<Self, Response> {
        match people::signed_in(&gallery.db, &parts.headers).await {
            Ok(Some(who)) => Ok(Self(who)),
            Ok(None) => Err(Redirect::to("/sign-in").into_response()),
            Err(error) => Err(Failure::from(error).into_response()),
        }
    }
}

/// Hydraulics' pages, where people sign in and let clients in, look like the gallery's.
pub(crate) struct Ours;

#[derive(Template)]
#[template(path = "pump.html")]
struct Framed<'a> {
    title: &'a str,
    head: &'a str,
    main: &'a str,
}

impl PageLayout for Ours {
    fn render(&self, page: &FramedPage<'_>) -> String {
        let FramedPage {
            title, head, main, ..
        } = *page;
        let framed = Framed { title, head, main };
        framed.render().unwrap_or_default()
    }
}

/// A page, which no other site may frame and which runs nothing.
fn shown(page: &impl Template) -> Response {
    let policy = "default-src 'none'; style-src 'self'; img-src *; form-action 'self'; \
        base-uri 'none'; frame-ancestors 'none'";
    match page.render() {
        Ok(html) => ([(header::CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
