//! Inboxes, outboxes and the other collections, and what is posted to them.

use axum::{
    extract::{MatchedPath, Path},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};

use super::{
    answer::{ApiResult, JsonAnswer},
    arguments::{IdQuery, PageQuery, PersonPageQuery},
    live::{self, EventSource},
    representation::Representation,
    syndication,
};
use crate::{
    Context,
    http::extract::{AnyRead, JsonBody, UserRead, UserWrite, turns},
    model::Filter,
    service::{
        Result,
        activity::{self, Draft},
        collections::{self, ObjectFeed, PersonFeed},
        federation::actors,
        feeds::Feed,
        lookup,
        objects::{self, ObjectName},
        present::RenderedJson,
        relations, timelines,
    },
};

/// The part of a feed that is named by the end of its URL: `direct`, `major`, `minor`.
fn filter_from_path(path: &str) -> Filter {
    let major = match path {
        _ if path.ends_with("/major") => Some(true),
        _ if path.ends_with("/minor") => Some(false),
        _ => None,
    };
    Filter {
        major,
        direct: path.contains("/inbox/direct"),
    }
}

pub(super) async fn outbox(
    AnyRead(ctx): AnyRead,
    Path(nickname): Path<String>,
    route: MatchedPath,
    page: PageQuery,
    live: Option<EventSource>,
    headers: HeaderMap,
) -> Result<Response> {
    if let Some(format) = syndication::Format::of(&headers).filter(|_| live.is_none()) {
        return syndication::answer(&ctx, &nickname, &page.0, "", format).await;
    }
    let page = page.of(filter_from_path(route.as_str()));
    if let Some(source) = live {
        return live::answer(ctx, Feed::Outbox(nickname), &page, source).await;
    }
    let feed = timelines::outbox(&ctx, &nickname, &page).await?;
    Ok(JsonAnswer::of(feed).into_response())
}

pub(super) async fn inbox(
    UserRead(ctx): UserRead,
    Path(nickname): Path<String>,
    route: MatchedPath,
    page: PageQuery,
    live: Option<EventSource>,
) -> Result<Response> {
    let page = page.of(filter_from_path(route.as_str()));
    if let Some(source) = live {
        return live::answer(ctx, Feed::Inbox(nickname), &page, source).await;
    }
    let feed = timelines::inbox(&ctx, &nickname, &page).await?;
    Ok(JsonAnswer::of(feed).into_response())
}

/// Does what the body says, and answers the whole activity.
pub(super) async fn post(
    UserWrite(ctx): UserWrite,
    Path(nickname): Path<String>,
    route: MatchedPath,
    JsonBody(body, turn): JsonBody,
) -> ApiResult {
    let account = lookup::own_account(&ctx, &nickname).await?;
    let mut draft = Draft::parse(ctx.urls(), body, &account.person)?
        .require_class(filter_from_path(route.as_str()).major)?;
    let _turn = turns::of_draft(&ctx, turn, &draft).await?;
    relations::block_as_said(&ctx, &mut draft).await?;
    let done = activity::perform(&ctx, draft).await?;
    done.render(&ctx).await.map(JsonAnswer::of)
}

/// Does something to the object in the body, and answers that object.
async fn perform(
    ctx: &Context,
    nickname: &str,
    verb: &str,
    JsonBody(body, turn): JsonBody,
) -> Result<RenderedJson> {
    let account = lookup::own_account(ctx, nickname).await?;
    let activity = Map::from_iter([
        ("verb".into(), verb.into()),
        ("object".into(), Value::Object(body)),
    ]);
    let draft = Draft::parse(ctx.urls(), activity, &account.person)?;
    let _turn = turns::of_draft(ctx, turn, &draft).await?;
    let done = activity::perform(ctx, draft).await?;
    done.render_object(ctx).await
}

pub(super) async fn follow(
    UserWrite(ctx): UserWrite,
    Path(nickname): Path<String>,
    body: JsonBody,
) -> ApiResult {
    perform(&ctx, &nickname, "follow", body)
        .await
        .map(JsonAnswer::of)
}

pub(super) async fn favorite(
    UserWrite(ctx): UserWrite,
    Path(nickname): Path<String>,
    body: JsonBody,
) -> ApiResult {
    perform(&ctx, &nickname, "favorite", body)
        .await
        .map(JsonAnswer::of)
}

pub(super) async fn followers(
    AnyRead(ctx): AnyRead,
    Path(nickname): Path<String>,
    PersonPageQuery(page): PersonPageQuery,
) -> ApiResult {
    collections::person_collection(&ctx, &nickname, PersonFeed::Followers, &page)
        .await
        .map(JsonAnswer::of)
}

