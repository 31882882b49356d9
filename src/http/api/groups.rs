//! Feeds of groups: members, inbox, and documents.

use axum::{
    extract::{MatchedPath, Path},
    response::{IntoResponse, Response},
};

use super::{
    answer::{ApiResult, JsonAnswer},
    arguments::{IdQuery, PageQuery, PersonPageQuery},
    live::{self, EventSource},
};
use crate::{
    Context,
    http::extract::AnyRead,
    model::PageRequest,
    service::{
        Result,
        feeds::Feed,
        groups,
        objects::{self, ObjectName},
    },
};

/// `members` of a group.
pub(super) async fn members(
    AnyRead(ctx): AnyRead,
    Path(uuid): Path<String>,
    PersonPageQuery(page): PersonPageQuery,
) -> ApiResult {
    let group = objects::find(&ctx, "group", &ObjectName::Uuid(uuid)).await?;
    groups::members(&ctx, &group, &page).await.map(JsonAnswer)
}

/// The same of a group whose id is not its URL.
pub(super) async fn members_by_id(
    AnyRead(ctx): AnyRead,
    IdQuery(id): IdQuery,
    PersonPageQuery(page): PersonPageQuery,
) -> ApiResult {
    let group = objects::find(&ctx, "group", &ObjectName::Id(id)).await?;
    groups::members(&ctx, &group, &page).await.map(JsonAnswer)
}

/// `inbox`, `outbox` or `documents` of a group.
pub(super) async fn feed(
    AnyRead(ctx): AnyRead,
    Path(uuid): Path<String>,
    route: MatchedPath,
    PageQuery(page): PageQuery,
    live: Option<EventSource>,
) -> Result<Response> {
    show(ctx, ObjectName::Uuid(uuid), route.as_str(), &page, live).await
}

/// The same of a group whose id is not its URL.
pub(super) async fn feed_by_id(
    AnyRead(ctx): AnyRead,
    route: MatchedPath,
    IdQuery(id): IdQuery,
    PageQuery(page): PageQuery,
    live: Option<EventSource>,
) -> Result<Response> {
    show(ctx, ObjectName::Id(id), route.as_str(), &page, live).await
}

async fn show(
    ctx: Context,
    name: ObjectName,
    route: &str,
    page: &PageRequest,
    live: Option<EventSource>,
) -> Result<Response> {
    let feed = route.rsplit('/').next();
    if let (Some("inbox"), Some(source)) = (feed, live) {
        return live::answer(ctx, Feed::Group(name), page, source).await;
    }
    let group = objects::find(&ctx, "group", &name).await?;
    let rendered = match feed {
        Some("inbox") => groups::inbox(&ctx, &group, page).await,
        Some("outbox") => groups::outbox(&ctx, &group, page).await,
        _ => groups::documents(&ctx, &group, page).await,
    };
    Ok(JsonAnswer(rendered?).into_response())
}
