//! A received activity that is stored already: it comes for each of its recipients here.

use std::sync::Arc;

use super::{
    Plan,
    change_audience::publishes,
    draft::is_major,
    finish,
    origin::{ReceivedActivity, ReceivingInbox},
};
use crate::{
    Context,
    model::{ACTIVITY, AudienceMember, Object, Recipients, Viewer},
    service::{Error, Result, delivery, present::WriteOverlay, retry::retry_on_conflict},
    storage::{Change, Changes, Delivery, Expect},
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
        return Ok(Plan {
            changes: Changes::new(),
            activity: Arc::unwrap_or_clone(activity),
            object: None,
            overlay: WriteOverlay::default(),
        });
    }
    cover(ctx, activity, &received.inbox).await
}

/// Plans that the owner of the inbox gets the activity, and may read it and the thing it published.
async fn cover(ctx: &Context, activity: Arc<Object>, inbox: &ReceivingInbox) -> Result<Plan> {
    if activity.deleted {
        return Err(Error::gone());
    }
    let mut activity = Arc::unwrap_or_clone(activity);
    let mut changes = Changes::new();
    if let ReceivingInbox::Person(person) = inbox {
        let object = activity
            .reference_property("object")
            .map(|object| object.id);
        let storage = ctx.storage();
        let object = match &object {
            Some(id) => storage.find_objects(&[id]).await?.pop().flatten(),
            None => None,
        };
        let viewer = Viewer::Person(person);
        if storage.readable(&[&activity.id], viewer).await? != [true] {
            let published = object
                .as_deref()
                .filter(|object| publishes(&activity, object));
            changes.extend(published.map(|object| admit(&mut object.clone(), person)));
            changes.push(admit(&mut activity, person));
        }
        let kind = object.as_ref().map(|object| &*object.object_type);
        let major = is_major(activity.text_property("verb").unwrap_or_default(), kind);
        let delivery = delivery_to(ctx, &activity, person, major);
        changes.extend(delivery::delivery_changes(ctx, delivery).await?);
    }
    Ok(Plan {
        changes,
        activity,
        object: None,
        overlay: WriteOverlay::default(),
    })
}

fn admit(object: &mut Object, person: &str) -> Change {
    object
        .audience
        .push(AudienceMember::Person(person.to_owned()));
    Change::PutObject {
        object: object.clone(),
        expect: Expect::Version(object.version),
    }
}

fn delivery_to(ctx: &Context, activity: &Object, person: &str, major: bool) -> Delivery {
    let recipients = Recipients::of(&activity.body);
    let mut named = recipients.iter();
    let is_direct = named.any(|(named, direct)| direct && named.id == person);
    let mut delivery = Delivery {
        activity: activity.id.clone(),
        major,
        enqueued: ctx.now(),
        ..Delivery::default()
    };
    let persons = if is_direct {
        &mut delivery.direct
    } else {
        &mut delivery.persons
    };
    persons.push(person.to_owned());
    delivery
}
