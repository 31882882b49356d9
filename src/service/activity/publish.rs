//! `post` and `create`: a new object, or an upload that is shown to others now.

use serde_json::{Map, Value, json};

use super::{
    Draft, hashtags,
    lists::{list_item_type, register_list},
    membership,
    planner::Planner,
    size::check_size,
};
use crate::{
    model::{ACTIVITY, Object, Reference, Stream},
    protocol::as1::merge,
    service::{Error, Result},
    storage::{Duplicate, Expect},
};

/// Makes the object, or takes the stored one if it was never posted.
pub(super) async fn publish(planner: &mut Planner<'_>, draft: &mut Draft) -> Result<Object> {
    let body = draft.object.take();
    let body = body.ok_or_else(|| Error::bad_request("Activity has no object"))?;
    let named = Reference::from_map(&body);
    let stored = named
        .as_ref()
        .and_then(|named| planner.find(&named.id))
        .cloned();
    let object = match (stored, named) {
        (Some(stored), _) => publish_stored(planner, stored, body).await?,
        // A bare name can only be of something that is here already.
        (None, Some(named)) if planner.ctx.urls().is_local(&named.id) || body.len() == 1 => {
            let Reference { object_type, id } = named;
            return Err(Error::bad_request(format!(
                "No such '{object_type}' with id '{id}'"
            )));
        }
        (None, _) => new_object(planner, body).await?,
    };
    if draft.target.is_some() {
        membership::add_member(planner, draft.target.as_ref(), &object).await?;
    }
    Ok(object)
}

/// Something of the actor's that was never posted, or whose post was taken back: an upload, say.
/// The new properties are stored: title, description, licence, and parent.
async fn publish_stored(
    planner: &mut Planner<'_>,
    stored: Object,
    said: Map<String, Value>,
) -> Result<Object> {
    if stored.deleted {
        return Err(Error::gone());
    }
    let own = stored.author.as_deref() == Some(&planner.actor.id);
    let postable = stored.published_by.is_none() && stored.object_type != ACTIVITY;
    if !own || !postable || planner.is_virtual(&stored) {
        return Err(Error::bad_request("Already posted"));
    }
    let mut object = stored;
    if let (None, Some(parent)) = (object.body.get("inReplyTo"), said.get("inReplyTo")) {
        object.body.insert("inReplyTo".into(), parent.clone());
    }
    register_reply(planner, &object).await?;
    merge(&mut object.body, said);
    hashtags::link_content(planner.ctx.urls(), &mut object.body);
    check_size(&object)?;
    planner.replace(object.clone());
    Ok(object)
}

async fn new_object(planner: &mut Planner<'_>, body: Map<String, Value>) -> Result<Object> {
    let mut object = planner.new_object(body)?;
    register_reply(planner, &object).await?;
    if let Some(kind) = list_item_type(&object.object_type, &object.body) {
        if object.id == planner.ctx.urls().object("collection", &object.uuid) {
            let members = json!({ "url": format!("{}/members", object.id) });
            object.body.insert("members".into(), members);
        }
        register_list(planner, &object, kind).await?;
    }
    planner.put(object.clone(), Expect::Absent);
    Ok(object)
}

/// If the object is a reply, it is among its parent's replies, and whoever wrote that hears of it.
/// A parent of another server that nobody here knows becomes a stub. A reply of another server
/// stays where its parent was deleted. Nothing is a reply to itself.
pub(super) async fn register_reply(planner: &mut Planner<'_>, object: &Object) -> Result<()> {
    let Some(parent) = object.reference_property("inReplyTo") else {
        return Ok(());
    };
    if parent.id == object.id {
        return Err(Error::bad_request(format!("{} answers itself", object.id)));
    }
    let is_deleted = |parent: &Object| parent.deleted;
    if planner.origin.is_received() && planner.find(&parent.id).is_some_and(is_deleted) {
        return Ok(());
    }
    let parent = planner.existing_or_foreign(parent.to_value().as_object(), "inReplyTo")?;
    planner.require_readable(&parent).await?;
    planner.push(
        Stream::Replies(parent.id.clone()),
        &object.id,
        Duplicate::Ignore,
    );
    planner.extra_recipients.extend(parent.author.clone());
    Ok(())
}
