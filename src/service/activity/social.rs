//! `follow`, `favorite`, `share`, `join` and their opposites: edges between a person and a thing.

use super::{Draft, foreign_groups, planner::Planner};
use crate::{
    model::{Object, Stream},
    service::{Error, Result},
    storage::Duplicate,
};

/// An edge, seen from both its ends.
pub(super) struct Edge {
    /// Name of the edge in error messages.
    kind: &'static str,
    /// Separator between its ends there.
    separator: char,
    /// The stream at the object's end, which holds the actor.
    of_object: Stream,
    /// The stream at the actor's end, which holds the object.
    of_actor: Option<Stream>,
    /// Verbs that make it, and verbs that undo it.
    made_by: &'static [&'static str],
    undone_by: &'static [&'static str],
}

/// `follow`: the actor is among the object's followers from now on.
pub(super) async fn follow(planner: &mut Planner<'_>, draft: &Draft) -> Result<Object> {
    let object = planner.existing_or_foreign(draft.object.as_ref(), "object")?;
    if !matches!(
        object.object_type.as_str(),
        "person" | "group" | "service" | "organization" | "application"
    ) {
        return Err(Error::bad_request(format!(
            "Can't follow a {}",
            object.object_type
        )));
    }
    planner.require_readable(&object).await?;
    if planner.keeps_relation_to(&object) {
        let edge = if must_ask(planner, &object).await? {
            request_edge
        } else {
            follow_edge
        };
        create_edge(planner, &object, edge).await?;
    }
    Ok(object)
}

/// Whether the actor does not follow a person yet who decides about each follower.
async fn must_ask(planner: &Planner<'_>, person: &Object) -> Result<bool> {
    let actor = &*planner.actor.id;
    let pairs = [
        (Stream::FollowApprovers, &*person.id),
        (Stream::Followers(person.id.clone()), actor),
    ];
    Ok(planner.ctx.storage().contains(&pairs).await? == [true, false])
}

/// `stop-following`, also of a person who has not decided yet.
pub(super) async fn stop_following(planner: &mut Planner<'_>, draft: &Draft) -> Result<Object> {
    let id = draft.object_id().unwrap_or_default().to_owned();
    let actor = planner.actor.id.clone();
    let has_asked = planner.contains(Stream::Requests(id), &actor).await?;
    let edge = if has_asked { request_edge } else { follow_edge };
    undo(planner, draft, edge).await
}

/// `favorite` and `like`: the actor is among those who like the object.
pub(super) async fn favorite(planner: &mut Planner<'_>, draft: &Draft) -> Result<Object> {
    let object = planner.existing_or_mentioned(draft.object.as_ref(), "object")?;
    planner.require_readable(&object).await?;
    create_edge(planner, &object, like_edge).await?;
    planner.extra_recipients.extend(object.author.clone());
    let group = foreign_groups::followed_group(planner, &object).await?;
    planner.extra_recipients.extend(group.map(|group| group.id));
    Ok(object)
}

/// `share`: the actor is among those who shared the object, once, however often they do it.
pub(super) async fn share(planner: &mut Planner<'_>, draft: &Draft) -> Result<Object> {
    let object = planner.existing_or_mentioned(draft.object.as_ref(), "object")?;
    planner.require_readable(&object).await?;
    let actor = planner.actor.id.clone();
    let edge = share_edge(&actor, &object.id);
    if !planner.is_superseded(&object, edge.undone_by).await? {
        planner.push(edge.of_object, &actor, Duplicate::Ignore);
    }
    planner.extra_recipients.extend(object.author.clone());
    Ok(object)
}

