//! Mail: what is written to whom, and what they do with it.
//!
//! A mail job is written with the change that causes it, and names only whom to write to about
//! what. Mails and the codes in their links are made at the time of sending. Codes are stored as
//! digests only, and unreadable content is left out.

mod allowance;
pub(super) mod codes;
pub(crate) mod confirm;
pub(super) mod kinds;
mod notification;
pub(super) mod notification_jobs;
pub(crate) mod recover;
mod templates;
mod worker;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Error, Result, queue};
use crate::{
    Context,
    model::{Account, Job, Nickname, NotificationKind},
    storage::{Change, Changes, Expect},
};
use allowance::Allowance;
pub use worker::{MailWorker, Notifier};

/// The queue of letters that their readers wait for.
const QUEUE: &str = "mail";

/// The queue of notifications. It has workers of its own, so that no other letter waits behind
/// these.
const NOTIFICATIONS: &str = "notifications";

/// Payload key of the message id, which is the same in every attempt.
const MAIL_ID: &str = "id";

/// Payload key of the language of the request that causes a mail.
const LANGUAGE: &str = "language";

/// A mail to send.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "letter", rename_all = "lowercase")]
enum MailJob {
    /// Whether the address they gave is their own.
    Confirm { user: String },
    /// That their address is another now; to the one they had.
    Moved { user: String, from: String },
    /// How to get in without a password.
    Recover { user: String },
    /// That the archive that they asked for can be downloaded.
    Archive {
        user: String,
        #[serde(default)]
        language: Option<String>,
    },
    /// An activity that concerns the user.
    Notice {
        user: String,
        activity: String,
        kind: NotificationKind,
    },
    /// Whether their account was approved, to the address that they gave.
    Decided {
        user: String,
        address: String,
        is_approved: bool,
        #[serde(default)]
        language: Option<String>,
    },
    /// Activities beyond the limit of single notifications.
    Digest { user: String, allowance: Allowance },
}

impl MailJob {
    /// Returns the id of its job; jobs with one id are one mail.
    fn name(&self) -> String {
        match self {
            Self::Confirm { user } => format!("confirm {user}"),
            Self::Moved { user, .. } => format!("moved {user}"),
            Self::Recover { user } => format!("recover {user}"),
            Self::Archive { user, .. } => format!("archive-mail {user}"),
            Self::Notice { user, activity, .. } => format!("notice {user} {activity}"),
            Self::Decided { user, .. } => format!("decided {user}"),
            Self::Digest { user, .. } => format!("digest {user}"),
        }
    }

    /// The queue it waits in.
    fn queue(&self) -> &'static str {
        match self {
            Self::Confirm { .. }
            | Self::Moved { .. }
            | Self::Recover { .. }
            | Self::Archive { .. }
            | Self::Decided { .. } => QUEUE,
            Self::Notice { .. } | Self::Digest { .. } => NOTIFICATIONS,
        }
    }

    /// The payload of its job, with the name of a new mail.
    fn payload(&self, ctx: &Context) -> Map<String, Value> {
        let mut payload = queue::payload(self);
        let tag = self.user().and_then(|user| ctx.language_of(&user));
        payload.extend(tag.map(|tag| (LANGUAGE.to_owned(), tag.into())));
        payload.insert(MAIL_ID.into(), ctx.app().entropy().token::<16>().into());
        payload
    }

    /// Puts it into its queue, to be sent at a time.
    fn enqueue_at(&self, ctx: &Context, due: DateTime<Utc>, expect: Expect) -> Change {
        Change::PutJob {
            job: Job {
                id: self.name(),
                queue: self.queue().into(),
                payload: self.payload(ctx),
                due,
                attempts: 0,
                version: 0,
            },
            expect,
        }
    }

    /// Returns the recipient.
    fn user(&self) -> Option<Nickname> {
        let (Self::Confirm { user }
        | Self::Moved { user, .. }
        | Self::Recover { user }
        | Self::Archive { user, .. }
        | Self::Notice { user, .. }
        | Self::Decided { user, .. }
        | Self::Digest { user, .. }) = self;
        Nickname::parse(user).ok()
    }
}

/// Returns the mail job that tells somebody whether their account was approved, if there is an
/// address.
pub(crate) fn decision_changes(ctx: &Context, account: &Account, is_approved: bool) -> Changes {
    let address = account
        .email
        .as_ref()
        .or(account.unconfirmed_email.as_ref());
    let address = address.filter(|_| ctx.app().mailer().is_some());
    let mail_job = address.map(|address| MailJob::Decided {
        user: account.nickname.to_string(),
        address: address.clone(),
        is_approved,
        language: account.language_of_application().map(str::to_owned),
    });
    let job = mail_job.map(|mail_job| mail_job.enqueue_at(ctx, ctx.now(), Expect::Any));
    job.into_iter().collect()
}

/// Returns the change that tells a person that their archive is ready, if they can be written to;
/// with the language in which they asked for it.
#[cfg(feature = "web")]
pub(super) fn archive_ready(
    ctx: &Context,
    account: &Account,
    language: Option<String>,
) -> Option<Change> {
    let is_possible = ctx.app().mailer().is_some() && account.email.is_some();
    let user = account.nickname.to_string();
    is_possible.then(|| MailJob::Archive { user, language }.enqueue_at(ctx, ctx.now(), Expect::Any))
}

/// Refuses what can't be done without mail, if there is none.
pub(crate) fn require_mailer(ctx: &Context) -> Result<()> {
    match ctx.app().mailer() {
        Some(_) => Ok(()),
        None => Err(Error::not_found(
            "This server sends no mail. Whoever runs it can give you a new password.",
        )
        .phrased("failure-no-mail")),
    }
}

/// That a text is no mail address.
pub(crate) fn not_an_address() -> Error {
    Error::bad_request("Invalid email address provided").phrased("account-bad-email")
}

/// Refuses an address with a local part beyond ASCII, unless the mail server has SMTPUTF8 (RFC
/// 6531): no mail could be sent there.
pub(crate) async fn can_be_reached(ctx: &Context, address: Option<&str>) -> Result<()> {
    if address.is_none_or(str::is_ascii) {
        return Ok(());
    }
    match ctx.app().mailer() {
        Some(mailer) if mailer.takes_unicode().await => Ok(()),
        _ => Err(not_an_address()),
    }
}
