//! `/main/admin/audit`: what the staff did.

use askama::Template;
use axum::response::Response;

use super::{Head, Moment, Staff, answer};
use crate::{
    app::texts::Language,
    http::pages::visitor::Visitor,
    model::Urls,
    service::{Result, audit},
};

/// Entries on one page.
const PAGE_SIZE: usize = 50;

#[derive(Template)]
#[template(path = "pages/admin/audit.html")]
struct AuditPage<'a> {
    head: Head,
    t: &'a Language,
    root: &'a str,
    entries: Vec<Entry>,
    /// Query of the next page.
    older: Option<String>,
}

struct Entry {
    at: Moment,
    by: String,
    action: String,
    target: String,
    reason: String,
}

pub(super) async fn page(visitor: Visitor) -> Response {
    answer(&visitor, show(&visitor).await)
}

async fn show(visitor: &Visitor) -> Result<Response> {
    let staff = Staff::of(visitor)?;
    let t = &*visitor.language;
    let before = visitor.query("before");
    let before = Some(before.as_str()).filter(|id| !id.is_empty() && !id.contains('\0'));
    let count = u32::try_from(PAGE_SIZE + 1).unwrap_or(u32::MAX);
    let mut entries = audit::log(&staff.all, before, count).await?;
    let has_older = entries.len() > PAGE_SIZE;
    entries.truncate(PAGE_SIZE);
    let last = entries.last().filter(|_| has_older);
    let older = last.map(|last| format!("before={}", Urls::encode(&last.id)));
    let shown = entries.into_iter().map(|entry| Entry {
        at: Moment::of(entry.at, t),
        by: entry
            .by
            .unwrap_or_else(|| t.say("admin-command-line").into_owned()),
        action: entry.action,
        target: entry.target,
        reason: entry.reason,
    });
    let main = AuditPage {
        head: staff.head("audit"),
        t,
        root: visitor.ctx.urls().path(),
        entries: shown.collect(),
        older,
    };
    Ok(staff.render(&t.say("admin-audit"), &main))
}
