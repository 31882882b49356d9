//! To whom something goes, said anew: whoever is new gets it and may read it, and whoever is left out
//! may not any more.

use super::{
    Recipients,
    audience::{self, Setting},
    compose,
    draft::{MOST, is_major},
    planner::Planner,
};
use crate::{
    model::{Address, Class, Object, Stream},
    service::{Error, Result, delivery},
    storage::{Change, Delivery, Duplicate},
};

/// Whom an `update` names learns of the object that way, so they may read it from then on, and get what
/// published it. Nobody loses it by that, and things that were never posted stay the author's own.
pub(super) async fn widen(
    planner: &mut Planner<'_>,
    object: &Object,
    named: &Recipients,
) -> Result<()> {
    let Some(post) = planner.post_of(object).cloned() else {
        return Ok(());
    };
    let before = Recipients::of(&post.body);
    let after = before.and(named.clone().without(&planner.actor.id));
    if after == before || post.author.as_ref() != Some(&planner.actor.id) {
        return Ok(());
    }
    let post = readdress(planner, post, &after).await?;
    planner.replace(post);
    Ok(())
}

/// Plans that an activity of the actor's goes to these from now on, and what it published with it.
/// Returns the activity as it is to be stored. Its object and what that replies to must be loaded.
pub(super) async fn readdress(
    planner: &mut Planner<'_>,
    mut activity: Object,
    recipients: &Recipients,
) -> Result<Object> {
    if recipients.iter().count() > MOST {
        return Err(Error::bad_request(format!(
            "Can't address more than {MOST} at once"
        )));
    }
    let named = recipients.iter().map(|(reference, _)| reference.id.clone());
    planner.load(named.collect::<Vec<_>>()).await?;
    let object = activity.refers("object");
    let object = object.and_then(|object| planner.find(&object.id)).cloned();
    let parent = planner.readable_parent(object.as_ref()).await?;
    let heard = still_heard(&activity, object.as_ref(), parent.as_ref());
    planner.hears.extend(heard);
    let before = std::mem::take(&mut activity.audience);
    let verb = activity.text("verb").unwrap_or("post").to_owned();
    let answers = matches!(verb.as_str(), "post" | "create" | "update" | "delete");
    let setting = Setting {
        parent: parent.as_ref().filter(|_| answers),
        before: &before,
        named: true,
    };
    let reached = audience::resolve(planner, recipients, setting).await?;
    activity.audience.clone_from(&reached.addresses);
    recipients.write(&mut activity.body);
    if let Some(mut object) = object.clone().filter(|object| publishes(&activity, object)) {
        object.audience = audience::of(&object, reached.addresses);
        planner.replace(object);
    }
    let parts = compose::Parts {
        object: object.as_ref(),
        hidden: match &object {
            Some(object) => !planner.may_read(object).await?,
            None => false,
        },
        parent: parent.as_ref(),
        generator: None,
    };
    if let Some(content) = compose::guarded(planner, &verb, parts, &activity.audience) {
        activity.body.insert("content".into(), content.into());
    }
    let kind = object.as_ref().map(|object| object.object_type.as_str());
    bring(
        planner,
        &activity,
        is_major(&verb, kind),
        reached.delivery,
        reached.groups,
    )
    .await?;
    Ok(activity)
}

/// Whether an activity is what published an object, so that who may read the one may read the other.
pub(super) fn publishes(activity: &Object, object: &Object) -> bool {
    object.post.as_ref() == Some(&activity.id) && object.author == activity.author
}

/// Those who heard of it without being named: whoever wrote what it is about, or answers.
fn still_heard(activity: &Object, object: Option<&Object>, parent: Option<&Object>) -> Vec<String> {
    let authors = [object, parent].into_iter().flatten();
    authors
        .filter_map(|thing| thing.author.clone())
        .filter(|author| Some(author) != activity.author.as_ref())
        .filter(|author| activity.audience.contains(&Address::Person(author.clone())))
        .collect()
}

/// Brings it to those who don't have it yet.
async fn bring(
    planner: &mut Planner<'_>,
    activity: &Object,
    major: bool,
    delivery: Delivery,
    groups: Vec<Stream>,
) -> Result<()> {
    for stream in groups {
        planner.then(Change::Push {
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
        ..delivery
    };
    for change in delivery::changes(planner.ctx, delivery).await? {
        planner.then(change);
    }
    Ok(())
}
