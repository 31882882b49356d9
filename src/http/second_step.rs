//! The second step of a sign-in, on the pages and on those of OAuth: a form that asks for a code.

use std::{net::IpAddr, time::Duration};

use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    error::retry_after_seconds,
    page::{Page, visitor::Visitor},
    sign_in_limits::SignInLimiter,
};
use crate::{
    app::texts::Language,
    model::{Account, Secret},
    service::{
        Result,
        sign_in::{self, SecondStep},
    },
};

/// Key of what is said when the ticket is too old.
pub(super) const EXPIRED: &str = "code-expired";

/// The form, and what it sends besides the code and the ticket.
pub(super) struct CodeForm<'a> {
    pub(super) action: &'a str,
    pub(super) hidden: &'a [(&'a str, &'a str)],
}

/// Outcome of an attempt at a code.
pub(super) enum CodeAttempt {
    /// The person is known.
    Right(Box<Account>),
    /// The form comes back.
    Again(CodeAlert),
    /// The sign-in begins anew.
    Expired,
}

/// Reason for which the form comes back.
#[derive(Clone, Copy)]
pub(super) enum CodeAlert {
    Wrong,
    TooOften(Duration),
}

#[derive(Template)]
#[template(path = "pages/second_step.html")]
struct CodePage<'a> {
    t: &'a Language,
    form: &'a CodeForm<'a>,
    ticket: &'a str,
    /// Key of a sentence about a failure.
    alert: Option<&'a str>,
}

/// Returns the form that asks for a code.
pub(super) fn page(
    visitor: &Visitor,
    form: &CodeForm<'_>,
    ticket: &Secret,
    alert: Option<CodeAlert>,
) -> Response {
    let (status, alert, wait) = match alert {
        None => (StatusCode::OK, None, None),
        Some(CodeAlert::Wrong) => (StatusCode::UNAUTHORIZED, Some("code-wrong"), None),
        Some(CodeAlert::TooOften(wait)) => {
            let status = StatusCode::TOO_MANY_REQUESTS;
            (status, Some("sign-in-too-often"), Some(wait))
        }
    };
    let title = visitor.language.say("code-title");
    let main = CodePage {
        t: &visitor.language,
        form,
        ticket: ticket.expose(),
        alert,
    };
    let page = Page {
        status,
        ..Page::new(&title, &main)
    };
    let wait = wait.map(|wait| [(header::RETRY_AFTER, retry_after_seconds(wait))]);
    (wait, page.render(visitor)).into_response()
}

/// Checks a code of the owner of a ticket, within the limits.
pub(super) async fn check(
    visitor: &Visitor,
    limits: &SignInLimiter,
    (ticket, code): (&Secret, &str),
    address: Option<IpAddr>,
) -> Result<CodeAttempt> {
    let ctx = &visitor.anyone();
    let Some(nickname) = sign_in::ticket_owner(ctx, ticket).await? else {
        return Ok(CodeAttempt::Expired);
    };
    if let Err(wait) = limits.check_code(&nickname, address) {
        return Ok(CodeAttempt::Again(CodeAlert::TooOften(wait)));
    }
    Ok(match sign_in::by_code(ctx, ticket, code).await? {
        SecondStep::Wrong => CodeAttempt::Again(CodeAlert::Wrong),
        SecondStep::Expired => CodeAttempt::Expired,
        SecondStep::Done(account) => {
            limits.remember_code(&nickname, address);
            CodeAttempt::Right(account)
        }
    })
}
