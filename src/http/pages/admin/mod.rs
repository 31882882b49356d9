//! `/main/admin`: pages of moderators and admins. They are never stored, and not there for others.

mod announcements;
mod audit;
mod hosts;
mod invitations;
mod overview;
mod people;
mod person;
mod reports;

use axum::{
    Router,
    response::Response,
    routing::{get, post},
};

use super::{frame::Page, read, submission::Submission, view::Moment, visitor, visitor::Visitor};
use crate::{
    App, Context,
    context::Caller,
    model::Role,
    service::{ErrorKind, Result, audit::require_role},
};

/// The routes of the pages.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/main/admin", get(overview::page))
        .route("/main/admin/people", get(people::page))
        .route("/main/admin/person", get(person::page).post(person::act))
        .route("/main/admin/reports", get(reports::page))
        .route("/main/admin/report", get(reports::one).post(reports::act))
        .route("/main/admin/hosts", get(hosts::page).post(hosts::change))
        .route("/main/admin/hosts/import", post(hosts::import))
        .route("/main/admin/hosts.csv", get(hosts::export))
        .route(
            "/main/admin/invitations",
            get(invitations::page).post(invitations::change),
        )
        .route(
            "/main/admin/announcements",
            get(announcements::page).post(announcements::change),
        )
        .route("/main/admin/audit", get(audit::page))
}

/// A member of the staff who reads a page.
struct Staff<'a> {
    visitor: &'a Visitor,
    /// The context in which they see all of the site.
    all: Context,
    role: Role,
}

/// Which tab a page is, and whether something was done a moment ago.
struct Head {
    tab: &'static str,
    is_done: bool,
}

impl<'a> Staff<'a> {
    /// Finds out whether a visitor belongs to the staff. Errors: 401 for one who has not signed in,
    /// 404 for one without the role.
    fn of(visitor: &'a Visitor) -> Result<Self> {
        visitor.account()?;
        visitor::ensure_confirmed(visitor.ctx.app(), visitor.ctx.caller())?;
        Ok(Self {
            role: require_role(&visitor.ctx, Role::Moderator)?,
            all: visitor.ctx.with_caller(Caller::Server),
            visitor,
        })
    }

    fn head(&self, tab: &'static str) -> Head {
        Head {
            tab,
            is_done: !self.visitor.query("done").is_empty(),
        }
    }

    fn render(&self, title: &str, main: &impl askama::Template) -> Response {
        let page = Page {
            place: "admin",
            ..Page::new(title, main)
        };
        page.render(self.visitor)
    }
}

/// Answers with a page, or with the failure to make it.
fn answer(visitor: &Visitor, shown: Result<Response>) -> Response {
    read::answer(visitor, &visitor.place(), shown)
}

/// Leads back to a page after an action, or tells of its failure.
fn finish(form: &Submission, place: &str, done: Result<()>) -> Response {
    let visitor = &form.visitor;
    let place = format!("{}{place}", visitor.ctx.urls().path());
    match done {
        Ok(()) => {
            let separator = if place.contains('?') { '&' } else { '?' };
            form.redirect(&format!("{place}{separator}done=1"))
        }
        Err(error) if error.kind() == ErrorKind::Unauthorized => {
            read::answer(visitor, &place, Err(error))
        }
        Err(error) => super::frame::failure(visitor, error),
    }
}

/// Returns a number of bytes for people.
fn size_text(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    let mut unit = 0;
    // In tenths of a unit, so that no fraction is needed.
    let mut tenths = bytes / 100;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1000;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::size_text;

    #[test]
    fn sizes_are_in_units_for_people() {
        for (bytes, text) in [
            (0, "0.0 kB"),
            (1_250, "1.2 kB"),
            (999_999, "999.9 kB"),
            (1_000_000, "1.0 MB"),
            (73_400_000_000, "73.4 GB"),
            (5_000_000_000_000_000, "5000.0 TB"),
        ] {
            assert_eq!(size_text(bytes), text);
        }
    }
}
