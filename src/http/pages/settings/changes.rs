//! The forms of `/main/account`.

use axum::{Extension, response::Response};
use serde_json::{Map, Value, json};

use super::{account, finish, require_owner};
use crate::{
    http::{pages::submission::Submission, sign_in_limits::SignInLimiter},
    model::NotificationKind,
    service::{
        Error, ErrorKind, Result, applications, mail, notifications, passwords, people, sessions,
    },
};

/// `POST /main/account/password`: sets another one, and ends all other sessions.
pub(super) async fn password(
    Extension(limits): Extension<SignInLimiter>,
    form: Submission,
) -> Response {
    respond(&form, "password", change_password(&form, &limits).await).await
}

/// `POST /main/account/email`.
pub(super) async fn email(
    Extension(limits): Extension<SignInLimiter>,
    form: Submission,
) -> Response {
    respond(&form, "email", change_email(&form, &limits).await).await
}

/// `POST /main/account/email/again`: another mail to the address that waits.
pub(super) async fn email_again(form: Submission) -> Response {
    let sent = mail::confirm::send_again(&form.visitor.ctx).await;
    let again = |status, outcome| account::show(&form.visitor, status, Some(outcome), None);
    finish(&form, ("/main/account", "email"), sent, again).await
}

/// `POST /main/account/notifications`: mails of the kinds that are checked.
pub(super) async fn notifications(form: Submission) -> Response {
    respond(&form, "notifications", choose_mails(&form).await).await
}

/// `POST /main/account/language`.
pub(super) async fn language(form: Submission) -> Response {
    respond(&form, "language", choose_language(&form).await).await
}

/// `POST /main/account/applications`: takes back what one was allowed.
pub(super) async fn applications(form: Submission) -> Response {
    respond(&form, "applications", revoke(&form).await).await
}

/// `POST /main/account/sessions`: ends one, or all others.
pub(super) async fn sessions(form: Submission) -> Response {
    let ended = match (form.visitor.account(), form.get("client")) {
        (Err(error), _) => Err(error),
        (_, "") => sessions::end_others(&form.visitor.ctx).await,
        (_, client) => sessions::end_other(&form.visitor.ctx, client).await,
    };
    respond(&form, "sessions", ended).await
}

async fn respond(form: &Submission, part: &'static str, done: Result<()>) -> Response {
    let typed = (part == "email").then(|| form.get("email"));
    let again = |status, outcome| account::show(&form.visitor, status, Some(outcome), typed);
    finish(form, ("/main/account", part), done, again).await
}

async fn change_password(form: &Submission, limits: &SignInLimiter) -> Result<()> {
    let ctx = &form.visitor.ctx;
    let nickname = form.visitor.account()?.nickname.as_str();
    passwords::require_local_passwords(ctx)?;
    if form.raw("password") != form.raw("repeat") {
        return Err(Error::saying(
            ErrorKind::BadRequest,
            "register-repeat-differs",
        ));
    }
    require_owner(form, limits).await?;
    let body = json!({
        "nickname": nickname,
        "password": form.raw("password"),
        "revoke": form.get("revoke") == "on",
    });
    people::update_user(ctx, nickname, object(body)).await?;
    sessions::end_others(ctx).await
}

async fn change_email(form: &Submission, limits: &SignInLimiter) -> Result<()> {
    let ctx = &form.visitor.ctx;
    passwords::require_local_passwords(ctx)?;
    require_owner(form, limits).await?;
    people::change_email(ctx, form.get("email")).await
}

async fn choose_mails(form: &Submission) -> Result<()> {
    form.require_member()?;
    let nickname = form.visitor.account()?.nickname.as_str();
    let kinds = NotificationKind::ALL
        .into_iter()
        .map(NotificationKind::as_str);
    let wanted = kinds.map(|kind| (kind.to_owned(), Value::from(form.get(kind) == "on")));
    let wanted: Map<String, Value> = wanted.collect();
    notifications::update_preferences(&form.visitor.ctx, nickname, &wanted)
        .await
        .map(drop)
}

async fn choose_language(form: &Submission) -> Result<()> {
    form.visitor.account()?;
    let texts = form.visitor.ctx.app().texts();
    let chosen = texts.find(form.get("language"));
    let tag = chosen.as_ref().map(|language| language.tag());
    people::set_language(&form.visitor.ctx, tag).await
}

async fn revoke(form: &Submission) -> Result<()> {
    form.require_member()?;
    let nickname = form.visitor.account()?.nickname.as_str();
    applications::revoke_own(&form.visitor.ctx, nickname, form.get("client")).await
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
