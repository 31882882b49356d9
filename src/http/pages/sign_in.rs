//! `/main/login` and `/main/logout`.

use askama::Template;
use axum::{
    Extension,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{frame, frame::Page, submission::Submission, visitor::Visitor};
use crate::{
    app::texts::Language,
    context::Caller,
    http::{
        accept::Accept,
        api::JsonAnswer,
        error::{json_error, retry_after_seconds},
        remote::Visit,
        second_step::{self, CodeAlert, CodeAttempt, CodeForm},
        sign_in_limits::SignInLimiter,
    },
    model::{Account, Secret},
    service::{
        Error, Result,
        federation::remote_sign_in,
        mail, sessions,
        sign_in::{self, FirstStep},
    },
};

#[derive(Template)]
#[template(path = "pages/sign_in.html")]
struct SignInPage<'a> {
    t: &'a Language,
    root: &'a str,
    nickname: &'a str,
    continue_to: &'a str,
    /// Key of a sentence about a failure.
    alert: Option<&'a str>,
    recovery: bool,
    federates: bool,
    may_register: bool,
}

/// `GET /main/login`: the form; a member is led on.
pub(super) async fn form(visitor: Visitor) -> Response {
    let continue_to = continue_of(&visitor);
    if visitor.ctx.account().is_some() {
        let location = visitor.ctx.urls().local_place(&continue_to);
        return (StatusCode::FOUND, [(header::LOCATION, location)]).into_response();
    }
    form_with(&visitor, StatusCode::OK, ("", &continue_to), None)
}

fn form_with(
    visitor: &Visitor,
    status: StatusCode,
    (nickname, continue_to): (&str, &str),
    alert: Option<&str>,
) -> Response {
    let app = visitor.ctx.app();
    let title = visitor.language.say("sign-in");
    let main = SignInPage {
        t: &visitor.language,
        root: app.urls().path(),
        nickname,
        continue_to,
        alert,
        recovery: mail::recover::is_possible(&visitor.ctx),
        federates: app.settings().federation.enabled,
        may_register: visitor.may_register(),
    };
    let page = Page {
        status,
        ..Page::new(&title, &main)
    };
    page.render(visitor)
}

/// `POST /main/login`: a password, or the code of who has a ticket for theirs. Begins a session,
/// and leads to where the reader wanted to go. A session that the browser had ends.
pub(super) async fn sign_in(
    Extension(limits): Extension<SignInLimiter>,
    headers: HeaderMap,
    form: Submission,
) -> Response {
    let visitor = &form.visitor;
    let done = match form.get("ticket") {
        "" => first_step(&form, &headers, &limits).await,
        ticket => second_step(&form, &headers, &limits, &Secret::new(ticket)).await,
    };
    done.unwrap_or_else(|error| frame::failure(visitor, error))
}

async fn first_step(
    form: &Submission,
    headers: &HeaderMap,
    limits: &SignInLimiter,
) -> Result<Response> {
    let visitor = &form.visitor;
    let filled_in = (form.get("nickname"), form.get("continue"));
    if let Err(wait) = limits.check(filled_in.0, form.address) {
        let status = StatusCode::TOO_MANY_REQUESTS;
        let page = form_with(visitor, status, filled_in, Some("sign-in-too-often"));
        return Ok(([(header::RETRY_AFTER, retry_after_seconds(wait))], page).into_response());
    }
    let password = form.raw("password");
    match sign_in::by_password(&visitor.anyone(), filled_in.0, password).await? {
        FirstStep::Wrong => {
            let status = StatusCode::UNAUTHORIZED;
            Ok(form_with(visitor, status, filled_in, Some("sign-in-wrong")))
        }
        FirstStep::Ticket(ticket) => Ok(ask_code(form, &ticket, None)),
        FirstStep::Done(account) => {
            limits.remember(&account.nickname, form.address);
            begin(form, headers, &account).await
        }
    }
}

async fn second_step(
    form: &Submission,
    headers: &HeaderMap,
    limits: &SignInLimiter,
    ticket: &Secret,
) -> Result<Response> {
    let (visitor, continue_to) = (&form.visitor, form.get("continue"));
    let given = (ticket, form.get("code"));
    match second_step::check(visitor, limits, given, form.address).await? {
        CodeAttempt::Right(account) => begin(form, headers, &account).await,
        CodeAttempt::Again(alert) => Ok(ask_code(form, ticket, Some(alert))),
        CodeAttempt::Expired => {
            let (status, alert) = (StatusCode::UNAUTHORIZED, second_step::EXPIRED);
            Ok(form_with(visitor, status, ("", continue_to), Some(alert)))
        }
    }
}

fn ask_code(form: &Submission, ticket: &Secret, alert: Option<CodeAlert>) -> Response {
    let visitor = &form.visitor;
    let asks = CodeForm {
        action: &format!("{}/main/login", visitor.ctx.urls().path()),
        hidden: &[("continue", form.get("continue"))],
    };
    second_step::page(visitor, &asks, ticket, alert)
}

/// Begins a session of someone who has proved who they are.
async fn begin(form: &Submission, headers: &HeaderMap, account: &Account) -> Result<Response> {
    let visitor = &form.visitor;
    sessions::end(&visitor.ctx).await?;
    let text = sessions::begin(&visitor.anyone(), account, user_agent(headers)).await?;
    let mut response = form.redirect(form.get("continue"));
    form.cookie.set(Some(&text), response.headers_mut());
    Ok(response)
}

/// Returns how a browser names itself.
pub(super) fn user_agent(headers: &HeaderMap) -> &str {
    let agent = headers.get(header::USER_AGENT);
    agent
        .and_then(|agent| agent.to_str().ok())
        .unwrap_or_default()
}

/// `POST /main/logout`: ends the sessions of a browser, of an account here and of one elsewhere.
/// Browsers get the front page, programs the answer of the reference.
pub(super) async fn sign_out(visit: Visit, headers: HeaderMap, form: Submission) -> Response {
    let ended = end_sessions(&visit, &form).await;
    let mut response = match ended {
        Ok(_) if Accept::of(&headers).names(&mime::TEXT_HTML) => form.redirect("/"),
        Ok(true) => JsonAnswer::of("OK").into_response(),
        Ok(false) => json_error(Error::not_logged_in()),
        Err(error) => frame::failure(&form.visitor, error),
    };
    let headers = response.headers_mut();
    visit.set_session(None, headers);
    form.cookie.set(None, headers);
    // The browser forgets the pages of a member.
    headers.insert(CLEAR_SITE_DATA, HeaderValue::from_static("\"cache\""));
    response
}

const CLEAR_SITE_DATA: header::HeaderName = header::HeaderName::from_static("clear-site-data");

async fn end_sessions(visit: &Visit, form: &Submission) -> Result<bool> {
    let ctx = &form.visitor.ctx;
    sessions::end(ctx).await?;
    let elsewhere = visit.session().await?;
    if let Some(session) = &elsewhere {
        let anyone = ctx.with_caller(Caller::Anonymous);
        remote_sign_in::end_session(&anyone, session).await?;
    }
    Ok(elsewhere.is_some() || ctx.account().is_some())
}

/// Returns where to continue to, as the query says.
pub(super) fn continue_of(visitor: &Visitor) -> String {
    let query = visitor.uri.query().unwrap_or_default();
    let mut fields = form_urlencoded::parse(query.as_bytes());
    let field = fields.find(|(name, _)| name == "continue");
    field.map_or_else(String::new, |(_, place)| place.into_owned())
}
