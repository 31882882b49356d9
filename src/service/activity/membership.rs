//! `add_member` and `remove`: what is in a list, or in a group.

use serde_json::{Map, Value, json};

use super::{Draft, groups, lists::list_item_type, planner::Planner};
use crate::{
    model::{Object, Stream},
    service::{Error, Result},
    storage::Duplicate,
};

/// `add_member`: the object is in the target from now on.
pub(super) async fn add_existing(planner: &mut Planner<'_>, draft: &Draft) -> Result<Object> {
    let object = planner.existing_or_foreign(draft.object.as_ref(), "object")?;
    planner.require_readable(&object).await?;
    add_member(planner, draft.target.as_ref(), &object).await?;
    Ok(object)
}

/// Adds an object that is there or planned. Existing members keep their positions.
pub(super) async fn add_member(
    planner: &mut Planner<'_>,
    target: Option<&Map<String, Value>>,
    object: &Object,
) -> Result<()> {
    let target = planner.existing_or_foreign(target, "target")?;
    if target.object_type == "group" {
        return groups::add(planner, &target, object).await;
    }
    if is_own_list(planner, &target, object, "add to")? {
        planner.push(Stream::Members(target.id), &object.id, Duplicate::Ignore);
    }
    Ok(())
}

/// `remove`.
pub(super) async fn remove(planner: &mut Planner<'_>, draft: &Draft) -> Result<Object> {
    let object = planner.stored_or_foreign(draft.object.as_ref(), "object")?;
    let target = planner.existing_or_foreign(draft.target.as_ref(), "target")?;
    if target.object_type == "group" {
        groups::remove(planner, &target, &object).await?;
        return Ok(object);
    }
    if !is_own_list(planner, &target, &object, "remove from")? {
        return Ok(object);
    }
    let members = Stream::Members(target.id.clone());
    if !planner.contains(members.clone(), &object.id).await? {
        return Err(Error::bad_request(format!(
            "id '{}' not found in stream 'collection:{}'",
            json!({ "id": object.id, "objectType": object.object_type }),
            target.id
        )));
    }
    planner.remove_item(members, &object.id);
    Ok(object)
}

/// Whether the target is a list of the actor's for things like the object. Adding to a remote
/// collection, or to a local one that is not a list, stores the activity but changes no stream:
/// the lists of other servers are kept there.
fn is_own_list(
    planner: &Planner<'_>,
    target: &Object,
    object: &Object,
    what: &str,
) -> Result<bool> {
    let refuse = |why: &str| {
        Err(Error::bad_request(format!(
            "Can't {what} {}: {why}",
            target.id
        )))
    };
    if target.object_type != "collection" {
        let why = format!("don't know how to {what} type '{}'", target.object_type);
        return refuse(&why);
    }
    if !planner.decides_on(target) {
        return Ok(false);
    }
    match (
        target.author.as_deref(),
        list_item_type(&target.object_type, &target.body),
    ) {
        (None, _) => Ok(false),
        (Some(author), _) if author != planner.actor.id => refuse("not author."),
        _ if planner.is_virtual(target) => refuse("it is there by itself."),
        (_, Some(kind)) if kind != object.object_type => refuse("incorrect type."),
        (_, list) => Ok(list.is_some()),
    }
}
