//! Notification preferences: which mails a person gets, as the API and links in mails change them.

use serde_json::{Map, Value};

use super::{
    Error, Result, accounts, lookup,
    mail::{codes, kinds::kinds_of},
};
use crate::{
    Context,
    model::{CodePurpose, NotificationKind, NotificationPreferences},
    storage::Changes,
};

/// `GET /api/user/NICK/notifications`: which kinds one wants to be told of.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn get_preferences(ctx: &Context, nickname: &str) -> Result<Value> {
    let account = lookup::own_account(ctx, nickname).await?;
    Ok(preferences_json(&account.notifications))
}

/// `PUT /api/user/NICK/notifications`: changes the kinds that are named. Errors: 400 for what is no
/// kind, or neither `true` nor `false`.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn update_preferences(
    ctx: &Context,
    nickname: &str,
    body: &Map<String, Value>,
) -> Result<Value> {
    lookup::own_account(ctx, nickname).await?;
    let mut account = lookup::account(ctx, nickname).await?;
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
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn find_unsubscribe_kind(
    ctx: &Context,
    code: &str,
) -> Result<Vec<NotificationKind>> {
    let code = codes::find_code(ctx, code, CodePurpose::Unsubscribe).await?;
    Ok(kinds_of(&code.target))
}

/// Ends mails of the kinds a code is for. It may be done again. Errors as
/// [`find_unsubscribe_kind`].
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn unsubscribe(ctx: &Context, code: &str) -> Result<Vec<NotificationKind>> {
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
