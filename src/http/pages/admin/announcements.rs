//! `/main/admin/announcements`: what members are told on their home page.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use chrono::{DateTime, NaiveDate, Utc};

use super::{Head, Moment, Staff, answer, finish};
use crate::{
    app::texts::Language,
    http::{
        error::status,
        pages::{
            frame::{self, Page},
            submission::Submission,
            visitor::Visitor,
        },
    },
    model::Role,
    protocol::html::for_page,
    service::{
        Error, Result,
        announcements::{self, MAX_CHARS},
    },
};

#[derive(Template)]
#[template(path = "pages/admin/announcements.html")]
struct AnnouncementsPage<'a> {
    head: Head,
    t: &'a Language,
    root: &'a str,
    alert: Option<&'a str>,
    /// Text and day of the end, as they were typed.
    typed: (&'a str, &'a str),
    max_chars: usize,
    announcements: Vec<Row>,
    /// Whether the reader may write some.
    is_admin: bool,
}

struct Row {
    id: String,
    html: String,
    by: String,
    created: Moment,
    ends: Option<Moment>,
    has_ended: bool,
}

pub(super) async fn page(visitor: Visitor) -> Response {
    let shown = show(&visitor, StatusCode::OK, ("", ""), None).await;
    answer(&visitor, shown)
}

async fn show(
    visitor: &Visitor,
    status: StatusCode,
    typed: (&str, &str),
    alert: Option<&str>,
) -> Result<Response> {
    let staff = Staff::of(visitor)?;
    let (t, urls, now) = (&*visitor.language, visitor.ctx.urls(), visitor.ctx.now());
    let all = announcements::list(&staff.all).await?.into_iter();
    let rows = all.map(|one| Row {
        html: for_page(&one.html(), urls.origin()).into_owned(),
        created: Moment::of(one.created, t),
        has_ended: one.ends.is_some_and(|ends| ends <= now),
        ends: one.last_second().map(|last| Moment::of(last, t)),
        by: one
            .by
            .unwrap_or_else(|| t.say("admin-command-line").into_owned()),
        id: one.id,
    });
    let title = t.say("admin-announcements");
    let main = AnnouncementsPage {
        head: staff.head("announcements"),
        t,
        root: urls.path(),
        alert,
        typed,
        max_chars: MAX_CHARS,
        announcements: rows.collect(),
        is_admin: staff.role == Role::Admin,
    };
    let page = Page {
        status,
        place: "admin",
        ..Page::new(&title, &main)
    };
    Ok(page.render(visitor))
}

/// `POST /main/admin/announcements`: makes an announcement, or removes one. After a failure the
/// form comes back with what was typed.
pub(super) async fn change(form: Submission) -> Response {
    let visitor = &form.visitor;
    let done = perform(&form).await;
    let is_writing = form.get("do") == "add" && Staff::of(visitor).is_ok();
    if let Err(error) = &done
        && is_writing
    {
        let typed = (form.raw("text"), form.get("ends"));
        let said = frame::sentence(&visitor.language, error);
        let shown = show(visitor, status(error.kind()), typed, Some(&said));
        return answer(visitor, shown.await);
    }
    finish(&form, "/main/admin/announcements", done)
}

async fn perform(form: &Submission) -> Result<()> {
    Staff::of(&form.visitor)?;
    let ctx = &form.visitor.ctx;
    match form.get("do") {
        "add" => {
            let ends = end_of(form.get("ends"))?;
            announcements::add(ctx, form.raw("text"), ends)
                .await
                .map(drop)
        }
        "remove" => announcements::remove(ctx, form.get("id")).await,
        _ => Err(Error::bad_request("That can't be done here.").phrased("failure-no-action")),
    }
}

/// Reads the last day of an announcement, which ends with it.
fn end_of(day: &str) -> Result<Option<DateTime<Utc>>> {
    if day.is_empty() {
        return Ok(None);
    }
    let parsed = day.parse::<NaiveDate>().ok();
    let next = parsed.and_then(|day| day.succ_opt()?.and_hms_opt(0, 0, 0));
    let end = next.ok_or_else(|| {
        Error::bad_request("A day has the form 2027-01-31.").phrased("announcement-bad-day")
    })?;
    Ok(Some(end.and_utc()))
}
