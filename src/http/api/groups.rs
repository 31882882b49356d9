//! The feeds of groups.

use axum::extract::{MatchedPath, Path};

use super::{
    answer::{Answer, Answered},
    arguments::{Arguments, ById},
};
use crate::{
    Context,
    http::extract::AnyRead,
    model::PageRequest,
    service::{
        groups,
        objects::{self, Name},
    },
};

/// `members`, `inbox` or `documents` of a group.
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
        Some("inbox") => groups::inbox(ctx, &group, page).await,
        _ => groups::documents(ctx, &group, page).await,
    };
    feed.map(Answer)
}
