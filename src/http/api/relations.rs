//! Persons whom a person blocks or muted, and who ask to follow them: for their owner only.

use axum::extract::Path;
use serde_json::{Map, Value};

use super::{
    answer::{ApiResult, JsonAnswer},
    arguments::{IdQuery, PersonPageQuery},
};
use crate::{
    Context,
    http::extract::{JsonBody, UserRead, UserWrite},
    model::PageRequest,
    service::{
        collections::{self, PersonFeed},
        lookup,
        present::{self, Detail},
        relations::{self, Relation},
    },
};

type Nick = Path<String>;

async fn list(ctx: &Context, nickname: &str, feed: PersonFeed, page: &PageRequest) -> ApiResult {
    let found = collections::person_collection(ctx, nickname, feed, page).await;
    found.map(JsonAnswer::of)
}

pub(super) async fn blocked(
    UserRead(ctx): UserRead,
    Path(nickname): Nick,
    PersonPageQuery(page): PersonPageQuery,
) -> ApiResult {
    list(&ctx, &nickname, PersonFeed::Blocked, &page).await
}

pub(super) async fn muted(
    UserRead(ctx): UserRead,
    Path(nickname): Nick,
    PersonPageQuery(page): PersonPageQuery,
) -> ApiResult {
    list(&ctx, &nickname, PersonFeed::Muted, &page).await
}

pub(super) async fn requests(
    UserRead(ctx): UserRead,
    Path(nickname): Nick,
    PersonPageQuery(page): PersonPageQuery,
) -> ApiResult {
    list(&ctx, &nickname, PersonFeed::Requests, &page).await
}

pub(super) async fn block(
    UserWrite(ctx): UserWrite,
    Path(nickname): Nick,
    JsonBody(body, _turn): JsonBody,
) -> ApiResult {
    add(&ctx, &nickname, Relation::Block, &body).await
}

pub(super) async fn mute(
    UserWrite(ctx): UserWrite,
    Path(nickname): Nick,
    JsonBody(body, _turn): JsonBody,
) -> ApiResult {
    add(&ctx, &nickname, Relation::Mute, &body).await
}

/// Blocks or mutes the person in the body, or the host if it is a `service` with its name as
/// `displayName`; answers what stands for it.
async fn add(
    ctx: &Context,
    nickname: &str,
    relation: Relation,
    body: &Map<String, Value>,
) -> ApiResult {
    lookup::own_account(ctx, nickname).await?;
    let other = relations::add_named(ctx, relation, body).await?;
    let shown = present::render(ctx, other, Detail::BRIEF).await;
    shown.map(JsonAnswer::of)
}

pub(super) async fn unblock(
    UserWrite(ctx): UserWrite,
    Path(nickname): Nick,
    IdQuery(id): IdQuery,
) -> ApiResult {
    remove(&ctx, &nickname, Relation::Block, &id).await
}

pub(super) async fn unmute(
    UserWrite(ctx): UserWrite,
    Path(nickname): Nick,
    IdQuery(id): IdQuery,
) -> ApiResult {
    remove(&ctx, &nickname, Relation::Mute, &id).await
}

async fn remove(ctx: &Context, nickname: &str, relation: Relation, id: &str) -> ApiResult {
    lookup::own_account(ctx, nickname).await?;
    relations::remove(ctx, relation, id).await?;
    Ok(JsonAnswer::of("Deleted"))
}

/// Accepts the person in the body, who asked to follow.
pub(super) async fn accept(
    UserWrite(ctx): UserWrite,
    Path(nickname): Nick,
    JsonBody(body, _turn): JsonBody,
) -> ApiResult {
    lookup::own_account(&ctx, &nickname).await?;
    relations::decide(&ctx, relations::id_of(&body)?, true).await?;
    Ok(JsonAnswer::of("Accepted"))
}

pub(super) async fn reject(
    UserWrite(ctx): UserWrite,
    Path(nickname): Nick,
    IdQuery(id): IdQuery,
) -> ApiResult {
    lookup::own_account(&ctx, &nickname).await?;
    relations::decide(&ctx, &id, false).await?;
    Ok(JsonAnswer::of("Deleted"))
}
