//! `post` and `create`: a new object, or an upload that is shown to others now.

use serde_json::{Map, Value, json};

use super::{draft::Draft, membership, planner::Planner};
use crate::{
    model::{Object, PUBLIC, Stream},
    protocol::as1::merge,
    service::{Error, Result},
    storage::{Duplicate, Expect},
};

/// The most lists of one type whose names are compared with that of a new one.
const LISTS: u32 = 200;

/// Makes the object, or takes the stored one if it was never posted.
pub(super) async fn apply(planner: &mut Planner<'_>, draft: &mut Draft) -> Result<Object> {
    let body = draft
        .object
        .take()
        .ok_or_else(|| Error::bad_request("No object for the activity"))?;
    let id = body.get("id").and_then(Value::as_str);
    let stored = id.and_then(|id| planner.find(id)).cloned();
    let object = match stored {
        Some(stored) => {
            let mut object = unposted(planner, stored)?;
            // What is said of an upload as it is posted is kept: title, description, licence.
            merge(&mut object.body, body);
            planner.replace(object.clone());
            object
        }
        None if id.is_some_and(|id| planner.ctx.urls().is_local(id)) => {
            let kind = body
                .get("objectType")
                .and_then(Value::as_str)
                .unwrap_or("object");
            return Err(Error::bad_request(format!(
                "No such '{kind}' with id '{}'",
                id.unwrap_or_default()
            )));
        }
        None => new_object(planner, body).await?,
    };
    if draft.target.is_some() {
        membership::add(planner, draft.target.as_ref(), &object)?;
    }
    Ok(object)
}

fn unposted(planner: &Planner<'_>, stored: Object) -> Result<Object> {
    if stored.deleted {
        return Err(Error::gone());
    }
    let own = stored.author.as_deref() == Some(&planner.actor.id);
    if own && stored.post.is_none() && stored.object_type != "person" {
        Ok(stored)
    } else {
        Err(Error::bad_request("Already posted"))
    }
}

async fn new_object(planner: &mut Planner<'_>, body: Map<String, Value>) -> Result<Object> {
    refuse_names_of_others(&body)?;
    let mut object = planner.make(body);
    if matches!(object.object_type.as_str(), "person" | "activity") {
        return Err(Error::bad_request(format!(
            "Can't post a {}",
            object.object_type
        )));
    }
    if let Some(parent) = object.refers("inReplyTo") {
        let parent = planner.existing(parent.to_value().as_object(), "inReplyTo")?;
        planner.require_readable(&parent).await?;
        planner.push(
            Stream::Replies(parent.id.clone()),
            &object.id,
            Duplicate::Ignore,
        );
        planner.hears.extend(parent.author.clone());
    }
    if let Some(kind) = list_of(&object) {
        if object.text("id") == Some(&planner.ctx.urls().object("collection", &object.uuid)) {
            object.body.insert(
                "members".into(),
                json!({ "url": format!("{}/members", object.id) }),
            );
        }
        register_list(planner, &object, kind).await?;
    }
    planner.put(object.clone(), Expect::Absent);
    Ok(object)
}

/// An object may come with an id of its own, but not with one that can only belong to a person or to
/// everyone: who took it first would stand in their way.
pub(super) fn refuse_names_of_others(body: &Map<String, Value>) -> Result<()> {
    match body.get("id").and_then(Value::as_str) {
        Some(id) if id == PUBLIC || id.starts_with("acct:") => Err(Error::bad_request(format!(
            "'{id}' can't be the id of this"
        ))),
        _ => Ok(()),
    }
}

/// The type of what a list holds, if the object is a list: a collection with a name and exactly one
/// entry in `objectTypes` (pump-api 8).
pub(super) fn list_of(object: &Object) -> Option<String> {
    let kinds = object.body.get("objectTypes")?.as_array()?;
    object.text("displayName")?;
    match kinds.as_slice() {
        [Value::String(kind)] if object.object_type == "collection" => Some(kind.clone()),
        _ => None,
    }
}

async fn register_list(
    planner: &mut Planner<'_>,
    list: &Object,
    object_type: String,
) -> Result<()> {
    let stream = Stream::Lists {
        owner: planner.actor.id.clone(),
        object_type,
    };
    let request = crate::model::PageRequest {
        count: LISTS,
        ..Default::default()
    };
    let page = planner
        .ctx
        .storage()
        .list(&stream, &request, crate::model::Viewer::Everything)
        .await?;
    let name = list.text("displayName");
    if page
        .items
        .iter()
        .any(|other| other.text("displayName") == name)
    {
        return Err(Error::bad_request(format!(
            "Already have a(n) 'collection' named '{}'",
            name.unwrap_or_default()
        )));
    }
    planner.push(stream, &list.id, Duplicate::Refuse);
    Ok(())
}
