//! `/oauth2/authz` and `/oauth2/authc`: a person signs in, is asked, and answers.

use axum::{
    Extension,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::super::{
    super::{error::retry_after_seconds, page},
    csrf::CsrfGuard,
    form::SubmittedForm,
    limits::SignInLimiter,
    pages,
};
use crate::{
    App, Context,
    context::Caller,
    model::Secret,
    protocol::oauth2::Parameters,
    service::{
        Error, Result,
        oauth2::authorize::{self, AuthorizationError, AuthorizationOutcome, AuthorizationRequest},
        passwords,
    },
};

/// `GET /oauth2/authz`: where a client sends a person; they are sent on to sign in.
pub(super) async fn begin(State(app): State<App>, RawQuery(query): RawQuery) -> Response {
    let ctx = app.context(Caller::Anonymous);
    match question(&ctx, &parameters(query)).await {
        Ok(question) => {
            let query = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(question.parameters())
                .finish();
            let path = app.urls().path();
            redirect(
                &app,
                StatusCode::FOUND,
                &format!("{path}/oauth2/authc?{query}"),
            )
        }
        Err(response) => response,
    }
}

/// `GET /oauth2/authc`: someone is asked to sign in, if they have not, and to answer.
pub(super) async fn ask(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    guard: CsrfGuard,
) -> Response {
    let ctx = app.context(Caller::Anonymous);
    match question(&ctx, &parameters(query)).await {
        Ok(question) => sign_on(&ctx, &question, &headers, &guard)
            .await
            .unwrap_or_else(|error| page::failure(ctx.app(), error)),
        Err(response) => response,
    }
}

/// The form to sign in, or the question for who is signed in already.
async fn sign_on(
    ctx: &Context,
    question: &AuthorizationRequest,
    headers: &HeaderMap,
    guard: &CsrfGuard,
) -> Result<Response> {
    let page = match passwords::current_user(ctx, headers).await? {
        Some(account) => {
            let consent = authorize::ask(ctx, question, account).await?;
            pages::authorization(ctx, question, &consent, guard)
        }
        None => pages::authenticate(ctx, question, guard, "", None),
    };
    Ok(guard.set(page))
}

/// `POST /oauth2/authc`: name and password, answered with the question.
pub(super) async fn sign_in(
    State(app): State<App>,
    Extension(limits): Extension<SignInLimiter>,
    guard: CsrfGuard,
    form: SubmittedForm,
) -> Response {
    let ctx = app.context(Caller::Anonymous);
    if let Err(error) = guard.check(form.get("guard")) {
        return page::failure(ctx.app(), error);
    }
    match question(&ctx, &form.parameters()).await {
        Ok(question) if form.has("cancel") => go(&ctx, &question.cancelled()),
        Ok(question) => check(&ctx, &limits, &guard, &form, &question)
            .await
            .unwrap_or_else(|error| page::failure(ctx.app(), error)),
        Err(response) => response,
    }
}

/// `POST /oauth2/authz`: the answer of someone who was asked. Only what says that it allows allows.
pub(super) async fn answer(
    State(app): State<App>,
    guard: CsrfGuard,
    form: SubmittedForm,
) -> Response {
    let ctx = app.context(Caller::Anonymous);
    decide(&ctx, &guard, &form).await.map_or_else(
        |error| page::failure(ctx.app(), error),
        |next| go(&ctx, &next),
    )
}

async fn check(
    ctx: &Context,
    limits: &SignInLimiter,
    guard: &CsrfGuard,
    form: &SubmittedForm,
    question: &AuthorizationRequest,
) -> Result<Response> {
    let nickname = form.get("nickname");
    let again = |status: StatusCode, alert| {
        let page = pages::authenticate(ctx, question, guard, nickname, Some(alert));
        Ok((status, page).into_response())
    };
    if let Err(wait) = limits.check(nickname, form.address) {
        let page = again(StatusCode::TOO_MANY_REQUESTS, pages::TOO_MANY_ATTEMPTS)?;
        return Ok(([(header::RETRY_AFTER, retry_after_seconds(wait))], page).into_response());
    }
    match authorize::sign_in(ctx, question, nickname, form.get("password")).await? {
        Some(consent) => {
            limits.remember(&consent.account.nickname, form.address);
            Ok(pages::authorization(ctx, question, &consent, guard))
        }
        None => again(StatusCode::BAD_REQUEST, pages::WRONG_PASSWORD),
    }
}

async fn decide(
    ctx: &Context,
    guard: &CsrfGuard,
    form: &SubmittedForm,
) -> Result<AuthorizationOutcome> {
    guard.check(form.get("guard"))?;
    let ticket = Secret::new(form.get("ticket"));
    if form.has("deny") || form.has("denied") {
        authorize::deny(ctx, &ticket).await
    } else if form.has("allow") {
        authorize::allow(ctx, &ticket).await
    } else {
        Err(Error::bad_request(
            "The answer must be to allow or to deny.",
        ))
    }
}

/// Parses the authorization request, or returns the error page.
async fn question(ctx: &Context, given: &Parameters) -> Result<AuthorizationRequest, Response> {
    authorize::parse_request(ctx, given)
        .await
        .map_err(|stop| match stop {
            AuthorizationError::ShowError(error) => page::failure(ctx.app(), error),
            AuthorizationError::Offer(sentence, address) => pages::refused(ctx, sentence, &address),
        })
}

fn parameters(query: Option<String>) -> Parameters {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .into_owned()
        .collect()
}

fn go(ctx: &Context, next: &AuthorizationOutcome) -> Response {
    match next {
        AuthorizationOutcome::SendBack(address) => {
            redirect(ctx.app(), StatusCode::SEE_OTHER, address)
        }
        AuthorizationOutcome::Show(code) => pages::code(ctx, code),
        AuthorizationOutcome::Denied => pages::denied(ctx),
    }
}

fn redirect(app: &App, status: StatusCode, address: &str) -> Response {
    match HeaderValue::from_str(address) {
        Ok(location) => (status, [(header::LOCATION, location)]).into_response(),
        Err(error) => page::failure(app, Error::internal(error)),
    }
}
