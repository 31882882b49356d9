//! Preferences of mail notifications.

use axum::extract::Path;

use super::answer::{ApiResult, JsonAnswer};
use crate::{
    http::extract::{AccountWrite, JsonBody, UserRead},
    service::notifications,
};

pub(super) async fn get(UserRead(ctx): UserRead, Path(nickname): Path<String>) -> ApiResult {
    notifications::get_preferences(&ctx, &nickname)
        .await
        .map(JsonAnswer::of)
}

pub(super) async fn put(
    AccountWrite(ctx): AccountWrite,
    Path(nickname): Path<String>,
    JsonBody(body, _turn): JsonBody,
) -> ApiResult {
    notifications::update_preferences(&ctx, &nickname, &body)
        .await
        .map(JsonAnswer::of)
}
