//! Activities that groups of this server pass on to members on servers of `ActivityPub` (FEP-1b12).
//!
//! A group shares an activity whole. Servers that know no groups show a thing that is shared by
//! itself, so a new thread is shared so, too.

use serde_json::{Map, Value, json};

use super::planner::Planner;
use crate::{
    Context,
    model::{ACTIVITY, ACTOR_TYPES, AudienceMember, Class, Object, PUBLIC, Reference, Stream},
    service::{Result, delivery, group_names::group_name, remote},
    storage::{Change, Changes, Delivery, Duplicate, Expect},
};

/// Verbs of activities that groups pass on.
const PASSED_ON_VERBS: &[&str] = &[
    "create",
    "delete",
    "favorite",
    "like",
    "post",
    "unfavorite",
    "unlike",
    "update",
];

/// Returns the changes by which groups pass on an activity that reaches their inboxes, and the
/// thread that it publishes.
pub(super) async fn changes(
    planner: &mut Planner<'_>,
    reached: &[Stream],
    activity: &Object,
    object: Option<&Object>,
) -> Result<Changes> {
    let verb = activity.text_property("verb").unwrap_or("post");
    let is_thing = |object: &&Object| !ACTOR_TYPES.contains(&&*object.object_type);
    let object = object.filter(is_thing);
    let Some(object) = object.filter(|_| PASSED_ON_VERBS.contains(&verb)) else {
        return Ok(Changes::new());
    };
    let is_change = matches!(verb, "update" | "delete");
    let known = Some(object).filter(|_| is_change);
    // Few activities reach a group: it is not part of the future of all.
    let groups = Box::pin(groups(planner, reached, known)).await?;
    let is_thread = !is_change && !object.body.contains_key("inReplyTo");
    let publishes = matches!(verb, "post" | "create");
    let thread = Some(object.reference()).filter(|_| publishes && is_thread);
    let whole = Reference::new(ACTIVITY, activity.id.as_str());
    let is_public = activity.audience.contains(&AudienceMember::Public);
    let mut changes = Changes::new();
    for group in &groups {
        for shared in std::iter::once(&whole).chain(&thread) {
            let share = share(planner.ctx, group, shared, is_public);
            changes.extend(Box::pin(share).await?);
        }
    }
    Ok(changes)
}

/// Returns the groups that pass on an activity: those that it reaches, and those whose members may
/// read the thing that it changes. None for an activity that servers of `ActivityPub` can't ask the
/// server of its actor for.
async fn groups(
    planner: &mut Planner<'_>,
    reached: &[Stream],
    changed: Option<&Object>,
) -> Result<Vec<Object>> {
    let ctx = planner.ctx;
    let reached = reached.iter().filter_map(|inbox| match inbox {
        Stream::Inbox(group) => Some(group.clone()),
        _ => None,
    });
    let readers = changed.iter().flat_map(|object| &object.audience);
    let knowing = readers.filter_map(|member| match member {
        AudienceMember::Members(Stream::Members(id)) => Some(id.clone()),
        _ => None,
    });
    let mut ids: Vec<String> = reached.chain(knowing).collect();
    ids.retain(|id| ctx.urls().is_group_id(id));
    ids.sort();
    ids.dedup();
    if ids.is_empty() || !remote::has_accounts(ctx).await? || !is_fetchable(planner).await? {
        return Ok(Vec::new());
    }
    planner.load(ids.iter().cloned()).await?;
    let groups = ids.iter().filter_map(|id| planner.find(id));
    let groups = groups.filter(|group| group_name(ctx, group).is_some());
    Ok(groups.cloned().collect())
}

/// Whether the server of the actor speaks `ActivityPub`.
async fn is_fetchable(planner: &Planner<'_>) -> Result<bool> {
    let (ctx, actor) = (planner.ctx, &*planner.actor.id);
    if ctx.urls().is_local(actor) {
        return Ok(true);
    }
    let account = ctx.storage().find_remote_accounts(&[actor]).await?.pop();
    let account = account.flatten();
    Ok(account.is_some_and(|account| account.actor_id().is_some()))
}

/// Returns the changes by which a group shares something with its members elsewhere. Members here
/// and on Pump servers get what is posted to the group itself.
async fn share(
    ctx: &Context,
    group: &Object,
    shared: &Reference,
    is_public: bool,
) -> Result<Changes> {
    let (uuid, now) = (ctx.uuid(), ctx.timestamp());
    let id = ctx.urls().object(ACTIVITY, &uuid);
    let members = Reference::new("collection", format!("{}/members", group.id)).to_value();
    let everyone = Reference::new("collection", PUBLIC).to_value();
    let (to, cc) = if is_public {
        (vec![everyone], vec![members])
    } else {
        (vec![members], Vec::new())
    };
    let body = json!({
        "verb": "share",
        "actor": group.reference().to_value(),
        "object": shared.to_value(),
        "to": to,
        "cc": cc,
        "id": id,
        "links": { "self": { "href": id } },
        "published": now,
        "updated": now,
    });
    let body: Map<String, Value> = body.as_object().cloned().unwrap_or_default();
    let mut share = Object::new(ACTIVITY, id.clone(), uuid, body);
    share.author = Some(group.id.clone());
    let stream = Stream::Members(group.id.clone());
    share.audience = vec![AudienceMember::Members(stream.clone())];
    if is_public {
        share.audience.insert(0, AudienceMember::Public);
    }
    let stored = Change::PutObject {
        object: share,
        expect: Expect::Absent,
    };
    let listed = Change::Push {
        stream: Stream::Outbox(group.id.clone()),
        item: id.clone(),
        class: Some(Class {
            major: true,
            direct: false,
        }),
        duplicate: Duplicate::Ignore,
    };
    let mut changes = vec![stored, listed];
    changes.extend(delivery::passing_on(ctx, &id, vec![stream], Delivery::default()).await?);
    Ok(changes)
}
