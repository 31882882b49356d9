//! Announcements of the site to its members.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::{
    Error, Result, accounts,
    audit::{by, note, put_new, require_role, text},
    lookup,
};
use crate::{
    Context,
    app::texts::Phrase,
    model::{Account, Role, SiteRecord, SiteRecordKind},
    protocol::html::TextFormat,
    storage::{Change, Changes},
};

/// Most characters of an announcement.
pub(crate) const MAX_CHARS: usize = 5000;

/// Announcements that are listed.
const MAX_LISTED: u32 = 100;

/// Property of an account with the ids of the announcements that its owner has seen. Clients can't
/// set it, for its name begins as those of the server do.
const DISMISSED: &str = "_dismissed";

/// Dismissed announcements that are remembered.
const MAX_DISMISSED: usize = 20;

/// An announcement.
#[derive(Clone, Debug)]
pub(crate) struct Announcement {
    pub(crate) id: String,
    pub(crate) created: DateTime<Utc>,
    /// Nickname of whoever wrote it; `None` for the command line.
    pub(crate) by: Option<String>,
    /// Text as it was typed, in Markdown.
    pub(crate) text: String,
    pub(crate) ends: Option<DateTime<Utc>>,
}

impl Announcement {
    fn of(record: &SiteRecord) -> Self {
        let ends = record.body.get("ends").and_then(Value::as_i64);
        Self {
            id: record.id.clone(),
            created: record.created,
            by: text(record, "by"),
            text: text(record, "text").unwrap_or_default(),
            ends: ends.and_then(|seconds| DateTime::from_timestamp(seconds, 0)),
        }
    }

    /// Returns the last second in which it is shown.
    pub(crate) fn last_second(&self) -> Option<DateTime<Utc>> {
        Some(self.ends? - TimeDelta::seconds(1))
    }

    /// Returns the text as HTML that does no harm.
    pub(crate) fn html(&self) -> String {
        TextFormat::Markdown.render(&self.text)
    }
}

/// Makes an announcement, and returns its id. Errors: 400 for an empty or long text, or an end that
/// has passed; 404 for a caller who is no admin.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn add(ctx: &Context, words: &str, ends: Option<DateTime<Utc>>) -> Result<String> {
    require_role(ctx, Role::Admin)?;
    let words = words.trim().replace("\r\n", "\n");
    if words.is_empty() || words.chars().count() > MAX_CHARS {
        return Err(Error::bad_request(format!(
            "An announcement has 1 to {MAX_CHARS} characters."
        ))
        .phrased(Phrase::new("announcement-length").with("most", MAX_CHARS.to_string())));
    }
    if ends.is_some_and(|ends| ends <= ctx.now()) {
        return Err(
            Error::bad_request("The end has passed already.").phrased("announcement-passed")
        );
    }
    let name = ctx.uuid();
    let mut body = by(ctx);
    body.insert("text".into(), words.clone().into());
    if let Some(ends) = ends {
        body.insert("ends".into(), ends.timestamp().into());
    }
    let kind = SiteRecordKind::Announcement;
    let changes = vec![
        put_new(ctx, kind, &name, body),
        note(ctx, "announce", &name, &words),
    ];
    commit(ctx, changes).await?;
    Ok(format!("{} {name}", kind.as_str()))
}

/// Returns all announcements, newest first. Errors: 404 for a caller who is no moderator.
pub(crate) async fn list(ctx: &Context) -> Result<Vec<Announcement>> {
    require_role(ctx, Role::Moderator)?;
    let kind = SiteRecordKind::Announcement;
    let records = ctx.storage().list_site_records(kind, None, MAX_LISTED);
    Ok(records.await?.iter().map(Announcement::of).collect())
}

/// Removes an announcement, by its id or the last word of it. Errors: 404 if there is none, or for
/// a caller who is no admin.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn remove(ctx: &Context, id: &str) -> Result<()> {
    require_role(ctx, Role::Admin)?;
    let kind = SiteRecordKind::Announcement;
    let name = id.rsplit(' ').next().unwrap_or_default();
    let missing =
        || Error::not_found("There is no such announcement.").phrased("failure-not-found-text");
    if name.contains('\0') {
        return Err(missing());
    }
    let id = format!("{} {name}", kind.as_str());
    let record = ctx.storage().find_site_record(&id).await?;
    let record = record.ok_or_else(missing)?;
    let version = record.version;
    let removal = Change::RemoveSiteRecord { id, version };
    commit(ctx, vec![removal, note(ctx, "end announcement", name, "")]).await
}

async fn commit(ctx: &Context, changes: Changes) -> Result<()> {
    let done = ctx.storage().commit(changes).await;
    ctx.app().announcements().forget();
    Ok(done?)
}

/// Returns what is announced to a member now, newest first.
pub(crate) async fn current(ctx: &Context, account: &Account) -> Result<Vec<Announcement>> {
    let (records, now) = (ctx.app().announcements().get().await?, ctx.now());
    let dismissed = dismissed(account);
    let records = records
        .iter()
        .filter(|record| !dismissed.contains(&record.id.as_str()));
    let announcements = records.map(Announcement::of);
    let is_current = |one: &Announcement| one.ends.is_none_or(|ends| now < ends);
    Ok(announcements.filter(is_current).collect())
}

fn dismissed(account: &Account) -> Vec<&str> {
    let ids = account.extra.get(DISMISSED).and_then(Value::as_array);
    ids.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// Notes that the caller has seen an announcement.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn dismiss(ctx: &Context, id: &str) -> Result<()> {
    let known = ctx.account().ok_or_else(Error::not_logged_in)?;
    let records = ctx.app().announcements().get().await?;
    if dismissed(known).contains(&id) || records.iter().all(|record| record.id != id) {
        return Ok(());
    }
    let mut account = lookup::account(ctx, known.nickname.as_str()).await?;
    let mut ids: Vec<String> = dismissed(&account).into_iter().map(str::to_owned).collect();
    ids.insert(0, id.to_owned());
    ids.truncate(MAX_DISMISSED);
    account.extra.insert(DISMISSED.into(), ids.into());
    accounts::replace(ctx, &mut account, None, Changes::new()).await
}
