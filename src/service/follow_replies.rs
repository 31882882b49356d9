//! Answers to requests to follow, as `ActivityPub` has them. A Pump server needs none: it counts a
//! person as a follower at once.

use serde_json::{Map, Value, json};

use crate::{
    Context,
    model::{
        ACTIVITY, AudienceMember, Cursor, FOLLOW_VERBS, MAX_COUNT, Object, PageRequest, Protocol,
        Reference, Stream, Viewer,
    },
    service::Result,
    storage::{Change, Changes, Delivery, Expect},
};

/// How many pages of an outbox are looked through for an activity.
const MAX_PAGES: u32 = 10;

/// Returns the changes by which an actor of `ActivityPub` hears that their request to follow a
/// person here, or to join a group here, was accepted or rejected. None for other actors, and
/// without a request.
pub(crate) async fn reply_to_follow(
    ctx: &Context,
    follower: &str,
    target: &str,
    accepts: bool,
) -> Result<Changes> {
    let accounts = ctx.storage().find_remote_accounts(&[follower]).await?;
    let account = accounts.into_iter().next().flatten();
    if account.is_none_or(|account| account.protocol != Protocol::ActivityPub) {
        return Ok(Changes::new());
    }
    let request = latest_done(ctx, follower, Cursor::Newest, FOLLOW_VERBS, target).await?;
    let request = request.map(|request| reply_to(ctx, &request, follower, target, accepts));
    Ok(request.unwrap_or_default())
}

/// Returns the changes that store and deliver the reply to a request with an id.
pub(crate) fn reply_to(
    ctx: &Context,
    request: &str,
    follower: &str,
    target: &str,
    accepts: bool,
) -> Changes {
    let verb = if accepts { "accept" } else { "reject" };
    let reply = reply(ctx, verb, request, follower, target);
    let delivery = Delivery {
        activity: reply.id.clone(),
        persons: vec![follower.to_owned()],
        enqueued: ctx.now(),
        ..Delivery::default()
    };
    let stored = Change::PutObject {
        object: reply,
        expect: Expect::Absent,
    };
    vec![stored, Change::Deliver(delivery)]
}

/// Returns the id of the latest activity by which an actor did one of these to an object, from a
/// place in the outbox on. So many pages are looked through.
pub(crate) async fn latest_done(
    ctx: &Context,
    actor: &str,
    mut cursor: Cursor,
    verbs: &[&str],
    object: &str,
) -> Result<Option<String>> {
    let outbox = Stream::Outbox(actor.to_owned());
    for _ in 0..MAX_PAGES {
        let request = PageRequest {
            cursor,
            count: MAX_COUNT,
            ..PageRequest::default()
        };
        let storage = ctx.storage();
        let page = storage.list(&outbox, &request, Viewer::Unrestricted);
        let page = page.await?.items;
        let found = page.iter().find(|activity| {
            let about = activity.reference_property("object");
            let verb = activity.text_property("verb").unwrap_or_default();
            verbs.contains(&verb) && about.is_some_and(|about| about.id == object)
        });
        match (found, page.last()) {
            (Some(found), _) => return Ok(Some(found.id.clone())),
            (None, Some(last)) => cursor = Cursor::Before(last.id.clone()),
            (None, None) => break,
        }
    }
    Ok(None)
}

/// Makes the activity. It is in nobody's outbox, and only its receiver may read it.
fn reply(ctx: &Context, verb: &str, request: &str, follower: &str, target: &str) -> Object {
    let (uuid, now) = (ctx.uuid(), ctx.timestamp());
    let id = ctx.urls().object(ACTIVITY, &uuid);
    let named = |id: &str| {
        let is_group = ctx.urls().is_group_id(id);
        Reference::new(if is_group { "group" } else { "person" }, id).to_value()
    };
    let body = json!({
        "verb": verb,
        "actor": named(target),
        "object": {
            "objectType": ACTIVITY,
            "id": request,
            "verb": "follow",
            "actor": named(follower),
            "object": named(target),
        },
        "to": [named(follower)],
        "id": id,
        "links": { "self": { "href": id } },
        "published": now,
        "updated": now,
    });
    let body: Map<String, Value> = body.as_object().cloned().unwrap_or_default();
    let mut reply = Object::new(ACTIVITY, id, uuid, body);
    reply.author = Some(target.to_owned());
    reply.audience = vec![AudienceMember::Person(follower.to_owned())];
    reply
}
