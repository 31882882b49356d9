//! `PUT` and `DELETE` of an activity (pump-api 9.6): what was said of what was done is changed or
//! taken back; what was done stays done.

use serde_json::{Map, Value};

use super::{
    Draft, Recipients,
    change_audience::{change_audience, publishes},
    draft::READ_ONLY_PROPERTIES,
    hooks,
    planner::Planner,
    size::check_size,
};
use crate::{
    Context,
    app::{Event, PerformedActivity},
    model::{Object, Reference},
    protocol::html::sanitise,
    service::{
        Error, Result, lookup, objects, retry::retry_on_conflict,
        tombstone::make_activity_tombstone,
    },
};

/// Properties that an edit can't change.
const IMMUTABLE_PROPERTIES: &[&str] = &["actor", "verb", "object", "target"];

/// Properties that name recipients.
const RECIPIENT_PROPERTIES: &[&str] = &["to", "cc", "bto", "bcc"];

/// Merges what is given into the caller's activity of that uuid, and returns it. With new
/// recipients it goes to those, and so does what it published.
///
/// Errors: 404 for an unknown activity, 410 for a retracted one, 403 for another caller's; 400 for
/// another actor, verb, object or target.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn edit(ctx: &Context, uuid: &str, properties: Map<String, Value>) -> Result<Object> {
    let uuid = uuid.to_owned();
    hooks::run_uncancelled(ctx, |ctx| async move {
        edit_inner(&ctx, &uuid, properties).await
    })
    .await
}

async fn edit_inner(ctx: &Context, uuid: &str, said: Map<String, Value>) -> Result<Object> {
    let activity = objects::own_activity(ctx, uuid).await?;
    let actor = ctx.person().unwrap_or_default();
    let mut draft = Draft::parse(ctx.urls(), said.clone(), actor)?;
    draft.respell(ctx).await?;
    reject_identity_change(&activity, &draft, is_given(&said, "verb"))?;
    draft.verb = activity.text_property("verb").unwrap_or("post").into();
    let removed = said.iter();
    let removed = removed.filter(|(key, value)| value.is_null() && is_client_property(key));
    let removed = removed.map(|(key, null)| (key.clone(), null.clone()));
    draft.other_properties.extend(removed);
    let edit = &EditRequest {
        requested: draft.recipients.clone(),
        draft: hooks::run_before_edit(ctx, &activity, draft).await?,
        properties: said,
    };
    let (activity, object) = retry_on_conflict(ctx, || async {
        let activity = objects::own_activity(ctx, uuid).await?;
        let mut planner = planner_for(ctx, &activity).await?;
        let activity = apply_edit(&mut planner, activity, edit).await?;
        let object = object_of(&planner, &activity).cloned();
        Ok((planner.into_changes().await?.0, (activity, object)))
    })
    .await?;
    let deed = PerformedActivity::new(&activity, object.as_ref());
    hooks::notify(ctx, &Event::Edited(deed));
    Ok(activity)
}

/// Retracts the caller's activity of that uuid. It becomes a tombstone readable by the caller only,
/// and the object that it published is private again.
///
/// Errors: 404 for an unknown activity, 410 for a retracted one, 403 for another caller's.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn retract(ctx: &Context, uuid: &str) -> Result<()> {
    let uuid = uuid.to_owned();
    hooks::run_uncancelled(ctx, |ctx| async move { retract_inner(&ctx, &uuid).await }).await
}

async fn retract_inner(ctx: &Context, uuid: &str) -> Result<()> {
    let activity = objects::own_activity(ctx, uuid).await?;
    hooks::run_before_retraction(ctx, &activity).await?;
    let (activity, object) = retry_on_conflict(ctx, || async {
        let activity = objects::own_activity(ctx, uuid).await?;
        let mut planner = planner_for(ctx, &activity).await?;
        let buried = into_tombstone(&mut planner, activity);
        Ok((planner.into_changes().await?.0, buried))
    })
    .await?;
    let deed = PerformedActivity::new(&activity, object.as_ref());
    hooks::notify(ctx, &Event::Retracted(deed));
    Ok(())
}