/// The posts that a person shows first: none, since nobody here is asked for them.
pub(super) async fn featured(
    AnyRead(ctx): AnyRead,
    Path(nickname): Path<String>,
    headers: HeaderMap,
) -> Result<Response> {
    let document = actors::featured(&ctx, &nickname).await?;
    Ok(Representation::as2_answer(&headers, document))
}

pub(super) async fn following(
    AnyRead(ctx): AnyRead,
    Path(nickname): Path<String>,
    PersonPageQuery(page): PersonPageQuery,
) -> ApiResult {
    collections::person_collection(&ctx, &nickname, PersonFeed::Following, &page)
        .await
        .map(JsonAnswer::of)
}

pub(super) async fn favorites(
    AnyRead(ctx): AnyRead,
    Path(nickname): Path<String>,
    PageQuery(page): PageQuery,
) -> ApiResult {
    collections::favorites(&ctx, &nickname, &page)
        .await
        .map(JsonAnswer::of)
}

pub(super) async fn lists(
    AnyRead(ctx): AnyRead,
    Path((nickname, object_type)): Path<(String, String)>,
    PageQuery(page): PageQuery,
) -> ApiResult {
    collections::lists(&ctx, &nickname, &object_type, &page)
        .await
        .map(JsonAnswer::of)
}

pub(super) async fn uploads(
    UserRead(ctx): UserRead,
    Path(nickname): Path<String>,
    PageQuery(page): PageQuery,
) -> ApiResult {
    collections::uploads(&ctx, &nickname, &page)
        .await
        .map(JsonAnswer::of)
}

pub(super) async fn members(
    AnyRead(ctx): AnyRead,
    Path(uuid): Path<String>,
    PageQuery(page): PageQuery,
) -> ApiResult {
    let list = objects::find(&ctx, "collection", &ObjectName::Uuid(uuid)).await?;
    collections::members(&ctx, &list, &page)
        .await
        .map(JsonAnswer::of)
}

/// An `add` to the list; answers what was added.
pub(super) async fn add_member(
    UserWrite(ctx): UserWrite,
    Path(uuid): Path<String>,
    JsonBody(body, turn): JsonBody,
) -> ApiResult {
    let list = objects::find_own(&ctx, "collection", &ObjectName::Uuid(uuid)).await?;
    let activity = Map::from_iter([
        ("verb".into(), "add".into()),
        ("object".into(), Value::Object(body)),
        ("target".into(), list.reference().to_value()),
    ]);
    let draft = Draft::parse(ctx.urls(), activity, ctx.person().unwrap_or_default())?;
    let _turn = turns::of_draft(&ctx, turn, &draft).await?;
    let done = activity::perform(&ctx, draft).await?;
    done.render_object(&ctx).await.map(JsonAnswer::of)
}

/// Lists the persons who like an object.
pub(super) async fn likes(
    AnyRead(ctx): AnyRead,
    Path((object_type, uuid)): Path<(String, String)>,
    PersonPageQuery(page): PersonPageQuery,
) -> ApiResult {
    let object = objects::find(&ctx, &object_type, &ObjectName::Uuid(uuid)).await?;
    collections::likes(&ctx, &object, &page)
        .await
        .map(JsonAnswer::of)
}

/// The same of an object whose id is not its URL.
pub(super) async fn likes_by_id(
    AnyRead(ctx): AnyRead,
    Path(object_type): Path<String>,
    IdQuery(id): IdQuery,
    PersonPageQuery(page): PersonPageQuery,
) -> ApiResult {
    let object = objects::find(&ctx, &object_type, &ObjectName::Id(id)).await?;
    collections::likes(&ctx, &object, &page)
        .await
        .map(JsonAnswer::of)
}

/// `replies` or `shares` of an object.
pub(super) async fn object_collection(
    AnyRead(ctx): AnyRead,
    Path((object_type, uuid)): Path<(String, String)>,
    route: MatchedPath,
    PageQuery(page): PageQuery,
) -> ApiResult {
    let object = objects::find(&ctx, &object_type, &ObjectName::Uuid(uuid)).await?;
    let feed = object_feed(route.as_str());
    collections::object_collection(&ctx, &object, feed, &page)
        .await
        .map(JsonAnswer::of)
}

/// The same of an object whose id is not its URL.
pub(super) async fn object_collection_by_id(
    AnyRead(ctx): AnyRead,
    Path(object_type): Path<String>,
    route: MatchedPath,
    IdQuery(id): IdQuery,
    PageQuery(page): PageQuery,
) -> ApiResult {
    let object = objects::find(&ctx, &object_type, &ObjectName::Id(id)).await?;
    let feed = object_feed(route.as_str());
    collections::object_collection(&ctx, &object, feed, &page)
        .await
        .map(JsonAnswer::of)
}

fn object_feed(route: &str) -> ObjectFeed {
    if route.ends_with("/shares") {
        ObjectFeed::Shares
    } else {
        ObjectFeed::Replies
    }
}
