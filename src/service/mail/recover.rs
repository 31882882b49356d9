//! Getting into an account without its password (pump-api 6.6).

use super::{MailJob, codes, confirm, require_mailer};
use crate::{
    Context,
    model::{AccessToken, Account, Code, CodePurpose, Nickname},
    service::{Error, Result, access::require_active, oauth::new_access_token, passwords},
    storage::{Change, Expect, Revocation, StorageError},
};

/// Outcome of a recovery request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecoveryOutcome {
    /// A mail is on its way.
    Sent,
    /// There is no such account.
    NoSuchUser,
    /// The account has no address that is known to be its owner's.
    NoEmail,
    /// A mail was sent a short time ago, or several were.
    Existing,
}

/// Whether someone who forgot their password can get in by mail.
pub(crate) fn is_possible(ctx: &Context) -> bool {
    require_mailer(ctx)
        .and_then(|()| passwords::require_local_passwords(ctx))
        .is_ok()
}

/// Sends a recovery mail with a code or, if the address is unconfirmed, the confirmation mail
/// again. `force` sends another one soon after the last, up to the limit of the address. 404 if
/// this server sends no mail, 403 if people [sign in](crate::app::SignIn) in another way.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn request_recovery(
    ctx: &Context,
    nickname: &str,
    force: bool,
) -> Result<RecoveryOutcome> {
    require_mailer(ctx)?;
    passwords::require_local_passwords(ctx)?;
    let Ok(nickname) = Nickname::parse(nickname) else {
        return Ok(RecoveryOutcome::NoSuchUser);
    };
    let Some(account) = ctx.storage().find_account(&nickname).await? else {
        return Ok(RecoveryOutcome::NoSuchUser);
    };
    let user = nickname.to_string();
    let needed = ctx.app().settings().registration.require_email;
    let (mail_job, purpose, recipient) = match account {
        Account {
            email: Some(email), ..
        } => (MailJob::Recover { user }, CodePurpose::Recover, email),
        Account {
            unconfirmed_email: Some(email),
            ..
        } if needed => (MailJob::Confirm { user }, CodePurpose::Confirm, email),
        _ => return Ok(RecoveryOutcome::NoEmail),
    };
    if !force
        && codes::check_repeat_interval(ctx, &nickname, purpose)
            .await?
            .is_some()
    {
        return Ok(RecoveryOutcome::Existing);
    }
    if !force && ctx.storage().find_job(&mail_job.name()).await?.is_some() {
        return Ok(RecoveryOutcome::Existing);
    }
    let recipients = ctx.app().recipients();
    if recipients.admit(purpose, &recipient, ctx.now()).is_err() {
        return Ok(RecoveryOutcome::Existing);
    }
    let expect = if force { Expect::Any } else { Expect::Absent };
    match ctx
        .storage()
        .commit(vec![mail_job.enqueue_at(ctx, ctx.now(), expect)])
        .await
    {
        Ok(()) => Ok(RecoveryOutcome::Sent),
        Err(StorageError::AlreadyExists(_)) => Ok(RecoveryOutcome::Existing),
        Err(error) => Err(error.into()),
    }
}

/// Returns the account that a recovery code opens.
///
/// Errors: 404 for an unknown or expired code, 400 for a used one or one sent to a former address,
/// 403 for an account whose owner can't sign in.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn find_recovery(ctx: &Context, code: &str) -> Result<(Code, Account)> {
    let code = codes::find_code(ctx, code, CodePurpose::Recover).await?;
    if code.used {
        return Err(already_used());
    }
    let account = ctx.storage().find_account(&code.user).await?;
    let account = account
        .filter(|account| account.email.as_ref() == Some(&code.target))
        .ok_or_else(|| {
            Error::bad_request("The address of this account has changed since.")
                .phrased("failure-other-address")
        })?;
    require_active(&account)?;
    Ok((code, account))
}

/// Exchanges a code, once, for an access token for the client that asks. Errors as
/// [`find_recovery`].
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn redeem(ctx: &Context, code: &str) -> Result<(Account, AccessToken)> {
    let client = ctx
        .client()
        .ok_or_else(|| Error::unauthorized("Only a client can redeem a code."))?;
    let (code, account) = find_recovery(ctx, code).await?;
    if account.asks_for_code() {
        return Err(Error::forbidden(
            "This account has two-factor sign-in: set a new password on the page that the mail links \
             to, then sign in with a code.",
        ).phrased("failure-two-factor"));
    }
    let token = new_access_token(ctx, client.id.clone(), account.nickname.clone());
    let changes = vec![
        Change::UseCode(code.digest.expose().to_owned()),
        Change::PutAccessToken(token.clone()),
    ];
    match ctx.storage().commit(changes).await {
        Ok(()) => Ok((account, token)),
        Err(StorageError::Conflict(_)) => Err(already_used()),
        Err(error) => Err(error.into()),
    }
}

/// Sets a new password by a code, once. All tokens are revoked, in case the old password was known
/// to others. Errors as [`find_recovery`]; 400 for a bad password, which leaves the code as it is.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn set_password(ctx: &Context, code: &str, password: &str) -> Result<Account> {
    let (code, mut account) = find_recovery(ctx, code).await?;
    passwords::check_strength(password)?;
    account.password = Some(passwords::hash(ctx, password).await?);
    confirm::drop_waiting(ctx, &mut account);
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
            except_token: None,
        }),
    ];
    ctx.storage().commit(changes).await?;
    Ok(account)
}

fn already_used() -> Error {
    Error::bad_request("This recovery code was already used.").phrased("failure-code-used")
}
