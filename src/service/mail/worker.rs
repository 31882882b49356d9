//! The workers that write and send the letters.

use async_trait::async_trait;
use serde_json::Value;

use super::{
    LANGUAGE, MAIL_ID, MailJob, NOTIFICATIONS, QUEUE, allowance, codes, notification,
    templates::MailWriter,
};
use crate::{
    Context,
    app::{Mail, MailError},
    model::{Account, CodePurpose, Job},
    service::{
        Result,
        access::require_active,
        queue::{JobOutcome, Worker},
    },
    storage::Changes,
};

/// Sends letters that their readers wait for: confirmations and recoveries.
#[derive(Clone, Copy, Debug, Default)]
pub struct MailWorker;

/// Sends notifications and digests.
#[derive(Clone, Copy, Debug, Default)]
pub struct Notifier;

#[async_trait]
impl Worker for MailWorker {
    fn queue(&self) -> &'static str {
        QUEUE
    }

    fn retry_after<'a>(&self, ctx: &'a Context) -> &'a [i64] {
        &ctx.app().settings().mail.retry_after
    }

    async fn perform(&self, ctx: &Context, job: &Job) -> JobOutcome {
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

    async fn perform(&self, ctx: &Context, job: &Job) -> JobOutcome {
        perform(ctx, job).await
    }
}

async fn perform(ctx: &Context, job: &Job) -> JobOutcome {
    let Ok(mail_job) = serde_json::from_value::<MailJob>(Value::Object(job.payload.clone())) else {
        return JobOutcome::Fail("it is not understood".into());
    };
    if let MailJob::Digest { user, allowance } = &mail_job
        && allowance.sending.is_none()
    {
        let user = user.clone();
        return allowance.begin().map_or(JobOutcome::Done, |allowance| {
            let begun = MailJob::Digest { user, allowance };
            JobOutcome::Continue(Changes::new(), begun.payload(ctx))
        });
    }
    match send_mail(ctx, &mail_job, job).await {
        Ok(None) => JobOutcome::Done,
        Ok(Some(MailError::Refused(reason, _))) => JobOutcome::Fail(reason),
        Ok(Some(MailError::Unavailable(reason, _))) => JobOutcome::Retry(reason),
        Err(error) => JobOutcome::Retry(error.to_string()),
    }
}

/// Renders and sends a mail, if there is still reason to; returns the error that prevented it.
async fn send_mail(ctx: &Context, mail_job: &MailJob, job: &Job) -> Result<Option<MailError>> {
    let Some(mailer) = ctx.app().mailer() else {
        let reason = "no mail is set up".to_owned();
        return Ok(Some(MailError::Unavailable(reason, None)));
    };
    let account = match mail_job.user() {
        Some(user) => ctx.storage().find_account(&user).await?,
        None => None,
    };
    let named = job.payload.get(LANGUAGE).and_then(Value::as_str);
    let writer = &MailWriter::new(ctx, account.as_ref(), named);
    if let MailJob::Decided {
        user,
        address,
        is_approved,
        ..
    } = mail_job
    {
        // The account may be gone.
        let mail = writer.decided(user, address, *is_approved)?;
        return Ok(mailer.send(&identified(mail, job)).await.err());
    }
    let Some(account) = account else {
        return Ok(None);
    };
    let is_notice = matches!(mail_job, MailJob::Notice { .. } | MailJob::Digest { .. });
    if is_notice && require_active(&account).is_err() {
        return Ok(None);
    }
    let written = match mail_job {
        MailJob::Confirm { .. } => confirm(writer, &account)?,
        MailJob::Moved { from, .. } => Some((writer.moved(&account, from)?, Changes::new())),
        MailJob::Recover { .. } => recover(writer, &account)?,
        MailJob::Archive { .. } => match &account.email {
            Some(address) => {
                let mail = writer.archive_ready(&account, address)?;
                Some((mail, Changes::new()))
            }
            None => None,
        },
        MailJob::Notice { activity, kind, .. } => {
            notification::single(writer, &account, job, activity, *kind).await?
        }
        MailJob::Decided { .. } => None,
        MailJob::Digest { allowance, .. } => {
            let backlog = allowance.sending.as_ref();
            notification::digest(writer, &account, backlog.into_iter().flatten()).await?
        }
    };
    if let Some((mail, changes)) = written {
        // Before it is sent: who reads quickly must not find that it isn't known yet.
        ctx.storage().commit(changes).await?;
        if let Err(error) = mailer.send(&identified(mail, job)).await {
            return Ok(Some(error));
        }
    }
    if let MailJob::Digest { .. } = mail_job {
        allowance::finish(ctx, &account.nickname).await?;
    }
    Ok(None)
}

/// Gives a mail its name, which is the same in every attempt.
fn identified(mail: Mail, job: &Job) -> Mail {
    let id = job.payload.get(MAIL_ID).and_then(Value::as_str);
    Mail {
        id: id.unwrap_or_default().to_owned(),
        ..mail
    }
}

fn confirm(writer: &MailWriter<'_>, account: &Account) -> Result<Option<(Mail, Changes)>> {
    let ctx = writer.ctx;
    let Some(address) = &account.unconfirmed_email else {
        return Ok(None);
    };
    let lifetime = ctx.app().settings().mail.confirmation_lifetime;
    let (code, change) = codes::new_code(
        ctx,
        CodePurpose::Confirm,
        &account.nickname,
        address,
        lifetime,
    );
    let mail = writer.confirm(account, address, &code)?;
    Ok(Some((mail, vec![change])))
}

fn recover(writer: &MailWriter<'_>, account: &Account) -> Result<Option<(Mail, Changes)>> {
    let ctx = writer.ctx;
    let Some(address) = &account.email else {
        return Ok(None);
    };
    let lifetime = ctx.app().settings().mail.recovery_lifetime;
    let (code, change) = codes::new_code(
        ctx,
        CodePurpose::Recover,
        &account.nickname,
        address,
        lifetime,
    );
    let mail = writer.recover(account, address, &code)?;
    Ok(Some((mail, vec![change])))
}
