//! Effects of activities that the Pump API has no verb for, or none that is received.

use serde_json::{Map, Value, json};

use crate::{
    Context,
    model::{ACTIVITY, FOLLOW_VERBS, Reference, Stream},
    protocol::as2::incoming::{FollowAnswer, Undo, opposite},
    service::{
        Result,
        follow_replies::{reply_to, reply_to_follow},
        relations,
    },
};

/// Request of an actor to follow a person here, or to join a group here.
pub(super) struct FollowRequest {
    /// The id of the activity.
    id: Option<String>,
    /// The id of the person or group.
    followed: String,
}

impl FollowRequest {
    /// Returns the request that an activity is.
    pub(super) fn of(activity: &Map<String, Value>) -> Option<Self> {
        let text = |key: &str| activity.get(key).and_then(Value::as_str);
        let is_request = text("verb").is_some_and(|verb| FOLLOW_VERBS.contains(&verb));
        let object = activity.get("object").filter(|_| is_request)?;
        Some(Self {
            id: text("id").map(str::to_owned),
            followed: Reference::from_value(object)?.id,
        })
    }

    /// Tells the actor that they follow the person, or are in the group, if they are: one who
    /// approves of each follower may not have decided yet.
    pub(super) async fn accept(&self, ctx: &Context, actor: &str) -> Result<()> {
        let followed = self.followed.clone();
        let followers = if ctx.urls().is_group_id(&followed) {
            Stream::Members(followed)
        } else {
            Stream::Followers(followed)
        };
        if ctx.storage().contains(&[(followers, actor)]).await? != [true] {
            return Ok(());
        }
        let reply = reply_to_follow(ctx, actor, &self.followed, true).await?;
        Ok(ctx.storage().commit(reply).await?)
    }

    /// Tells the actor that they can't join the group, if it is one.
    pub(super) async fn reject(&self, ctx: &Context, actor: &str) -> Result<()> {
        let Some(id) = self.id.as_deref() else {
            return Ok(());
        };
        let found = ctx.storage().find_objects(&[&self.followed]).await?;
        let group = found.into_iter().flatten().next();
        let is_group = ctx.urls().is_group_id(&self.followed);
        if !is_group || group.is_none_or(|group| group.deleted) {
            return Ok(());
        }
        let reply = reply_to(ctx, id, actor, &self.followed, false);
        Ok(ctx.storage().commit(reply).await?)
    }
}

/// Ends that a person here follows an actor who rejects it. They follow from the moment at which
/// they asked, so that an acceptance changes nothing.
pub(super) async fn answered(ctx: &Context, actor: &str, answer: FollowAnswer) -> Result<()> {
    if answer.is_accepted {
        return Ok(());
    }
    let asked = match &answer.follow {
        Some(id) => ctx.storage().find_objects(&[id]).await?.pop().flatten(),
        None => None,
    };
    let asked = asked.filter(|asked| {
        let about = asked.reference_property("object");
        let verb = asked.text_property("verb").unwrap_or_default();
        let has_asked = asked.object_type == ACTIVITY && FOLLOW_VERBS.contains(&verb);
        has_asked && about.is_some_and(|about| about.id == actor)
    });
    let follower = asked.and_then(|asked| asked.author.clone());
    let follower = follower.or(answer.follower);
    let Some(follower) = follower.filter(|follower| ctx.urls().is_local(follower)) else {
        return Ok(());
    };
    relations::end_follow(ctx, &follower, actor).await
}

/// Returns the activity in ActivityStreams 1 that takes another one back. `None` if that is not
/// known, and not shown either, or of somebody else.
pub(super) async fn taken_back(ctx: &Context, undo: Undo) -> Result<Option<Map<String, Value>>> {
    let known = match &undo.undone {
        Some(id) => ctx.storage().find_objects(&[id]).await?.pop().flatten(),
        None => None,
    };
    let Some(known) = known.filter(|known| known.object_type == ACTIVITY && !known.deleted) else {
        return Ok(undo.activity);
    };
    let verb = known.text_property("verb").and_then(opposite);
    let object = known.reference_property("object");
    let (Some(verb), Some(object), true) =
        (verb, object, known.author.as_deref() == Some(&*undo.actor))
    else {
        return Ok(None);
    };
    let mut activity = undo.activity.unwrap_or_default();
    activity.insert("verb".into(), verb.into());
    activity.insert("actor".into(), json!({ "id": undo.actor }));
    activity.insert("object".into(), object.to_value());
    for list in ["to", "cc"] {
        if let Some(audience) = known.body.get(list) {
            activity.insert(list.into(), audience.clone());
        }
    }
    Ok(Some(activity))
}

/// Gives a reaction that was taken back, and comes again under its first id, an id of its own. Of
/// snac, all likes of a thing by an actor have one id, and so have all shares.
pub(super) async fn renew(
    ctx: &Context,
    actor: &str,
    activity: &mut Map<String, Value>,
) -> Result<()> {
    let text = |key: &str| activity.get(key).and_then(Value::as_str);
    let about = activity.get("object").and_then(Reference::from_value);
    let (Some(id), Some(about)) = (text("id"), about) else {
        return Ok(());
    };
    let reactions = match text("verb") {
        Some("favorite") => Stream::Likes(about.id),
        Some("share") => Stream::Shares(about.id),
        _ => return Ok(()),
    };
    let known = ctx.storage().find_objects(&[id]).await?.pop().flatten();
    let known = known.is_some_and(|known| known.author.as_deref() == Some(actor));
    if known && ctx.storage().contains(&[(reactions, actor)]).await? != [true] {
        let own = format!("{id}#again={}", ctx.uuid());
        activity.insert("id".into(), own.into());
    }
    Ok(())
}
