//! The Pump API under `/api/` (pump-api 2.1).

mod answer;
mod applications;
mod arguments;
mod clients;
mod feeds;
mod groups;
mod limits;
mod live;
mod notifications;
mod objects;
mod proxies;
mod representation;
mod syndication;
mod uploads;
mod users;

use axum::{
    Extension, Router,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state, map_response},
    response::Response,
    routing::{delete, get, post, put},
};

use super::{conditional, layers::never_store, response_cache};
use crate::App;
pub(super) use answer::JsonAnswer;
pub(super) use users::with_token;

/// The routes of the API, most particular first.
pub(super) fn routes(app: &App) -> Router<App> {
    let counted = Extension(limits::Registrations::new(app));
    let secret = map_response(never_store);
    Router::new()
        .route(
            "/api/client/register",
            post(clients::register).layer(secret.clone()),
        )
        .route(
            "/api/users",
            get(users::list).merge(post(users::register).layer(secret)),
        )
        .layer(counted)
        .nest("/api/user/{nickname}", user(app))
        .route(
            "/api/activity/{uuid}",
            get(objects::activity)
                .put(objects::put_activity)
                .delete(objects::delete_activity),
        )
        .route(
            "/api/collection/{uuid}/members",
            get(feeds::members).post(feeds::add_member),
        )
        .route("/api/group/members", get(groups::members_by_id))
        .route("/api/group/inbox", get(groups::feed_by_id))
        .route("/api/group/documents", get(groups::feed_by_id))
        .route("/api/group/{uuid}/members", get(groups::members))
        .route("/api/group/{uuid}/inbox", get(groups::feed))
        .route("/api/group/{uuid}/documents", get(groups::feed))
        .route("/api/{object_type}", get(objects::get_by_id))
        .route("/api/{object_type}/likes", get(feeds::likes_by_id))
        .route(
            "/api/{object_type}/replies",
            get(feeds::object_collection_by_id),
        )
        .route(
            "/api/{object_type}/shares",
            get(feeds::object_collection_by_id),
        )
        .route(
            "/api/{object_type}/{uuid}",
            get(objects::get).put(objects::put).delete(objects::delete),
        )
        .route("/api/{object_type}/{uuid}/likes", get(feeds::likes))
        .route(
            "/api/{object_type}/{uuid}/replies",
            get(feeds::object_collection),
        )
        .route(
            "/api/{object_type}/{uuid}/shares",
            get(feeds::object_collection),
        )
        .layer(from_fn_with_state(app.clone(), documents))
        // No documents.
        .route("/api/whoami", get(users::whoami))
        .route("/api/proxy/{id}", get(proxies::get))
}

/// Puts what was read into the form that was asked for, gives it the tag of that, and keeps it.
async fn documents(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let cache_handle = response_cache::CacheHandle::for_request(&mut request);
    let tagged = conditional::EtagRequest::from_request(&request);
    let formed = representation::RepresentationRequest::from_request(&request);
    let mut response = next.run(request).await;
    if response_cache::is_served_from_cache(&response) {
        return response;
    }
    if let Some(asked) = formed {
        asked.represent(&app, &mut response).await;
    }
    let response = tagged.add_etag(&app, response).await;
    cache_handle.store(&app, response).await
}

/// Routes below `/api/user/NICK`.
fn user(app: &App) -> Router<App> {
    let counted = Extension(limits::AccountChanges::new(app));
    let changed = put(users::put).layer(counted);
    Router::new()
        .route("/", changed.get(users::get).delete(users::remove))
        .route("/profile", get(users::profile).put(users::put_profile))
        .route("/feed", get(feeds::outbox).post(feeds::post))
        .route("/feed/major", get(feeds::outbox).post(feeds::post))
        .route("/feed/minor", get(feeds::outbox).post(feeds::post))
        .route("/feed.atom", get(syndication::atom))
        .route("/feed.json", get(syndication::json))
        .route("/inbox", get(feeds::inbox))
        .route("/inbox/major", get(feeds::inbox))
        .route("/inbox/minor", get(feeds::inbox))
        .route("/inbox/direct", get(feeds::inbox))
        .route("/inbox/direct/major", get(feeds::inbox))
        .route("/inbox/direct/minor", get(feeds::inbox))
        .route("/followers", get(feeds::followers))
        .route("/following", get(feeds::following).post(feeds::follow))
        .route("/favorites", get(feeds::favorites).post(feeds::favorite))
        .route("/lists/{object_type}", get(feeds::lists))
        .route(
            "/notifications",
            get(notifications::get).put(notifications::put),
        )
        .route("/uploads", get(feeds::uploads).post(uploads::upload))
        .route("/applications", get(applications::list))
        .route("/applications/{client}", delete(applications::revoke))
}
