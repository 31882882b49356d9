//! `post`, `update` and `delete` of things of other servers: what their own server says of them,
//! in any order of arrival.

use serde_json::{Map, Value};

use super::{
    Draft, membership,
    origin::ReceivedActivity,
    planner::Planner,
    publish::register_reply,
    size::check_size,
    update::{add_parent_author, bury},
};
use crate::{
    model::{ACTIVITY, ACTOR_TYPES, Object, PUBLIC, Stream, host_of_id, is_derived, is_plain},
    service::{Error, Result, remote, tombstone::make_tombstone},
    storage::{Duplicate, Expect},
};

/// Stores the object, or what is newer of it. One that was deleted stays deleted, and that of
/// another author is only named.
pub(super) async fn publish(
    planner: &mut Planner<'_>,
    draft: &mut Draft,
    received: &ReceivedActivity,
) -> Result<Object> {
    let said = said_of(draft)?;
    let stored = stored_of(planner, &said)?;
    let is_named = match &stored {
        Some(stored) => !is_of_actor(planner, stored) && !may_be_completed(planner, stored),
        None => false,
    };
    // An id of no host is its first author's: nothing else tells whose it is.
    let has_author = stored
        .as_ref()
        .is_some_and(|stored| stored.author.is_some());
    if is_named && has_author && said_id(&said).is_some_and(|id| host_of_id(id).is_none()) {
        return Err(not_author(&said));
    }
    let object = if is_named || !may_be_made(received, &said) {
        let object = planner.existing_or_foreign(Some(&said), "object")?;
        planner.require_readable(&object).await?;
        object
    } else {
        match stored {
            Some(stored) if stored.deleted => stored,
            Some(stored) if is_of_actor(planner, &stored) => {
                publish_known(planner, stored, said, received)?
            }
            stored => make(planner, stored, said, received).await?,
        }
    };
    if draft.target.is_some() {
        membership::add_member(planner, draft.target.as_ref(), &object).await?;
    }
    Ok(object)
}

/// The object that was posted before, or changed before its post came.
fn publish_known(
    planner: &mut Planner<'_>,
    mut object: Object,
    said: Map<String, Value>,
    received: &ReceivedActivity,
) -> Result<Object> {
    let published = &received.published;
    let is_newer = remote::is_newer(&object, remote::updated_of(&said, published));
    if is_newer && !remote::is_bare(&said) {
        remote::refresh(planner.ctx, &mut object, said, published);
        check_size(&object)?;
        planner.replace(object.clone());
    }
    let post = planner.publishing_activity(&object);
    let post = post.and_then(|post| post.text_property("verb"));
    if !matches!(post, Some("post" | "create")) {
        object.published_by = None;
        planner.replace(object.clone());
    }
    Ok(object)
}

/// Takes over what is newer. An object that is not known yet is made; its post may come later.
pub(super) async fn update(
    planner: &mut Planner<'_>,
    draft: &mut Draft,
    received: &ReceivedActivity,
) -> Result<Object> {
    let said = said_of(draft)?;
    if said.get("id").and_then(Value::as_str) == Some(&planner.actor.id) {
        planner.update_actor(said, &received.published)?;
        return Ok(Object::clone(&planner.actor));
    }
    let mut object = match stored_of(planner, &said)? {
        Some(stored) if is_of_actor(planner, &stored) => stored,
        Some(stored) if !may_be_completed(planner, &stored) => return Err(not_author(&said)),
        _ if !may_be_made(received, &said) => return Err(not_author(&said)),
        stored => return make(planner, stored, said, received).await,
    };
    let updated = remote::updated_of(&said, &received.published);
    let is_current = remote::is_current(&object, updated);
    if !object.deleted && is_current && !remote::is_bare(&said) {
        remote::refresh(planner.ctx, &mut object, said, &received.published);
        check_size(&object)?;
        planner.replace(object.clone());
    }
    add_parent_author(planner, &object);
    Ok(object)
}

