//! The audit log: who of the staff did what to whom, and why; and who belongs to the staff.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{Error, Result};
use crate::{
    Context,
    context::Caller,
    model::{Role, SiteRecord, SiteRecordKind},
    storage::{Change, Expect},
};

/// Most characters of a reason, and of other words that staff types.
pub(crate) const MAX_REASON_CHARS: usize = 1000;

/// An action of a moderator or an admin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Id of its record.
    pub id: String,
    /// When it was done.
    pub at: DateTime<Utc>,
    /// Nickname of whoever did it; `None` for the command line.
    pub by: Option<String>,
    /// Name of the action, such as `suspend`.
    pub action: String,
    /// Nickname, id or host to which it was done.
    pub target: String,
    /// Why, if that was said.
    pub reason: String,
}

/// Returns the role in which the caller acts; that of the operator is the highest. Errors: 404 for
/// a caller with a smaller one than is needed, who need not know what there is.
pub(crate) fn require_role(ctx: &Context, least: Role) -> Result<Role> {
    let role = match ctx.caller() {
        Caller::Server => Role::Admin,
        _ => ctx.account().map_or(Role::None, |account| account.role),
    };
    if role >= least && role > Role::None {
        Ok(role)
    } else {
        Err(Error::not_found("There is no such page.").phrased("failure-not-found-text"))
    }
}

/// Returns the change that notes an action of the caller.
pub(super) fn note(ctx: &Context, action: &str, target: &str, reason: &str) -> Change {
    let mut body = by(ctx);
    for (key, value) in [("action", action), ("target", target), ("reason", reason)] {
        body.insert(key.into(), shortened(value).into());
    }
    put_new(ctx, SiteRecordKind::Audit, &ctx.uuid(), body)
}

/// Notes an action of the caller that was done.
pub(super) async fn write(ctx: &Context, action: &str, target: &str, reason: &str) -> Result<()> {
    let noted = vec![note(ctx, action, target, reason)];
    Ok(ctx.storage().commit(noted).await?)
}

/// Returns the change that stores a new record, of a name that is unique among its kind.
pub(super) fn put_new(
    ctx: &Context,
    kind: SiteRecordKind,
    name: &str,
    body: Map<String, Value>,
) -> Change {
    Change::PutSiteRecord {
        record: SiteRecord {
            id: format!("{} {name}", kind.as_str()),
            kind,
            created: ctx.now(),
            body,
            version: 0,
        },
        expect: Expect::Absent,
    }
}

/// Returns the properties of a record that say who made it.
pub(super) fn by(ctx: &Context) -> Map<String, Value> {
    let account = ctx.account();
    let by = account.map(|account| ("by".to_owned(), account.nickname.as_str().into()));
    by.into_iter().collect()
}

/// Returns entries of the log, newest first; those before an entry, if one is given.
///
/// Errors: 404 for a caller who is no moderator.
pub async fn log(ctx: &Context, before: Option<&str>, count: u32) -> Result<Vec<AuditEntry>> {
    require_role(ctx, Role::Moderator)?;
    let kind = SiteRecordKind::Audit;
    let records = ctx.storage().list_site_records(kind, before, count).await?;
    Ok(records.into_iter().map(AuditEntry::of).collect())
}

impl AuditEntry {
    fn of(record: SiteRecord) -> Self {
        Self {
            at: record.created,
            by: text(&record, "by"),
            action: text(&record, "action").unwrap_or_default(),
            target: text(&record, "target").unwrap_or_default(),
            reason: text(&record, "reason").unwrap_or_default(),
            id: record.id,
        }
    }
}

/// Returns a property of a record that is text.
pub(super) fn text(record: &SiteRecord, key: &str) -> Option<String> {
    let value = record.body.get(key).and_then(Value::as_str);
    value.map(str::to_owned)
}

/// Returns what was typed, without blanks around it, and no longer than a reason may be.
pub(super) fn shortened(text: &str) -> String {
    text.trim().chars().take(MAX_REASON_CHARS).collect()
}
