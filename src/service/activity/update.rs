//! `update` and `delete`: the author changes or takes back what they made.

use super::{
    Draft, hashtags,
    lists::{list_item_type, require_free_name},
    planner::Planner,
    size::check_size,
};
use crate::{
    model::{ACTIVITY, ACTOR_TYPES, Cursor, Object, Stream},
    protocol::as1::merge,
    service::{
        Error, Result, batches, remote,
        tombstone::{counted_in_streams, make_tombstone},
    },
    storage::{Change, Duplicate},
};

/// Merges what is given into the stored object.
pub(super) async fn update(planner: &mut Planner<'_>, draft: &Draft) -> Result<Object> {
    let mut object = require_own_object(planner, draft, "update")?;
    let mut said = draft.object.clone().unwrap_or_default();
    if object.object_type == "group" {
        said.shift_remove("documents");
    }
    // A list stays among those of its type.
    if object.body.contains_key("objectTypes") {
        said.shift_remove("objectTypes");
    }
    let before = object.clone();
    merge(&mut object.body, said);
    hashtags::link_content(planner.ctx.urls(), &mut object.body);
    check_list_name(planner, &before, &object).await?;
    object
        .body
        .insert("updated".into(), planner.now.clone().into());
    check_size(&object)?;
    if object.id == planner.actor.id {
        planner.actor = object.clone().into();
    }
    planner.replace(object.clone());
    add_parent_author(planner, &object);
    Ok(object)
}

/// Refuses to rename a list as another one, or to take its name away.
async fn check_list_name(planner: &mut Planner<'_>, before: &Object, list: &Object) -> Result<()> {
    let name = |list: &Object| list.text_property("displayName").map(str::to_owned);
    if name(before) == name(list) {
        return Ok(());
    }
    match list_item_type(&list.object_type, &list.body) {
        Some(item_type) => {
            let (stream, name) = require_free_name(planner, list, item_type).await?;
            planner.add_check(Change::CheckName { stream, name });
            Ok(())
        }
        None if list_item_type(&before.object_type, &before.body).is_some() => {
            Err(Error::bad_request("A list needs a 'displayName'").phrased("list-needs-name"))
        }
        None => Ok(()),
    }
}

/// Adds the recipients of a reply to those of its changes.
pub(super) fn add_parent_author(planner: &mut Planner<'_>, object: &Object) {
    let parent = object
        .reference_property("inReplyTo")
        .filter(|_| object.published_by.is_some());
    let host = parent.and_then(|parent| planner.find(&parent.id)?.author.clone());
    planner.extra_recipients.extend(host);
}

/// Adds actors of other servers who answered, liked or shared an object to the recipients of its
/// changes, the newest of each. Their servers know the object, whoever follows its author there.
pub(super) async fn add_remote_reactors(planner: &mut Planner<'_>, object: &Object) -> Result<()> {
    let is_actor = ACTOR_TYPES.contains(&object.object_type.as_str());
    let is_known = object.published_by.is_some() && !is_actor;
    let ctx = planner.ctx;
    if planner.origin.is_received() || !is_known || !remote::has_accounts(ctx).await? {
        return Ok(());
    }
    let id = || object.id.clone();
    for stream in [
        Stream::Replies(id()),
        Stream::Likes(id()),
        Stream::Shares(id()),
    ] {
        let page = batches::read_page(ctx, &stream, Cursor::Newest).await?;
        let actors = page.items.iter();
        let actors = actors.map(|item| item.author.as_ref().unwrap_or(&item.id));
        let remote = actors.filter(|actor| !ctx.urls().is_local(actor));
        planner.extra_recipients.extend(remote.cloned());
    }
    Ok(())
}

/// Leaves a tombstone, and takes the object out of where it was counted.
pub(super) async fn delete(planner: &mut Planner<'_>, draft: &Draft) -> Result<Object> {
    let mut object = require_own_object(planner, draft, "delete")?;
    if object.id == planner.actor.id {
        return Err(Error::bad_request(format!("Can't delete {}", object.id)));
    }
    bury(planner, &mut object).await?;
    planner.replace(object.clone());
    add_parent_author(planner, &object);
    Ok(object)
}

/// Makes an object a tombstone, and takes it out of where it was counted.
pub(super) async fn bury(planner: &mut Planner<'_>, object: &mut Object) -> Result<()> {
    for stream in counted_in_streams(object) {
        if !planner.contains(stream.clone(), &object.id).await? {
            continue;
        }
        if matches!(stream, Stream::Uploads(_)) {
            planner.push(Stream::OrphanedUploads, &object.id, Duplicate::Ignore);
        }
        planner.remove_item(stream, &object.id);
    }
    if object.body.contains_key("objectTypes") {
        planner.add_change(Change::Clear(Stream::Members(object.id.clone())));
    }
    make_tombstone(object, &planner.now);
    Ok(())
}

/// The object, which the actor must have written. Activities can't be changed this way, and neither
/// can Followers and Following.
fn require_own_object(planner: &Planner<'_>, draft: &Draft, verb: &str) -> Result<Object> {
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
