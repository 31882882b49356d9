//! The workers that write and send the letters.

use async_trait::async_trait;
use serde_json::Value;

use super::{Letter, MAIL_ID, NOTIFICATIONS, QUEUE, allowance, codes, notification, write};
use crate::{
    Context,
    app::{Mail, MailError},
    model::{Account, Job, Purpose},
    service::{
        Result,
        queue::{Outcome, Worker},
    },
    storage::Changes,
};

/// Sends letters that their readers wait for: confirmations and recoveries.
#[derive(Clone, Copy, Debug, Default)]
pub struct Postman;

/// Sends notifications and digests.
#[derive(Clone, Copy, Debug, Default)]
pub struct Notifier;

#[async_trait]
impl Worker for Postman {
    fn queue(&self) -> &'static str {
        QUEUE
    }

    fn retry_after<'a>(&self, ctx: &'a Context) -> &'a [i64] {
        &ctx.app().settings().mail.retry_after
    }

    async fn perform(&self, ctx: &Context, job: &Job) -> Outcome {
        perform(ctx, job).await
    }
}

#[async_trait]
impl Worker for Notifier {
    fn queue(&self) -> &'static str {
        NOTIFICATIONS
    }

    fn retry_after<'a>(&self, ctx: &'a Context) -> &'a [i64] {
        &ctx.app().settings().mail.retry_after
    }

    async fn perform(&self, ctx: &Context, job: &Job) -> Outcome {
        perform(ctx, job).await
    }
}

async fn perform(ctx: &Context, job: &Job) -> Outcome {
    let Ok(letter) = serde_json::from_value::<Letter>(Value::Object(job.payload.clone())) else {
        return Outcome::Fail("it is not understood".into());
    };
    if let Letter::Digest { user, allowance } = &letter
        && allowance.sending.is_none()
    {
        let user = user.clone();
        return allowance.begin().map_or(Outcome::Done, |allowance| {
            let begun = Letter::Digest { user, allowance };
            Outcome::Part(Changes::new(), begun.payload(ctx))
        });
    }
    match deliver(ctx, &letter, job).await {
        Ok(None) => Outcome::Done,
        Ok(Some(MailError::Refused(reason, _))) => Outcome::Fail(reason),
        Ok(Some(MailError::Unavailable(reason, _))) => Outcome::Retry(reason),
        Err(error) => Outcome::Retry(error.to_string()),
    }
}

/// Writes and sends a letter, if there is still reason to; the answer is what kept it from being sent.
async fn deliver(ctx: &Context, letter: &Letter, job: &Job) -> Result<Option<MailError>> {
    let Some(mailer) = ctx.app().mailer() else {
        let reason = "no mail is set up".to_owned();
        return Ok(Some(MailError::Unavailable(reason, None)));
    };
    let account = match letter.user() {
        Some(user) => ctx.storage().find_account(&user).await?,
        None => None,
    };
    let Some(account) = account else {
        return Ok(None);
    };
    let written = match letter {
        Letter::Confirm { .. } => confirm(ctx, &account)?,
        Letter::Moved { from, .. } => Some((write::moved(ctx, &account, from)?, Changes::new())),
        Letter::Recover { .. } => recover(ctx, &account)?,
        Letter::Notice { activity, kind, .. } => {
            notification::single(ctx, &account, job, activity, *kind).await?
        }
        Letter::Digest { allowance, .. } => {
            let backlog = allowance.sending.as_ref();
            notification::digest(ctx, &account, backlog.into_iter().flatten()).await?
        }
    };
    if let Some((mail, changes)) = written {
        // Before it is sent: who reads quickly must not find that it isn't known yet.
        ctx.storage().commit(changes).await?;
        let id = job.payload.get(MAIL_ID).and_then(Value::as_str);
        let mail = Mail {
            id: id.unwrap_or_default().to_owned(),
            ..mail
        };
        if let Err(error) = mailer.send(&mail).await {
            return Ok(Some(error));
        }
    }
    if let Letter::Digest { .. } = letter {
        allowance::finish(ctx, &account.nickname).await?;
    }
    Ok(None)
}

fn confirm(ctx: &Context, account: &Account) -> Result<Option<(Mail, Changes)>> {
    let Some(address) = &account.unconfirmed_email else {
        return Ok(None);
    };
    let lifetime = ctx.app().settings().mail.confirmation_lifetime;
    let (code, change) = codes::make(ctx, Purpose::Confirm, &account.nickname, address, lifetime);
    let mail = write::confirm(ctx, account, address, &code)?;
    Ok(Some((mail, vec![change])))
}

fn recover(ctx: &Context, account: &Account) -> Result<Option<(Mail, Changes)>> {
    let Some(address) = &account.email else {
        return Ok(None);
    };
    let lifetime = ctx.app().settings().mail.recovery_lifetime;
    let (code, change) = codes::make(ctx, Purpose::Recover, &account.nickname, address, lifetime);
    let mail = write::recover(ctx, account, address, &code)?;
    Ok(Some((mail, vec![change])))
}
