//! Telling people by mail of what concerns them: whom, of what, and how they end it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{MailJob, codes};
use crate::{
    Context,
    model::{Account, CodePurpose, NotificationKind, NotificationPreferences, Object},
    service::{Error, Result, accounts, people},
    storage::{Changes, Expect},
};

/// Verbs that change or undo what was told before.
const SILENT_VERBS: &[&str] = &[
    "update",
    "delete",
    "stop-following",
    "unfavorite",
    "unlike",
    "unshare",
    "remove",
    "leave",
];

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
    if ctx.app().mailer().is_none() || SILENT_VERBS.contains(&verb) {
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

/// Returns the subject matter of mails of some kinds, for use in a sentence.
pub fn describe_kind(kinds: &[NotificationKind]) -> String {
    let words: Vec<&str> = kinds.iter().map(|kind| about_one(*kind)).collect();
    match words.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

fn about_one(kind: NotificationKind) -> &'static str {
    match kind {
        NotificationKind::Direct => "what is sent to you in person",
        NotificationKind::Followers => "new followers",
        NotificationKind::Likes => "likes",
        NotificationKind::Shares => "shares",
        NotificationKind::Comments => "comments",
    }
}

/// Returns whether an account wants notifications of a kind.
pub(super) fn is_wanted(account: &Account, kind: NotificationKind) -> bool {
    account.email.is_some() && account.notifications.wants(kind)
}

/// `GET /api/user/NICK/notifications`: which kinds one wants to be told of.
pub async fn get_preferences(ctx: &Context, nickname: &str) -> Result<Value> {
    let account = people::own_account(ctx, nickname).await?;
    Ok(preferences_json(&account.notifications))
}

/// `PUT /api/user/NICK/notifications`: changes the kinds that are named. Errors: 400 for what is no
/// kind, or neither `true` nor `false`.
pub async fn update_preferences(
    ctx: &Context,
    nickname: &str,
    body: &Map<String, Value>,
) -> Result<Value> {
    people::own_account(ctx, nickname).await?;
    let mut account = people::account(ctx, nickname).await?;
    for (name, wanted) in body {
        let kind = NotificationKind::parse(name).ok_or_else(|| {
            let known = NotificationKind::ALL
                .map(NotificationKind::as_str)
                .join(", ");
            Error::bad_request(format!("There is no '{name}': there are {known}."))
        })?;
        let wanted = wanted
            .as_bool()
            .ok_or_else(|| Error::bad_request(format!("'{name}' must be true or false.")))?;
        account.notifications.set(kind, wanted);
    }
    accounts::replace(ctx, &mut account, None, Changes::new()).await?;
    Ok(preferences_json(&account.notifications))
}

/// The kinds of mail that a code ends. 404 for a code that is not known or has expired.
pub async fn find_unsubscribe_kind(ctx: &Context, code: &str) -> Result<Vec<NotificationKind>> {
    let code = codes::find_code(ctx, code, CodePurpose::Unsubscribe).await?;
    Ok(kinds_of(&code.target))
}

/// Ends mails of the kinds a code is for. It may be done again. Errors as
/// [`find_unsubscribe_kind`].
pub async fn unsubscribe(ctx: &Context, code: &str) -> Result<Vec<NotificationKind>> {
    let code = codes::find_code(ctx, code, CodePurpose::Unsubscribe).await?;
    let kinds = kinds_of(&code.target);
    if let Some(mut account) = ctx.storage().find_account(&code.user).await?
        && kinds.iter().any(|kind| account.notifications.wants(*kind))
    {
        for kind in &kinds {
            account.notifications.set(*kind, false);
        }
        accounts::replace(ctx, &mut account, None, Changes::new()).await?;
    }
    Ok(kinds)
}

/// The subject of a code that ends mails of these kinds.
pub(super) fn words(kinds: &[NotificationKind]) -> String {
    let words: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    words.join(" ")
}

fn kinds_of(subject: &str) -> Vec<NotificationKind> {
    subject
        .split(' ')
        .filter_map(NotificationKind::parse)
        .collect()
}

fn preferences_json(notifications: &NotificationPreferences) -> Value {
    NotificationKind::ALL
        .into_iter()
        .map(|kind| {
            (
                kind.as_str().to_owned(),
                Value::from(notifications.wants(kind)),
            )
        })
        .collect::<Map<_, _>>()
        .into()
}
