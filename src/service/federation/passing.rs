//! Activities that another server than the actor's passes on, to those who know the thing they are
//! about. That is no proof of them, so they are fetched from their own server.

use serde_json::{Map, Value};

use super::{
    reasons::{is_about_readable, named_by, owner_of},
    speaker::invalid_actor,
    translate::translate,
};
use crate::{
    Context,
    model::{ACTIVITY, ClientIdentity, Object, Recipients, Stream, Viewer, host_of_id},
    service::{
        Error, ErrorKind, Result, access,
        activity::{self, Plan, ReceivedActivity, ReceivingInbox},
        remote::Fetcher,
    },
};

/// Brings an activity of a person here to a member of a group, if the group's server sends it back.
/// That server says who is in the group, and this one who is here.
pub(super) async fn returning(
    ctx: &Context,
    sent: &Map<String, Value>,
    inbox: &ReceivingInbox,
) -> Result<Option<Plan>> {
    let identity = ctx.client().and_then(|client| client.identity.as_ref());
    let id = sent.get("id").and_then(Value::as_str).unwrap_or_default();
    let (Some(ClientIdentity::Host(host)), ReceivingInbox::Person(person), true) =
        (identity, inbox, ctx.urls().is_local(id))
    else {
        return Ok(None);
    };
    let stored = ctx.storage().find_objects(&[id]).await?.pop().flatten();
    let is_ours = |author: &str| ctx.urls().is_local(author);
    let stored = stored.filter(|stored| {
        stored.object_type == ACTIVITY && stored.author.as_deref().is_some_and(is_ours)
    });
    let Some(stored) = stored else {
        return Ok(None);
    };
    if !is_for_group(ctx, &Recipients::of(&stored.body), host, person).await? {
        return Ok(None);
    }
    activity::bring(ctx, &stored.id, inbox).await.map(Some)
}

/// Brings an activity that is stored already to the owner of the inbox, if they may read it and it
/// concerns them. One for a group of theirs that the group's server passes on concerns them anyway.
/// The activity's own server is not asked: it does not know who is in the group.
pub(super) async fn bring_known(
    ctx: &Context,
    passed: &ReceivedActivity,
    host: &str,
) -> Result<Option<Plan>> {
    let (Some(id), ReceivingInbox::Person(person)) = (&passed.id, &passed.inbox) else {
        return Ok(None);
    };
    let stored = ctx.storage().find_objects(&[id]).await?.pop().flatten();
    let stored = stored.filter(|stored| {
        let is_theirs = stored.author.as_deref() == Some(passed.actor_id());
        stored.object_type == ACTIVITY && is_theirs && !stored.deleted
    });
    let Some(stored) = stored else {
        return Ok(None);
    };
    let recipients = Recipients::of(&stored.body);
    if is_for_group(ctx, &recipients, host, person).await? {
        return activity::bring(ctx, id, &passed.inbox).await.map(Some);
    }
    let reference = |thing: &Object, name| Some(thing.reference_property(name)?.id);
    let object = reference(&stored, "object");
    let found = match &object {
        Some(object) => ctx.storage().find_objects(&[object]).await?.pop().flatten(),
        None => None,
    };
    let parent = found.and_then(|object| reference(&object, "inReplyTo"));
    let about = [object, reference(&stored, "target"), parent];
    let about: Vec<String> = about.into_iter().flatten().collect();
    let readable = access::readable(ctx, Viewer::Person(person), &[&*stored]).await?;
    if readable != [true] || !is_about_theirs(ctx, about, host, person).await? {
        return Ok(None);
    }
    activity::bring(ctx, id, &passed.inbox).await.map(Some)
}

/// Returns the activity as its own server has it. It must be about a thing of the passing server
/// that the owner of the inbox may read, or be for a group there that they are in.
///
/// Errors: 400 for any other activity, and for one that its own server does not show; 503 if that
/// server can't be asked now.
pub(super) async fn verify(
    ctx: &Context,
    remote: &Fetcher<'_>,
    passed: ReceivedActivity,
    host: &str,
) -> Result<ReceivedActivity> {
    let refused = || invalid_actor(passed.actor_id(), host);
    let id = passed.id.as_deref().ok_or_else(refused)?;
    if !received_concerns(ctx, &passed, host).await? {
        return Err(refused());
    }
    let fetched = remote.try_thing(id).await;
    let fetched = fetched.map_err(|error| {
        let message = format!("'{id}' can't be fetched now: {error}");
        Error::new(ErrorKind::Unavailable, message)
    })?;
    let fetched = fetched.ok_or_else(|| {
        Error::bad_request(format!("'{id}' is not shown by the server of its actor"))
    })?;
    let verified = translate(ctx, fetched.whole, passed.inbox.clone()).await?;
    let is_it = verified.id == passed.id && verified.host == passed.host;
    if !is_it || !received_concerns(ctx, &verified, host).await? {
        return Err(refused());
    }
    Ok(verified)
}

/// Whether a received activity concerns the owner of the inbox.
async fn received_concerns(ctx: &Context, activity: &ReceivedActivity, host: &str) -> Result<bool> {
    let ReceivingInbox::Person(person) = &activity.inbox else {
        return Ok(false);
    };
    let draft = &activity.draft;
    Ok(is_for_group(ctx, &draft.recipients, host, person).await?
        || is_about_theirs(ctx, named_by(draft), host, person).await?)
}

/// Whether one of these things is of that server, and a person may read it.
async fn is_about_theirs(
    ctx: &Context,
    about: Vec<String>,
    host: &str,
    person: &str,
) -> Result<bool> {
    let is_theirs = |thing: &Object| host_of_id(owner_of(thing)).as_deref() == Some(host);
    is_about_readable(ctx, about, person, is_theirs).await
}

/// Whether a person is in a group of that host among the recipients.
async fn is_for_group(
    ctx: &Context,
    recipients: &Recipients,
    host: &str,
    person: &str,
) -> Result<bool> {
    let groups = recipients.iter().filter(|(named, _)| {
        named.object_type == "group" && host_of_id(&named.id).as_deref() == Some(host)
    });
    let members = groups.map(|(group, _)| (Stream::Members(group.id.clone()), person));
    let members: Vec<(Stream, &str)> = members.collect();
    Ok(!members.is_empty() && ctx.storage().contains(&members).await?.contains(&true))
}
