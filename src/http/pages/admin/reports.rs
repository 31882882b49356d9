//! `/main/admin/reports`: reports, and what becomes of them.

use askama::Template;
use axum::response::Response;

use super::{Head, Moment, Staff, answer, finish};
use crate::{
    Context,
    app::texts::Language,
    http::pages::{submission::Submission, view::Thing, visitor::Visitor},
    model::Urls,
    service::{
        Error, Result,
        moderation::{self, Outcome, Report},
        present::{self, Detail},
    },
};

/// A report in a list.
pub(super) struct Line {
    pub(super) encoded: String,
    pub(super) at: Moment,
    /// Names of who reported, and of who is reported.
    pub(super) reporter: String,
    pub(super) person: String,
    pub(super) reason: String,
    pub(super) is_open: bool,
    pub(super) outcome: String,
}

impl Line {
    pub(super) fn of(report: &Report, t: &Language, urls: &Urls) -> Self {
        let reason = match report.reason.as_str() {
            "spam" => "report-reason-spam",
            "abuse" => "report-reason-abuse",
            "illegal" => "report-reason-illegal",
            _ => "report-reason-other",
        };
        let outcome = Outcome::parse(&report.outcome).map(outcome_key);
        Self {
            encoded: Urls::encode(&report.id),
            at: Moment::of(report.at, t),
            reporter: address_of(&report.reporter, urls),
            person: address_of(report.person(), urls),
            reason: t.say(reason).into_owned(),
            is_open: report.is_open,
            outcome: outcome.map_or_else(String::new, |key| match report.by.as_str() {
                "" => t.say(key).into_owned(),
                by => format!("{} · {by}", t.say(key)),
            }),
        }
    }
}

/// Returns the address of a person, by id.
fn address_of(id: &str, urls: &Urls) -> String {
    let own = id.strip_prefix(urls.base());
    let own = own.and_then(|path| path.strip_prefix("/api/user/")?.strip_suffix("/profile"));
    match own {
        Some(nickname) => format!("{nickname}@{}", urls.authority()),
        None => id.trim_start_matches("acct:").to_owned(),
    }
}

fn outcome_key(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Dismiss => "report-dismissed",
        Outcome::Delete => "report-deleted",
        Outcome::Silence => "report-silenced",
        Outcome::Suspend => "report-suspended",
        Outcome::BlockHost => "report-host-blocked",
    }
}

#[derive(Template)]
#[template(path = "pages/admin/reports.html")]
struct ReportsPage<'a> {
    head: Head,
    t: &'a Language,
    root: &'a str,
    reports: Vec<Line>,
}

#[derive(Template)]
#[template(path = "pages/admin/report.html")]
struct ReportPage<'a> {
    head: Head,
    t: &'a Language,
    root: &'a str,
    id: &'a str,
    line: Line,
    words: &'a str,
    is_forwarded: bool,
    /// Encoded id of the person whom it concerns, for a link.
    person: String,
    /// The thing, if it is there still.
    thing: Option<Thing<'a>>,
    /// Names and keys of what can be done.
    actions: Vec<(&'static str, &'static str)>,
    earlier: Vec<Line>,
}

pub(super) async fn page(visitor: Visitor) -> Response {
    answer(&visitor, show(&visitor).await)
}

async fn show(visitor: &Visitor) -> Result<Response> {
    let staff = Staff::of(visitor)?;
    let t = &*visitor.language;
    let reports = moderation::reports(&staff.all).await?;
    let main = ReportsPage {
        head: staff.head("reports"),
        t,
        root: visitor.ctx.urls().path(),
        reports: reports
            .iter()
            .map(|report| Line::of(report, t, visitor.ctx.urls()))
            .collect(),
    };
    Ok(staff.render(&t.say("admin-reports"), &main))
}

/// `GET /main/admin/report?id=ID`: one report with its context.
pub(super) async fn one(visitor: Visitor) -> Response {
    answer(&visitor, show_one(&visitor).await)
}

async fn show_one(visitor: &Visitor) -> Result<Response> {
    let staff = Staff::of(visitor)?;
    let (t, urls, id) = (&*visitor.language, visitor.ctx.urls(), visitor.query("id"));
    let (report, target) = moderation::find_report(&staff.all, &id).await?;
    let shown = match target.filter(|target| !target.deleted) {
        Some(target) => Some(
            present::render(&staff.all, target, Detail::BRIEF)
                .await?
                .to_value(),
        ),
        None => None,
    };
    let thing = shown.as_ref().map(|shown| Thing::new(shown, urls));
    let earlier = moderation::reports_about(&staff.all, report.person(), &report.id).await?;
    let main = ReportPage {
        head: staff.head("reports"),
        t,
        root: urls.path(),
        id: &report.id,
        line: Line::of(&report, t, urls),
        words: &report.words,
        is_forwarded: report.is_forwarded,
        person: Urls::encode(report.person()),
        actions: actions(&staff.all, &report, thing.is_some()),
        thing,
        earlier: earlier
            .iter()
            .map(|report| Line::of(report, t, urls))
            .collect(),
    };
    Ok(staff.render(&t.say("admin-report"), &main))
}

fn actions(ctx: &Context, report: &Report, has_thing: bool) -> Vec<(&'static str, &'static str)> {
    let is_remote = !ctx.urls().is_local(report.person());
    let is_possible = |outcome: &Outcome| match outcome {
        _ if !report.is_open => false,
        Outcome::Delete => has_thing && !report.is_about_person(),
        Outcome::BlockHost => is_remote,
        _ => true,
    };
    let possible = Outcome::ALL.into_iter().filter(is_possible);
    let labelled = possible.map(|outcome| {
        let label = match outcome {
            Outcome::Dismiss => "report-dismiss",
            Outcome::Delete => "report-delete",
            Outcome::Silence => "report-silence",
            Outcome::Suspend => "report-suspend",
            Outcome::BlockHost => "report-block-host",
        };
        (outcome.as_str(), label)
    });
    labelled.collect()
}

/// `POST /main/admin/report`: ends a report.
pub(super) async fn act(form: Submission) -> Response {
    let done = perform(&form).await;
    finish(&form, "/main/admin/reports", done)
}

async fn perform(form: &Submission) -> Result<()> {
    Staff::of(&form.visitor)?;
    let outcome = Outcome::parse(form.get("do"));
    let outcome = outcome.ok_or_else(|| {
        Error::bad_request("That can't be done here.").phrased("failure-no-action")
    })?;
    moderation::settle(
        &form.visitor.ctx,
        form.get("id"),
        outcome,
        form.get("reason"),
    )
    .await
}
