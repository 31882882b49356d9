//! `/oauth/authorize`: a person signs in, is asked, and answers.

use std::collections::HashMap;

use axum::{
    Extension,
    extract::Query,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use url::Url;

use super::{
    super::{
        error::retry_after_seconds,
        page::{self, visitor::Visitor},
        second_step::{self, CodeForm},
        sign_in_limits::SignInLimiter,
    },
    csrf::CsrfGuard,
    form::SubmittedForm,
    pages,
    sign_in::{SignInAttempt, check},
};
use crate::{
    model::{RequestToken, Secret},
    service::{Error, Result, oauth},
};

/// `GET /oauth/authorize`: someone is asked to sign in, if they have not, and to answer.
pub(super) async fn ask(
    visitor: Visitor,
    Query(query): Query<HashMap<String, String>>,
    guard: CsrfGuard,
) -> Response {
    let token = query.get("oauth_token").map_or("", String::as_str);
    let as_other = query.get("as").is_some_and(|who| who == "other");
    begin(&visitor, token, as_other, &guard)
        .await
        .unwrap_or_else(|error| page::failure(&visitor, error))
}

/// The form to sign in, or the question for who is signed in already, unless they want to be asked
/// as someone else.
async fn begin(
    visitor: &Visitor,
    token: &str,
    as_other: bool,
    guard: &CsrfGuard,
) -> Result<Response> {
    let ctx = &visitor.anyone();
    let pending = oauth::pending(ctx, token).await?;
    let page = match visitor.ctx.account().filter(|_| !as_other) {
        Some(account) => {
            let consent = oauth::ask(ctx, token, account.clone()).await?;
            pages::consent(visitor, &consent, guard)
        }
        None => pages::sign_in(visitor, &pending, guard, "", None),
    };
    Ok(guard.set(page))
}

/// `POST /oauth/authorize`: name and password, a code, or the answer of someone who was asked.
pub(super) async fn answer(
    visitor: Visitor,
    Extension(limits): Extension<SignInLimiter>,
    guard: CsrfGuard,
    form: SubmittedForm,
) -> Response {
    let result = match guard.check(form.get("guard")) {
        Err(error) => Err(error),
        Ok(()) if form.has("verifier") => decide(&visitor, &form).await,
        Ok(()) => sign_in(&visitor, &limits, &guard, &form).await,
    };
    result.unwrap_or_else(|error| page::failure(&visitor, error))
}

async fn sign_in(
    visitor: &Visitor,
    limits: &SignInLimiter,
    guard: &CsrfGuard,
    form: &SubmittedForm,
) -> Result<Response> {
    let (token, nickname) = (form.get("oauth_token"), form.get("username"));
    let ctx = &visitor.anyone();
    let pending = oauth::pending(ctx, token).await?;
    let again = |status: StatusCode, alert| {
        let page = pages::sign_in(visitor, &pending, guard, nickname, Some(alert));
        (status, page).into_response()
    };
    let ask_code = |ticket: &Secret, alert| {
        let asks = CodeForm {
            action: &pages::below(visitor, "/oauth/authorize"),
            hidden: &[("oauth_token", token), ("guard", guard.value())],
        };
        second_step::page(visitor, &asks, ticket, alert)
    };
    match check(visitor, limits, form, nickname).await? {
        SignInAttempt::Done(account) => {
            let consent = oauth::ask(ctx, token, *account).await?;
            Ok(pages::consent(visitor, &consent, guard))
        }
        SignInAttempt::Code(ticket, alert) => Ok(ask_code(&ticket, alert)),
        SignInAttempt::Again(status, alert) => Ok(again(status, alert)),
        SignInAttempt::TooOften(wait) => {
            let page = again(StatusCode::TOO_MANY_REQUESTS, pages::TOO_MANY_ATTEMPTS);
            Ok(([(header::RETRY_AFTER, retry_after_seconds(wait))], page).into_response())
        }
    }
}

async fn decide(visitor: &Visitor, form: &SubmittedForm) -> Result<Response> {
    let ctx = &visitor.anyone();
    let (token, verifier) = (form.get("oauth_token"), form.get("verifier"));
    if form.has("deny") {
        let token = oauth::deny(ctx, token, verifier).await?;
        let problem = [
            ("oauth_token", token.token.as_str()),
            ("oauth_problem", "permission_denied"),
        ];
        return send_back(&token, &problem).unwrap_or_else(|| Ok(pages::denied(visitor)));
    }
    let token = oauth::approve(ctx, token, verifier).await?;
    let granted = [
        ("oauth_token", token.token.as_str()),
        ("oauth_verifier", verifier),
    ];
    send_back(&token, &granted)
        .unwrap_or_else(|| Ok(pages::verifier(visitor, &token.token, verifier)))
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
