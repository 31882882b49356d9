//! The applications that may act for someone.

use axum::extract::Path;

use super::answer::{Answer, Answered};
use crate::{
    http::extract::{AccountWrite, UserRead},
    service::applications,
};

pub(super) async fn list(UserRead(ctx): UserRead, Path(nickname): Path<String>) -> Answered {
    applications::list(&ctx, &nickname).await.map(Answer::of)
}

pub(super) async fn revoke(
    AccountWrite(ctx): AccountWrite,
    Path((nickname, client)): Path<(String, String)>,
) -> Answered {
    applications::revoke_own(&ctx, &nickname, &client).await?;
    Ok(Answer::of("Deleted"))
}