/// `stop-following`, `unfavorite`, `unlike`, `unshare` and `leave`: the edge is gone, even if
/// what it led to is a tombstone by now. One that was received may come before what it undoes.
pub(super) async fn undo(
    planner: &mut Planner<'_>,
    draft: &Draft,
    edge: fn(&str, &str) -> Edge,
) -> Result<Object> {
    let object = planner.stored_or_foreign(draft.object.as_ref(), "object")?;
    let actor = planner.actor.id.clone();
    let edge = edge(&actor, &object.id);
    // Its own server counts likes and shares, whoever follows the actor there.
    let is_reaction = matches!(edge.of_object, Stream::Likes(_) | Stream::Shares(_));
    if is_reaction && !planner.is_ours(&object) {
        planner.extra_recipients.extend(object.author.clone());
        let group = foreign_groups::followed_group(planner, &object).await?;
        planner.extra_recipients.extend(group.map(|group| group.id));
    }
    if planner.is_superseded(&object, edge.made_by).await? {
        return Ok(object);
    }
    if !planner.contains(edge.of_object.clone(), &actor).await? {
        if planner.origin.is_received() {
            return Ok(object);
        }
        let Edge {
            kind,
            separator: arrow,
            ..
        } = edge;
        let id = format!("{actor}{arrow}{}", object.id);
        return Err(Error::bad_request(format!(
            "No such '{kind}' with id '{id}'"
        )));
    }
    planner.remove_item(edge.of_object, &actor);
    if let Some(stream) = edge.of_actor {
        planner.remove_item(stream, &object.id);
    }
    Ok(object)
}

/// The edge of `follow`.
pub(super) fn follow_edge(actor: &str, object: &str) -> Edge {
    Edge {
        kind: "edge",
        separator: '→',
        of_object: Stream::Followers(object.into()),
        of_actor: Some(Stream::Following(actor.into())),
        made_by: &["follow"],
        undone_by: &["stop-following"],
    }
}

/// The edge of a `follow` that waits to be accepted. The actor follows the object at their own end
/// already, as they would if the object were of another server.
fn request_edge(actor: &str, object: &str) -> Edge {
    Edge {
        of_object: Stream::Requests(object.into()),
        ..follow_edge(actor, object)
    }
}

/// The edge of `favorite`.
pub(super) fn like_edge(actor: &str, object: &str) -> Edge {
    Edge {
        kind: "favorite",
        separator: '♥',
        of_object: Stream::Likes(object.into()),
        of_actor: Some(Stream::Favorites(actor.into())),
        made_by: &["favorite", "like"],
        undone_by: &["unfavorite", "unlike"],
    }
}

/// The edge of `share`.
pub(super) fn share_edge(_: &str, object: &str) -> Edge {
    Edge {
        kind: "share",
        separator: '♻',
        of_object: Stream::Shares(object.into()),
        of_actor: None,
        made_by: &["share"],
        undone_by: &["unshare"],
    }
}

/// The edge of `join`.
pub(super) fn membership_edge(_: &str, object: &str) -> Edge {
    Edge {
        kind: "membership",
        separator: '∈',
        of_object: Stream::Members(object.into()),
        of_actor: None,
        made_by: &["join"],
        undone_by: &["leave"],
    }
}

/// Makes an edge that is not there yet. One that was received may have been made before.
pub(super) async fn create_edge(
    planner: &mut Planner<'_>,
    object: &Object,
    edge: fn(&str, &str) -> Edge,
) -> Result<()> {
    let actor = planner.actor.id.clone();
    let edge = edge(&actor, &object.id);
    if planner.is_superseded(object, edge.undone_by).await? {
        return Ok(());
    }
    if planner.contains(edge.of_object.clone(), &actor).await? {
        if planner.origin.is_received() {
            return Ok(());
        }
        let Edge {
            kind,
            separator: arrow,
            ..
        } = edge;
        let id = format!("{actor}{arrow}{}", object.id);
        return Err(Error::bad_request(format!(
            "Already have a(n) '{kind}' with id '{id}'"
        )));
    }
    planner.push(edge.of_object, &actor, Duplicate::Reject);
    if let Some(stream) = edge.of_actor {
        planner.push(stream, &object.id, Duplicate::Reject);
    }
    Ok(())
}
