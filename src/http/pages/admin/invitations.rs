//! `/main/admin/invitations`: invitations to make an account.

use askama::Template;
use axum::response::Response;

use super::{Head, Moment, Staff, answer, finish};
use crate::{
    app::texts::Language,
    http::pages::{submission::Submission, visitor::Visitor},
    service::{
        Error, Result,
        invitations::{self, MAX_DAYS, MAX_USES},
    },
};

/// Uses and days of an invitation, unless others are asked for.
const DEFAULT_USES: &str = "1";
const DEFAULT_DAYS: &str = "7";

#[derive(Template)]
#[template(path = "pages/admin/invitations.html")]
struct InvitationsPage<'a> {
    head: Head,
    t: &'a Language,
    root: &'a str,
    /// Link of one that was made a moment ago.
    link: Option<&'a str>,
    invitations: Vec<Row>,
    uses: &'a str,
    days: &'a str,
    max_uses: u32,
    max_days: u32,
}

struct Row {
    name: String,
    note: String,
    by: String,
    left: u64,
    uses: u64,
    expires: Moment,
    is_good: bool,
}

pub(super) async fn page(visitor: Visitor) -> Response {
    answer(&visitor, show(&visitor, None).await)
}

async fn show(visitor: &Visitor, link: Option<&str>) -> Result<Response> {
    let staff = Staff::of(visitor)?;
    let (t, now) = (&*visitor.language, visitor.ctx.now());
    let all = invitations::list(&staff.all).await?.into_iter();
    let rows = all.map(|one| Row {
        is_good: one.is_good(now),
        name: one.name,
        note: one.note,
        by: one
            .by
            .unwrap_or_else(|| t.say("admin-command-line").into_owned()),
        left: one.left,
        uses: one.uses,
        expires: Moment::of(one.expires, t),
    });
    let main = InvitationsPage {
        head: staff.head("invitations"),
        t,
        root: visitor.ctx.urls().path(),
        link,
        invitations: rows.collect(),
        uses: DEFAULT_USES,
        days: DEFAULT_DAYS,
        max_uses: MAX_USES,
        max_days: MAX_DAYS,
    };
    Ok(staff.render(&t.say("admin-invitations"), &main))
}

/// `POST /main/admin/invitations`: makes an invitation, whose link is shown once, or revokes one.
pub(super) async fn change(form: Submission) -> Response {
    let visitor = &form.visitor;
    let done = match perform(&form).await {
        Ok(Some(link)) => return answer(visitor, show(visitor, Some(&link)).await),
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    finish(&form, "/main/admin/invitations", done)
}

async fn perform(form: &Submission) -> Result<Option<String>> {
    Staff::of(&form.visitor)?;
    let ctx = &form.visitor.ctx;
    match form.get("do") {
        "create" => {
            let number = |name| form.get(name).parse().unwrap_or_default();
            let made = invitations::create(ctx, number("uses"), number("days"), form.get("note"));
            made.await.map(Some)
        }
        "revoke" => invitations::revoke(ctx, form.get("name"))
            .await
            .map(|()| None),
        _ => Err(Error::bad_request("That can't be done here.").phrased("failure-no-action")),
    }
}
