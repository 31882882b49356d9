//! `/main/account/delete`: a member leaves for good.

use std::future::ready;

use askama::Template;
use axum::{Extension, http::StatusCode, response::Response};

use super::{Outcome, finish, require_owner, root};
use crate::{
    app::texts::Language,
    http::{
        pages::{frame::Page, read, submission::Submission, visitor::Visitor},
        sign_in_limits::SignInLimiter,
    },
    service::{Result, accounts},
};

#[derive(Template)]
#[template(path = "pages/delete_account.html")]
struct DeletionPage<'a> {
    t: &'a Language,
    root: &'a str,
    nickname: &'a str,
    /// Whether a code is asked for.
    asks_code: bool,
    outcome: Option<Outcome>,
}

/// `GET /main/account/delete`: the question.
pub(super) async fn form(visitor: Visitor) -> Response {
    let place = visitor.place();
    read::answer(&visitor, &place, show(&visitor, StatusCode::OK, None))
}

fn show(visitor: &Visitor, status: StatusCode, outcome: Option<Outcome>) -> Result<Response> {
    let account = visitor.account()?;
    let title = visitor.language.say("delete-account");
    let main = DeletionPage {
        t: &visitor.language,
        root: root(visitor),
        nickname: account.nickname.as_str(),
        asks_code: account.asks_for_code(),
        outcome,
    };
    let page = Page {
        status,
        ..Page::new(&title, &main)
    };
    Ok(page.render(visitor))
}

/// `POST /main/account/delete`: deletes the account of who gives its password, and a code
/// if it asks for one.
pub(super) async fn delete(
    Extension(limits): Extension<SignInLimiter>,
    form: Submission,
) -> Response {
    if let Err(error) = try_delete(&form, &limits).await {
        let again = |status, outcome| ready(show(&form.visitor, status, Some(outcome)));
        return finish(&form, ("/main/account/delete", "delete"), Err(error), again).await;
    }
    let mut response = form.redirect(&format!("{}/", root(&form.visitor)));
    form.cookie.set(None, response.headers_mut());
    response
}

async fn try_delete(form: &Submission, limits: &SignInLimiter) -> Result<()> {
    require_owner(form, limits).await?;
    let ctx = &form.visitor.ctx;
    accounts::remove(ctx, &form.visitor.account()?.nickname).await
}
