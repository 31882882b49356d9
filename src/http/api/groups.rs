//! The feeds of groups.

use axum::{
    extract::{MatchedPath, Path},
    response::{IntoResponse, Response},
};

use super::{
    answer::{Answer, Answered},
    arguments::{Arguments, ById},
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

/// What goes to a group.
pub(super) async fn inbox(
    AnyRead(ctx): AnyRead,
    Path(uuid): Path<String>,
    Arguments(page): Arguments,
    live: Option<EventSource>,
) -> Result<Response> {
    show_inbox(ctx, Name::Uuid(uuid), page, live).await
}

/// The same of a group whose id is not its URL.
pub(super) async fn inbox_by_id(
    AnyRead(ctx): AnyRead,
    ById(id): ById,
    Arguments(page): Arguments,
    live: Option<EventSource>,
) -> Result<Response> {
    show_inbox(ctx, Name::Id(id), page, live).await
}

async fn show_inbox(
    ctx: Context,
    name: Name,
    page: PageRequest,
    live: Option<EventSource>,
) -> Result<Response> {
    if let Some(source) = live {
        return live::answer(ctx, Feed::Group(name), &page, source).await;
    }
    let group = objects::find(&ctx, "group", &name).await?;
    let feed = groups::inbox(&ctx, &group, &page).await?;
    Ok(Answer(feed).into_response())
}

/// `members` or `documents` of a group.
pub(super) async fn feed(
    AnyRead(ctx): AnyRead,
    Path(uuid): Path<String>,
    route: MatchedPath,
    Arguments(page): Arguments,
) -> Answered {
    show(&ctx, &Name::Uuid(uuid), route.as_str(), &page).await
}

/// The same of a group whose id is not its URL.
pub(super) async fn feed_by_id(
    AnyRead(ctx): AnyRead,
    route: MatchedPath,
    ById(id): ById,
    Arguments(page): Arguments,
) -> Answered {
    show(&ctx, &Name::Id(id), route.as_str(), &page).await
}

async fn show(ctx: &Context, name: &Name, route: &str, page: &PageRequest) -> Answered {
    let group = objects::find(ctx, "group", name).await?;
    let feed = match route.rsplit('/').next() {
        Some("members") => groups::members(ctx, &group, page).await,
        _ => groups::documents(ctx, &group, page).await,
    };
    feed.map(Answer)
}
