//! Reasons to take an activity from another server: nothing is stored that does not concern anyone
//! here.

use std::sync::Arc;

use crate::{
    Context,
    model::{ACTOR_TYPES, CHANGING_VERBS, Draft, Object, Reference, Stream, Viewer, host_of_id},
    service::{
        Error, Result, access,
        activity::{MAX_THREAD_DEPTH, ReceivedActivity, ReceivingInbox},
    },
};

/// Refuses an activity that the owner of the inbox has nothing to do with.
///
/// A person is concerned who follows the actor, is named, or is in a group that is. So is a person
/// who may read the thing that the activity is about, if it is of this server or of the actor's.
/// And changes of what is known here are taken. A group is concerned if it is named.
///
/// Errors: 403 without a reason, 400 for a group that is not named.
pub(super) async fn require(ctx: &Context, received: &ReceivedActivity) -> Result<()> {
    let draft = &received.draft;
    let is_named = |id: &str| draft.recipients.iter().any(|(named, _)| named.id == id);
    let person = match &received.inbox {
        ReceivingInbox::Group(group) if is_named(group) => return Ok(()),
        ReceivingInbox::Group(group) => {
            let id = received.id.as_deref().unwrap_or_default();
            let message = format!("Group {group} is not a recipient of activity {id}");
            return Err(Error::bad_request(message));
        }
        ReceivingInbox::Person(person) => person.as_str(),
    };
    if is_named(person) {
        return Ok(());
    }
    let recipients = draft.recipients.iter();
    let groups = recipients.filter(|(named, _)| named.object_type == "group");
    let members = groups.map(|(Reference { id, .. }, _)| Stream::Members(id.clone()));
    let followers = Stream::Followers(received.actor_id().to_owned());
    let streams = std::iter::once(followers).chain(members);
    let pairs: Vec<(Stream, &str)> = streams.map(|stream| (stream, person)).collect();
    if ctx.storage().contains(&pairs).await?.contains(&true) {
        return Ok(());
    }
    let about: Vec<&str> = [draft.object_id(), draft.target_id()]
        .into_iter()
        .flatten()
        .collect();
    let found = ctx.storage().find_objects(&about).await?;
    let is_changed = CHANGING_VERBS.contains(&draft.verb.as_str());
    // Planning says what is wrong with a thing of this server that is not there.
    let is_taken = |(id, found): (&&str, &Option<_>)| match found {
        Some(_) => is_changed,
        None => ctx.urls().is_local(id),
    };
    if about.iter().zip(&found).any(is_taken) {
        return Ok(());
    }
    let is_shared = |thing: &Object| {
        let is_actor = ACTOR_TYPES.contains(&thing.object_type.as_str());
        let is_ours = ctx.urls().is_local(&thing.id) || ctx.urls().is_local(owner_of(thing));
        is_ours || !is_actor && host_of_id(owner_of(thing)).as_ref() == Some(&received.host)
    };
    if is_about_readable(ctx, named_by(draft), person, is_shared).await? {
        return Ok(());
    }
    Err(Error::forbidden("This concerns nobody here."))
}

/// Returns the id of the author of a thing, or its own without one.
pub(super) fn owner_of(thing: &Object) -> &str {
    thing.author.as_ref().unwrap_or(&thing.id)
}

/// The ids of the things that an activity is about.
pub(super) fn named_by(draft: &Draft) -> Vec<String> {
    let parent = draft.parent().map(|parent| parent.id);
    let about = [draft.object_id(), draft.target_id(), parent.as_deref()];
    about.into_iter().flatten().map(str::to_owned).collect()
}

/// Returns whether an activity is about a known thing of that kind that a person may read: its
/// object, its target, or one that these answer.
pub(super) async fn is_about_readable(
    ctx: &Context,
    mut about: Vec<String>,
    person: &str,
    is_meant: impl Fn(&Object) -> bool,
) -> Result<bool> {
    for _ in 0..MAX_THREAD_DEPTH {
        let ids: Vec<&str> = about.iter().map(String::as_str).collect();
        let found = ctx.storage().find_objects(&ids).await?;
        let known: Vec<Arc<Object>> = found.into_iter().flatten().collect();
        let things = known.iter().map(|thing| &**thing);
        let meant: Vec<&Object> = things.filter(|thing| is_meant(thing)).collect();
        let readable = access::readable(ctx, Viewer::Person(person), &meant).await?;
        if readable.contains(&true) {
            return Ok(true);
        }
        let answered = known
            .iter()
            .map(|thing| thing.reference_property("inReplyTo"));
        about = answered.flatten().map(|thing| thing.id).collect();
        if about.is_empty() {
            break;
        }
    }
    Ok(false)
}
