//! `/main/admin/person`: one person, and what staff does about them.

use askama::Template;
use axum::response::Response;

use super::{Head, Moment, Staff, answer, finish, people::Row, reports::Line, size_text};
use crate::{
    app::texts::Language,
    http::pages::{submission::Submission, view::Thing, visitor::Visitor},
    model::{Role, Standing, Urls},
    service::{Error, Result, mail, moderation},
};

#[derive(Template)]
#[template(path = "pages/admin/person.html")]
struct PersonPage<'a> {
    head: Head,
    t: &'a Language,
    root: &'a str,
    row: Row,
    /// Name by which the forms say who it is.
    name: &'a str,
    /// Path of the profile.
    profile: String,
    since: Option<Moment>,
    email: &'a str,
    is_confirmed: bool,
    files: u64,
    storage: String,
    /// Words with which they asked for an account.
    application: &'a str,
    actions: Vec<&'static str>,
    /// Roles that can be given: name, key, and whether it is theirs.
    roles: Vec<(&'static str, &'static str, bool)>,
    can_recover: bool,
    reports: Vec<Line>,
}

impl PersonPage<'_> {
    /// Returns the label of the button of an action.
    fn label(&self, action: &str) -> std::borrow::Cow<'_, str> {
        let key = match action {
            "approve" => "admin-approve",
            "reject" => "admin-reject",
            "silence" => "admin-silence",
            "suspend" => "admin-suspend",
            _ => "admin-restore",
        };
        self.t.say(key)
    }
}

pub(super) async fn page(visitor: Visitor) -> Response {
    answer(&visitor, show(&visitor).await)
}

async fn show(visitor: &Visitor) -> Result<Response> {
    let staff = Staff::of(visitor)?;
    let (t, urls) = (&*visitor.language, visitor.ctx.urls());
    let target = moderation::find(&staff.all, &visitor.query("name")).await?;
    let uploaded = moderation::uploaded(&staff.all, &target).await?;
    let account = target.account.as_ref();
    let role = account.map_or(Role::None, |account| account.role);
    let is_self = visitor.ctx.person() == Some(&target.person.id);
    let has_power = !is_self && role <= staff.role;
    let json = serde_json::Value::Object((*target.person.body).clone());
    let reports = moderation::reports_about(&staff.all, &target.person.id, "").await?;
    let confirmed = account.and_then(|account| account.email.as_deref());
    let waiting = account.and_then(|account| account.unconfirmed_email.as_deref());
    let row = Row::of(&target, urls);
    let title = row.name.clone();
    let roles = Role::ALL.map(|one| (one.as_str(), role_label(one), one == role));
    let main = PersonPage {
        head: staff.head("people"),
        t,
        root: urls.path(),
        row,
        name: target.name(),
        profile: Thing::new(&json, urls).link(),
        since: account.map(|account| Moment::of(account.published, t)),
        email: confirmed.or(waiting).unwrap_or_default(),
        is_confirmed: confirmed.is_some(),
        files: uploaded.files,
        storage: size_text(uploaded.bytes),
        application: account
            .and_then(|account| account.application())
            .unwrap_or_default(),
        actions: match target.standing {
            _ if !has_power => Vec::new(),
            Standing::Pending => vec!["approve", "reject"],
            Standing::Good => vec!["silence", "suspend"],
            Standing::Silenced => vec!["restore", "suspend"],
            Standing::Suspended => vec!["restore", "silence"],
        },
        roles: match account {
            Some(_) if staff.role == Role::Admin => roles.into(),
            _ => Vec::new(),
        },
        can_recover: confirmed.is_some()
            && target.standing != Standing::Suspended
            && mail::recover::is_possible(&visitor.ctx)
            && (is_self || has_power),
        reports: reports
            .iter()
            .map(|report| Line::of(report, t, urls))
            .collect(),
    };
    Ok(staff.render(&title, &main))
}

fn role_label(role: Role) -> &'static str {
    match role {
        Role::None => "role-none",
        role => super::people::role_key(role),
    }
}

/// `POST /main/admin/person`: does one thing about a person.
pub(super) async fn act(form: Submission) -> Response {
    let done = perform(&form).await;
    let place = match form.get("do") {
        "reject" => "/main/admin/people?standing=pending".to_owned(),
        _ => format!("/main/admin/person?name={}", Urls::encode(form.get("name"))),
    };
    finish(&form, &place, done)
}

async fn perform(form: &Submission) -> Result<()> {
    let visitor = &form.visitor;
    Staff::of(visitor)?;
    let ctx = &visitor.ctx;
    let (name, reason) = (form.get("name"), form.get("reason"));
    let limit = |standing| moderation::set_standing(ctx, name, standing, reason);
    match form.get("do") {
        "approve" => moderation::approve(ctx, name, reason).await,
        "reject" => moderation::reject(ctx, name, reason).await,
        "silence" => limit(Standing::Silenced).await,
        "suspend" => limit(Standing::Suspended).await,
        "restore" => limit(Standing::Good).await,
        "recover" => moderation::send_recovery(ctx, name, reason).await,
        "role" => {
            let role = Role::parse(form.get("role"));
            let role = role.ok_or_else(|| {
                Error::bad_request("There is no such role.").phrased("failure-no-action")
            })?;
            moderation::set_role(ctx, name, role, reason).await
        }
        _ => Err(Error::bad_request("That can't be done here.").phrased("failure-no-action")),
    }
}
