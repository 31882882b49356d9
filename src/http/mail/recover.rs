//! `/main/recover` and `/main/redeem-code`: the way into an account without its password.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use super::{done, limits::Limits, render};
use crate::{
    App,
    context::Caller,
    http::{
        accept::Accept,
        api::{Answer, with_token},
        error::{json as json_failure, status},
        extract::{ClientAddress, ClientOnly, Fields},
        page,
    },
    service::{
        ErrorKind, Result,
        mail::{
            available,
            recover::{self as service, Asked},
        },
        people,
        present::Detail,
    },
};

/// Where a mail can be asked for.
#[derive(Template)]
#[template(path = "mail/recover.html")]
struct Recover<'a> {
    /// What links begin with.
    root: &'a str,
    nickname: &'a str,
    alert: Option<&'a str>,
}

/// Where a new password can be set.
#[derive(Template)]
#[template(path = "mail/password.html")]
struct Password<'a> {
    nickname: &'a str,
    alert: Option<&'a str>,
}

/// `GET /main/recover`: the form.
pub(super) async fn form(State(app): State<App>) -> Response {
    match available(&app.context(Caller::Anyone)) {
        Ok(()) => asking(&app, StatusCode::OK, "", None),
        Err(error) => page::failure(&app, error),
    }
}

/// `POST /main/recover`: asks for a mail. Programs are answered as the reference answers, people who came by
/// the form with a page.
pub(super) async fn ask(
    State(app): State<App>,
    Extension(limits): Extension<Limits>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    fields: Result<Fields>,
) -> Response {
    let fields = fields.map(|fields| fields.0).unwrap_or_default();
    let nickname = text(&fields, "nickname");
    let asked = match limits.admit(nickname, address) {
        Ok(()) => {
            let force = fields.get("force").is_some_and(is_true);
            service::ask(&app.context(Caller::Anyone), nickname, force).await
        }
        Err(error) => Err(error),
    };
    // Browsers name it with every form they send.
    if Accept::of(&headers).names(&mime::TEXT_HTML) {
        for_people(&app, nickname, asked)
    } else {
        asked.map_or_else(json_failure, for_programs)
    }
}

fn for_programs(asked: Asked) -> Response {
    let (status, said) = match asked {
        Asked::Sent => return Answer::of(json!({ "sent": true })).into_response(),
        Asked::NoSuchUser => (StatusCode::BAD_REQUEST, "noSuchUser"),
        Asked::NoEmail => (StatusCode::BAD_REQUEST, "noEmail"),
        Asked::Existing => (StatusCode::CONFLICT, "existing"),
    };
    let body = json!({ "sent": false, said: true, "error": sentence(asked) });
    (status, Answer::of(body)).into_response()
}

fn for_people(app: &App, nickname: &str, asked: Result<Asked>) -> Response {
    match asked {
        Ok(asked @ Asked::Sent) => done(app, "Look into your mail", sentence(asked)),
        Ok(asked) => {
            let status = match asked {
                Asked::Existing => StatusCode::CONFLICT,
                _ => StatusCode::BAD_REQUEST,
            };
            asking(app, status, nickname, Some(sentence(asked)))
        }
        Err(error) => page::failure(app, error),
    }
}

fn sentence(asked: Asked) -> &'static str {
    match asked {
        Asked::Sent => "A mail with a link is on its way to the address of this account.",
        Asked::NoSuchUser => "There is no user with that nickname.",
        Asked::NoEmail => "This user account has no email address.",
        Asked::Existing => "You already requested a password recovery.",
    }
}

/// `GET /main/recover/CODE`: the form for a new password.
pub(super) async fn look(State(app): State<App>, Path(code): Path<String>) -> Response {
    match service::look(&app.context(Caller::Anyone), &code).await {
        Ok((code, _)) => setting(&app, StatusCode::OK, code.user.as_str(), None),
        Err(error) => page::failure(&app, error),
    }
}

/// `POST /main/recover/CODE`: sets a new password.
pub(super) async fn set_password(
    State(app): State<App>,
    Path(code): Path<String>,
    Fields(fields): Fields,
) -> Response {
    let ctx = app.context(Caller::Anyone);
    let nickname = match service::look(&ctx, &code).await {
        Ok((code, _)) => code.user,
        Err(error) => return page::failure(&app, error),
    };
    match service::set_password(&ctx, &code, text(&fields, "password")).await {
        Ok(_) => {
            let message = "You have a new password. All applications that you had let in have to be \
                           let in again.";
            done(&app, "Done", message)
        }
        Err(error) if error.kind() == ErrorKind::BadRequest => {
            let alert = "Take at least 8 characters, not letters alone or digits alone, and nothing \
                         that everyone takes.";
            setting(&app, status(error.kind()), nickname.as_str(), Some(alert))
        }
        Err(error) => page::failure(&app, error),
    }
}

/// `POST /main/redeem-code`: a token for a client that was given the code.
pub(super) async fn redeem(ClientOnly(ctx): ClientOnly, fields: Result<Fields>) -> Response {
    let redeemed = async {
        let (account, token) = service::redeem(&ctx, text(&fields?.0, "code")).await?;
        let user = people::show(&ctx, account, Detail::PLAIN).await?;
        Ok(Answer(with_token(&user, &token)))
    };
    redeemed
        .await
        .map_or_else(json_failure, IntoResponse::into_response)
}

fn asking(app: &App, status: StatusCode, nickname: &str, alert: Option<&str>) -> Response {
    let page = Recover {
        root: app.urls().path(),
        nickname,
        alert,
    };
    render(app, status, "Forgot your password?", &page)
}

fn setting(app: &App, status: StatusCode, nickname: &str, alert: Option<&str>) -> Response {
    let page = Password { nickname, alert };
    render(app, status, "A new password", &page)
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn is_true(value: &Value) -> bool {
    *value == true || matches!(value.as_str(), Some("true" | "1" | "on"))
}
