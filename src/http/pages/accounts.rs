//! `/main/register`: a new account.

use askama::Template;
use axum::{
    Extension,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    frame, frame::Page, limits::RegistrationLimiter, sign_in::user_agent, submission::Submission,
    visitor::Visitor,
};
use crate::{
    app::{RegistrationMode, texts::Language},
    context::Caller,
    http::error::status,
    model::{Secret, Standing},
    service::{
        Error, ErrorKind, Result,
        accounts::{self, Registration},
        mail, sessions,
    },
};

#[derive(Template)]
#[template(path = "pages/register.html")]
struct RegisterPage<'a> {
    t: &'a Language,
    root: &'a str,
    authority: &'a str,
    nickname: &'a str,
    email: &'a str,
    /// Whether an address can be, or must be given.
    asks_email: bool,
    needs_email: bool,
    mode: RegistrationMode,
    /// Code of an invitation, and words with which an account is asked for.
    invitation: &'a str,
    application: &'a str,
    alert: Option<&'a str>,
}

/// `GET /main/register`: the form; a member is led to the front page.
pub(super) async fn form(visitor: Visitor) -> Response {
    if visitor.ctx.account().is_some() {
        let front = visitor.ctx.urls().absolute("/");
        return (StatusCode::FOUND, [(header::LOCATION, front)]).into_response();
    }
    match accounts::may_register(&visitor.ctx) {
        Ok(()) => {
            let typed = Typed {
                invitation: &visitor.query("invitation"),
                ..Typed::default()
            };
            form_with(&visitor, StatusCode::OK, typed, None)
        }
        Err(error) => frame::failure(&visitor, error),
    }
}

/// Fields of the form. None is lost when it comes back.
#[derive(Clone, Copy, Default)]
struct Typed<'a> {
    nickname: &'a str,
    email: &'a str,
    invitation: &'a str,
    application: &'a str,
}

fn form_with(
    visitor: &Visitor,
    status: StatusCode,
    typed: Typed<'_>,
    alert: Option<&str>,
) -> Response {
    let app = visitor.ctx.app();
    let title = visitor.language.say("register");
    let main = RegisterPage {
        t: &visitor.language,
        root: app.urls().path(),
        authority: app.urls().authority(),
        nickname: typed.nickname,
        email: typed.email,
        mode: app.settings().registration.mode,
        invitation: typed.invitation,
        application: typed.application,
        asks_email: mail::require_mailer(&visitor.ctx).is_ok(),
        needs_email: app.settings().registration.require_email,
        alert,
    };
    let page = Page {
        status,
        ..Page::new(&title, &main)
    };
    page.render(visitor)
}

/// `POST /main/register`: makes the account, and signs in to it.
pub(super) async fn register(
    Extension(limits): Extension<RegistrationLimiter>,
    headers: HeaderMap,
    form: Submission,
) -> Response {
    let filled_in = Typed {
        nickname: form.get("nickname"),
        email: form.get("email"),
        invitation: form.get("invitation"),
        application: form.get("application"),
    };
    match try_register(&form, &headers, &limits).await {
        Ok(response) => response,
        Err(error) if status(error.kind()).is_client_error() => {
            let alert = frame::sentence(&form.visitor.language, &error);
            let status = status(error.kind());
            form_with(&form.visitor, status, filled_in, Some(&alert))
        }
        Err(error) => frame::failure(&form.visitor, error),
    }
}

async fn try_register(
    form: &Submission,
    headers: &HeaderMap,
    limits: &RegistrationLimiter,
) -> Result<Response> {
    let anyone = form.visitor.ctx.with_caller(Caller::Anonymous);
    accounts::may_register(&anyone)?;
    if form.raw("password") != form.raw("repeat") {
        return Err(Error::saying(
            ErrorKind::BadRequest,
            "register-repeat-differs",
        ));
    }
    let password = Secret::new(form.raw("password"));
    let mut registration = Registration::new(form.get("nickname"), password);
    registration.email = Some(form.get("email").to_owned()).filter(|email| !email.is_empty());
    if registration.email.is_none() && form.visitor.ctx.app().settings().registration.require_email
    {
        return Err(Error::saying(ErrorKind::BadRequest, "register-needs-email"));
    }
    let invitation = form.get("invitation");
    registration.invitation = Some(Secret::new(invitation)).filter(|_| !invitation.is_empty());
    form.get("application")
        .clone_into(&mut registration.application);
    let mode = form.visitor.ctx.app().settings().registration.mode;
    let needs_words = mode == RegistrationMode::Approval && invitation.is_empty();
    if needs_words && registration.application.is_empty() {
        return Err(Error::saying(ErrorKind::BadRequest, "register-needs-words"));
    }
    limits.admit(form.address)?;
    let account = accounts::register(&anyone, registration).await?;
    if account.standing == Standing::Pending {
        return Ok(waiting(&form.visitor));
    }
    let text = sessions::begin(&anyone, &account, user_agent(headers)).await?;
    let mut response = form.redirect("/");
    form.cookie.set(Some(&text), response.headers_mut());
    Ok(response)
}

#[derive(Template)]
#[template(path = "pages/waiting.html")]
struct WaitingPage<'a> {
    t: &'a Language,
    root: &'a str,
    sends_mail: bool,
}

/// The page for one whose account waits for a moderator.
fn waiting(visitor: &Visitor) -> Response {
    let title = visitor.language.say("register-waiting");
    let main = WaitingPage {
        t: &visitor.language,
        root: visitor.ctx.urls().path(),
        sends_mail: mail::require_mailer(&visitor.ctx).is_ok(),
    };
    let page = Page {
        status: StatusCode::ACCEPTED,
        ..Page::new(&title, &main)
    };
    page.render(visitor)
}
