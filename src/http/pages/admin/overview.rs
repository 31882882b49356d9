//! `/main/admin`: the site in numbers.

use askama::Template;
use axum::response::Response;

use super::{Head, Moment, Staff, answer, size_text};
use crate::{
    app::texts::Language,
    http::pages::visitor::Visitor,
    model::WaitingHost,
    service::{
        Result,
        moderation::{self, Overview},
    },
};

/// Failing hosts that are listed.
const MAX_SHOWN_HOSTS: usize = 50;

#[derive(Template)]
#[template(path = "pages/admin/overview.html")]
struct OverviewPage<'a> {
    head: Head,
    t: &'a Language,
    root: &'a str,
    overview: Overview,
    storage: String,
    failing: Vec<FailingHost>,
    version: &'static str,
}

/// A host that fails.
struct FailingHost {
    name: String,
    since: Option<Moment>,
    waiting: u64,
    error: String,
}

impl FailingHost {
    fn of(waiting: &WaitingHost, t: &Language) -> Self {
        let state = &waiting.host.delivery;
        Self {
            name: waiting.host.name.clone(),
            since: state.failing_since.map(|since| Moment::of(since, t)),
            waiting: waiting.waiting,
            error: state.last_error.clone().unwrap_or_default(),
        }
    }
}

pub(super) async fn page(visitor: Visitor) -> Response {
    answer(&visitor, show(&visitor).await)
}

async fn show(visitor: &Visitor) -> Result<Response> {
    let staff = Staff::of(visitor)?;
    let t = &*visitor.language;
    let overview = moderation::overview(&staff.all).await?;
    let failing = overview.failing.iter().take(MAX_SHOWN_HOSTS);
    let main = OverviewPage {
        head: staff.head("overview"),
        t,
        root: visitor.ctx.urls().path(),
        storage: size_text(overview.uploads.bytes),
        failing: failing.map(|host| FailingHost::of(host, t)).collect(),
        overview,
        version: env!("CARGO_PKG_VERSION"),
    };
    Ok(staff.render(&t.say("admin-title"), &main))
}
