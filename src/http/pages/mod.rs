//! Pages for people with a browser. They work without scripts.
//!
//! A page is a read: [`read`] finds its [`Visitor`], and answers from the response cache or by a
//! handler. A form is a post: [`Submission`](submission::Submission) checks from where it comes.
//! Both call the services that the API calls, and show the JSON that these return, see [`view`].

mod accounts;
mod act;
mod admin;
mod compose;
mod composer;
mod directory;
mod documents;
mod edit;
mod file_form;
mod front;
mod groups;
mod help;
mod limits;
mod lists;
mod live;
mod objects;
mod oembed;
mod people;
mod qr_code;
mod read;
mod relations;
mod search;
mod settings;
mod sign_in;
mod submission;
mod view;
mod vote;

use axum::{
    Extension, Router,
    middleware::map_response,
    routing::{get, post},
};

use super::{
    api,
    layers::never_store,
    page::{self as frame, visitor},
    sign_in_limits::SignInLimiter,
};
use crate::App;
use read::{open_page, page, page_or_data};

/// The routes of the pages.
pub(super) fn routes(app: &App, sign_ins: SignInLimiter) -> Router<App> {
    let front = Router::new().route("/", open_page(front::front));
    if app.settings().has_pages {
        front
            .merge(reads(app))
            .merge(relations::routes(app))
            .merge(forms(app, sign_ins))
    } else {
        front.merge(sign_out())
    }
}

/// The routes of the pages that are read.
fn reads(app: &App) -> Router<App> {
    Router::new()
        .route("/main/search", page(search::search))
        .layer(Extension(limits::SearchLimiter::new(app)))
        .route("/tag/{name}", page(search::tag))
        .route("/main/meanwhile", page(front::meanwhile))
        .route("/main/messages", page(front::messages))
        .route("/main/post", page(compose::form))
        .route("/main/edit", page(edit::form))
        .route("/main/delete", page(edit::ask_delete))
        .route("/main/object", page(objects::by_id))
        .route("/main/people", page(directory::directory))
        .route("/main/help", open_page(help::index))
        .route("/main/help/{application}", open_page(help::application))
        .route("/main/help.svg", get(help::code))
        .route("/main/about", open_page(documents::about))
        .route("/main/rules", open_page(documents::rules))
        .route("/main/terms", open_page(documents::terms))
        .route("/main/privacy", open_page(documents::privacy))
        .route("/api/oembed", api::any_read(oembed::oembed))
        .route(
            "/{nickname}",
            page_or_data(people::profile, api::profile_data()),
        )
        .route("/{nickname}/followers", page(people::followers))
        .route("/{nickname}/following", page(people::following))
        .route("/{nickname}/favorites", page(people::favorites))
        .route("/{nickname}/lists", page(lists::all))
        .route("/{nickname}/list/{uuid}", page(lists::one))
        .route(
            "/{nickname}/{kind}/{uuid}",
            page_or_data(objects::of_person, api::object_data()),
        )
}

/// The route that ends sessions, which people of other servers have also without pages.
fn sign_out() -> Router<App> {
    Router::new()
        .route("/main/logout", post(sign_in::sign_out))
        .layer(map_response(never_store))
}

/// The routes of the forms, and of the pages that are never stored.
fn forms(app: &App, sign_ins: SignInLimiter) -> Router<App> {
    Router::new()
        .route("/main/login", get(sign_in::form).post(sign_in::sign_in))
        .route(
            "/main/register",
            get(accounts::form).post(accounts::register),
        )
        .route("/main/act", post(act::act))
        .route("/main/vote", post(vote::vote))
        .route("/main/live", get(live::home))
        .route("/main/post", post(compose::post))
        .route("/main/edit", post(edit::save))
        .route("/main/preview", post(compose::preview))
        .route("/main/people", post(compose::people))
        .layer(Extension(limits::AssistLimiter::new(app)))
        .route("/main/people/follow", post(directory::follow_address))
        .route("/main/lists", post(lists::change))
        .route("/main/announcements", post(front::dismiss))
        .merge(settings::routes())
        .merge(admin::routes())
        .layer(Extension(sign_ins))
        .layer(Extension(limits::RegistrationLimiter::new(app)))
        .layer(map_response(never_store))
        .merge(sign_out())
}
