//! Lookup of accounts by nickname, and of their persons.

use std::sync::Arc;

use super::{Error, Result, access};
use crate::{
    Context,
    model::{Account, Nickname, Object, Standing, Viewer},
};

/// Returns the account of that name. Errors: 404 in the API's words if there is none, or if it
/// waits for a moderator; 403 if it is suspended.
pub(crate) async fn account(ctx: &Context, nickname: &str) -> Result<Account> {
    let found = match Nickname::parse(nickname) {
        Ok(parsed) => ctx.storage().find_account(&parsed).await?,
        Err(_) => None,
    };
    let missing = || Error::not_found(format!("No such 'user' with id '{nickname}'"));
    shown(ctx, found.ok_or_else(missing)?)?.ok_or_else(missing)
}

/// Returns an account that the caller may know of; `None` if it waits for a moderator, 403 if it is
/// suspended.
pub(crate) fn shown(ctx: &Context, account: Account) -> Result<Option<Account>> {
    match account.standing {
        _ if ctx.viewer() == Viewer::Unrestricted => Ok(Some(account)),
        Standing::Good | Standing::Silenced => Ok(Some(account)),
        Standing::Pending => Ok(None),
        Standing::Suspended => Err(access::suspended()),
    }
}

/// Returns the account of that name, which must be the caller's own: else 401. It is as it was at
/// authentication; a change of it must read it anew.
pub(crate) async fn own_account(ctx: &Context, nickname: &str) -> Result<Account> {
    match ctx.account() {
        Some(own) if own.nickname.as_str() == nickname => Ok(own.clone()),
        // An account that does not exist is nobody's.
        _ => {
            account(ctx, nickname).await?;
            Err(Error::unauthorized("Not authorized").phrased("failure-not-yours"))
        }
    }
}

/// Returns the person that an account belongs to, as stored.
pub(crate) async fn person(ctx: &Context, account: &Account) -> Result<Arc<Object>> {
    let person = ctx
        .storage()
        .find_objects(&[&account.person])
        .await?
        .pop()
        .flatten();
    person.ok_or_else(|| missing_person(account))
}

/// Returns the error for an account without a person, which can't be.
pub(crate) fn missing_person(account: &Account) -> Error {
    Error::internal(format!("{} has no person", account.nickname))
}
