//! `/main/settings/two-factor`: a device that makes codes for the sign-in, and codes for recovery.

use std::fmt::Write;

use askama::Template;
use axum::{
    Extension, Router,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};

use super::{Outcome, finish, opened, require_code, require_owner, require_password, root};
use crate::{
    App,
    app::texts::Language,
    http::{
        pages::{frame::Page, qr_code, read, submission::Submission, visitor::Visitor},
        sign_in_limits::SignInLimiter,
    },
    model::Secret,
    service::{
        Error, ErrorKind, Result, lookup, passwords,
        second_factor::{self, RECOVERY_CODES},
        sessions,
    },
};

/// Path of the page.
const PAGE: &str = "/main/settings/two-factor";

/// Parts of the page whose forms lead back to it, and what is said then.
const PARTS: [(&str, &str); 1] = [("off", "two-factor-off-done")];

/// The routes of two-factor sign-in.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/main/settings/two-factor", get(form))
        .route("/main/settings/two-factor/begin", post(begin))
        .route("/main/settings/two-factor/confirm", post(confirm))
        .route("/main/settings/two-factor/renew", post(renew))
        .route("/main/settings/two-factor/off", post(turn_off))
        .route("/main/settings/two-factor/qr.svg", get(picture))
        .route("/main/settings/two-factor/codes.txt", post(download))
}

#[derive(Template)]
#[template(path = "pages/two_factor.html")]
struct TwoFactorPage<'a> {
    t: &'a Language,
    root: &'a str,
    outcome: Option<Outcome>,
    nickname: &'a str,
    is_on: bool,
    /// Recovery codes that are left.
    codes_left: u64,
    /// Secret of a device that is to be confirmed, in groups of four.
    secret: Option<String>,
}

impl TwoFactorPage<'_> {
    fn outcome_of(&self, part: &str) -> Option<&Outcome> {
        self.outcome.as_ref().filter(|outcome| outcome.part == part)
    }
}

#[derive(Template)]
#[template(path = "pages/recovery_codes.html")]
struct CodesPage<'a> {
    t: &'a Language,
    root: &'a str,
    codes: &'a [Secret],
}

/// `GET /main/settings/two-factor`.
async fn form(visitor: Visitor) -> Response {
    let visitor = &visitor;
    opened(visitor, &PARTS, |status, outcome| {
        show(visitor, status, outcome)
    })
    .await
}

async fn show(visitor: &Visitor, status: StatusCode, outcome: Option<Outcome>) -> Result<Response> {
    passwords::require_local_passwords(&visitor.ctx)?;
    let nickname = visitor.account()?.nickname.as_str();
    let account = lookup::account(&visitor.ctx, nickname).await?;
    let is_on = account.asks_for_code();
    let factor = account.second_factor.as_ref();
    let title = visitor.language.say("two-factor-title");
    let main = TwoFactorPage {
        t: &visitor.language,
        root: root(visitor),
        outcome,
        nickname,
        is_on,
        codes_left: factor.map_or(0, |factor| factor.recovery_digests.len() as u64),
        secret: factor
            .filter(|factor| second_factor::is_pending(&visitor.ctx, factor))
            .map(|factor| spaced(&factor.secret)),
    };
    let page = Page {
        status,
        ..Page::new(&title, &main)
    };
    Ok(page.render(visitor))
}

/// Returns a secret as it is typed in.
fn spaced(secret: &Secret) -> String {
    let letters: Vec<char> = secret.expose().chars().collect();
    let groups = letters.chunks(4).map(|group| group.iter().collect());
    groups.collect::<Vec<String>>().join(" ")
}

/// `POST /main/settings/two-factor/begin`: makes a secret for who gives their password.
async fn begin(Extension(limits): Extension<SignInLimiter>, form: Submission) -> Response {
    let begun = async {
        passwords::require_local_passwords(&form.visitor.ctx)?;
        require_password(&form, &limits).await?;
        second_factor::begin(&form.visitor.ctx).await
    };
    match begun.await {
        Ok(()) => form.redirect(&format!("{}{PAGE}#confirm", root(&form.visitor))),
        Err(error) => respond(&form, "begin", Err(error)).await,
    }
}

