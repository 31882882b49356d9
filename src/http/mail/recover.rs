//! `/main/recover` and `/main/redeem-code`: the way into an account without its password.

use askama::Template;
use axum::{
    Extension,
    extract::Path,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use super::{done, limits::MailLimiter, render};
use crate::{
    app::texts::Language,
    http::{
        accept::Accept,
        api::{JsonAnswer, with_token},
        error::{json_error as json_failure, status},
        extract::{ClientAddress, ClientOnly, Fields},
        page::{self, visitor::Visitor},
    },
    service::{
        ErrorKind, Result,
        mail::{
            recover::{self as service, RecoveryOutcome},
            require_mailer,
        },
        people,
        present::Detail,
    },
};

/// Where a mail can be asked for.
#[derive(Template)]
#[template(path = "mail/recover.html")]
struct RecoverPage<'a> {
    t: &'a Language,
    /// Prefix of links.
    root: &'a str,
    nickname: &'a str,
    alert: Option<&'a str>,
}

/// Where a new password can be set.
#[derive(Template)]
#[template(path = "mail/password.html")]
struct PasswordPage<'a> {
    t: &'a Language,
    nickname: &'a str,
    alert: Option<&'a str>,
}

/// `GET /main/recover`: the form.
pub(super) async fn form(visitor: Visitor) -> Response {
    match require_mailer(&visitor.ctx) {
        Ok(()) => recover_page(&visitor, StatusCode::OK, "", None),
        Err(error) => page::failure(&visitor, error),
    }
}

/// `POST /main/recover`: asks for a mail. Programs are answered as the reference answers, people
/// who came by the form with a page.
pub(super) async fn ask(
    visitor: Visitor,
    Extension(limits): Extension<MailLimiter>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    fields: Result<Fields>,
) -> Response {
    let fields = fields.map(|fields| fields.0).unwrap_or_default();
    let nickname = text(&fields, "nickname");
    let asked = match limits.check(address) {
        Ok(()) => {
            let force = fields.get("force").is_some_and(is_true);
            service::request_recovery(&visitor.anyone(), nickname, force).await
        }
        Err(error) => Err(error),
    };
    // Browsers name it with every form they send.
    if Accept::of(&headers).names(&mime::TEXT_HTML) {
        respond_to_browser(&visitor, nickname, asked)
    } else {
        asked.map_or_else(json_failure, respond_to_client)
    }
}

fn respond_to_client(asked: RecoveryOutcome) -> Response {
    let (status, said) = match asked {
        RecoveryOutcome::Sent => return JsonAnswer::of(json!({ "sent": true })).into_response(),
        RecoveryOutcome::NoSuchUser => (StatusCode::BAD_REQUEST, "noSuchUser"),
        RecoveryOutcome::NoEmail => (StatusCode::BAD_REQUEST, "noEmail"),
        RecoveryOutcome::Existing => (StatusCode::CONFLICT, "existing"),
    };
    let body = json!({ "sent": false, said: true, "error": outcome_message(asked) });
    (status, JsonAnswer::of(body)).into_response()
}

fn respond_to_browser(
    visitor: &Visitor,
    nickname: &str,
    asked: Result<RecoveryOutcome>,
) -> Response {
    let t = &*visitor.language;
    match asked {
        Ok(asked @ RecoveryOutcome::Sent) => done(
            visitor,
            &t.say("recover-sent-title"),
            &t.say(outcome_key(asked)),
        ),
        Ok(asked) => {
            let status = match asked {
                RecoveryOutcome::Existing => StatusCode::CONFLICT,
                _ => StatusCode::BAD_REQUEST,
            };
            recover_page(visitor, status, nickname, Some(&t.say(outcome_key(asked))))
        }
        Err(error) => page::failure(visitor, error),
    }
}

fn outcome_message(asked: RecoveryOutcome) -> &'static str {
    match asked {
        RecoveryOutcome::Sent => "A mail with a link is on its way to the address of this account.",
        RecoveryOutcome::NoSuchUser => "There is no user with that nickname.",
        RecoveryOutcome::NoEmail => "This user account has no email address.",
        RecoveryOutcome::Existing => "You already requested a password recovery.",
    }
}

fn outcome_key(asked: RecoveryOutcome) -> &'static str {
    match asked {
        RecoveryOutcome::Sent => "recover-sent",
        RecoveryOutcome::NoSuchUser => "recover-no-user",
        RecoveryOutcome::NoEmail => "recover-no-email",
        RecoveryOutcome::Existing => "recover-existing",
    }
}

/// `GET /main/recover/CODE`: the form for a new password.
pub(super) async fn look(visitor: Visitor, Path(code): Path<String>) -> Response {
    match service::find_recovery(&visitor.anyone(), &code).await {
        Ok((code, _)) => password_page(&visitor, StatusCode::OK, code.user.as_str(), None),
        Err(error) => page::failure(&visitor, error),
    }
}

/// `POST /main/recover/CODE`: sets a new password.
pub(super) async fn set_password(
    visitor: Visitor,
    Path(code): Path<String>,
    Fields(fields): Fields,
) -> Response {
    let (ctx, t) = (visitor.anyone(), &*visitor.language);
    let nickname = match service::find_recovery(&ctx, &code).await {
        Ok((code, _)) => code.user,
        Err(error) => return page::failure(&visitor, error),
    };
    match service::set_password(&ctx, &code, text(&fields, "password")).await {
        Ok(_) => done(&visitor, &t.say("done"), &t.say("recover-done")),
        Err(error) if error.kind() == ErrorKind::BadRequest => {
            let alert = t.say("register-weak-password");
            password_page(
                &visitor,
                status(error.kind()),
                nickname.as_str(),
                Some(&alert),
            )
        }
        Err(error) => page::failure(&visitor, error),
    }
}

/// `POST /main/redeem-code`: a token for a client that was given the code.
pub(super) async fn redeem(ClientOnly(ctx): ClientOnly, fields: Result<Fields>) -> Response {
    let redeemed = async {
        let (account, token) = service::redeem(&ctx, text(&fields?.0, "code")).await?;
        let user = people::show(&ctx, account, Detail::PLAIN).await?;
        Ok(JsonAnswer(with_token(&user, &token)))
    };
    redeemed
        .await
        .map_or_else(json_failure, IntoResponse::into_response)
}

fn recover_page(
    visitor: &Visitor,
    status: StatusCode,
    nickname: &str,
    alert: Option<&str>,
) -> Response {
    let t = &*visitor.language;
    let page = RecoverPage {
        t,
        root: visitor.ctx.urls().path(),
        nickname,
        alert,
    };
    render(visitor, status, &t.say("forgot-password"), &page)
}

fn password_page(
    visitor: &Visitor,
    status: StatusCode,
    nickname: &str,
    alert: Option<&str>,
) -> Response {
    let t = &*visitor.language;
    let page = PasswordPage { t, nickname, alert };
    render(visitor, status, &t.say("recover-new-title"), &page)
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn is_true(value: &Value) -> bool {
    *value == true || matches!(value.as_str(), Some("true" | "1" | "on"))
}
