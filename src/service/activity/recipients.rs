//! Default recipients of an activity (pump-api 7.4).

use super::{Draft, Recipients, audience::followers_url, foreign_groups, planner::Planner};
use crate::{
    model::{AudienceMember, Object, PUBLIC, Reference},
    service::{Error, Result},
};

/// The default recipients. A reply in a group of another server goes there, too.
pub(super) async fn default_recipients(
    planner: &Planner<'_>,
    draft: &Draft,
    object: Option<&Object>,
    parent: Option<&Object>,
) -> Result<Recipients> {
    let mut recipients = recipients_by_rule(planner, draft, object, parent).await?;
    let is_reply = matches!(draft.verb.as_str(), "post" | "create");
    if let Some(parent) = parent.filter(|_| is_reply)
        && let Some(group) = foreign_groups::followed_group(planner, parent).await?
        && !recipients.iter().any(|(named, _)| named.id == group.id)
    {
        recipients.to.push(group);
    }
    Ok(recipients)
}

/// The recipients by the first rule that fits.
async fn recipients_by_rule(
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
                .publishing_activity(object)
                .map(|post| copy_recipients(planner, post))
                .unwrap_or_default())
        }
        ("favorite" | "unfavorite" | "like" | "unlike" | "dislike", Some(object)) => {
            Ok(match readable_publication(planner, Some(object)).await? {
                Some(post) => copy_recipients(planner, post),
                None => actor_followers(planner)?,
            })
        }
        (_, Some(object)) if object.object_type == "person" && object.id != actor.id => {
            Ok(Recipients {
                to: vec![object.reference()],
                ..actor_followers(planner)?
            })
        }
        (verb, Some(object)) if object.object_type == "group" && verb != "create" => {
            Ok(Recipients {
                to: vec![object.reference()],
                ..actor_followers(planner)?
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
            match readable_publication(planner, parent).await? {
                Some(post) => Ok(reply_recipients(planner, post)),
                None if parent.is_some_and(|parent| !planner.is_ours(parent)) => {
                    remote_reply_recipients(planner, parent)
                }
                None if matches!(verb, "post" | "create") => Err(Error::bad_request(
                    "Nobody to send this to: no original post of what it replies to is known here",
                )
                .phrased("failure-no-original")),
                None => actor_followers(planner),
            }
        }
        _ => actor_followers(planner),
    }
}

/// Returns the activity that published an object, if the actor may read it. Its recipients stay
/// hidden from others, even those who may read the object.
async fn readable_publication<'a>(
    planner: &'a Planner<'_>,
    thing: Option<&Object>,
) -> Result<Option<&'a Object>> {
    match thing.and_then(|thing| planner.publishing_activity(thing)) {
        Some(post) if planner.may_read(post).await? => Ok(Some(post)),
        _ => Ok(None),
    }
}

/// The recipients of a post, for something that is about it. Secret recipients of other actors are
/// not copied.
fn copy_recipients(planner: &Planner<'_>, post: &Object) -> Recipients {
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
fn reply_recipients(planner: &Planner<'_>, post: &Object) -> Recipients {
    let mut recipients = copy_recipients(planner, post).without(&planner.actor.id);
    let poster = post
        .reference_property("actor")
        .filter(|poster| poster.id != planner.actor.id);
    let named = poster
        .as_ref()
        .is_some_and(|poster| recipients.to.contains(poster));
    recipients.to.extend(poster.filter(|_| !named));
    recipients
}

/// Recipients of a reply to a thing of another server whose post is not known here: its author, the
/// actor's followers, and if the thing is public, everyone. A stub does not count as public.
fn remote_reply_recipients(planner: &Planner<'_>, parent: Option<&Object>) -> Result<Recipients> {
    let mut recipients = actor_followers(planner)?;
    let is_public = |parent: &&Object| parent.audience.contains(&AudienceMember::Public);
    let author = parent.and_then(|parent| parent.author.as_deref());
    let everyone = parent.filter(is_public).filter(|_| author.is_some());
    let everyone = everyone.map(|_| Reference::new("collection", PUBLIC));
    let author = author.map(|author| Reference::new("person", author));
    recipients.to.extend(everyone.into_iter().chain(author));
    Ok(recipients)
}

/// The actor's followers, for information. An actor of another server need not have any.
fn actor_followers(planner: &Planner<'_>) -> Result<Recipients> {
    match followers_url(planner.ctx.urls(), &planner.actor) {
        Some(url) => Ok(Recipients::cc(vec![Reference::new("collection", url)])),
        None if planner.origin.is_received() => Ok(Recipients::default()),
        None => Err(Error::bad_request("Can't ensure recipients.")),
    }
}
