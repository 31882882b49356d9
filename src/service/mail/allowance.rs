//! Limits of notifications: how many mails a person gets in an hour, and from one sender, before
//! what comes waits for a digest.
//!
//! Each person has one job for this, the digest, whose payload is an [`Allowance`]. A worker enters
//! a notification there before it is sent, under the version of that job. So all workers, on
//! whatever node, keep to the limits together, and the backlog outlives them.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{MAIL_ID, MailJob};
use crate::{
    Context,
    model::{Account, Job, Nickname, NotificationKind, Object},
    service::{Result, retry::retry_on_conflict},
    storage::{Change, Changes, Expect},
};

/// The time in which mails are counted, and for which a digest gathers, in seconds.
const WINDOW_SECS: i64 = 3600;

/// The most senders of a kind that are told apart.
pub(super) const MAX_SENDERS: usize = 50;

/// The most activities of a kind that a digest lists.
const MAX_LISTED: usize = 5;

/// The mails of the last hour, and what waits for the digest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Allowance {
    sent: Vec<Sent>,
    waiting: Backlog,
    /// The part of it that the digest on its way tells. Later ones are for the next.
    pub(super) sending: Option<Backlog>,
}

/// Activities that wait for a digest, by kind.
pub(super) type Backlog = BTreeMap<NotificationKind, Tally>;

/// Activities of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Tally {
    pub(super) count: u64,
    /// Ids of senders, at most [`MAX_SENDERS`].
    pub(super) by: Vec<String>,
    /// Ids of the first of them.
    pub(super) activities: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
struct Sent {
    /// Seconds since 1970.
    at: i64,
    /// The id of the sender.
    by: String,
    /// The name of the mail, which is the same in every try.
    mail: String,
}

/// Whether a notification may be mailed by itself. If not it is entered for the digest, and its job
/// is removed.
pub(super) async fn admit(
    ctx: &Context,
    account: &Account,
    job: &Job,
    activity: &Object,
    kind: NotificationKind,
) -> Result<bool> {
    let limits = &ctx.app().settings().mail;
    let mail = job.payload.get(MAIL_ID).and_then(Value::as_str);
    let (mail, by) = (
        mail.unwrap_or_default(),
        activity.author.as_deref().unwrap_or_default(),
    );
    retry_on_conflict(ctx, || async {
        let (stored, mut allowance) = find(ctx, &account.nickname).await?;
        let now = ctx.now().timestamp();
        let busy = allowance.sending.is_some() || !allowance.waiting.is_empty();
        allowance.sent.retain(|sent| sent.at + WINDOW_SECS > now);
        if allowance.sent.iter().any(|sent| sent.mail == mail) {
            return Ok((Changes::new(), true));
        }
        let from_one = allowance.sent.iter().filter(|sent| sent.by == by).count();
        let admitted = allowance.sent.len() < limits.notifications_per_hour
            && from_one < limits.notifications_per_hour_per_sender;
        let mut changes = Changes::new();
        if admitted {
            let (by, mail) = (by.to_owned(), mail.to_owned());
            allowance.sent.push(Sent { at: now, by, mail });
        } else {
            allowance
                .waiting
                .entry(kind)
                .or_default()
                .add(by, &activity.id);
            changes.push(Change::RemoveJob {
                id: job.id.clone(),
                version: job.version,
            });
        }
        let due = stored.as_ref().filter(|_| busy).map(|stored| stored.due);
        changes.push(put(ctx, &account.nickname, stored, allowance, due));
        Ok((changes, admitted))
    })
    .await
}

/// Enters that the digest on its way was sent.
pub(super) async fn finish(ctx: &Context, user: &Nickname) -> Result<()> {
    retry_on_conflict(ctx, || async {
        let (stored, mut allowance) = find(ctx, user).await?;
        allowance.sending = None;
        let stored = stored.map(|job| Job { attempts: 0, ..job });
        Ok((vec![put(ctx, user, stored, allowance, None)], ()))
    })
    .await
}

async fn find(ctx: &Context, user: &Nickname) -> Result<(Option<Job>, Allowance)> {
    let name = letter(user, Allowance::default()).name();
    let stored = ctx.storage().find_job(&name).await?;
    let payload = stored
        .as_ref()
        .map(|job| Value::Object(job.payload.clone()));
    let allowance = match payload.and_then(|payload| serde_json::from_value(payload).ok()) {
        Some(MailJob::Digest { allowance, .. }) => allowance,
        _ => Allowance::default(),
    };
    Ok((stored, allowance))
}

/// Stores an allowance in place of the one that was found, due at a time or when there is something
/// to do.
fn put(
    ctx: &Context,
    user: &Nickname,
    stored: Option<Job>,
    allowance: Allowance,
    due: Option<DateTime<Utc>>,
) -> Change {
    // Where nothing waits, there is nothing to do but to forget the last mail when its hour is
    // over.
    let since = match allowance.sent.last() {
        _ if !allowance.waiting.is_empty() => ctx.now(),
        Some(sent) => DateTime::from_timestamp(sent.at, 0).unwrap_or_default(),
        None => DateTime::UNIX_EPOCH,
    };
    let due = due.unwrap_or(since + TimeDelta::seconds(WINDOW_SECS));
    let mail_job = letter(user, allowance);
    let Some(job) = stored else {
        return mail_job.enqueue_at(ctx, due, Expect::Absent);
    };
    let mut payload = mail_job.payload(ctx);
    payload.extend(
        job.payload
            .get_key_value(MAIL_ID)
            .map(|(key, id)| (key.clone(), id.clone())),
    );
    Change::PutJob {
        expect: Expect::Version(job.version),
        job: Job {
            payload,
            due,
            ..job
        },
    }
}

fn letter(user: &Nickname, allowance: Allowance) -> MailJob {
    MailJob::Digest {
        user: user.to_string(),
        allowance,
    }
}

impl Allowance {
    /// The same with all that waits set apart for a digest; `None` if nothing waits.
    pub(super) fn begin(&self) -> Option<Self> {
        (!self.waiting.is_empty()).then(|| Self {
            sent: self.sent.clone(),
            waiting: Backlog::new(),
            sending: Some(self.waiting.clone()),
        })
    }
}

impl Tally {
    fn add(&mut self, by: &str, activity: &str) {
        self.count = self.count.saturating_add(1);
        if self.by.len() < MAX_SENDERS && !self.by.iter().any(|known| known == by) {
            self.by.push(by.to_owned());
        }
        if self.activities.len() < MAX_LISTED {
            self.activities.push(activity.to_owned());
        }
    }
}
