//! Shares by groups of `ActivityPub`, and activities that these pass on (FEP-1b12).
//!
//! The signature of a group proves nothing about an activity of another origin. So things are
//! fetched from their own servers, and so are activities that count by themselves.

use std::{sync::Arc, time::Duration};

use serde_json::{Map, Value};

use super::{
    effects,
    take::{Inbox, caller, read, take},
};
use crate::{
    Context,
    federation::PeerError,
    model::{Cursor, Object, Stream, host_of_id},
    protocol::as2::incoming::{self as as2, Incoming, PassedEffect, PassedOn},
    service::{
        Result,
        accounts::deletion::remove_object,
        follow_replies::latest_done,
        remote::{self, Fetcher},
        retry::retry_on_conflict,
    },
    storage::Change,
};

/// Longest time that an activity waits for what other servers show.
const FETCH_TIMEOUT: Duration = Duration::from_secs(3);

/// Maximum inboxes that a share is taken out of in one commit.
const MAX_INBOXES_PER_COMMIT: u32 = 500;

/// Verbs of activities that count by themselves.
const CONFIRMED_VERBS: &[&str] = &["favorite", "post", "unfavorite"];

/// Takes a `share` with the `Announce` that it was read from. A group may announce an activity by
/// its id, and shares a thing once, whatever ids it gives that. Nothing is made of what can't be
/// had.
pub(super) async fn share(
    ctx: &Context,
    inbox: Inbox,
    actor: &str,
    (share, mut announce): (Map<String, Value>, Map<String, Value>),
) -> Result<()> {
    if !is_followed_group(ctx, actor).await? {
        return take(ctx, inbox, actor, share).await;
    }
    let object = share.get("object").and_then(|object| object.get("id"));
    let object = object
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    if ctx.urls().is_local(&object) || find(ctx, &object).await?.is_some() {
        return share_once(ctx, inbox, actor, &object, share).await;
    }
    let mut fetcher = Fetcher::new(ctx, None, FETCH_TIMEOUT);
    let Ok(document) = fetcher.document(&object).await else {
        return Ok(());
    };
    if as2::may_be_passed_on(&document) {
        announce.insert("object".into(), document.into());
        return match read(ctx, &announce).await? {
            Incoming::PassedOn(passed) => pass_on(ctx, &mut fetcher, (inbox, actor), passed).await,
            _ => Ok(()),
        };
    }
    fetcher.shown = Some(document);
    remote::complete(&fetcher, ctx, vec![object.clone()]).await?;
    if find(ctx, &object).await?.is_none() {
        return Ok(());
    }
    share_once(ctx, inbox, actor, &object, share).await
}

/// Takes an activity that an actor passes on, if that is a group with followers here.
pub(super) async fn take_passed_on(
    ctx: &Context,
    inbox: Inbox,
    actor: &str,
    passed: PassedOn,
) -> Result<()> {
    if !is_followed_group(ctx, actor).await? {
        return Ok(());
    }
    let mut fetcher = Fetcher::new(ctx, None, FETCH_TIMEOUT);
    pass_on(ctx, &mut fetcher, (inbox, actor), passed).await
}

async fn pass_on(
    ctx: &Context,
    fetcher: &mut Fetcher<'_>,
    to_and_by: (Inbox, &str),
    mut passed: PassedOn,
) -> Result<()> {
    passed.object = ctx.urls().canonical_id(&passed.object).into_owned();
    match passed.effect {
        PassedEffect::Published => publish(ctx, fetcher, to_and_by, passed).await,
        PassedEffect::Changed => change(ctx, fetcher, &passed.object).await,
        PassedEffect::Removed => remove(ctx, fetcher, to_and_by.1, &passed.object).await,
        // All others are counted by the servers of the things: there are too many to ask for each.
        PassedEffect::Reacted if is_by_us(ctx, &passed.object).await? => {
            confirm(ctx, fetcher, &passed).await
        }
        PassedEffect::Reacted => Ok(()),
    }
}

/// Stores a thing as its own server shows it. The group shares it with its followers. A comment
/// takes its place in the conversation, and only those hear of it whom it answers or names.
async fn publish(
    ctx: &Context,
    fetcher: &mut Fetcher<'_>,
    (inbox, group): (Inbox, &str),
    passed: PassedOn,
) -> Result<()> {
    if concerns_us(ctx, &passed).await? {
        confirm(ctx, fetcher, &passed).await?;
    }
    let object = passed.object;
    if !ctx.urls().is_local(&object) && find(ctx, &object).await?.is_none() {
        let shown = as2::shown_object(&passed.activity).filter(|_| passed.is_of_origin);
        fetcher.shown = match shown {
            Some(shown) => Some(shown.clone()),
            None => fetcher.document(&object).await.ok(),
        };
        if fetcher.shown.is_some() {
            remote::complete(fetcher, ctx, vec![object.clone()]).await?;
        }
    }
    let thing = find(ctx, &object).await?;
    let thing = thing.filter(|thing| !thing.deleted && !thing.body.contains_key("inReplyTo"));
    match thing {
        Some(_) => share_once(ctx, inbox, group, &object, passed.share).await,
        None => Ok(()),
    }
}

/// Takes over what the server of a known thing shows of it now.
async fn change(ctx: &Context, fetcher: &mut Fetcher<'_>, object: &str) -> Result<()> {
    if ctx.urls().is_local(object) || find(ctx, object).await?.is_none() {
        return Ok(());
    }
    fetcher.shown = fetcher.document(object).await.ok();
    match &fetcher.shown {
        Some(_) => remote::renew(fetcher, ctx, object).await,
        None => Ok(()),
    }
}

