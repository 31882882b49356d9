//! What groups have: members, an inbox, and documents.

use axum::{
    extract::{MatchedPath, Path},
    response::{IntoResponse, Response},
};

use super::{
    answer::{Answer, Answered},
    arguments::{Arguments, ById, PersonArguments},
    live::{self, EventSource},
};
use crate::{
    Context,
    http::extract::AnyRead,
    model::PageRequest,
    service::{
        Result, groups,
        objects::{self, Name},
        timelines::Feed,
    },
};

/// `members` of a group.
pub(super) async fn members(
    AnyRead(ctx): AnyRead,
    Path(uuid): Path<String>,
    PersonArguments(page): PersonArguments,
) -> Answered {
    let group = objects::find(&ctx, "group", &Name::Uuid(uuid)).await?;
    groups::members(&ctx, &group, &page).await.map(Answer)
}

/// The same of a group whose id is not its URL.
pub(super) async fn members_by_id(
    AnyRead(ctx): AnyRead,
    ById(id): ById,
    PersonArguments(page): PersonArguments,
) -> Answered {
    let group = objects::find(&ctx, "group", &Name::Id(id)).await?;
    groups::members(&ctx, &group, &page).await.map(Answer)
}

/// `inbox` or `documents` of a group.
pub(super) async fn feed(
    AnyRead(ctx): AnyRead,
    Path(uuid): Path<String>,
    route: MatchedPath,
    Arguments(page): Arguments,
    live: Option<EventSource>,
) -> Result<Response> {
    show(ctx, Name::Uuid(uuid), route.as_str(), &page, live).await
}

/// The same of a group whose id is not its URL.
pub(super) async fn feed_by_id(
    AnyRead(ctx): AnyRead,
    route: MatchedPath,
    ById(id): ById,
    Arguments(page): Arguments,
    live: Option<EventSource>,
) -> Result<Response> {
    show(ctx, Name::Id(id), route.as_str(), &page, live).await
}

async fn show(
    ctx: Context,
    name: Name,
    route: &str,
    page: &PageRequest,
    live: Option<EventSource>,
) -> Result<Response> {
    let feed = route.rsplit('/').next();
    if let (Some("inbox"), Some(source)) = (feed, live) {
        return live::answer(ctx, Feed::Group(name), page, source).await;
    }
    let group = objects::find(&ctx, "group", &name).await?;
    let shown = match feed {
        Some("inbox") => groups::inbox(&ctx, &group, page).await,
        _ => groups::documents(&ctx, &group, page).await,
    };
    Ok(Answer(shown?).into_response())
}
