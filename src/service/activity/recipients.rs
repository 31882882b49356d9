//! To whom an activity goes when nobody is named (pump-api 7.4).

use super::{Draft, Recipients, planner::Planner};
use crate::{
    model::{Object, Reference},
    service::{Error, Result},
};

/// The default recipients, the first rule that fits.
pub(super) async fn defaults(
    planner: &Planner<'_>,
    draft: &Draft,
    object: Option<&Object>,
    parent: Option<&Object>,
) -> Result<Recipients> {
    let actor = &planner.actor;
    let target = draft.target_id().and_then(|id| planner.find(id));
    match (draft.verb.as_str(), object) {
        ("update" | "delete", Some(object)) if object.id != actor.id => {
            // Never posted: nobody knew of it, so nobody hears of it.
            Ok(planner
                .post_of(object)
                .map(|post| copied(planner, post))
                .unwrap_or_default())
        }
        ("favorite" | "unfavorite" | "like" | "unlike" | "dislike", Some(object)) => {
            Ok(match known_post(planner, Some(object)).await? {
                Some(post) => copied(planner, post),
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
        (verb, Some(object)) if object.body.contains_key("inReplyTo") => {
            match known_post(planner, parent).await? {
                Some(post) => Ok(reply(planner, post)),
                None if matches!(verb, "post" | "create") => Err(Error::bad_request(
                    "Nobody to send this to: no original post of what it replies to is known here",
                )),
                None => followers(planner),
            }
        }
        _ => followers(planner),
    }
}

/// The activity that published a thing, if the actor may read it: whom it went to is told to nobody else,
/// though more may read the thing itself, as a picture that its author shows in their profile.
async fn known_post<'a>(
    planner: &'a Planner<'_>,
    thing: Option<&Object>,
) -> Result<Option<&'a Object>> {
    match thing.and_then(|thing| planner.post_of(thing)) {
        Some(post) if planner.may_read(post).await? => Ok(Some(post)),
        _ => Ok(None),
    }
}

/// The recipients of a post, for something that is about it. Whom someone else addressed in secret
/// stays their secret.
fn copied(planner: &Planner<'_>, post: &Object) -> Recipients {
    let recipients = Recipients::of(&post.body);
    if post.author.as_deref() == Some(&planner.actor.id) {
        return recipients;
    }
    Recipients {
        bto: Vec::new(),
        bcc: Vec::new(),
        ..recipients
    }
}

/// A reply goes where its parent went, and to whoever posted that.
fn reply(planner: &Planner<'_>, post: &Object) -> Recipients {
    let mut recipients = copied(planner, post).without(&planner.actor.id);
    let poster = post
        .refers("actor")
        .filter(|poster| poster.id != planner.actor.id);
    let named = poster
        .as_ref()
        .is_some_and(|poster| recipients.to.contains(poster));
    recipients.to.extend(poster.filter(|_| !named));
    recipients
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
        None => Err(Error::bad_request("Can't ensure recipients.")),
    }
}
