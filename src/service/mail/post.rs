//! The worker that writes and sends the letters.

use std::{borrow::Cow, sync::Arc};

use async_trait::async_trait;
use serde_json::Value;

use super::{Letter, MAIL_ID, QUEUE, codes, notices, write};
use crate::{
    Context,
    app::{Mail, MailError},
    model::{Account, Job, Notice, Object, Purpose, Reference, Viewer},
    protocol::{
        as1::{kind, sentence},
        html,
    },
    service::{
        Result, access,
        queue::{Outcome, Worker},
    },
    storage::Changes,
};

/// How long mails of a kind can be ended by a link in one of them, in seconds. Thirty days is what senders
/// of mail are asked for at least.
const UNSUBSCRIBE_LIFETIME: i64 = 60 * 86_400;

/// Sends the letters that are due.
#[derive(Clone, Copy, Debug, Default)]
pub struct Postman;

#[async_trait]
impl Worker for Postman {
    fn queue(&self) -> &'static str {
        QUEUE
    }

    fn retry_after<'a>(&self, ctx: &'a Context) -> &'a [i64] {
        &ctx.app().settings().mail.retry_after
    }

    async fn perform(&self, ctx: &Context, job: &Job) -> Outcome {
        let Ok(letter) = serde_json::from_value::<Letter>(Value::Object(job.payload.clone()))
        else {
            return Outcome::Fail("it is not understood".into());
        };
        match deliver(ctx, &letter, job).await {
            Ok(None) => Outcome::Done,
            Ok(Some(MailError::Refused(reason, _))) => Outcome::Fail(reason),
            Ok(Some(MailError::Unavailable(reason, _))) => Outcome::Retry(reason),
            Err(error) => Outcome::Retry(error.to_string()),
        }
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
        Letter::Notice { activity, kind, .. } => notice(ctx, &account, activity, *kind).await?,
    };
    let Some((mail, changes)) = written else {
        return Ok(None);
    };
    // Before it is sent: who reads quickly must not find that it isn't known yet.
    ctx.storage().commit(changes).await?;
    let id = job.payload.get(MAIL_ID).and_then(Value::as_str);
    let mail = Mail {
        id: id.unwrap_or_default().to_owned(),
        ..mail
    };
    Ok(mailer.send(&mail).await.err())
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

/// What someone did, as far as the reader may know of it now.
async fn notice(
    ctx: &Context,
    account: &Account,
    activity: &str,
    kind: Notice,
) -> Result<Option<(Mail, Changes)>> {
    let Some(address) = account
        .email
        .as_ref()
        .filter(|_| notices::wants(account, kind))
    else {
        return Ok(None);
    };
    let Some(activity) = readable(ctx, account, activity).await? else {
        return Ok(None);
    };
    let object = match activity.refers("object") {
        Some(named) => readable(ctx, account, &named.id).await?,
        None => None,
    };
    let sentence = sentence_for(ctx, account, &activity, object.as_deref()).await?;
    // Only of what was posted is it told what stands in it; the rest is known to whom it is told.
    let said = object.filter(|_| matches!(kind, Notice::Direct | Notice::Comments));
    let told = write::Told {
        sentence: html::plain(&sentence),
        title: said
            .as_ref()
            .and_then(|object| object.text("displayName"))
            .map(html::plain),
        content: said
            .as_ref()
            .and_then(|object| object.text("content"))
            .map(html::plain),
        url: activity.text("url").map(str::to_owned),
    };
    let subject = kind.as_str();
    let user = &account.nickname;
    let (code, change) = codes::make(
        ctx,
        Purpose::Unsubscribe,
        user,
        subject,
        UNSUBSCRIBE_LIFETIME,
    );
    let mail = write::notice(ctx, account, address, told, kind, &code)?;
    Ok(Some((mail, vec![change])))
}

/// What an activity says, to someone who may read no more than its `object`, if that is given: what they
/// may not read, or not any more, goes by its type, as on the pages of a feed.
async fn sentence_for(
    ctx: &Context,
    account: &Account,
    activity: &Object,
    object: Option<&Object>,
) -> Result<String> {
    let named = activity.refers("object");
    let mut parent = object.and_then(|object| object.refers("inReplyTo"));
    if let Some(open) = &parent
        && readable(ctx, account, &open.id).await?.is_some()
    {
        parent = None;
    }
    let actor = activity.author.as_deref().unwrap_or_default();
    let actor = ctx.storage().find_objects(&[actor]).await?.pop().flatten();
    let (true, Some(actor)) = (
        object.is_none() && named.is_some() || parent.is_some(),
        actor,
    ) else {
        return Ok(activity.text("content").unwrap_or_default().to_owned());
    };
    let kind = |named: Reference| kind(&named.object_type);
    let object = match object {
        Some(object) => Some(Cow::Borrowed(&*object.body)),
        None => named.map(kind).map(Cow::Owned),
    };
    Ok(sentence(
        &actor.body,
        activity.text("verb").unwrap_or("post"),
        object.as_deref(),
        parent.map(kind).as_ref(),
    ))
}

/// A thing that is there and that someone may read.
async fn readable(ctx: &Context, account: &Account, id: &str) -> Result<Option<Arc<Object>>> {
    let viewer = Viewer::Person(&account.person);
    let found = ctx.storage().find_objects(&[id]).await?.pop().flatten();
    let Some(object) = found.filter(|object| !object.deleted) else {
        return Ok(None);
    };
    let readable = access::readable(ctx, viewer, &[&object]).await? == [true];
    Ok(readable.then_some(object))
}
