//! Finding people, and what staff does for them.

use super::{Target, find, require_power_over};
use crate::{
    Context,
    model::{Cursor, PageRequest, Role, Standing, Stream, Uploaded, Viewer},
    service::{
        Error, Result, audit,
        audit::require_role,
        mail::recover::{RecoveryOutcome, request_recovery},
    },
    storage::StorageError,
};

/// People on one page.
const PAGE_SIZE: u32 = 50;

/// Returns people whose names have a text in them, newest first, and whether there are more: all of
/// this server, or those of one standing. An address or nickname is found, too.
///
/// Errors: 404 for a caller who is no moderator.
pub(crate) async fn page(
    ctx: &Context,
    query: &str,
    standing: Option<Standing>,
    before: Option<String>,
) -> Result<(Vec<Target>, bool)> {
    require_role(ctx, Role::Moderator)?;
    let stream = standing
        .and_then(Stream::of_standing)
        .unwrap_or(Stream::Users);
    let is_first = before.is_none();
    let request = PageRequest {
        count: PAGE_SIZE,
        cursor: before.map_or(Cursor::Newest, Cursor::Before),
        name_query: Some(query.to_owned()).filter(|query| !query.is_empty()),
        ..PageRequest::default()
    };
    let found = ctx.storage().list(&stream, &request, Viewer::Unrestricted);
    let found = match found.await {
        Err(StorageError::NotInStream { .. }) => {
            return Err(
                Error::bad_request("There is no such page.").phrased("failure-not-found-text")
            );
        }
        found => found?,
    };
    let ids: Vec<&str> = found
        .items
        .iter()
        .map(|person| person.id.as_str())
        .collect();
    let accounts = ctx.storage().find_accounts_of(&ids).await?;
    let people = found.items.iter().zip(accounts);
    let people = people.map(|(person, account)| Target {
        person: person.clone(),
        standing: match &account {
            Some(account) => account.standing,
            None => standing.unwrap_or_default(),
        },
        account,
    });
    let mut people: Vec<Target> = people.collect();
    if is_first && !query.is_empty() {
        let named = find(ctx, query).await.ok();
        let is_new = |named: &Target| people.iter().all(|one| one.person.id != named.person.id);
        if let Some(named) = named.filter(is_new) {
            people.insert(0, named);
        }
    }
    Ok((people, found.has_older))
}

/// Returns how many files somebody has uploaded, and their bytes.
pub(crate) async fn uploaded(ctx: &Context, target: &Target) -> Result<Uploaded> {
    match &target.account {
        Some(account) => Ok(ctx.storage().uploaded(&account.nickname).await?),
        None => Ok(Uploaded::default()),
    }
}

/// Mails somebody a way to set a new password.
///
/// Errors: 404 for one who is not known here, and if this server sends no mail. Without a confirmed
/// address it is 400; for an admin, if the caller is none, 403.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn send_recovery(ctx: &Context, nickname: &str, reason: &str) -> Result<()> {
    let target = find(ctx, nickname).await?;
    let account = target.account.ok_or_else(|| {
        Error::bad_request("Only people of this server have a password here.")
            .phrased("failure-no-password")
    })?;
    if ctx.person() != Some(&account.person) {
        require_power_over(ctx, &account)?;
    }
    let nickname = account.nickname.as_str();
    match request_recovery(ctx, nickname, true).await? {
        RecoveryOutcome::Sent => {
            ctx.app().wake_workers();
            audit::write(ctx, "send recovery", nickname, reason).await
        }
        RecoveryOutcome::Existing => Err(Error::bad_request(
            "Several mails went to this address already. Wait a while.",
        )
        .phrased("failure-too-many-mails")),
        RecoveryOutcome::NoSuchUser | RecoveryOutcome::NoEmail => Err(Error::bad_request(
            "This account has no address that is known to be its owner's.",
        )
        .phrased("failure-no-address")),
    }
}