/// Creates a planner for the caller, with the activity's object and its parent.
async fn planner_for<'a>(ctx: &'a Context, activity: &Object) -> Result<Planner<'a>> {
    let account = ctx.account().ok_or_else(Error::not_logged_in)?;
    let mut planner = Planner::new(ctx, lookup::person(ctx, account).await?, Vec::new());
    let object = activity
        .reference_property("object")
        .map(|object| object.id);
    planner.load(object.clone()).await?;
    let object = object.and_then(|id| planner.find(&id));
    let parent = object.and_then(|object| object.reference_property("inReplyTo"));
    planner.load(parent.map(|parent| parent.id)).await?;
    Ok(planner)
}

/// Returns the activity's object, if it is stored.
fn object_of<'a>(planner: &'a Planner<'_>, activity: &Object) -> Option<&'a Object> {
    planner.find(&activity.reference_property("object")?.id)
}

/// Whether something is said of a property.
fn is_given(properties: &Map<String, Value>, key: &str) -> bool {
    properties.get(key).is_some_and(|value| !value.is_null())
}

/// Edited properties of an activity.
struct EditRequest {
    draft: Draft,
    /// The recipients before hooks ran.
    requested: Recipients,
    /// As it was said.
    properties: Map<String, Value>,
}

impl EditRequest {
    /// Returns the new recipients, or the old ones where none are given.
    fn recipients(&self, before: &Recipients) -> Recipients {
        let list = |key: &str, of: fn(&Recipients) -> &Vec<Reference>| {
            let (now, asked) = (of(&self.draft.recipients), of(&self.requested));
            let is_said = is_given(&self.properties, key) || now != asked;
            if is_said { now } else { of(before) }.clone()
        };
        Recipients {
            to: list("to", |all| &all.to),
            cc: list("cc", |all| &all.cc),
            bto: list("bto", |all| &all.bto),
            bcc: list("bcc", |all| &all.bcc),
        }
    }
}

async fn apply_edit(
    planner: &mut Planner<'_>,
    mut activity: Object,
    edit: &EditRequest,
) -> Result<Object> {
    let before = Recipients::of(&activity.body);
    let after = edit.recipients(&before);
    let mut rest = edit.draft.other_properties.clone();
    // Sent back as it was, it is not said anew.
    let told = activity.text_property("content").map(sanitise);
    if rest.get("content").and_then(Value::as_str) == told.as_deref() {
        rest.shift_remove("content");
    }
    if after != before {
        activity = change_audience(planner, activity, &after).await?;
    }
    rest.shift_remove("published");
    for (key, value) in rest {
        if value.is_null() {
            activity.body.shift_remove(&key);
        } else {
            activity.body.insert(key, value);
        }
    }
    activity
        .body
        .insert("updated".into(), planner.now.clone().into());
    check_size(&activity)?;
    planner.replace(activity.clone());
    Ok(activity)
}

/// Whether a property is the client's own, to be taken away by a `null`.
fn is_client_property(key: &str) -> bool {
    ![
        READ_ONLY_PROPERTIES,
        IMMUTABLE_PROPERTIES,
        RECIPIENT_PROPERTIES,
    ]
    .concat()
    .iter()
    .chain(&["content", "published"])
    .any(|fixed| *fixed == key)
}

/// Refuses what would make another activity of it. Repeating the current value is allowed.
fn reject_identity_change(activity: &Object, draft: &Draft, verb: bool) -> Result<()> {
    let id = |key: &str| activity.reference_property(key).map(|named| named.id);
    let differs = |properties: Option<&str>, key: &str| {
        properties.is_some() && properties != id(key).as_deref()
    };
    let wrong = if verb && activity.text_property("verb") != Some(&draft.verb) {
        "verb"
    } else if differs(draft.object_id(), "object") {
        "object"
    } else if differs(draft.target_id(), "target") {
        "target"
    } else {
        return Ok(());
    };
    Err(Error::bad_request(format!(
        "Can't change the '{wrong}' of an activity"
    )))
}

/// Turns the activity into a tombstone; also returns its object.
fn into_tombstone(planner: &mut Planner<'_>, mut activity: Object) -> (Object, Option<Object>) {
    let mut object = object_of(planner, &activity).cloned();
    if let Some(object) = &mut object
        && publishes(&activity, object)
    {
        object.audience.clear();
        object.published_by = None;
        planner.replace(object.clone());
    }
    make_activity_tombstone(&mut activity, &planner.actor.body, &planner.now);
    activity.audience.clear();
    planner.replace(activity.clone());
    (activity, object)
}
