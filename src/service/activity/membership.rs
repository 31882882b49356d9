//! `add` and `remove`: what is in a list.

use serde_json::{Map, Value};

use super::{draft::Draft, planner::Planner, publish::list_of};
use crate::{
    model::{Object, Stream},
    service::{Error, Result},
    storage::Duplicate,
};

/// `add`: the object is in the target from now on.
pub(super) async fn add_existing(planner: &mut Planner<'_>, draft: &Draft) -> Result<Object> {
    let object = planner.existing_or_foreign(draft.object.as_ref(), "object")?;
    planner.require_readable(&object).await?;
    add(planner, draft.target.as_ref(), &object)?;
    Ok(object)
}

/// Adds an object that is there or planned. Who is in a list already stays where they are.
pub(super) fn add(
    planner: &mut Planner<'_>,
    target: Option<&Map<String, Value>>,
    object: &Object,
) -> Result<()> {
    let list = own_list(planner, target, object, "add to")?;
    planner.push(Stream::Members(list.id), &object.id, Duplicate::Ignore);
    Ok(())
}

/// `remove`.
pub(super) async fn remove(planner: &mut Planner<'_>, draft: &Draft) -> Result<Object> {
    let object = planner.stored(draft.object.as_ref(), "object")?;
    let list = own_list(planner, draft.target.as_ref(), &object, "remove from")?;
    let members = Stream::Members(list.id.clone());
    if !planner.contains(members.clone(), &object.id).await? {
        return Err(Error::bad_request(format!(
            "id '{}' not found in stream 'collection:{}'",
            object.id, list.id
        )));
    }
    planner.pull(members, &object.id);
    Ok(object)
}

fn own_list(
    planner: &Planner<'_>,
    target: Option<&Map<String, Value>>,
    object: &Object,
    what: &str,
) -> Result<Object> {
    let list = planner.existing(target, "target")?;
    let refuse = |why: &str| {
        Err(Error::bad_request(format!(
            "Can't {what} {}: {why}.",
            list.id
        )))
    };
    if list.object_type != "collection" {
        return Err(Error::bad_request(format!(
            "Can't {what} {}: don't know how to {what} type '{}'",
            list.id, list.object_type
        )));
    }
    match list_of(&list.object_type, &list.body) {
        _ if list.author.as_deref() != Some(&planner.actor.id) => refuse("not author"),
        Some(kind) if kind == object.object_type => Ok(list),
        Some(_) => refuse("incorrect type"),
        None => refuse("not a list"),
    }
}
