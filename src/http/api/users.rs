//! Accounts and profiles.

use axum::{
    Extension,
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::{
    answer::{ApiResult, JsonAnswer},
    arguments::PersonPageQuery,
    limits::{AccountChanges, Registrations},
};
use crate::{
    http::extract::{
        AccountWrite, AnyRead, ClientAddress, ClientOnly, Fields, JsonBody, UnconfirmedWrite,
        UserRead, UserWrite,
    },
    model::AccessToken,
    service::{
        Error, accounts, lookup, people,
        present::{Detail, RenderedJson},
    },
};

/// Sends a client to the profile of whoever it acts for (clients T5).
pub(super) async fn whoami(UserRead(ctx): UserRead) -> Result<Response, Error> {
    let account = ctx.account().ok_or_else(Error::not_logged_in)?;
    let profile = ctx.urls().user(&account.nickname, "/profile");
    let text = format!("Found. Redirecting to {profile}");
    Ok((StatusCode::FOUND, [(header::LOCATION, profile)], text).into_response())
}

pub(super) async fn list(
    AnyRead(ctx): AnyRead,
    PersonPageQuery(request): PersonPageQuery,
) -> ApiResult {
    people::users(&ctx, request).await.map(JsonAnswer::of)
}

/// Makes an account, and a token for the client that asked for it (pump-api 6.1).
pub(super) async fn register(
    ClientOnly(ctx): ClientOnly,
    Extension(registrations): Extension<Registrations>,
    ClientAddress(address): ClientAddress,
    fields: Result<Fields, Error>,
) -> ApiResult {
    accounts::may_register(&ctx)?;
    let Fields(fields) = fields?;
    let registration = accounts::Registration::parse(&ctx, fields)?;
    registrations.admit_account(address)?;
    let (account, token) = accounts::register_with_token(&ctx, registration).await?;
    let user = people::show(&ctx, account, Detail::PLAIN).await?;
    Ok(JsonAnswer(match token {
        Some(token) => with_token(&user, &token),
        None => user,
    }))
}

/// An account with an access token for it.
pub(crate) fn with_token(user: &RenderedJson, token: &AccessToken) -> RenderedJson {
    let mut user = user.to_value();
    if let Value::Object(user) = &mut user {
        user.insert("token".into(), token.token.clone().into());
        user.insert("secret".into(), token.secret.expose().into());
    }
    user.into()
}

pub(super) async fn get(AnyRead(ctx): AnyRead, Path(nickname): Path<String>) -> ApiResult {
    people::user(&ctx, &nickname).await.map(JsonAnswer::of)
}

pub(super) async fn put(
    UnconfirmedWrite(ctx): UnconfirmedWrite,
    Extension(changes): Extension<AccountChanges>,
    Path(nickname): Path<String>,
    JsonBody(body, _turn): JsonBody,
) -> ApiResult {
    changes.admit(&ctx, body.contains_key("email"))?;
    people::update_user(&ctx, &nickname, body)
        .await
        .map(JsonAnswer::of)
}

/// Removes the account that asks, with all that is its owner's.
pub(super) async fn remove(
    AccountWrite(ctx): AccountWrite,
    Path(nickname): Path<String>,
) -> ApiResult {
    let account = lookup::own_account(&ctx, &nickname).await?;
    accounts::remove(&ctx, &account.nickname).await?;
    Ok(JsonAnswer::of("Deleted."))
}

pub(super) async fn profile(AnyRead(ctx): AnyRead, Path(nickname): Path<String>) -> ApiResult {
    people::profile(&ctx, &nickname).await.map(JsonAnswer::of)
}

pub(super) async fn put_profile(
    UserWrite(ctx): UserWrite,
    Path(nickname): Path<String>,
    JsonBody(body, _turn): JsonBody,
) -> ApiResult {
    people::update_profile(&ctx, &nickname, body)
        .await
        .map(JsonAnswer::of)
}
