//! Of what someone is told by mail.

use axum::extract::Path;

use super::answer::{Answer, Answered};
use crate::{
    http::extract::{AccountWrite, JsonBody, UserRead},
    service::mail::notices,
};

pub(super) async fn get(UserRead(ctx): UserRead, Path(nickname): Path<String>) -> Answered {
    notices::show(&ctx, &nickname).await.map(Answer::of)
}

pub(super) async fn put(
    AccountWrite(ctx): AccountWrite,
    Path(nickname): Path<String>,
    JsonBody(body): JsonBody,
) -> Answered {
    notices::change(&ctx, &nickname, &body)
        .await
        .map(Answer::of)
}
