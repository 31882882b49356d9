//! Mail jobs that an activity causes: whom it concerns, and who wants to be told.

use std::collections::BTreeMap;

use super::MailJob;
use crate::{
    Context,
    model::{Account, CHANGING_VERBS, NotificationKind, Object},
    service::Result,
    storage::{Changes, Expect},
};

/// Returns the mail jobs that an activity causes, to be written in its commit: to those in
/// `direct`, and to whose person or thing it was done. Whether they may read of it is looked at
/// when it is sent.
pub(crate) async fn for_activity(
    ctx: &Context,
    activity: &Object,
    object: Option<&Object>,
    parent: Option<&Object>,
    direct: &[String],
) -> Result<Changes> {
    let verb = activity.text_property("verb").unwrap_or_default();
    if ctx.app().mailer().is_none() || CHANGING_VERBS.contains(&verb) {
        return Ok(Changes::new());
    }
    let mut kinds: BTreeMap<&str, NotificationKind> = direct
        .iter()
        .map(|person| (person.as_str(), NotificationKind::Direct))
        .collect();
    let author = object.and_then(|object| object.author.as_deref());
    let (whose, kind) = match verb {
        "follow" => (
            object.map(|object| &*object.id),
            NotificationKind::Followers,
        ),
        "favorite" | "like" => (author, NotificationKind::Likes),
        "share" => (author, NotificationKind::Shares),
        "post" | "create" => (
            parent.and_then(|parent| parent.author.as_deref()),
            NotificationKind::Comments,
        ),
        _ => (None, NotificationKind::Direct),
    };
    kinds.extend(whose.map(|person| (person, kind)));
    kinds.remove(activity.author.as_deref().unwrap_or_default());
    let persons: Vec<&str> = kinds.keys().copied().collect();
    if persons.is_empty() {
        return Ok(Changes::new());
    }
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
