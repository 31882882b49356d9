//! The Pump API under `/api/` (pump-api 2.1).

mod answer;
mod applications;
mod arguments;
mod clients;
mod dialback;
mod feeds;
mod groups;
mod inboxes;
mod limits;
mod live;
mod notifications;
mod objects;
mod proxies;
mod read;
mod relations;
mod representation;
mod search;
mod syndication;
mod uploads;
mod users;

use axum::{
    Extension, Router,
    middleware::map_response,
    routing::{MethodRouter, delete, get, post, put},
};

use super::layers::never_store;
use crate::App;
pub(super) use answer::JsonAnswer;
pub(super) use arguments::{IdQuery, PageQuery, PersonPageQuery};
pub(super) use live::{EventSource, answer as answer_live};
pub(super) use read::any_read;
use read::user_read;
pub(super) use users::with_token;

/// Routes to the profile of a person, for programs that ask for their page.
pub(super) fn profile_data() -> MethodRouter<App> {
    any_read(users::profile)
}

/// Routes to an object, for programs that ask for its page.
pub(super) fn object_data() -> MethodRouter<App> {
    any_read(objects::get_of_person)
}

/// The routes of the API, most particular first.
pub(super) fn routes(app: &App) -> Router<App> {
    let counted = Extension(limits::Registrations::new(app));
    let deliveries = Extension(limits::PeerDeliveries::new(app));
    let secret = map_response(never_store);
    let searches = Extension(limits::Searches::new(app));
    Router::new()
        .route("/api/search", any_read(search::posts))
        .route("/api/search/people", any_read(search::people))
        .route("/api/tag/{name}/feed", any_read(search::tag_feed))
        .route("/api/tag/{name}/feed.atom", any_read(search::tag_atom))
        .route("/api/tag/{name}/feed.json", any_read(search::tag_json))
        .layer(searches)
        .route(
            "/api/client/register",
            post(clients::register).layer(secret.clone()),
        )
        .route("/api/dialback", post(dialback::dialback))
        .route(
            "/api/users",
            any_read(users::list).merge(post(users::register).layer(secret)),
        )
        .layer(counted)
        .merge(user(app, deliveries.clone()))
        .merge(actor())
        .route(
            "/api/activity/{uuid}/deliveries",
            get(objects::deliveries).layer(map_response(never_store)),
        )
        .route(
            "/api/activity/{uuid}",
            any_read(objects::activity)
                .put(objects::put_activity)
                .delete(objects::delete_activity),
        )
        .route(
            "/api/collection/{uuid}/members",
            any_read(feeds::members).post(feeds::add_member),
        )
        .route("/api/group/members", any_read(groups::members_by_id))
        .route("/api/group/inbox", any_read(groups::feed_by_id))
        .route("/api/group/documents", any_read(groups::feed_by_id))
        .route("/api/group/{uuid}/members", any_read(groups::members))
        .route(
            "/api/group/{uuid}/inbox",
            any_read(groups::feed).merge(post(inboxes::post_to_group).layer(deliveries.clone())),
        )
        .route("/api/group/{uuid}/outbox", any_read(groups::feed))
        .route("/api/group/{uuid}/documents", any_read(groups::feed))
        .route("/api/{object_type}", any_read(objects::get_by_id))
        .route("/api/{object_type}/likes", any_read(feeds::likes_by_id))
        .route(
            "/api/{object_type}/replies",
            any_read(feeds::object_collection_by_id),
        )
        .route(
            "/api/{object_type}/shares",
            any_read(feeds::object_collection_by_id),
        )
        .route(
            "/api/{object_type}/{uuid}",
            any_read(objects::get)
                .put(objects::put)
                .delete(objects::delete),
        )
        .route("/api/{object_type}/{uuid}/likes", any_read(feeds::likes))
        .route(
            "/api/{object_type}/{uuid}/replies",
            any_read(feeds::object_collection),
        )
        .route(
            "/api/{object_type}/{uuid}/shares",
            any_read(feeds::object_collection),
        )
        // Not cached.
        .route("/api/whoami", get(users::whoami))
        .route("/api/proxy/{id}", get(proxies::get))
}

/// Routes below the id of a person as an actor.
fn actor() -> Router<App> {
    Router::new()
        .route(
            "/api/user/{nickname}/profile/followers",
            any_read(feeds::followers),
        )
        .route(
            "/api/user/{nickname}/profile/featured",
            any_read(feeds::featured),
        )
}

/// Routes below `/api/user/NICK`.
fn user(app: &App, deliveries: Extension<limits::PeerDeliveries>) -> Router<App> {
    let counted = Extension(limits::AccountChanges::new(app));
    let changed = put(users::put).layer(counted);
    Router::new()
        .route(
            "/api/user/{nickname}",
            any_read(users::get).delete(users::remove).merge(changed),
        )
        .route(
            "/api/user/{nickname}/profile",
            any_read(users::profile).put(users::put_profile),
        )
        .route(
            "/api/user/{nickname}/feed",
            any_read(feeds::outbox).post(feeds::post),
        )
        .route(
            "/api/user/{nickname}/feed/major",
            any_read(feeds::outbox).post(feeds::post),
        )
        .route(
            "/api/user/{nickname}/feed/minor",
            any_read(feeds::outbox).post(feeds::post),
        )
        .route(
            "/api/user/{nickname}/feed.atom",
            any_read(syndication::atom),
        )
        .route(
            "/api/user/{nickname}/feed.json",
            any_read(syndication::json),
        )
        .route(
            "/api/user/{nickname}/inbox",
            user_read(feeds::inbox).merge(post(inboxes::post_to_person).layer(deliveries.clone())),
        )
        .route("/api/inbox", post(inboxes::post_to_all).layer(deliveries))
        .route("/api/user/{nickname}/inbox/major", user_read(feeds::inbox))
        .route("/api/user/{nickname}/inbox/minor", user_read(feeds::inbox))
        .route("/api/user/{nickname}/inbox/direct", user_read(feeds::inbox))
        .route(
            "/api/user/{nickname}/inbox/direct/major",
            user_read(feeds::inbox),
        )
        .route(
            "/api/user/{nickname}/inbox/direct/minor",
            user_read(feeds::inbox),
        )
        .route("/api/user/{nickname}/followers", any_read(feeds::followers))
        .route(
            "/api/user/{nickname}/following",
            any_read(feeds::following).post(feeds::follow),
        )
        .route(
            "/api/user/{nickname}/favorites",
            any_read(feeds::favorites).post(feeds::favorite),
        )
        .route(
            "/api/user/{nickname}/blocked",
            user_read(relations::blocked)
                .post(relations::block)
                .delete(relations::unblock),
        )
        .route(
            "/api/user/{nickname}/muted",
            user_read(relations::muted)
                .post(relations::mute)
                .delete(relations::unmute),
        )
        .route(
            "/api/user/{nickname}/requests",
            user_read(relations::requests)
                .post(relations::accept)
                .delete(relations::reject),
        )
        .route(
            "/api/user/{nickname}/lists/{object_type}",
            any_read(feeds::lists),
        )
        .route(
            "/api/user/{nickname}/notifications",
            user_read(notifications::get).put(notifications::put),
        )
        .route(
            "/api/user/{nickname}/uploads",
            user_read(feeds::uploads).post(uploads::upload),
        )
        .route(
            "/api/user/{nickname}/applications",
            user_read(applications::list),
        )
        .route(
            "/api/user/{nickname}/applications/{client}",
            delete(applications::revoke),
        )
}