/// `POST /main/settings/two-factor/confirm`: switches it on by the first code, ends all other
/// sessions, and shows the recovery codes.
async fn confirm(Extension(limits): Extension<SignInLimiter>, form: Submission) -> Response {
    let confirmed = async {
        let (ctx, t) = (&form.visitor.ctx, &form.visitor.language);
        let account = form.visitor.account()?;
        limits
            .check_code(&account.nickname, form.address)
            .map_err(|wait| {
                Error::too_many_requests(t.say("sign-in-too-often"), wait)
                    .phrased("sign-in-too-often")
            })?;
        let codes = second_factor::confirm(ctx, form.get("code")).await?;
        let codes = codes.ok_or_else(|| Error::saying(ErrorKind::Forbidden, "code-wrong"))?;
        sessions::end_others(ctx).await?;
        Ok(codes)
    };
    match confirmed.await {
        Ok(codes) => show_codes(&form.visitor, &codes),
        Err(error) => respond(&form, "confirm", Err(error)).await,
    }
}

/// `POST /main/settings/two-factor/renew`: makes new recovery codes, and shows them.
async fn renew(Extension(limits): Extension<SignInLimiter>, form: Submission) -> Response {
    let renewed = async {
        require_owner(&form, &limits).await?;
        second_factor::renew_recovery_codes(&form.visitor.ctx).await
    };
    match renewed.await {
        Ok(codes) => show_codes(&form.visitor, &codes),
        Err(error) => respond(&form, "renew", Err(error)).await,
    }
}

/// `POST /main/settings/two-factor/off`.
async fn turn_off(Extension(limits): Extension<SignInLimiter>, form: Submission) -> Response {
    let done = async {
        require_password(&form, &limits).await?;
        require_code(&form, &limits).await?;
        let account = form.visitor.account()?;
        second_factor::turn_off(&form.visitor.ctx, &account.nickname).await
    };
    respond(&form, "off", done.await).await
}

async fn respond(form: &Submission, part: &'static str, done: Result<()>) -> Response {
    let again = |status, outcome| show(&form.visitor, status, Some(outcome));
    finish(form, (PAGE, part), done, again).await
}

fn show_codes(visitor: &Visitor, codes: &[Secret]) -> Response {
    let title = visitor.language.say("recovery-title");
    let main = CodesPage {
        t: &visitor.language,
        root: root(visitor),
        codes,
    };
    Page::new(&title, &main).render(visitor)
}

/// `POST /main/settings/two-factor/codes.txt`: the recovery codes that were just shown, as a file.
/// Codes that are not the sender's are refused.
async fn download(form: Submission) -> Response {
    let place = format!("{}{PAGE}", root(&form.visitor));
    read::answer(&form.visitor, &place, codes_file(&form).await)
}

async fn codes_file(form: &Submission) -> Result<Response> {
    let codes = form.get("codes").split_whitespace().take(RECOVERY_CODES);
    let codes: Vec<Secret> = codes.map(Secret::new).collect();
    if !second_factor::are_recovery_codes(&form.visitor.ctx, &codes).await? {
        return Err(Error::forbidden("These are not your recovery codes.")
            .phrased("failure-not-your-codes"));
    }
    let authority = form.visitor.ctx.urls().authority();
    let mut text = format!("{}@{authority}\r\n\r\n", form.visitor.account()?.nickname);
    for code in &codes {
        // Writing to a String can't fail.
        let _ = write!(text, "{}\r\n", code.expose());
    }
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"recovery-codes.txt\"",
        ),
    ];
    Ok((headers, text).into_response())
}

/// `GET /main/settings/two-factor/qr.svg`: the secret that is to be confirmed, for a camera.
async fn picture(visitor: Visitor) -> Result<Response> {
    let account = lookup::account(&visitor.ctx, visitor.account()?.nickname.as_str()).await?;
    let factor = account.second_factor.as_ref();
    let factor = factor.filter(|factor| second_factor::is_pending(&visitor.ctx, factor));
    let factor = factor.ok_or_else(|| {
        Error::not_found("There is nothing to confirm.").phrased("failure-nothing-to-confirm")
    })?;
    let address = second_factor::device_address(&visitor.ctx, &account, factor);
    let headers = [(header::CONTENT_TYPE, "image/svg+xml")];
    Ok((headers, qr_code::draw(address)?).into_response())
}
