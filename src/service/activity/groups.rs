//! `join` and `leave`, and what the members of a group put into it (pump-api 8).

use super::{Draft, planner::Planner, social};
use crate::{
    model::{Object, Stream},
    service::{Error, Result},
    storage::Duplicate,
};

/// Whether what an activity is about is a group, as far as is known or said.
pub(super) fn is_about_group(planner: &Planner<'_>, draft: &Draft) -> bool {
    let known = draft.object_id().and_then(|id| planner.find(id));
    let said = || draft.object.as_ref()?.get("objectType")?.as_str();
    known.map_or_else(said, |known| Some(known.object_type.as_str())) == Some("group")
}

/// `join` of a group: the actor is in it from now on, if they may know of it. Whether a group of
/// another server takes them is for that server to say; here it gives them nothing.
pub(super) async fn join(planner: &mut Planner<'_>, draft: &Draft) -> Result<Object> {
    let group = planner.existing_or_foreign(draft.object.as_ref(), "object")?;
    if planner.decides_on(&group) && !planner.may_read(&group).await? {
        return Err(Error::forbidden(format!(
            "{} is not allowed to join group {}",
            planner.actor.id, group.id
        ))
        .phrased("failure-group-closed"));
    }
    if planner.keeps_relation_to(&group) {
        social::create_edge(planner, &group, social::membership_edge).await?;
        if is_followed(&group) {
            let actor = planner.actor.id.clone();
            let followers = Stream::Followers(group.id.clone());
            planner.push(followers, &actor, Duplicate::Ignore);
            planner.push(Stream::Following(actor), &group.id, Duplicate::Ignore);
        }
    }
    Ok(group)
}

/// `leave` of a group: the actor is not in it any more, and does not follow it.
pub(super) async fn leave(planner: &mut Planner<'_>, draft: &Draft) -> Result<Object> {
    let group = social::undo(planner, draft, social::membership_edge).await?;
    if is_followed(&group) {
        let actor = planner.actor.id.clone();
        let followers = Stream::Followers(group.id.clone());
        remove_if_there(planner, followers, &actor).await?;
        remove_if_there(planner, Stream::Following(actor), &group.id).await?;
    }
    Ok(group)
}

/// `stop-following`, also of a group: its membership ends, too.
pub(super) async fn stop_following(planner: &mut Planner<'_>, draft: &Draft) -> Result<Object> {
    let object = social::stop_following(planner, draft).await?;
    if is_followed(&object) {
        let actor = planner.actor.id.clone();
        remove_if_there(planner, Stream::Members(object.id.clone()), &actor).await?;
    }
    Ok(object)
}

/// Whether those who are in a group follow it: a group of a server of `ActivityPub`, which knows
/// nothing but followers. The groups of Pump servers have addresses for ids.
fn is_followed(group: &Object) -> bool {
    group.object_type == "group" && group.id.starts_with("acct:")
}

async fn remove_if_there(planner: &mut Planner<'_>, stream: Stream, item: &str) -> Result<()> {
    if planner.contains(stream.clone(), item).await? {
        planner.remove_item(stream, item);
    }
    Ok(())
}

/// `add` with a group for its target: the object is among the documents of the group.
pub(super) async fn add(planner: &mut Planner<'_>, group: &Object, object: &Object) -> Result<()> {
    if !planner.decides_on(group) {
        return Ok(());
    }
    require_member(planner, group).await?;
    if !planner.is_local_group(group) {
        return Ok(());
    }
    let documents = Stream::Documents(group.id.clone());
    if planner.contains(documents.clone(), &object.id).await? {
        if planner.origin.is_received() {
            return Ok(());
        }
        return Err(
            Error::bad_request("Group already contains object.").phrased("failure-in-group")
        );
    }
    planner.push(documents, &object.id, Duplicate::Reject);
    Ok(())
}

/// `remove` with a group as target: removes the object from the documents. If it is a member and
/// the actor made the group, removes it from the members.
pub(super) async fn remove(
    planner: &mut Planner<'_>,
    group: &Object,
    object: &Object,
) -> Result<()> {
    let own = group.author.as_deref() == Some(&planner.actor.id);
    let members = Stream::Members(group.id.clone());
    if !planner.decides_on(group) {
        // Members who are here are in the stream here, too.
        if own && planner.contains(members.clone(), &object.id).await? {
            planner.remove_item(members, &object.id);
        }
        return Ok(());
    }
    require_member(planner, group).await?;
    if !planner.is_local_group(group) {
        return Ok(());
    }
    if own && planner.contains(members.clone(), &object.id).await? {
        planner.remove_item(members, &object.id);
        return Ok(());
    }
    let documents = Stream::Documents(group.id.clone());
    if !planner.contains(documents.clone(), &object.id).await? {
        if planner.origin.is_received() {
            return Ok(());
        }
        return Err(Error::bad_request(format!(
            "id '{}' not found in stream 'group:{}:documents'",
            object.id, group.uuid
        )));
    }
    planner.remove_item(documents, &object.id);
    Ok(())
}

async fn require_member(planner: &Planner<'_>, group: &Object) -> Result<()> {
    if planner
        .are_group_members(std::slice::from_ref(group))
        .await?
        == [true]
    {
        return Ok(());
    }
    Err(Error::bad_request("Actor is not a member of the group.").phrased("failure-not-member"))
}