/// Leaves a tombstone, even of what is not known: it may come later.
pub(super) async fn delete(
    planner: &mut Planner<'_>,
    draft: &mut Draft,
    received: &ReceivedActivity,
) -> Result<Object> {
    let said = said_of(draft)?;
    let mut object = match stored_of(planner, &said)? {
        Some(stored) if stored.deleted => return Ok(stored),
        Some(stored) if is_of_actor(planner, &stored) => stored,
        Some(stored) if !may_be_completed(planner, &stored) => return Err(not_author(&said)),
        _ if !may_be_made(received, &said) => return Err(not_author(&said)),
        Some(mut stub) => {
            stub.author = Some(planner.actor.id.clone());
            stub
        }
        None => {
            let said = said
                .into_iter()
                .filter(|(key, _)| key != "inReplyTo")
                .collect();
            let author = Some(planner.actor.id.as_str());
            let mut object = remote::object_of(planner.ctx, said, author, &received.published);
            make_tombstone(&mut object, &planner.now);
            planner.put(object.clone(), Expect::Absent);
            return Ok(object);
        }
    };
    bury(planner, &mut object).await?;
    planner.replace(object.clone());
    if object.id == planner.actor.id {
        planner.push(Stream::DeletedAccounts, &object.id, Duplicate::Ignore);
        planner.actor = object.clone().into();
    }
    add_parent_author(planner, &object);
    Ok(object)
}

/// Makes the object, or completes a stub of it. Until its audience is known nobody may read it.
async fn make(
    planner: &mut Planner<'_>,
    stub: Option<Object>,
    said: Map<String, Value>,
    received: &ReceivedActivity,
) -> Result<Object> {
    let (ctx, author) = (planner.ctx, planner.actor.id.clone());
    let published = &received.published;
    let is_new = stub.is_none();
    let object = match stub {
        Some(mut stub) => {
            remote::complete_stub(ctx, &mut stub, said, Some(&author), published);
            stub.audience.clear();
            stub.published_by = None;
            stub
        }
        None => remote::object_of(ctx, said, Some(&author), published),
    };
    check_size(&object)?;
    register_reply(planner, &object).await?;
    planner.is_first_sight = true;
    if is_new {
        planner.put(object.clone(), Expect::Absent);
    } else {
        planner.replace(object.clone());
    }
    // A group, say, which people here may join.
    if planner.is_remote_actor(&object) {
        planner.remote_actors.push(object.id.clone());
    }
    Ok(object)
}

fn said_of(draft: &mut Draft) -> Result<Map<String, Value>> {
    let said = draft.object.take();
    said.ok_or_else(|| Error::bad_request("Activity has no object"))
}

/// The object as it is stored, if it is; it must have an id.
fn stored_of(planner: &Planner<'_>, said: &Map<String, Value>) -> Result<Option<Object>> {
    let id = said_id(said);
    let id = id.ok_or_else(|| Error::bad_request("No object ID for activity"))?;
    Ok(planner.find(id).cloned())
}

fn said_id(said: &Map<String, Value>) -> Option<&str> {
    said.get("id").and_then(Value::as_str)
}

fn is_of_actor(planner: &Planner<'_>, object: &Object) -> bool {
    object.id == planner.actor.id || object.author.as_ref() == Some(&planner.actor.id)
}

/// Whether an object is only a name so far. Actors speak for themselves, but for groups, which
/// have an author. The type of a mere name is not sure either.
fn may_be_completed(planner: &Planner<'_>, object: &Object) -> bool {
    let is_actor = ACTOR_TYPES.contains(&object.object_type.as_str());
    let has_author = matches!(object.object_type.as_str(), "group" | "collection");
    let is_named = remote::is_stub(object) && !object.id.starts_with("acct:");
    object.author.is_none() && !planner.is_ours(object) && (!is_actor || has_author || is_named)
}

/// Whether the actor can have made this: by its id, and it is neither a person nor an activity.
fn may_be_made(received: &ReceivedActivity, said: &Map<String, Value>) -> bool {
    let id = said.get("id").and_then(Value::as_str).unwrap_or_default();
    let is_thing = !matches!(remote::object_type_of(said), "person" | ACTIVITY);
    let is_fit = !id.starts_with("acct:") && id != PUBLIC && is_plain(id) && !is_derived(id);
    is_thing && is_fit && id != received.actor_id() && received.may_own(id)
}

fn not_author(said: &Map<String, Value>) -> Error {
    let id = said.get("id").and_then(Value::as_str).unwrap_or_default();
    Error::bad_request(format!("Can't change {id}: not author."))
}
