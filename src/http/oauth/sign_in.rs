//! The sign-in on the forms of OAuth: name and password, and a code if the account asks for one.

use std::time::Duration;

use axum::http::StatusCode;

use super::{
    super::{
        page::visitor::Visitor,
        second_step::{self, CodeAlert, CodeAttempt},
        sign_in_limits::SignInLimiter,
    },
    form::SubmittedForm,
    pages,
};
use crate::{
    model::{Account, Secret},
    service::{
        Result,
        sign_in::{self, FirstStep},
    },
};

/// Outcome of a form.
pub(super) enum SignInAttempt {
    /// The person is known.
    Done(Box<Account>),
    /// The form that asks for a code is shown, with what was wrong with the last one.
    Code(Secret, Option<CodeAlert>),
    /// The first form comes back, with the key of a sentence.
    Again(StatusCode, &'static str),
    /// The first form comes back: it was tried too often.
    TooOften(Duration),
}

/// Checks name and password of a form, or its code.
pub(super) async fn check(
    visitor: &Visitor,
    limits: &SignInLimiter,
    form: &SubmittedForm,
    nickname: &str,
) -> Result<SignInAttempt> {
    if form.has("ticket") {
        let ticket = Secret::new(form.get("ticket"));
        let given = (&ticket, form.get("code"));
        let attempt = second_step::check(visitor, limits, given, form.address).await?;
        return Ok(match attempt {
            CodeAttempt::Right(account) => SignInAttempt::Done(account),
            CodeAttempt::Again(alert) => SignInAttempt::Code(ticket, Some(alert)),
            CodeAttempt::Expired => {
                SignInAttempt::Again(StatusCode::UNAUTHORIZED, second_step::EXPIRED)
            }
        });
    }
    if let Err(wait) = limits.check(nickname, form.address) {
        return Ok(SignInAttempt::TooOften(wait));
    }
    let password = form.get("password");
    let step = sign_in::by_password(&visitor.anyone(), nickname, password).await?;
    Ok(match step {
        FirstStep::Wrong => SignInAttempt::Again(StatusCode::BAD_REQUEST, pages::WRONG_PASSWORD),
        FirstStep::Ticket(ticket) => SignInAttempt::Code(ticket, None),
        FirstStep::Done(account) => {
            limits.remember(&account.nickname, form.address);
            SignInAttempt::Done(account)
        }
    })
}
