//! Mail: what is written to whom, and what they do with it.
//!
//! A letter is a job that is written with the change that causes it, and says no more than whom to write
//! to about what. What stands in the mail, the codes in its links too, is made when it is sent: no code is
//! stored but as its digest, and nobody is told what they may not read any more.

mod allowance;
mod codes;
pub mod confirm;
pub mod notices;
mod notification;
mod post;
pub mod recover;
mod write;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Error, Result};
use crate::{
    Context,
    model::{Job, Nickname, Notice},
    storage::{Change, Expect},
};
use allowance::Allowance;
pub use post::{Notifier, Postman};

/// The queue of letters that their readers wait for.
const QUEUE: &str = "mail";

/// The queue of notifications. It has workers of its own, so that no other letter waits behind these.
const NOTIFICATIONS: &str = "notifications";

/// Where in the payload of a letter the name of its mail is: the same in every try to send it.
const MAIL_ID: &str = "id";

/// What is to be written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "letter", rename_all = "lowercase")]
enum Letter {
    /// Whether the address they gave is their own.
    Confirm { user: String },
    /// That their address is another now; to the one they had.
    Moved { user: String, from: String },
    /// How to get in without a password.
    Recover { user: String },
    /// What someone did that concerns them.
    Notice {
        user: String,
        activity: String,
        kind: Notice,
    },
    /// What there was beyond what may be mailed one by one.
    Digest { user: String, allowance: Allowance },
}

impl Letter {
    /// The name of its job: two letters of one name are one letter.
    fn name(&self) -> String {
        match self {
            Self::Confirm { user } => format!("confirm {user}"),
            Self::Moved { user, .. } => format!("moved {user}"),
            Self::Recover { user } => format!("recover {user}"),
            Self::Notice { user, activity, .. } => format!("notice {user} {activity}"),
            Self::Digest { user, .. } => format!("digest {user}"),
        }
    }

    /// The queue it waits in.
    fn queue(&self) -> &'static str {
        match self {
            Self::Confirm { .. } | Self::Moved { .. } | Self::Recover { .. } => QUEUE,
            Self::Notice { .. } | Self::Digest { .. } => NOTIFICATIONS,
        }
    }

    /// The payload of its job, with the name of a new mail.
    fn payload(&self, ctx: &Context) -> Map<String, Value> {
        let mut payload = match serde_json::to_value(self) {
            Ok(Value::Object(payload)) => payload,
            // A tagged enum of structs is an object.
            _ => Map::new(),
        };
        payload.insert(MAIL_ID.into(), ctx.app().entropy().token::<16>().into());
        payload
    }

    /// Puts it into its queue, to be sent at a time.
    fn at(&self, ctx: &Context, due: DateTime<Utc>, expect: Expect) -> Change {
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

    /// Whom it is for.
    fn user(&self) -> Option<Nickname> {
        let (Self::Confirm { user }
        | Self::Moved { user, .. }
        | Self::Recover { user }
        | Self::Notice { user, .. }
        | Self::Digest { user, .. }) = self;
        Nickname::parse(user).ok()
    }
}

/// Refuses what can't be done without mail, if there is none.
pub fn available(ctx: &Context) -> Result<()> {
    match ctx.app().mailer() {
        Some(_) => Ok(()),
        None => Err(Error::not_found(
            "This server sends no mail. Whoever runs it can give you a new password.",
        )),
    }
}

/// That a text is no mail address.
pub(crate) fn not_an_address() -> Error {
    Error::bad_request("Invalid email address provided")
}

/// Refuses an address with a local part beyond ASCII, unless the mail server has SMTPUTF8 (RFC 6531): no
/// mail could be sent there.
pub(crate) async fn can_be_reached(ctx: &Context, address: Option<&str>) -> Result<()> {
    if address.is_none_or(str::is_ascii) {
        return Ok(());
    }
    match ctx.app().mailer() {
        Some(mailer) if mailer.takes_unicode().await => Ok(()),
        _ => Err(not_an_address()),
    }
}
