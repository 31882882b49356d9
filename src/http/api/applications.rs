//! The applications that may act for someone.

use axum::extract::Path;

use super::answer::{ApiResult, JsonAnswer};
use crate::{
    http::extract::{AccountWrite, UserRead},
    service::applications,
};

pub(super) async fn list(UserRead(ctx): UserRead, Path(nickname): Path<String>) -> ApiResult {
    applications::list(&ctx, &nickname)
        .await
        .map(JsonAnswer::of)
}

pub(super) async fn revoke(
    AccountWrite(ctx): AccountWrite,
    Path((nickname, client)): Path<(String, String)>,
) -> ApiResult {
    applications::revoke_own(&ctx, &nickname, &client).await?;
    Ok(JsonAnswer::of("Deleted"))
}
