//! Lookup of accounts by nickname, and of their persons.

use std::sync::Arc;

use super::{Error, Result};
use crate::{
    Context,
    model::{Account, Nickname, Object},
};

/// Returns the account of that name; 404 in the API's words if there is none.
pub(crate) async fn account(ctx: &Context, nickname: &str) -> Result<Account> {
    let missing = || Error::not_found(format!("No such 'user' with id '{nickname}'"));
    let parsed = Nickname::parse(nickname).map_err(|_| missing())?;
    ctx.storage()
        .find_account(&parsed)
        .await?
        .ok_or_else(missing)
}

/// Returns the account of that name, which must be the caller's own: else 401. It is as it was at
/// authentication; a change of it must read it anew.
pub(crate) async fn own_account(ctx: &Context, nickname: &str) -> Result<Account> {
    match ctx.account() {
        Some(own) if own.nickname.as_str() == nickname => Ok(own.clone()),
        // An account that does not exist is nobody's.
        _ => {
            account(ctx, nickname).await?;
            Err(Error::unauthorized("Not authorized"))
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
