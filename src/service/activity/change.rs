//! `update` and `delete`: the author changes or takes back what they made.

use super::{
    Draft,
    planner::Planner,
    size::require_room,
    tombstone::{bury, counted},
};
use crate::{
    model::{ACTIVITY, Object, Stream},
    protocol::as1::merge,
    service::{Error, Result},
    storage::{Change, Duplicate},
};

/// Merges what is given into the stored object.
pub(super) fn update(planner: &mut Planner<'_>, draft: &Draft) -> Result<Object> {
    let mut object = own(planner, draft, "update")?;
    let mut said = draft.object.clone().unwrap_or_default();
    if object.object_type == "group" {
        said.shift_remove("documents");
    }
    merge(&mut object.body, said);
    object
        .body
        .insert("updated".into(), planner.now.clone().into());
    require_room(&object)?;
    if object.id == planner.actor.id {
        planner.actor = object.clone().into();
    }
    planner.replace(object.clone());
    heard(planner, &object);
    Ok(object)
}

/// Who heard of a reply hears of what becomes of it.
fn heard(planner: &mut Planner<'_>, object: &Object) {
    let parent = object.refers("inReplyTo").filter(|_| object.post.is_some());
    let host = parent.and_then(|parent| planner.find(&parent.id)?.author.clone());
    planner.hears.extend(host);
}

/// Leaves a tombstone, and takes the object out of where it was counted.
pub(super) async fn delete(planner: &mut Planner<'_>, draft: &Draft) -> Result<Object> {
    let mut object = own(planner, draft, "delete")?;
    if object.id == planner.actor.id {
        return Err(Error::bad_request(format!("Can't delete {}", object.id)));
    }
    for stream in counted(&object) {
        if !planner.contains(stream.clone(), &object.id).await? {
            continue;
        }
        if matches!(stream, Stream::Uploads(_)) {
            planner.push(Stream::Loose, &object.id, Duplicate::Ignore);
        }
        planner.pull(stream, &object.id);
    }
    if object.body.contains_key("objectTypes") {
        planner.then(Change::Clear(Stream::Members(object.id.clone())));
    }
    bury(&mut object, &planner.now);
    planner.replace(object.clone());
    heard(planner, &object);
    Ok(object)
}

/// The object, which the actor must have written. What was done stays as it was done, and Followers
/// and Following are there by themselves.
fn own(planner: &Planner<'_>, draft: &Draft, verb: &str) -> Result<Object> {
    let object = planner.existing(draft.object.as_ref(), "object")?;
    let author = object.author.as_deref();
    let why = match author {
        _ if object.object_type == ACTIVITY => "an activity is changed at its own address",
        _ if planner.is_virtual(&object) => "it is there by itself",
        _ if object.id == planner.actor.id => return Ok(object),
        Some(author) if author == planner.actor.id => return Ok(object),
        Some(_) => "not author",
        None => "not you",
    };
    Err(Error::bad_request(format!(
        "Can't {verb} {}: {why}.",
        object.id
    )))
}
