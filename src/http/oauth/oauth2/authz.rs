//! `/oauth2/authz` and `/oauth2/authc`: a person signs in, is asked, and answers.

use axum::{
    Extension,
    extract::RawQuery,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::super::{
    super::{
        error::retry_after_seconds,
        page::{self, visitor::Visitor},
        second_step::{self, CodeForm},
        sign_in_limits::SignInLimiter,
    },
    csrf::CsrfGuard,
    form::SubmittedForm,
    pages,
    sign_in::{self, SignInAttempt},
};
use crate::{
    model::Secret,
    protocol::oauth2::Parameters,
    service::{
        Error, Result,
        oauth2::authorize::{self, AuthorizationError, AuthorizationOutcome, AuthorizationRequest},
    },
};

/// `GET /oauth2/authz`: where a client sends a person; they are sent on to sign in.
pub(super) async fn begin(visitor: Visitor, RawQuery(query): RawQuery) -> Response {
    match question(&visitor, &parameters(query)).await {
        Ok(question) => {
            let query = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(question.parameters())
                .finish();
            let path = visitor.ctx.urls().path();
            redirect(
                &visitor,
                StatusCode::FOUND,
                &format!("{path}/oauth2/authc?{query}"),
            )
        }
        Err(response) => response,
    }
}

/// `GET /oauth2/authc`: someone is asked to sign in, if they have not, and to answer.
pub(super) async fn ask(visitor: Visitor, RawQuery(query): RawQuery, guard: CsrfGuard) -> Response {
    let parameters = parameters(query);
    let as_other = parameters.get("as") == Some("other");
    match question(&visitor, &parameters).await {
        Ok(question) => sign_on(&visitor, &question, as_other, &guard)
            .await
            .unwrap_or_else(|error| page::failure(&visitor, error)),
        Err(response) => response,
    }
}

/// The form to sign in, or the question for who is signed in already, unless they want to be asked
/// as someone else.
async fn sign_on(
    visitor: &Visitor,
    question: &AuthorizationRequest,
    as_other: bool,
    guard: &CsrfGuard,
) -> Result<Response> {
    let page = match visitor.ctx.account().filter(|_| !as_other) {
        Some(account) => {
            let consent = authorize::ask(&visitor.anyone(), question, account.clone()).await?;
            pages::authorization(visitor, question, &consent, guard)
        }
        None => pages::authenticate(visitor, question, guard, "", None),
    };
    Ok(guard.set(page))
}

/// `POST /oauth2/authc`: name and password, or a code, answered with the question.
pub(super) async fn sign_in(
    visitor: Visitor,
    Extension(limits): Extension<SignInLimiter>,
    guard: CsrfGuard,
    form: SubmittedForm,
) -> Response {
    if let Err(error) = guard.check(form.get("guard")) {
        return page::failure(&visitor, error);
    }
    match question(&visitor, &form.parameters()).await {
        Ok(question) if form.has("cancel") => go(&visitor, &question.cancelled()),
        Ok(question) => check(&visitor, &limits, &guard, &form, &question)
            .await
            .unwrap_or_else(|error| page::failure(&visitor, error)),
        Err(response) => response,
    }
}

/// `POST /oauth2/authz`: the answer of someone who was asked. Only what says that it allows allows.
pub(super) async fn answer(visitor: Visitor, guard: CsrfGuard, form: SubmittedForm) -> Response {
    decide(&visitor, &guard, &form).await.map_or_else(
        |error| page::failure(&visitor, error),
        |next| go(&visitor, &next),
    )
}

async fn check(
    visitor: &Visitor,
    limits: &SignInLimiter,
    guard: &CsrfGuard,
    form: &SubmittedForm,
    question: &AuthorizationRequest,
) -> Result<Response> {
    let nickname = form.get("nickname");
    let again = |status: StatusCode, alert| {
        let page = pages::authenticate(visitor, question, guard, nickname, Some(alert));
        (status, page).into_response()
    };
    match sign_in::check(visitor, limits, form, nickname).await? {
        SignInAttempt::Done(account) => {
            let consent = authorize::ask(&visitor.anyone(), question, *account).await?;
            Ok(pages::authorization(visitor, question, &consent, guard))
        }
        SignInAttempt::Code(ticket, alert) => {
            let parameters = question.parameters();
            let parameters = parameters.iter();
            let mut hidden: Vec<_> = parameters.map(|(name, value)| (*name, &**value)).collect();
            hidden.push(("guard", guard.value()));
            let asks = CodeForm {
                action: &pages::below(visitor, "/oauth2/authc"),
                hidden: &hidden,
            };
            Ok(second_step::page(visitor, &asks, &ticket, alert))
        }
        SignInAttempt::Again(status, alert) => Ok(again(status, alert)),
        SignInAttempt::TooOften(wait) => {
            let page = again(StatusCode::TOO_MANY_REQUESTS, pages::TOO_MANY_ATTEMPTS);
            Ok(([(header::RETRY_AFTER, retry_after_seconds(wait))], page).into_response())
        }
    }
}

async fn decide(
    visitor: &Visitor,
    guard: &CsrfGuard,
    form: &SubmittedForm,
) -> Result<AuthorizationOutcome> {
    guard.check(form.get("guard"))?;
    let ctx = &visitor.anyone();
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
async fn question(visitor: &Visitor, given: &Parameters) -> Result<AuthorizationRequest, Response> {
    authorize::parse_request(&visitor.anyone(), given)
        .await
        .map_err(|stop| match stop {
            AuthorizationError::ShowError(error) => page::failure(visitor, error),
            AuthorizationError::Offer(sentence, address) => {
                pages::refused(visitor, sentence, &address)
            }
        })
}

fn parameters(query: Option<String>) -> Parameters {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .into_owned()
        .collect()
}

fn go(visitor: &Visitor, next: &AuthorizationOutcome) -> Response {
    match next {
        AuthorizationOutcome::SendBack(address) => {
            redirect(visitor, StatusCode::SEE_OTHER, address)
        }
        AuthorizationOutcome::Show(code) => pages::code(visitor, code),
        AuthorizationOutcome::Denied => pages::denied(visitor),
    }
}

fn redirect(visitor: &Visitor, status: StatusCode, address: &str) -> Response {
    match HeaderValue::from_str(address) {
        Ok(location) => (status, [(header::LOCATION, location)]).into_response(),
        Err(error) => page::failure(visitor, Error::internal(error)),
    }
}
