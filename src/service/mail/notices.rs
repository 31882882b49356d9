//! Telling people by mail of what concerns them: whom, of what, and how they end it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Letter, codes};
use crate::{
    Context,
    model::{Account, Notice, Notices, Object, Purpose},
    service::{Error, Result, accounts, people},
    storage::{Changes, Expect},
};

/// Verbs that change or undo what was told before.
const QUIET: &[&str] = &[
    "update",
    "delete",
    "stop-following",
    "unfavorite",
    "unlike",
    "unshare",
    "remove",
    "leave",
];

/// The letters that an activity causes, to be written in its commit: to those in `direct`, and to whose
/// person or thing it was done. Whether they may read of it is looked at when it is sent.
pub(crate) async fn caused(
    ctx: &Context,
    activity: &Object,
    object: Option<&Object>,
    parent: Option<&Object>,
    direct: &[String],
) -> Result<Changes> {
    let verb = activity.text("verb").unwrap_or_default();
    if ctx.app().mailer().is_none() || QUIET.contains(&verb) {
        return Ok(Changes::new());
    }
    let mut kinds: BTreeMap<&str, Notice> = direct
        .iter()
        .map(|person| (person.as_str(), Notice::Direct))
        .collect();
    let author = object.and_then(|object| object.author.as_deref());
    let (whose, kind) = match verb {
        "follow" => (object.map(|object| &*object.id), Notice::Followers),
        "favorite" | "like" => (author, Notice::Likes),
        "share" => (author, Notice::Shares),
        "post" | "create" => (
            parent.and_then(|parent| parent.author.as_deref()),
            Notice::Comments,
        ),
        _ => (None, Notice::Direct),
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
        .filter(|(account, kind)| wants(account, *kind));
    Ok(letters
        .map(|(account, kind)| {
            let letter = Letter::Notice {
                user: account.nickname.to_string(),
                activity: activity.id.clone(),
                kind,
            };
            letter.at(ctx, ctx.now(), Expect::Anything)
        })
        .collect())
}

/// What mails of some kinds are about, in a sentence.
pub fn about(kinds: &[Notice]) -> String {
    let words: Vec<&str> = kinds.iter().map(|kind| about_one(*kind)).collect();
    match words.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

fn about_one(kind: Notice) -> &'static str {
    match kind {
        Notice::Direct => "what is sent to you in person",
        Notice::Followers => "new followers",
        Notice::Likes => "likes",
        Notice::Shares => "shares",
        Notice::Comments => "comments",
    }
}

/// Whether someone is to be told of things of this kind.
pub(super) fn wants(account: &Account, kind: Notice) -> bool {
    account.email.is_some() && account.notices.wants(kind)
}

/// `GET /api/user/NICK/notifications`: which kinds one wants to be told of.
pub async fn show(ctx: &Context, nickname: &str) -> Result<Value> {
    let account = people::own_account(ctx, nickname).await?;
    Ok(shown(&account.notices))
}

/// `PUT /api/user/NICK/notifications`: changes the kinds that are named. Errors: 400 for what is no kind,
/// or neither `true` nor `false`.
pub async fn change(ctx: &Context, nickname: &str, body: &Map<String, Value>) -> Result<Value> {
    people::own_account(ctx, nickname).await?;
    let mut account = people::account(ctx, nickname).await?;
    for (name, wanted) in body {
        let kind = Notice::parse(name).ok_or_else(|| {
            let known = Notice::ALL.map(Notice::as_str).join(", ");
            Error::bad_request(format!("There is no '{name}': there are {known}."))
        })?;
        let wanted = wanted
            .as_bool()
            .ok_or_else(|| Error::bad_request(format!("'{name}' must be true or false.")))?;
        account.notices.set(kind, wanted);
    }
    accounts::replace(ctx, &mut account, None, Changes::new()).await?;
    Ok(shown(&account.notices))
}

/// The kinds of mail that a code ends. 404 for a code that is not known or has expired.
pub async fn look(ctx: &Context, code: &str) -> Result<Vec<Notice>> {
    let code = codes::find(ctx, code, Purpose::Unsubscribe).await?;
    Ok(kinds_of(&code.subject))
}

/// Ends mails of the kinds a code is for. It may be done again. Errors as [`look`].
pub async fn unsubscribe(ctx: &Context, code: &str) -> Result<Vec<Notice>> {
    let code = codes::find(ctx, code, Purpose::Unsubscribe).await?;
    let kinds = kinds_of(&code.subject);
    if let Some(mut account) = ctx.storage().find_account(&code.user).await?
        && kinds.iter().any(|kind| account.notices.wants(*kind))
    {
        for kind in &kinds {
            account.notices.set(*kind, false);
        }
        accounts::replace(ctx, &mut account, None, Changes::new()).await?;
    }
    Ok(kinds)
}

/// The subject of a code that ends mails of these kinds.
pub(super) fn words(kinds: &[Notice]) -> String {
    let words: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    words.join(" ")
}

fn kinds_of(subject: &str) -> Vec<Notice> {
    subject.split(' ').filter_map(Notice::parse).collect()
}

fn shown(notices: &Notices) -> Value {
    Notice::ALL
        .into_iter()
        .map(|kind| (kind.as_str().to_owned(), Value::from(notices.wants(kind))))
        .collect::<Map<_, _>>()
        .into()
}
