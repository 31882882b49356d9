//! Changes of the audience of an activity: new recipients get it and may read it, and removed ones
//! lose access.

use super::{
    Recipients,
    audience::{self, AddressingContext},
    compose,
    draft::{MAX_RECIPIENTS, is_major},
    planner::Planner,
};
use crate::{
    app::texts::Phrase,
    model::{AudienceMember, Class, Object, Stream},
    service::{Error, Result, delivery},
    storage::{Change, Delivery, Duplicate},
};

/// Recipients of an `update` may read the object from then on, and get the activity that published
/// it. Nobody loses it by that, and things that were never posted stay the author's own.
pub(super) async fn add_recipients(
    planner: &mut Planner<'_>,
    object: &Object,
    named: &Recipients,
) -> Result<()> {
    let Some(post) = planner.publishing_activity(object).cloned() else {
        return Ok(());
    };
    let before = Recipients::of(&post.body);
    let after = before.union(named.clone().without(&planner.actor.id));
    if after == before || post.author.as_ref() != Some(&planner.actor.id) {
        return Ok(());
    }
    let post = change_audience(planner, post, &after).await?;
    planner.replace(post);
    Ok(())
}

/// Plans that an activity of the actor's goes to these from now on, and what it published with it.
/// Returns the activity as it is to be stored. Its object and what that replies to must be loaded.
pub(super) async fn change_audience(
    planner: &mut Planner<'_>,
    mut activity: Object,
    recipients: &Recipients,
) -> Result<Object> {
    if recipients.iter().count() > MAX_RECIPIENTS {
        return Err(Error::bad_request(format!(
            "Can't address more than {MAX_RECIPIENTS} at once"
        ))
        .phrased(Phrase::new("compose-too-many").with("most", MAX_RECIPIENTS.to_string())));
    }
    let named = recipients.iter().map(|(reference, _)| reference.id.clone());
    planner.load(named.collect::<Vec<_>>()).await?;
    let object = activity.reference_property("object");
    let object = object.and_then(|object| planner.find(&object.id)).cloned();
    let parent = planner.readable_parent(object.as_ref()).await?;
    let heard = implicit_recipients(&activity, object.as_ref(), parent.as_ref());
    planner.extra_recipients.extend(heard);
    let before = std::mem::take(&mut activity.audience);
    let verb = activity.text_property("verb").unwrap_or("post").to_owned();
    let answers = matches!(verb.as_str(), "post" | "create" | "update" | "delete");
    let setting = AddressingContext {
        parent: parent.as_ref().filter(|_| answers),
        before: &before,
        named: true,
    };
    let mut reached = audience::resolve(planner, recipients, setting).await?;
    leave_out(&mut reached.delivery, &before);
    activity.audience.clone_from(&reached.addresses);
    recipients.write(&mut activity.body);
    if let Some(mut object) = object.clone().filter(|object| publishes(&activity, object)) {
        object.audience = audience::with_membership(&object, reached.addresses);
        planner.replace(object);
    }
    let parts = compose::ActivityParts {
        object: object.as_ref(),
        hidden: match &object {
            Some(object) => !planner.may_read(object).await?,
            None => false,
        },
        parent: parent.as_ref(),
        generator: None,
    };
    if let Some(content) = compose::redacted_summary(planner, &verb, parts, &activity.audience) {
        activity.body.insert("content".into(), content.into());
    }
    let kind = object.as_ref().map(|object| object.object_type.as_str());
    deliver_missing(
        planner,
        &activity,
        is_major(&verb, kind),
        reached.delivery,
        reached.groups,
    )
    .await?;
    Ok(activity)
}

/// Whether an activity is what published an object, so that who may read the one may read the
/// other.
pub(super) fn publishes(activity: &Object, object: &Object) -> bool {
    object.published_by.as_ref() == Some(&activity.id) && object.author == activity.author
}

/// Those who heard of it without being named: whoever wrote what it is about, or answers.
fn implicit_recipients(
    activity: &Object,
    object: Option<&Object>,
    parent: Option<&Object>,
) -> Vec<String> {
    let authors = [object, parent].into_iter().flatten();
    authors
        .filter_map(|thing| thing.author.clone())
        .filter(|author| Some(author) != activity.author.as_ref())
        .filter(|author| {
            activity
                .audience
                .contains(&AudienceMember::Person(author.clone()))
        })
        .collect()
}

/// Takes out of a delivery who was in the audience before. A public activity went to all followers
/// that its conversation has.
fn leave_out(delivery: &mut Delivery, before: &[AudienceMember]) {
    let was_public = before.contains(&AudienceMember::Public);
    delivery.members.retain(|stream| {
        let had_it = was_public && matches!(stream, Stream::Followers(_));
        !had_it && !before.contains(&AudienceMember::Members(stream.clone()))
    });
    for persons in [&mut delivery.persons, &mut delivery.direct] {
        persons.retain(|person| !before.contains(&AudienceMember::Person(person.clone())));
    }
}

/// Brings it to those who don't have it yet.
async fn deliver_missing(
    planner: &mut Planner<'_>,
    activity: &Object,
    major: bool,
    delivery: Delivery,
    groups: Vec<Stream>,
) -> Result<()> {
    for stream in groups {
        planner.add_change(Change::Push {
            stream,
            item: activity.id.clone(),
            class: Some(Class {
                major,
                direct: false,
            }),
            duplicate: Duplicate::Ignore,
        });
    }
    let delivery = Delivery {
        activity: activity.id.clone(),
        major,
        enqueued: planner.ctx.now(),
        ..delivery
    };
    for change in delivery::delivery_changes(planner.ctx, delivery).await? {
        planner.add_change(change);
    }
    Ok(())
}
