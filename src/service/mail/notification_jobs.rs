//! Mail jobs that an activity causes: who of those it concerns wants to be told.

use std::collections::BTreeMap;

use super::MailJob;
use crate::{
    Context,
    model::{Account, NotificationKind, Object},
    service::Result,
    storage::{Changes, Expect},
};

/// Returns the mail jobs that an activity causes, to be written in its commit: to those persons who
/// want mails of that kind. Whether they may read of it is looked at when it is sent.
pub(in crate::service) async fn for_kinds(
    ctx: &Context,
    activity: &Object,
    kinds: BTreeMap<&str, NotificationKind>,
) -> Result<Changes> {
    if ctx.app().mailer().is_none() || kinds.is_empty() {
        return Ok(Changes::new());
    }
    let persons: Vec<&str> = kinds.keys().copied().collect();
    let accounts = ctx.storage().find_accounts_of(&persons).await?;
    let letters = accounts
        .into_iter()
        .zip(kinds.into_values())
        .filter_map(|(account, kind)| Some((account?, kind)))
        .filter(|(account, kind)| is_wanted(account, *kind));
    Ok(letters
        .map(|(account, kind)| {
            let mail_job = MailJob::Notice {
                user: account.nickname.to_string(),
                activity: activity.id.clone(),
                kind,
            };
            mail_job.enqueue_at(ctx, ctx.now(), Expect::Any)
        })
        .collect())
}

/// Returns whether an account wants notifications of a kind.
pub(super) fn is_wanted(account: &Account, kind: NotificationKind) -> bool {
    account.email.is_some() && account.notifications.wants(kind)
}
