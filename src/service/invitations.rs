//! Invitations to make an account.
//!
//! Each has a code, which can be used as often as the invitation says. Its digest is stored.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::{
    Error, Result,
    audit::{by, note, put_new, require_role, shortened, text},
};
use crate::{
    Context,
    app::texts::Phrase,
    model::{Role, Secret, SiteRecord, SiteRecordKind, Urls},
    storage::{Change, Expect},
};

/// Most uses and days of an invitation.
pub(crate) const MAX_USES: u32 = 1000;
pub(crate) const MAX_DAYS: u32 = 365;

/// Invitations that are listed.
const MAX_LISTED: u32 = 200;

/// Characters of a digest by which an invitation is named.
const NAME_CHARS: usize = 12;

/// An invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its name, which is no secret.
    pub name: String,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// Nickname of whoever made it; `None` for the command line.
    pub by: Option<String>,
    /// Words about the people it is for.
    pub note: String,
    /// How often it can still be used, and could be.
    pub left: u64,
    /// How often it could be used in all.
    pub uses: u64,
    /// Until when it is good.
    pub expires: DateTime<Utc>,
}

impl Invitation {
    fn of(record: &SiteRecord) -> Self {
        let number = |key: &str| record.body.get(key).and_then(Value::as_i64);
        let count = |key: &str| number(key).unwrap_or_default().unsigned_abs();
        let expires = DateTime::from_timestamp(number("expires").unwrap_or_default(), 0);
        let digest = record.id.rsplit(' ').next().unwrap_or_default();
        Self {
            name: digest.chars().take(NAME_CHARS).collect(),
            created: record.created,
            by: text(record, "by"),
            note: text(record, "note").unwrap_or_default(),
            left: count("left"),
            uses: count("uses"),
            expires: expires.unwrap_or_default(),
        }
    }

    /// Whether it can be used at a time.
    pub fn is_good(&self, now: DateTime<Utc>) -> bool {
        self.left > 0 && now < self.expires
    }
}

/// Makes an invitation, and returns the link to the form for an account. Nobody can be told it
/// again.
///
/// Errors: 400 for a number of uses or days that is 0 or too large; 404 for a caller who is no
/// moderator.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn create(ctx: &Context, uses: u32, days: u32, words: &str) -> Result<String> {
    require_role(ctx, Role::Moderator)?;
    if !(1..=MAX_USES).contains(&uses) || !(1..=MAX_DAYS).contains(&days) {
        return Err(Error::bad_request(format!(
            "An invitation is for 1 to {MAX_USES} accounts, and 1 to {MAX_DAYS} days."
        ))
        .phrased(
            Phrase::new("invitation-bounds")
                .with("uses", MAX_USES.to_string())
                .with("days", MAX_DAYS.to_string()),
        ));
    }
    let code = Secret::new(ctx.app().entropy().token::<16>());
    let expires = ctx.now() + TimeDelta::days(days.into());
    let mut body = by(ctx);
    body.insert("note".into(), shortened(words).into());
    body.insert("uses".into(), uses.into());
    body.insert("left".into(), uses.into());
    body.insert("expires".into(), expires.timestamp().into());
    let digest = code.digest();
    let name: String = digest.chars().take(NAME_CHARS).collect();
    let changes = vec![
        put_new(ctx, SiteRecordKind::Invitation, &digest, body),
        note(ctx, "invite", &name, words),
    ];
    ctx.storage().commit(changes).await?;
    let code = Urls::encode(code.expose());
    let path = format!("/main/register?invitation={code}");
    Ok(ctx.urls().absolute(&path))
}

/// Returns the newest invitations, also those that are used up or have expired. Errors: 404 for a
/// caller who is no moderator.
pub async fn list(ctx: &Context) -> Result<Vec<Invitation>> {
    let records = records(ctx).await?;
    Ok(records.iter().map(Invitation::of).collect())
}

async fn records(ctx: &Context) -> Result<Vec<SiteRecord>> {
    require_role(ctx, Role::Moderator)?;
    let kind = SiteRecordKind::Invitation;
    Ok(ctx
        .storage()
        .list_site_records(kind, None, MAX_LISTED)
        .await?)
}

/// Removes an invitation, by its name. Errors: 404 if there is none.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn revoke(ctx: &Context, name: &str) -> Result<()> {
    let records = records(ctx).await?.into_iter();
    let mut named = records.filter(|record| Invitation::of(record).name == name);
    let record = named.next();
    let record = record.ok_or_else(|| {
        Error::not_found("There is no such invitation.").phrased("failure-not-found-text")
    })?;
    let changes = vec![
        Change::RemoveSiteRecord {
            id: record.id,
            version: record.version,
        },
        note(ctx, "revoke invitation", name, ""),
    ];
    Ok(ctx.storage().commit(changes).await?)
}

/// Returns the change that uses an invitation once. Of concurrent uses of one version one succeeds.
///
/// Errors: 403 for a code that is not known, used up or expired.
pub(super) async fn redeem(ctx: &Context, code: &Secret) -> Result<Change> {
    let id = format!("{} {}", SiteRecordKind::Invitation.as_str(), code.digest());
    let found = ctx.storage().find_site_record(&id).await?;
    let found = found.filter(|record| Invitation::of(record).is_good(ctx.now()));
    let mut record = found.ok_or_else(bad_invitation)?;
    let left = Invitation::of(&record).left - 1;
    record.body.insert("left".into(), left.into());
    let expect = Expect::Version(record.version);
    Ok(Change::PutSiteRecord { record, expect })
}

/// The failure for a code with which no account can be made.
fn bad_invitation() -> Error {
    Error::forbidden("This invitation is not known, used up, or has expired.")
        .phrased("register-bad-invitation")
}
