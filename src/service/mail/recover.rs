//! Getting into an account without its password (pump-api 6.6).

use super::{Letter, available, codes};
use crate::{
    Context,
    model::{AccessToken, Account, Code, Nickname, Purpose},
    service::{Error, Result, oauth::new_access_token, passwords},
    storage::{Change, Expect, Revocation, StorageError},
};

/// What comes of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A mail is on its way.
    Sent,
    /// There is no such account.
    NoSuchUser,
    /// The account has no address that is known to be its owner's.
    NoEmail,
    /// A mail was sent a short time ago.
    Existing,
}

/// Whether someone who forgot their password can get in by mail.
pub fn is_possible(ctx: &Context) -> bool {
    available(ctx)
        .and_then(|()| passwords::are_kept(ctx))
        .is_ok()
}

/// Has a mail sent to someone who can't get in: with a code that gets them in or, if what keeps them out is
/// that their address is not confirmed, with that question once more. `force` sends another one soon
/// after the last. 404 if this server sends no mail, 403
/// if people [sign in](crate::app::SignIn) in another way.
pub async fn ask(ctx: &Context, nickname: &str, force: bool) -> Result<Asked> {
    available(ctx)?;
    passwords::are_kept(ctx)?;
    let Ok(nickname) = Nickname::parse(nickname) else {
        return Ok(Asked::NoSuchUser);
    };
    let Some(account) = ctx.storage().find_account(&nickname).await? else {
        return Ok(Asked::NoSuchUser);
    };
    let user = nickname.to_string();
    let needed = ctx.app().settings().registration.require_email;
    let (letter, purpose) = match account {
        Account { email: Some(_), .. } => (Letter::Recover { user }, Purpose::Recover),
        Account {
            unconfirmed_email: Some(_),
            ..
        } if needed => (Letter::Confirm { user }, Purpose::Confirm),
        _ => return Ok(Asked::NoEmail),
    };
    if !force && codes::too_soon(ctx, &nickname, purpose).await?.is_some() {
        return Ok(Asked::Existing);
    }
    let expect = if force {
        Expect::Anything
    } else {
        Expect::Absent
    };
    match ctx
        .storage()
        .commit(vec![letter.at(ctx, ctx.now(), expect)])
        .await
    {
        Ok(()) => Ok(Asked::Sent),
        Err(StorageError::AlreadyExists(_)) => Ok(Asked::Existing),
        Err(error) => Err(error.into()),
    }
}

/// Whose account a code opens.
///
/// Errors: 404 for a code that is not known or has expired, 400 for one that was used, or was sent to an
/// address that is not the account's any more.
pub async fn look(ctx: &Context, code: &str) -> Result<(Code, Account)> {
    let code = codes::find(ctx, code, Purpose::Recover).await?;
    if code.used {
        return Err(used());
    }
    let account = ctx.storage().find_account(&code.user).await?;
    let account = account
        .filter(|account| account.email.as_ref() == Some(&code.subject))
        .ok_or_else(|| Error::bad_request("The address of this account has changed since."))?;
    Ok((code, account))
}

/// Exchanges a code, once, for an access token for the client that asks. Errors as [`look`].
pub async fn redeem(ctx: &Context, code: &str) -> Result<(Account, AccessToken)> {
    let client = ctx
        .client()
        .ok_or_else(|| Error::unauthorized("Only a client can redeem a code."))?;
    let (code, account) = look(ctx, code).await?;
    let token = new_access_token(ctx, client.id.clone(), account.nickname.clone());
    let changes = vec![
        Change::UseCode(code.digest.expose().to_owned()),
        Change::PutAccessToken(token.clone()),
    ];
    match ctx.storage().commit(changes).await {
        Ok(()) => Ok((account, token)),
        Err(StorageError::Conflict(_)) => Err(used()),
        Err(error) => Err(error.into()),
    }
}

/// Sets a new password by a code, once. Whoever else may have had the old one is put out: all clients have
/// to be let in anew. Errors as [`look`]; 400 for a bad password, which leaves the code as it is.
pub async fn set_password(ctx: &Context, code: &str, password: &str) -> Result<Account> {
    let (code, mut account) = look(ctx, code).await?;
    passwords::acceptable(password)?;
    account.password = Some(passwords::hash(ctx, password).await?);
    account.updated = ctx.now();
    let changes = vec![
        Change::UseCode(code.digest.expose().to_owned()),
        Change::PutAccount {
            account: account.clone(),
            expect: Expect::Version(account.version),
        },
        Change::Revoke(Revocation {
            user: account.nickname.clone(),
            client: None,
            keep: None,
        }),
    ];
    ctx.storage().commit(changes).await?;
    Ok(account)
}

fn used() -> Error {
    Error::bad_request("This recovery code was already used.")
}
