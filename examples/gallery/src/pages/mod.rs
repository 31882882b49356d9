//! The gallery's pages.

mod acting;
mod looking;

use askama::Template;
use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequestParts},
    http::{StatusCode, header, request::Parts},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use hydraulics::{app::Frame, model::Nickname, service};

use crate::{Gallery, people};

/// The most bytes of a form with a picture in it.
const LARGEST: usize = 32 * 1024 * 1024;

/// All pages. What is none of them is for Hydraulics to answer.
pub(crate) fn routes() -> Router<Gallery> {
    Router::new()
        .route("/", get(looking::home))
        .route("/style.css", get(looking::style))
        .route("/people/{nickname}", get(looking::person))
        .route("/albums/{id}", get(looking::album))
        .route("/photos/{id}", get(looking::photo))
        .route("/photos/{id}/comments", post(acting::comment))
        .route("/photos/{id}/star", post(acting::star))
        .route("/photos/{id}/album", post(acting::paste))
        .route("/upload", get(looking::upload).post(acting::upload))
        .route("/sign-in", get(looking::sign_in).post(acting::sign_in))
        .route("/sign-up", post(acting::sign_up))
        .route("/sign-out", post(acting::sign_out))
        .layer(DefaultBodyLimit::max(LARGEST))
}

/// Who is looking at a page, if they are signed in.
pub(crate) struct Visitor(Option<String>);

impl FromRequestParts<Gallery> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, gallery: &Gallery) -> Result<Self, Failure> {
        let who = people::signed_in(&gallery.db, &parts.headers).await?;
        Ok(Self(who.map(|who| who.to_string())))
    }
}

/// Who does something, and so is signed in; who is not is asked to.
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

/// What goes wrong, for people.
pub(crate) struct Failure(StatusCode, String);

#[derive(Template)]
#[template(path = "failure.html")]
struct Failed<'a> {
    visitor: Option<String>,
    message: &'a str,
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let page = Failed {
            visitor: None,
            message: &self.1,
        };
        (self.0, shown(&page)).into_response()
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        if let sqlx::Error::RowNotFound = error {
            return Self(StatusCode::NOT_FOUND, "There is nothing here.".into());
        }
        eprintln!("{error}");
        Self(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong.".into(),
        )
    }
}

impl From<service::Error> for Failure {
    fn from(error: service::Error) -> Self {
        Self(StatusCode::BAD_REQUEST, error.message().into())
    }
}

/// Hydraulics' pages, where people sign in and let clients in, look like the gallery's.
pub(crate) struct Ours;

#[derive(Template)]
#[template(path = "pump.html")]
struct Framed<'a> {
    title: &'a str,
    main: &'a str,
}

impl Frame for Ours {
    fn around(&self, title: &str, main: &str) -> String {
        Framed { title, main }.render().unwrap_or_default()
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
