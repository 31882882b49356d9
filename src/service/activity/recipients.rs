//! To whom an activity goes when nobody is named (pump-api 7.4).

use super::{
    draft::{Draft, Recipients},
    planner::Planner,
};
use crate::{
    model::{Object, Reference},
    service::{Error, Result},
};

/// The default recipients, the first rule that fits.
pub(super) fn defaults(
    planner: &Planner<'_>,
    draft: &Draft,
    object: Option<&Object>,
) -> Result<Recipients> {
    let actor = &planner.actor;
    let target = draft.target_id().and_then(|id| planner.find(id));
    match (draft.verb.as_str(), object) {
        ("update" | "delete", Some(object)) if object.id != actor.id => {
            // Never posted: nobody knew of it, so nobody hears of it.
            Ok(planner
                .post_of(object)
                .map(|post| Recipients::of(&post.body))
                .unwrap_or_default())
        }
        ("favorite" | "unfavorite" | "like" | "unlike" | "dislike", Some(object)) => {
            Ok(match planner.post_of(object) {
                Some(post) => Recipients::of(&post.body),
                None => followers(planner)?,
            })
        }
        (_, Some(object)) if object.object_type == "person" && object.id != actor.id => {
            Ok(Recipients {
                to: vec![object.reference()],
                ..followers(planner)?
            })
        }
        (verb, Some(object)) if object.object_type == "group" && verb != "create" => {
            Ok(Recipients {
                to: vec![object.reference()],
                ..followers(planner)?
            })
        }
        ("add" | "remove" | "post", _)
            if target.is_some_and(|target| target.object_type == "group") =>
        {
            Ok(Recipients::to(
                target.map(Object::reference).into_iter().collect(),
            ))
        }
        (_, Some(object)) => match object.refers("inReplyTo") {
            Some(parent) => replies(planner, &parent),
            None => followers(planner),
        },
        (_, None) => followers(planner),
    }
}

/// A reply goes where its parent went, and to whoever posted that.
fn replies(planner: &Planner<'_>, parent: &Reference) -> Result<Recipients> {
    let post = planner
        .find(&parent.id)
        .and_then(|parent| planner.post_of(parent));
    let post = post.ok_or_else(|| {
        Error::bad_request(format!(
            "Nobody to send this to: no original post of '{}' is known here",
            parent.id
        ))
    })?;
    let actor = &planner.actor.id;
    let mut recipients = Recipients::of(&post.body).without(actor);
    let poster = post.refers("actor").filter(|poster| poster.id != *actor);
    recipients
        .to
        .extend(poster.filter(|poster| !Recipients::of(&post.body).to.contains(poster)));
    Ok(recipients)
}

/// The actor's followers, for information.
fn followers(planner: &Planner<'_>) -> Result<Recipients> {
    let url = planner
        .actor
        .body
        .get("followers")
        .and_then(|followers| followers.get("url"));
    match url.and_then(serde_json::Value::as_str) {
        Some(url) => Ok(Recipients::cc(vec![Reference::new("collection", url)])),
        None if planner.actor.object_type == "person" => {
            Err(Error::bad_request("Can't ensure recipients."))
        }
        None => Ok(Recipients::default()),
    }
}
