//! `GET /main/account`: password, address, mails, language, applications and sessions.

use std::sync::Arc;

use askama::Template;
use axum::{http::StatusCode, response::Response};

use super::{Outcome, browser, opened, root};
use crate::{
    app::texts::{Language, Texts, subject_of_mails},
    http::pages::{
        frame::Page,
        view::Moment,
        visitor::{Visitor, ensure_confirmed},
    },
    model::{ClientIdentity, NotificationKind, Scope},
    protocol::quoted,
    service::{Result, applications, lookup, mail, sessions},
};

/// Parts of the page whose forms lead back to it, and what is said then.
const PARTS: [(&str, &str); 6] = [
    ("password", "account-password-done"),
    ("email", "account-email-done"),
    ("notifications", "saved"),
    ("language", "saved"),
    ("applications", "account-application-done"),
    ("sessions", "account-session-done"),
];

#[derive(Template)]
#[template(path = "pages/account.html")]
struct AccountPage<'a> {
    t: &'a Language,
    root: &'a str,
    outcome: Option<Outcome>,
    nickname: &'a str,
    /// Whether passwords and addresses are kept here, and not by the host application.
    is_own: bool,
    /// Whether two-factor sign-in is on, and so a code is asked for.
    asks_code: bool,
    /// Address in the form.
    email: &'a str,
    /// Address that is known to be theirs, and one that waits for their word.
    confirmed: Option<&'a str>,
    waiting: Option<&'a str>,
    sends_mail: bool,
    mails: Vec<Choice<'a>>,
    languages: Vec<Choice<'a>>,
    applications: Vec<ApplicationRow>,
    sessions: Vec<SessionRow>,
}

/// Something that is on or off.
struct Choice<'a> {
    value: &'a str,
    label: String,
    is_on: bool,
}

struct ApplicationRow {
    client: String,
    name: String,
    may: String,
    since: Moment,
}

struct SessionRow {
    client: String,
    browser: String,
    /// How the browser names itself.
    agent: String,
    since: Moment,
    is_current: bool,
}

impl AccountPage<'_> {
    fn outcome_of(&self, part: &str) -> Option<&Outcome> {
        self.outcome.as_ref().filter(|outcome| outcome.part == part)
    }

    fn has_others(&self) -> bool {
        self.sessions.iter().any(|session| !session.is_current)
    }
}

/// `GET /main/account`.
pub(super) async fn page(visitor: Visitor) -> Response {
    let visitor = &visitor;
    opened(visitor, &PARTS, |status, outcome| {
        show(visitor, status, outcome, None)
    })
    .await
}

/// Shows the page, perhaps with an address that was typed.
pub(super) async fn show(
    visitor: &Visitor,
    status: StatusCode,
    outcome: Option<Outcome>,
    typed: Option<&str>,
) -> Result<Response> {
    let (ctx, t) = (&visitor.ctx, &*visitor.language);
    let app = ctx.app();
    let nickname = &visitor.account()?.nickname;
    let account = lookup::account(ctx, nickname.as_str()).await?;
    let known = account
        .unconfirmed_email
        .as_ref()
        .or(account.email.as_ref());
    let may_more = ensure_confirmed(app, ctx.caller()).is_ok();
    let title = t.say("account");
    let main = AccountPage {
        t,
        root: root(visitor),
        outcome,
        nickname: nickname.as_str(),
        is_own: app.sign_in().is_none(),
        asks_code: account.asks_for_code(),
        email: typed.unwrap_or_else(|| known.map_or("", String::as_str)),
        confirmed: account.email.as_deref(),
        waiting: account.unconfirmed_email.as_deref(),
        sends_mail: mail::require_mailer(ctx).is_ok(),
        mails: NotificationKind::ALL
            .map(|kind| Choice {
                value: kind.as_str(),
                label: t.say(subject_of_mails(kind)).into_owned(),
                is_on: account.notifications.wants(kind),
            })
            .into(),
        languages: languages(ctx.app().texts(), account.language()),
        applications: if may_more {
            application_rows(visitor).await?
        } else {
            Vec::new()
        },
        sessions: session_rows(visitor).await?,
    };
    let page = Page {
        status,
        ..Page::new(&title, &main)
    };
    Ok(page.render(visitor))
}

fn languages<'a>(texts: &'a Texts, chosen: Option<&str>) -> Vec<Choice<'a>> {
    let choice = |language: &'a Arc<Language>| Choice {
        value: language.tag(),
        label: language.say("language-name").into_owned(),
        is_on: chosen == Some(language.tag()),
    };
    texts.languages().iter().map(choice).collect()
}

/// Returns the key of what a scope allows.
fn describe_scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "scope-read",
        Scope::WriteOwn => "scope-writeown",
        Scope::WriteAll => "scope-writeall",
    }
}

async fn application_rows(visitor: &Visitor) -> Result<Vec<ApplicationRow>> {
    let t = &*visitor.language;
    let allowed = applications::of(&visitor.ctx, &visitor.account()?.nickname).await?;
    let rows = allowed.into_iter().map(|application| {
        let client = application.client;
        let host = match &client.identity {
            Some(ClientIdentity::Host(host)) => Some(host.clone()),
            _ => None,
        };
        let name = host.or_else(|| client.name.as_deref().and_then(quoted));
        ApplicationRow {
            name: name.unwrap_or_else(|| t.say("nameless-application").into_owned()),
            may: t.say(describe_scope(application.scope)).into_owned(),
            since: Moment::of(application.since, t),
            client: client.id,
        }
    });
    Ok(rows.collect())
}

async fn session_rows(visitor: &Visitor) -> Result<Vec<SessionRow>> {
    let t = &*visitor.language;
    let listed = sessions::list(&visitor.ctx).await?;
    let rows = listed.into_iter().map(|session| SessionRow {
        browser: browser::describe(&session.browser, t),
        agent: session.browser,
        since: Moment::of(session.since, t),
        is_current: session.is_current,
        client: session.client,
    });
    Ok(rows.collect())
}
