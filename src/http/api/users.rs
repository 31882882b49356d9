//! Accounts and profiles.

use axum::{
    Extension,
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::{
    answer::{Answer, Answered},
    arguments::PersonArguments,
    limits::Registrations,
};
use crate::{
    http::{
        extract::{
            AccountWrite, AnyRead, ClientAddress, ClientOnly, Fields, JsonBody, UnconfirmedWrite,
            UserRead, UserWrite,
        },
        mail::AddressChanges,
    },
    model::AccessToken,
    service::{
        Error, accounts, people,
        present::{Detail, Shown},
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
    PersonArguments(request): PersonArguments,
) -> Answered {
    people::users(&ctx, request).await.map(Answer::of)
}

/// Makes an account, and a token for the client that asked for it (pump-api 6.1).
pub(super) async fn register(
    ClientOnly(ctx): ClientOnly,
    Extension(registrations): Extension<Registrations>,
    ClientAddress(address): ClientAddress,
    fields: Result<Fields, Error>,
) -> Answered {
    accounts::may_register(&ctx)?;
    let Fields(fields) = fields?;
    let registration = accounts::Registration::parse(&ctx, fields)?;
    registrations.admit_account(address)?;
    let (account, token) = accounts::register_with_token(&ctx, registration).await?;
    let user = people::show(&ctx, account, Detail::PLAIN).await?;
    Ok(Answer(match token {
        Some(token) => with_token(&user, &token),
        None => user,
    }))
}

/// An account with an access token for it.
pub(in crate::http) fn with_token(user: &Shown, token: &AccessToken) -> Shown {
    let mut user = user.to_value();
    if let Value::Object(user) = &mut user {
        user.insert("token".into(), token.token.clone().into());
        user.insert("secret".into(), token.secret.expose().into());
    }
    user.into()
}

pub(super) async fn get(AnyRead(ctx): AnyRead, Path(nickname): Path<String>) -> Answered {
    people::user(&ctx, &nickname).await.map(Answer::of)
}

pub(super) async fn put(
    UnconfirmedWrite(ctx): UnconfirmedWrite,
    Extension(changes): Extension<AddressChanges>,
    Path(nickname): Path<String>,
    JsonBody(body): JsonBody,
) -> Answered {
    if body.contains_key("email") {
        changes.admit(&ctx)?;
    }
    people::update_user(&ctx, &nickname, body)
        .await
        .map(Answer::of)
}

/// Removes the account that asks, with all that is its owner's.
pub(super) async fn remove(
    AccountWrite(ctx): AccountWrite,
    Path(nickname): Path<String>,
) -> Answered {
    let account = people::own_account(&ctx, &nickname).await?;
    accounts::remove(&ctx, &account.nickname).await?;
    Ok(Answer::of("Deleted."))
}

pub(super) async fn profile(AnyRead(ctx): AnyRead, Path(nickname): Path<String>) -> Answered {
    people::profile(&ctx, &nickname).await.map(Answer::of)
}

pub(super) async fn put_profile(
    UserWrite(ctx): UserWrite,
    Path(nickname): Path<String>,
    JsonBody(body): JsonBody,
) -> Answered {
    people::update_profile(&ctx, &nickname, body)
        .await
        .map(Answer::of)
}
