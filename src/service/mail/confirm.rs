//! Whether an address is someone's own (pump-api 6.5).

use chrono::TimeDelta;

use super::{MailJob, codes};
use crate::{
    App, Context,
    app::mail_address,
    model::{Account, Code, CodePurpose},
    service::{Error, Result, retry::retry_on_conflict},
    storage::{Change, Changes, Expect},
};

/// Refuses accounts that need an address and have one that is not known to be theirs. Accounts from
/// before that was needed, which have none at all, stay as they are.
pub(crate) fn may_use_api(app: &App, account: &Account) -> Result<()> {
    let settings = &app.settings().registration;
    if settings.require_email && account.email.is_none() && account.unconfirmed_email.is_some() {
        return Err(
            Error::forbidden("Can't use the API until you confirm your email address.")
                .phrased("failure-unconfirmed"),
        );
    }
    Ok(())
}

/// Whether an account would have another address than those it has, or none any more.
pub(crate) fn is_another(account: &Account, email: Option<&str>) -> bool {
    match email {
        Some(email) => ![&account.email, &account.unconfirmed_email]
            .into_iter()
            .any(|known| is_same(known.as_deref(), email)),
        None => account.email.is_some(),
    }
}

/// Whether an account is given an address only with its present password. With mail that is any but
/// the confirmed one: a new password [drops](drop_waiting) one that waits.
pub(crate) fn needs_password(ctx: &Context, account: &Account, email: Option<&str>) -> bool {
    let is_unconfirmed = email.is_some_and(|email| !is_same(account.email.as_deref(), email));
    is_another(account, email) || is_unconfirmed && ctx.app().mailer().is_some()
}

/// Whether a stored address, which may be from before they were put into one form, is that one.
fn is_same(stored: Option<&str>, email: &str) -> bool {
    stored.is_some_and(|stored| stored == email || mail_address(stored).as_deref() == Some(email))
}

/// Gives an account an address, or takes it away. With mail, the new address counts once its owner
/// confirms it, and the old one is notified. The returned changes belong into the commit that
/// stores the account. Where there is none, nothing can be known of an address.
///
/// Errors: 400 without an address where one is needed, and for one that can't be reached; 429 for
/// one that too many mails were asked for to.
pub(crate) async fn set_address(
    ctx: &Context,
    account: &mut Account,
    email: Option<String>,
) -> Result<Changes> {
    let user = account.nickname.to_string();
    let mails = ctx.app().mailer().is_some();
    let moved = account.email.clone().map(|from| MailJob::Moved {
        user: user.clone(),
        from,
    });
    let Some(email) = email else {
        if ctx.app().settings().registration.require_email {
            return Err(no_address());
        }
        account.email = None;
        account.unconfirmed_email = None;
        let told = moved.filter(|_| mails);
        return Ok(told
            .map(|told| enqueue_now(ctx, &told))
            .into_iter()
            .collect());
    };
    if is_same(account.email.as_deref(), &email) {
        account.unconfirmed_email = None;
        return Ok(Changes::new());
    }
    super::can_be_reached(ctx, Some(&email)).await?;
    if !mails {
        // A confirmed one stays beside it, as with mail, so that a new password drops what waits.
        account.unconfirmed_email = Some(email);
        return Ok(Changes::new());
    }
    let asked = codes::check_repeat_interval(ctx, &account.nickname, CodePurpose::Confirm).await?;
    if asked.as_ref().is_some_and(|asked| asked.target == email)
        && account.unconfirmed_email.as_ref() == Some(&email)
    {
        return Ok(Changes::new());
    }
    let recipients = ctx.app().recipients();
    recipients
        .admit(CodePurpose::Confirm, &email, ctx.now())
        .map_err(|wait| {
            let sentence =
                "Too many mails were asked for to this address. Wait a while, then try again.";
            Error::too_many_requests(sentence, wait).phrased("failure-too-many-mails")
        })?;
    // So that nobody has this server write to one stranger after the other.
    let repeat_after = TimeDelta::seconds(ctx.app().settings().mail.repeat_after);
    let due = asked.map_or_else(|| ctx.now(), |asked| asked.created + repeat_after);
    account.unconfirmed_email = Some(email);
    let question = MailJob::Confirm { user }.enqueue_at(ctx, due, Expect::Any);
    let told = moved.map(|told| told.enqueue_at(ctx, due, Expect::Any));
    Ok(told.into_iter().chain([question]).collect())
}

