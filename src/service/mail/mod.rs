//! Mail: what is written to whom, and what they do with it.
//!
//! A letter is a job that is written with the change that causes it, and says no more than whom to write
//! to about what. What stands in the mail, the codes in its links too, is made when it is sent: no code is
//! stored but as its digest, and nobody is told what they may not read any more.

mod codes;
pub mod confirm;
pub mod notices;
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
pub use post::Postman;

/// The queue of letters.
const QUEUE: &str = "mail";

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
}

impl Letter {
    /// The name of its job: two letters of one name are one letter.
    fn name(&self) -> String {
        match self {
            Self::Confirm { user } => format!("confirm {user}"),
            Self::Moved { user, .. } => format!("moved {user}"),
            Self::Recover { user } => format!("recover {user}"),
            Self::Notice { user, activity, .. } => format!("notice {user} {activity}"),
        }
    }

    /// Puts it into the queue, to be sent at a time.
    fn at(&self, ctx: &Context, due: DateTime<Utc>, expect: Expect) -> Change {
        let mut payload = match serde_json::to_value(self) {
            Ok(Value::Object(payload)) => payload,
            // A tagged enum of texts is an object.
            _ => Map::new(),
        };
        payload.insert(MAIL_ID.into(), ctx.app().entropy().token::<16>().into());
        Change::PutJob {
            job: Job {
                id: self.name(),
                queue: QUEUE.into(),
                payload,
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
        | Self::Notice { user, .. }) = self;
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
