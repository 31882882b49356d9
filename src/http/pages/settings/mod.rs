//! `/main/settings` and `/main/account`: what members change about themselves.
//!
//! Each part of a page is a form of its own, which leads back to its part and says that it is done.
//! After a failure the page comes back with what was typed.

mod account;
mod browser;
mod changes;
mod deletion;
mod export;
mod import;
mod pictures;
mod profile;
mod two_factor;

use axum::{
    Router,
    http::{HeaderValue, StatusCode, header},
    response::Response,
    routing::{get, post},
};

use super::{frame, read, submission::Submission, visitor::Visitor};
use crate::{
    App,
    http::{
        error::{retry_after_seconds, status},
        sign_in_limits::SignInLimiter,
    },
    service::{Error, ErrorKind, Result, passwords, sign_in},
};

/// The routes of the settings. Their pages are never stored.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/main/settings", get(profile::form).post(profile::change))
        .route("/main/settings/avatar", post(pictures::avatar))
        .route("/main/settings/banner", post(pictures::banner))
        .route("/main/account", get(account::page))
        .route("/main/account/password", post(changes::password))
        .route("/main/account/email", post(changes::email))
        .route("/main/account/email/again", post(changes::email_again))
        .route("/main/account/notifications", post(changes::notifications))
        .route("/main/account/language", post(changes::language))
        .route("/main/account/applications", post(changes::applications))
        .route("/main/account/sessions", post(changes::sessions))
        .route(
            "/main/account/delete",
            get(deletion::form).post(deletion::delete),
        )
        .merge(two_factor::routes())
        .merge(export::routes())
        .merge(import::routes())
}

/// A sentence about what a form came to, in the part of the page that it belongs to.
struct Outcome {
    part: &'static str,
    text: String,
    is_failure: bool,
}

impl Outcome {
    /// Reads which form led back here, as the query says: one of the parts of the page.
    fn done(visitor: &Visitor, parts: &[(&'static str, &'static str)]) -> Option<Self> {
        let query = visitor.uri.query().unwrap_or_default();
        let mut fields = form_urlencoded::parse(query.as_bytes());
        let (_, done) = fields.find(|(name, _)| name == "done")?;
        let (part, key) = parts.iter().find(|(part, _)| *part == done)?;
        Some(Self {
            part,
            text: visitor.language.say(key).into_owned(),
            is_failure: false,
        })
    }
}

/// Answers with a page of settings, which says what the form did that led here.
async fn opened<F: Future<Output = Result<Response>>>(
    visitor: &Visitor,
    parts: &[(&'static str, &'static str)],
    show: impl FnOnce(StatusCode, Option<Outcome>) -> F,
) -> Response {
    let shown = show(StatusCode::OK, Outcome::done(visitor, parts)).await;
    read::answer(visitor, &visitor.place(), shown)
}

/// Leads back to a part of a page after a change. After a failure that the sender can mend, `again`
/// makes the page anew with what they typed.
async fn finish<F: Future<Output = Result<Response>>>(
    form: &Submission,
    (page, part): (&str, &'static str),
    done: Result<()>,
    again: impl FnOnce(StatusCode, Outcome) -> F,
) -> Response {
    let visitor = &form.visitor;
    let error = match done {
        Ok(()) => return form.redirect(&format!("{}{page}?done={part}#{part}", root(visitor))),
        Err(error) => error,
    };
    let (place, status) = (format!("{}{page}", root(visitor)), status(error.kind()));
    if !status.is_client_error() || error.kind() == ErrorKind::Unauthorized {
        return read::answer(visitor, &place, Err(error));
    }
    let outcome = Outcome {
        part,
        text: frame::sentence(&visitor.language, &error),
        is_failure: true,
    };
    let mut response = read::answer(visitor, &place, again(status, outcome).await);
    if let Some(wait) = error.retry_after() {
        let wait: HeaderValue = retry_after_seconds(wait);
        response.headers_mut().insert(header::RETRY_AFTER, wait);
    }
    response
}

/// Refuses a form without the present password of its sender, and a code if the account asks for
/// one: 403, and 429 after many attempts.
async fn require_owner(form: &Submission, limits: &SignInLimiter) -> Result<()> {
    require_password(form, limits).await?;
    require_code(form, limits).await
}

/// Refuses a form without a code, if the account asks for one.
async fn require_code(form: &Submission, limits: &SignInLimiter) -> Result<()> {
    let t = &form.visitor.language;
    let account = form.visitor.account()?;
    if !account.asks_for_code() {
        return Ok(());
    }
    limits
        .check_code(&account.nickname, form.address)
        .map_err(|wait| {
            Error::too_many_requests(t.say("sign-in-too-often"), wait).phrased("sign-in-too-often")
        })?;
    sign_in::require_code(&form.visitor.ctx, account, form.get("code")).await
}

/// Refuses a form without the present password of its sender: 403, and 429 after many attempts.
async fn require_password(form: &Submission, limits: &SignInLimiter) -> Result<()> {
    let (ctx, t) = (&form.visitor.ctx, &form.visitor.language);
    let account = form.visitor.account()?;
    let nickname = account.nickname.as_str();
    limits.check(nickname, form.address).map_err(|wait| {
        Error::too_many_requests(t.say("sign-in-too-often"), wait).phrased("sign-in-too-often")
    })?;
    if passwords::check(ctx, nickname, form.raw("present"))
        .await?
        .is_none()
    {
        return Err(Error::saying(
            ErrorKind::Forbidden,
            "account-wrong-password",
        ));
    }
    limits.remember(&account.nickname, form.address);
    Ok(())
}

/// Prefix of links.
fn root(visitor: &Visitor) -> &str {
    visitor.ctx.urls().path()
}