/// Sends the caller the question again whether the address that waits is theirs.
///
/// Errors: 404 without mail, 400 if no address waits, 429 soon after the last mail.
#[cfg(feature = "web")]
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn send_again(ctx: &Context) -> Result<()> {
    super::require_mailer(ctx)?;
    let own = ctx.account().ok_or_else(Error::not_logged_in)?;
    let account = ctx.storage().find_account(&own.nickname).await?;
    let waiting = account.and_then(|account| account.unconfirmed_email);
    let address = waiting.ok_or_else(|| {
        Error::bad_request("No address waits.").phrased("failure-no-address-waits")
    })?;
    let too_often = |wait| {
        Error::too_many_requests("A mail was sent a short time ago.", wait)
            .phrased("email-again-too-soon")
    };
    let purpose = CodePurpose::Confirm;
    if let Some(sent) = codes::check_repeat_interval(ctx, &own.nickname, purpose).await? {
        let repeat_after = TimeDelta::seconds(ctx.app().settings().mail.repeat_after);
        let wait = (sent.created + repeat_after - ctx.now()).to_std();
        return Err(too_often(wait.unwrap_or_default()));
    }
    let recipients = ctx.app().recipients();
    let admitted = recipients.admit(purpose, &address, ctx.now());
    admitted.map_err(too_often)?;
    let user = own.nickname.to_string();
    let mail = enqueue_now(ctx, &MailJob::Confirm { user });
    ctx.storage().commit(vec![mail]).await?;
    ctx.app().wake_workers();
    Ok(())
}

/// The error for a missing address where one is required.
pub(crate) fn no_address() -> Error {
    Error::bad_request("No email address").phrased("register-needs-email")
}

/// The question that a code belongs to: whose account, and which address. Looking answers nothing:
/// programs that look at every link in a mail do that.
///
/// Errors: 404 for a code that is not known or has expired, 400 for one that was used.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn find_confirmation(ctx: &Context, code: &str) -> Result<Code> {
    let code = codes::find_code(ctx, code, CodePurpose::Confirm).await?;
    if code.used {
        return Err(Error::bad_request("Already confirmed.").phrased("failure-confirmed"));
    }
    Ok(code)
}

/// Says that the address is one's own: mail goes there from now on. Errors as
/// [`find_confirmation`]; 400 if the account has been given another address since.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn confirm(ctx: &Context, code: &str) -> Result<Code> {
    retry_on_conflict(ctx, || async {
        let code = find_confirmation(ctx, code).await?;
        let account = ctx.storage().find_account(&code.user).await?;
        let mut account = account
            .filter(|account| account.unconfirmed_email.as_ref() == Some(&code.target))
            .ok_or_else(|| {
                Error::bad_request("The account was given another address in the meantime.")
                    .phrased("failure-other-address")
            })?;
        account.email = account.unconfirmed_email.take();
        account.updated = ctx.now();
        let changes = vec![
            Change::UseCode(code.digest.expose().to_owned()),
            Change::PutAccount {
                expect: Expect::Version(account.version),
                account,
            },
        ];
        Ok((changes, code))
    })
    .await
}

/// Drops the address that waits for its confirmation, as a new password does: somebody who had the
/// old one may have given it. Its codes confirm nothing any more. An account keeps its only address
/// where it needs one, and where there is no mail.
pub(crate) fn drop_waiting(ctx: &Context, account: &mut Account) {
    let is_needed = ctx.app().settings().registration.require_email;
    if account.email.is_some() || ctx.app().mailer().is_some() && !is_needed {
        account.unconfirmed_email = None;
    }
}

fn enqueue_now(ctx: &Context, mail_job: &MailJob) -> Change {
    mail_job.enqueue_at(ctx, ctx.now(), Expect::Any)
}
