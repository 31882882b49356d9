//! `/oauth/authorize`: a person signs in, is asked, and answers.

use std::collections::HashMap;

use axum::{
    Extension,
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use url::Url;

use super::{
    super::{error::retry_after_seconds, page},
    csrf::CsrfGuard,
    form::SubmittedForm,
    limits::SignInLimiter,
    pages,
};
use crate::{
    App, Context,
    context::Caller,
    model::RequestToken,
    service::{Error, Result, oauth, passwords},
};

/// `GET /oauth/authorize`: someone is asked to sign in, if they have not, and to answer.
pub(super) async fn ask(
    State(app): State<App>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    guard: CsrfGuard,
) -> Response {
    let ctx = app.context(Caller::Anonymous);
    let token = query.get("oauth_token").map_or("", String::as_str);
    begin(&ctx, token, &headers, &guard)
        .await
        .unwrap_or_else(|error| page::failure(ctx.app(), error))
}

/// The form to sign in, or the question for who is signed in already.
async fn begin(
    ctx: &Context,
    token: &str,
    headers: &HeaderMap,
    guard: &CsrfGuard,
) -> Result<Response> {
    let pending = oauth::pending(ctx, token).await?;
    let page = match passwords::current_user(ctx, headers).await? {
        Some(account) => pages::consent(ctx, &oauth::ask(ctx, token, account).await?, guard),
        None => pages::sign_in(ctx, &pending, guard, "", None),
    };
    Ok(guard.set(page))
}

/// `POST /oauth/authorize`: name and password, or the answer of someone who was asked.
pub(super) async fn answer(
    State(app): State<App>,
    Extension(limits): Extension<SignInLimiter>,
    guard: CsrfGuard,
    form: SubmittedForm,
) -> Response {
    let ctx = app.context(Caller::Anonymous);
    let result = match guard.check(form.get("guard")) {
        Err(error) => Err(error),
        Ok(()) if form.has("verifier") => decide(&ctx, &form).await,
        Ok(()) => sign_in(&ctx, &limits, &guard, &form).await,
    };
    result.unwrap_or_else(|error| page::failure(ctx.app(), error))
}

async fn sign_in(
    ctx: &Context,
    limits: &SignInLimiter,
    guard: &CsrfGuard,
    form: &SubmittedForm,
) -> Result<Response> {
    let (token, nickname) = (form.get("oauth_token"), form.get("username"));
    let again = |status, alert| async move {
        let pending = oauth::pending(ctx, token).await?;
        let page = pages::sign_in(ctx, &pending, guard, nickname, Some(alert));
        Ok((status, page).into_response())
    };
    if let Err(wait) = limits.check(nickname, form.address) {
        let page = again(StatusCode::TOO_MANY_REQUESTS, pages::TOO_MANY_ATTEMPTS).await?;
        return Ok(([(header::RETRY_AFTER, retry_after_seconds(wait))], page).into_response());
    }
    if let Some(consent) = oauth::sign_in(ctx, token, nickname, form.get("password")).await? {
        limits.remember(&consent.account.nickname, form.address);
        return Ok(pages::consent(ctx, &consent, guard));
    }
    again(StatusCode::BAD_REQUEST, pages::WRONG_PASSWORD).await
}

async fn decide(ctx: &Context, form: &SubmittedForm) -> Result<Response> {
    let (token, verifier) = (form.get("oauth_token"), form.get("verifier"));
    if form.has("deny") {
        let token = oauth::deny(ctx, token, verifier).await?;
        let problem = [
            ("oauth_token", token.token.as_str()),
            ("oauth_problem", "permission_denied"),
        ];
        return send_back(&token, &problem).unwrap_or_else(|| Ok(pages::denied(ctx)));
    }
    let token = oauth::approve(ctx, token, verifier).await?;
    let granted = [
        ("oauth_token", token.token.as_str()),
        ("oauth_verifier", verifier),
    ];
    send_back(&token, &granted).unwrap_or_else(|| Ok(pages::verifier(ctx, &token.token, verifier)))
}

/// Sends a person back to the application, if it has an address.
fn send_back(token: &RequestToken, said: &[(&str, &str)]) -> Option<Result<Response>> {
    if token.callback == oauth::OUT_OF_BAND {
        return None;
    }
    let location = Url::parse(&token.callback)
        .map_err(Error::internal)
        .and_then(|mut url| {
            url.query_pairs_mut().extend_pairs(said);
            HeaderValue::from_str(url.as_str()).map_err(Error::internal)
        });
    Some(
        location.map(|location| {
            (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
        }),
    )
}
