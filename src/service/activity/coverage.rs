//! A received activity that is stored already: it comes for each of its recipients here.

use std::sync::Arc;

use super::{
    Plan,
    change_audience::publishes,
    draft::is_major,
    finish,
    origin::{ReceivedActivity, ReceivingInbox},
    silenced,
};
use crate::{
    Context,
    model::{ACTIVITY, AudienceMember, Class, Object, Recipients, Stream, Viewer},
    service::{Error, Result, barriers, delivery, present::WriteOverlay, retry::retry_on_conflict},
    storage::{Change, Changes, Delivery, Duplicate, Expect},
};

/// Brings an activity that is stored to an inbox.
pub(crate) async fn bring(ctx: &Context, id: &str, inbox: &ReceivingInbox) -> Result<Plan> {
    retry_on_conflict(ctx, || async {
        let activity = ctx.storage().find_objects(&[id]).await?.pop().flatten();
        let activity = activity.ok_or_else(|| Error::not_found(format!("No activity '{id}'")))?;
        finish(ctx, cover(ctx, activity, inbox).await?).await
    })
    .await
}

/// Plans that the owner of the inbox gets the activity, if it is that which was received.
pub(super) async fn cover_received(
    ctx: &Context,
    activity: Arc<Object>,
    received: &ReceivedActivity,
) -> Result<Plan> {
    let is_it =
        activity.object_type == ACTIVITY && activity.author.as_deref() == Some(received.actor_id());
    if !is_it {
        return Err(Error::bad_request(format!(
            "'{}' is something else",
            activity.id
        )));
    }
    // The deletion of an actor goes with all else that they did, and may come again.
    if activity.deleted && received.draft.verb == "delete" {
        return Ok(unchanged(Arc::unwrap_or_clone(activity)));
    }
    cover(ctx, activity, &received.inbox).await
}

/// Plans that the owner of the inbox gets the activity, and may read it and the thing it published.
/// A group gets it with its members, if it is a recipient and the actor is in it by now.
async fn cover(ctx: &Context, activity: Arc<Object>, inbox: &ReceivingInbox) -> Result<Plan> {
    if activity.deleted {
        return Err(Error::gone());
    }
    let mut activity = Arc::unwrap_or_clone(activity);
    let mut changes = Changes::new();
    let object = activity.reference_property("object");
    let object = match &object {
        Some(object) => ctx.storage().find_objects(&[&object.id]).await?.pop(),
        None => None,
    };
    let object = object.flatten();
    let kind = object.as_ref().map(|object| &*object.object_type);
    let major = is_major(activity.text_property("verb").unwrap_or_default(), kind);
    let reader = match inbox {
        ReceivingInbox::Person(person) => {
            let actor = activity.author.as_deref().unwrap_or_default();
            if silenced::misses(ctx, actor, person).await? {
                return Ok(unchanged(activity));
            }
            let viewer = Viewer::Person(person);
            let readable = ctx.storage().readable(&[&activity.id], viewer).await?;
            (readable != [true]).then(|| AudienceMember::Person(person.clone()))
        }
        ReceivingInbox::Group(group) if goes_to_group(ctx, &activity, group).await? => {
            changes.push(Change::Push {
                stream: Stream::Inbox(group.clone()),
                item: activity.id.clone(),
                class: Some(Class {
                    major,
                    direct: false,
                }),
                duplicate: Duplicate::Ignore,
            });
            Some(AudienceMember::Members(Stream::Members(group.clone())))
        }
        ReceivingInbox::Group(_) => return Ok(unchanged(activity)),
    };
    if let Some(reader) = reader {
        let object = object.as_deref();
        let published = object.filter(|object| publishes(&activity, object));
        changes.extend(published.map(|object| admit(&mut object.clone(), &reader)));
        changes.push(admit(&mut activity, &reader));
    }
    let mut delivery = delivery_to(ctx, &activity, inbox, major);
    let actor = activity.author.as_deref().unwrap_or_default();
    delivery.except_members = barriers::excepted_streams(ctx, actor).await?;
    changes.extend(delivery::delivery_changes(ctx, delivery).await?);
    Ok(Plan {
        changes,
        ..unchanged(activity)
    })
}

fn unchanged(activity: Object) -> Plan {
    Plan {
        changes: Changes::new(),
        activity,
        object: None,
        overlay: WriteOverlay::default(),
    }
}

/// Whether an activity is for a group of this server that its actor is in, and is not there yet.
async fn goes_to_group(ctx: &Context, activity: &Object, group: &str) -> Result<bool> {
    let recipients = Recipients::of(&activity.body);
    let is_named = recipients.iter().any(|(named, _)| named.id == group);
    let actor = activity.author.as_deref().unwrap_or_default();
    let pairs = [
        (Stream::Members(group.to_owned()), actor),
        (Stream::Inbox(group.to_owned()), &*activity.id),
    ];
    Ok(is_named && ctx.storage().contains(&pairs).await? == [true, false])
}

fn admit(object: &mut Object, reader: &AudienceMember) -> Change {
    object.audience.push(reader.clone());
    Change::PutObject {
        object: object.clone(),
        expect: Expect::Version(object.version),
    }
}

fn delivery_to(ctx: &Context, activity: &Object, inbox: &ReceivingInbox, major: bool) -> Delivery {
    let mut delivery = Delivery {
        activity: activity.id.clone(),
        major,
        enqueued: ctx.now(),
        ..Delivery::default()
    };
    match inbox {
        ReceivingInbox::Group(group) => delivery.members.push(Stream::Members(group.clone())),
        ReceivingInbox::Person(person) => {
            let recipients = Recipients::of(&activity.body);
            let mut named = recipients.iter();
            let persons = if named.any(|(named, direct)| direct && named.id == *person) {
                &mut delivery.direct
            } else {
                &mut delivery.persons
            };
            persons.push(person.clone());
        }
    }
    delivery
}