/// Removes a known thing that its own server shows no more. Else its group takes back the share.
async fn remove(ctx: &Context, fetcher: &Fetcher<'_>, group: &str, object: &str) -> Result<()> {
    let Some(thing) = find(ctx, object).await?.filter(|thing| !thing.deleted) else {
        return Ok(());
    };
    if !ctx.urls().is_local(object) && is_gone(&fetcher.document(object).await) {
        return remove_object(ctx, Object::clone(&thing)).await;
    }
    unshare(ctx, group, object).await
}

fn is_gone(shown: &Result<Map<String, Value>, PeerError>) -> bool {
    match shown {
        Ok(document) => as2::is_tombstone(document),
        Err(error) => {
            let status = error.answer().map(|answer| answer.status.as_u16());
            matches!(status, Some(404 | 410))
        }
    }
}

/// Has a group share a thing, unless it did.
async fn share_once(
    ctx: &Context,
    inbox: Inbox,
    group: &str,
    object: &str,
    share: Map<String, Value>,
) -> Result<()> {
    let shares = [(Stream::Shares(object.to_owned()), group)];
    if ctx.storage().contains(&shares).await? == [true] {
        return Ok(());
    }
    take(ctx, inbox, group, share).await
}

/// Takes a thing out of a group: its share is gone, also from inboxes.
async fn unshare(ctx: &Context, group: &str, object: &str) -> Result<()> {
    let shares = Stream::Shares(object.to_owned());
    if ctx.storage().contains(&[(shares.clone(), group)]).await? != [true] {
        return Ok(());
    }
    let share = latest_done(ctx, group, Cursor::Newest, &["share"], object).await?;
    let removal = Change::RemoveItem {
        stream: shares,
        item: group.to_owned(),
    };
    retry_on_conflict(ctx, || async { Ok((vec![removal.clone()], ())) }).await?;
    let share = match share {
        Some(share) => find(ctx, &share).await?,
        None => None,
    };
    let Some(share) = share else { return Ok(()) };
    let kept = Stream::DeletedAccounts;
    let is_shown = || ctx.storage().is_in_other_stream(&share.id, &kept);
    while is_shown().await? {
        let removal = Change::RemoveFromStreams {
            item: share.id.clone(),
            except: kept.clone(),
            limit: MAX_INBOXES_PER_COMMIT,
        };
        ctx.storage().commit(vec![removal]).await?;
    }
    remove_object(ctx, Object::clone(&share)).await
}

/// Takes an activity as if its actor had delivered it, if its own server shows it.
async fn confirm(ctx: &Context, fetcher: &Fetcher<'_>, passed: &PassedOn) -> Result<()> {
    let PassedOn { activity, .. } = passed;
    let id = activity.get("id").and_then(Value::as_str);
    let id = id.unwrap_or_default();
    let shown = if passed.is_of_origin {
        activity.clone()
    } else {
        match fetcher.document(id).await {
            Ok(shown) => shown,
            Err(_) => return Ok(()),
        }
    };
    let is_it = shown.get("id").and_then(Value::as_str) == Some(id);
    let named = as2::named_actors(&shown);
    let actor = named
        .first()
        .filter(|actor| host_of_id(actor) == host_of_id(id));
    let Some(actor) = actor.filter(|_| is_it) else {
        return Ok(());
    };
    let Some(actor) = fetcher.actor_at(actor).await? else {
        return Ok(());
    };
    let by_actor = ctx.with_caller(caller(ctx, &actor));
    let activity = match read(ctx, &shown).await? {
        Incoming::Activity(activity) => Some(activity),
        Incoming::Undo(undo) => effects::taken_back(ctx, undo).await?,
        _ => None,
    };
    let activity = activity.filter(|activity| {
        let verb = activity.get("verb").and_then(Value::as_str);
        verb.is_some_and(|verb| CONFIRMED_VERBS.contains(&verb))
    });
    match activity {
        Some(activity) => take(&by_actor, Inbox::Shared, &actor.id, activity).await,
        None => Ok(()),
    }
}

/// Whether an actor is a group that somebody here follows.
async fn is_followed_group(ctx: &Context, actor: &str) -> Result<bool> {
    let group = find(ctx, actor).await?;
    if group.is_none_or(|group| group.object_type != "group") {
        return Ok(false);
    }
    let followers = Stream::Followers(actor.to_owned());
    let first = ctx.storage().items_after(&followers, 0, 1).await?;
    Ok(!first.is_empty())
}

/// Whether a published thing names a person here, or answers one.
async fn concerns_us(ctx: &Context, passed: &PassedOn) -> Result<bool> {
    let named = as2::named_actors(&passed.activity);
    if named.iter().any(|url| ctx.urls().is_own_address(url)) {
        return Ok(true);
    }
    let parent = as2::shown_object(&passed.activity).and_then(|object| object.get("inReplyTo"));
    match parent.and_then(Value::as_str) {
        Some(parent) => is_by_us(ctx, &ctx.urls().canonical_id(parent)).await,
        None => Ok(false),
    }
}

/// Whether a thing is of somebody here.
async fn is_by_us(ctx: &Context, id: &str) -> Result<bool> {
    if ctx.urls().is_local(id) {
        return Ok(true);
    }
    let author = find(ctx, id).await?.and_then(|thing| thing.author.clone());
    Ok(author.is_some_and(|author| ctx.urls().is_local(&author)))
}

/// Finds what is known of a thing besides its name.
async fn find(ctx: &Context, id: &str) -> Result<Option<Arc<Object>>> {
    let found = ctx.storage().find_objects(&[id]).await?.pop().flatten();
    Ok(found.filter(|known| known.deleted || !remote::is_stub(known)))
}
