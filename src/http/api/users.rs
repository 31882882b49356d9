//! Accounts and profiles.

use axum::{
    Extension,
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::{
    answer::{ApiResult, JsonAnswer},
    arguments::PersonPageQuery,
    limits::{AccountChanges, Registrations},
    representation::Representation,
};
use crate::{
    http::{
        accept::Accept,
        extract::{
            AccountWrite, AnyRead, ClientAddress, ClientOnly, Fields, JsonBody, UnconfirmedWrite,
            UserRead, UserWrite,
        },
        page::visitor::accepted_language,
    },
    model::AccessToken,
    service::{
        Error, accounts,
        federation::actors,
        lookup, people,
        present::{Detail, RenderedJson},
        second_factor,
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
    headers: HeaderMap,
    fields: Result<Fields, Error>,
) -> ApiResult {
    let language = accepted_language(&headers, ctx.app());
    let ctx = ctx.in_language(language);
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
    headers: HeaderMap,
    JsonBody(body, _turn): JsonBody,
) -> ApiResult {
    let language = accepted_language(&headers, ctx.app());
    let ctx = ctx.in_language(language);
    second_factor::refuse_over_api(&ctx)?;
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
    second_factor::refuse_over_api(&ctx)?;
    accounts::remove(&ctx, &account.nickname).await?;
    Ok(JsonAnswer::of("Deleted."))
}

/// A profile. The answer to a request for AS2 carries the facts that make an actor of it, and is
/// 410 for a deleted one.
pub(super) async fn profile(
    AnyRead(ctx): AnyRead,
    Path(nickname): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let is_as2 = Representation::of(&Accept::of(&headers)).is_as2();
    let profile = people::profile(&ctx, &nickname).await;
    if profile.is_err() && is_as2 && actors::is_deleted(&ctx, &nickname).await? {
        return Err(Error::gone());
    }
    let mut response = JsonAnswer::of(profile?).into_response();
    if is_as2 && let Some(facts) = actors::actor_facts(&ctx, &nickname).await? {
        response.extensions_mut().insert(facts);
    }
    Ok(response)
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
