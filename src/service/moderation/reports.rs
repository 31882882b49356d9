//! Reports of things and people, and what becomes of them.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{block_host, find, require_power_over, set_standing};
use crate::{
    Context,
    context::Caller,
    model::{ACTOR_TYPES, Object, Role, SiteRecord, SiteRecordKind, Standing, host_of_id},
    service::{
        Error, ErrorKind, Result,
        accounts::deletion::remove_object,
        activity,
        audit::{note, require_role, text},
    },
    storage::{Change, Expect},
};

/// Reports that are looked through: the newest of them.
const MAX_READ_REPORTS: u32 = 500;

/// Earlier reports that stand beside one.
const MAX_EARLIER_REPORTS: usize = 20;

/// A report.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) id: String,
    pub(crate) at: DateTime<Utc>,
    /// Ids of the reporter, of the thing or person, and of its author. Another server that reports
    /// is named by its host.
    pub(crate) reporter: String,
    pub(crate) target: String,
    pub(crate) author: String,
    pub(crate) reason: String,
    pub(crate) words: String,
    /// Whether the server of the person got a copy.
    pub(crate) is_forwarded: bool,
    pub(crate) is_open: bool,
    /// Name of what ended it, and who did it.
    pub(crate) outcome: String,
    pub(crate) by: String,
}

/// Ways to end a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Dismiss,
    Delete,
    Silence,
    Suspend,
    BlockHost,
}

impl Outcome {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [
        Self::Dismiss,
        Self::Delete,
        Self::Silence,
        Self::Suspend,
        Self::BlockHost,
    ];

    /// Name of it in forms and records.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Dismiss => "dismiss",
            Self::Delete => "delete",
            Self::Silence => "silence",
            Self::Suspend => "suspend",
            Self::BlockHost => "block-host",
        }
    }

    /// Reads the name of one.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }
}

impl Report {
    fn of(record: &SiteRecord) -> Self {
        let text = |key: &str| text(record, key).unwrap_or_default();
        Self {
            id: record.id.clone(),
            at: record.created,
            reporter: text("reporter"),
            target: text("target"),
            author: text("author"),
            reason: text("reason"),
            words: text("words"),
            is_forwarded: record.body.contains_key("forwarded"),
            is_open: text("state") == "open",
            outcome: text("outcome"),
            by: text("by"),
        }
    }

    /// Whether it is about a person, and not about a thing.
    pub(crate) fn is_about_person(&self) -> bool {
        self.author.is_empty() || self.author == self.target
    }

    /// Returns the id of the person whom it concerns.
    pub(crate) fn person(&self) -> &str {
        match self.author.as_str() {
            "" => &self.target,
            author => author,
        }
    }
}

/// Returns the newest reports, those first that are open. Errors: 404 for a caller who is no
/// moderator.
pub(crate) async fn reports(ctx: &Context) -> Result<Vec<Report>> {
    require_role(ctx, Role::Moderator)?;
    let kind = SiteRecordKind::Report;
    let records = ctx
        .storage()
        .list_site_records(kind, None, MAX_READ_REPORTS);
    let mut reports: Vec<Report> = records.await?.iter().map(Report::of).collect();
    reports.sort_by_key(|report| !report.is_open);
    Ok(reports)
}

/// Returns how many of the newest reports are open.
pub(super) async fn open_reports(ctx: &Context) -> Result<u64> {
    let open = reports(ctx).await?.into_iter().filter(|one| one.is_open);
    Ok(open.map(|_| 1).sum())
}

/// Returns a report, and the thing that it is about if that is stored. Errors: 404 if there is no
/// such report.
pub(crate) async fn find_report(ctx: &Context, id: &str) -> Result<(Report, Option<Arc<Object>>)> {
    let report = Report::of(&stored(ctx, id).await?);
    let target = ctx.storage().find_objects(&[&report.target]).await?;
    Ok((report, target.into_iter().flatten().next()))
}

/// Returns the newest other reports about a person and what is theirs.
pub(crate) async fn reports_about(ctx: &Context, person: &str, but: &str) -> Result<Vec<Report>> {
    let mut reports = reports(ctx).await?;
    reports.retain(|report| report.person() == person && report.id != but);
    reports.sort_by_key(|report| std::cmp::Reverse(report.at));
    reports.truncate(MAX_EARLIER_REPORTS);
    Ok(reports)
}

/// Ends a report by an action.
///
/// Errors: 404 if there is no such report, 409 for one that has ended; those of the action.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn settle(ctx: &Context, id: &str, outcome: Outcome, reason: &str) -> Result<()> {
    let mut record = stored(ctx, id).await?;
    let report = Report::of(&record);
    if !report.is_open {
        return Err(Error::saying(ErrorKind::Conflict, "failure-report-ended"));
    }
    let person = report.person();
    match outcome {
        Outcome::Dismiss => {}
        Outcome::Delete => delete(ctx, &report).await?,
        Outcome::Silence => {
            // It lifts no suspension that another report led to.
            if find(ctx, person).await?.standing == Standing::Good {
                set_standing(ctx, person, Standing::Silenced, reason).await?;
            }
        }
        Outcome::Suspend => set_standing(ctx, person, Standing::Suspended, reason).await?,
        Outcome::BlockHost => {
            let host = host_of_id(person).filter(|_| !ctx.urls().is_local(person));
            let host = host.ok_or_else(|| {
                Error::bad_request("It is of this server.").phrased("failure-no-host")
            })?;
            block_host(ctx, &host, false, Some(reason.to_owned())).await?;
        }
    }
    let by = ctx.account().map(|account| account.nickname.as_str());
    let properties = [
        ("state", "closed"),
        ("outcome", outcome.as_str()),
        ("by", by.unwrap_or_default()),
    ];
    for (key, value) in properties {
        record.body.insert(key.into(), value.into());
    }
    let expect = Expect::Version(record.version);
    let action = format!("report: {}", outcome.as_str());
    let changes = vec![
        Change::PutSiteRecord { record, expect },
        note(ctx, &action, &report.target, reason),
    ];
    Ok(ctx.storage().commit(changes).await?)
}

/// Deletes the thing of a report, as its author would. One of another server goes from here.
async fn delete(ctx: &Context, report: &Report) -> Result<()> {
    let found = ctx.storage().find_objects(&[&report.target]).await?;
    let thing = found.into_iter().flatten().find(|thing| !thing.deleted);
    let Some(thing) = thing else {
        return Ok(());
    };
    if ACTOR_TYPES.contains(&thing.object_type.as_str()) {
        return Err(
            Error::bad_request("A person can't be deleted here.").phrased("failure-no-action")
        );
    }
    let author = thing.author.clone().unwrap_or_default();
    let account = match find(ctx, &author).await {
        Ok(author) => author.account,
        Err(_) => None,
    };
    let Some(account) = account else {
        return remove_object(ctx, Object::clone(&thing)).await;
    };
    require_power_over(ctx, &account)?;
    let author = ctx.with_caller(Caller::HostUser(Arc::new(account)));
    let object = json!({ "objectType": thing.object_type, "id": thing.id });
    let delete = json!({ "verb": "delete", "object": object });
    activity::perform_json(&author, delete).await.map(drop)
}

async fn stored(ctx: &Context, id: &str) -> Result<SiteRecord> {
    require_role(ctx, Role::Moderator)?;
    let missing = || Error::not_found("There is no such report.").phrased("failure-not-found-text");
    if id.contains('\0') {
        return Err(missing());
    }
    let record = ctx.storage().find_site_record(id).await?;
    let record = record.filter(|record| record.kind == SiteRecordKind::Report);
    record.ok_or_else(missing)
}
