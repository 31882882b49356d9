//! `PUT` and `DELETE` of an activity (pump-api 9.6): what was said of what was done is changed or taken back;
//! what was done stays done.

use serde_json::{Map, Value};

use super::{
    Draft, Recipients,
    draft::SERVER_SET,
    hooks,
    planner::Planner,
    readdress::{publishes, readdress},
    size::require_room,
    tombstone::bury_activity,
};
use crate::{
    Context,
    app::{Deed, Event},
    model::{Object, Reference},
    protocol::html::sanitise,
    service::{Error, Result, attempt::attempt, objects, people},
};

/// What makes an activity what it is.
const FIXED: &[&str] = &["actor", "verb", "object", "target"];

/// To whom it goes.
const ADDRESSES: &[&str] = &["to", "cc", "bto", "bcc"];

/// Merges what is given into the caller's activity of that uuid, and returns it. With new recipients
/// it goes to those, and so does what it published.
///
/// Errors: those of [`objects::own_activity`]; 400 for another actor, verb, object or target.
pub async fn amend(ctx: &Context, uuid: &str, said: Map<String, Value>) -> Result<Object> {
    let uuid = uuid.to_owned();
    hooks::to_the_end(ctx, |ctx| async move { say_anew(&ctx, &uuid, said).await }).await
}

async fn say_anew(ctx: &Context, uuid: &str, said: Map<String, Value>) -> Result<Object> {
    let activity = objects::own_activity(ctx, uuid).await?;
    let actor = ctx.person().unwrap_or_default();
    let mut draft = Draft::parse(ctx.urls(), said.clone(), actor)?;
    draft.respell(ctx).await?;
    refuse_another(&activity, &draft, is_given(&said, "verb"))?;
    draft.verb = activity.text("verb").unwrap_or("post").into();
    let removed = said.iter();
    let removed = removed.filter(|(key, value)| value.is_null() && is_free(key));
    let removed = removed.map(|(key, null)| (key.clone(), null.clone()));
    draft.rest.extend(removed);
    let anew = &Anew {
        asked: draft.recipients.clone(),
        draft: hooks::review_amending(ctx, &activity, draft).await?,
        said,
    };
    let (activity, object) = attempt(ctx, || async {
        let activity = objects::own_activity(ctx, uuid).await?;
        let mut planner = desk(ctx, &activity).await?;
        let activity = merged(&mut planner, activity, anew).await?;
        let object = object_of(&planner, &activity).cloned();
        Ok((planner.into_changes()?.0, (activity, object)))
    })
    .await?;
    let deed = Deed::new(&activity, object.as_ref());
    hooks::tell(ctx, &Event::Amended(deed));
    Ok(activity)
}

/// Takes the caller's activity of that uuid back: a tombstone is left, which only they can read, and what
/// it published is theirs alone again, as if it had never been posted.
///
/// Errors: those of [`objects::own_activity`].
pub async fn take_back(ctx: &Context, uuid: &str) -> Result<()> {
    let uuid = uuid.to_owned();
    hooks::to_the_end(ctx, |ctx| async move { unsay(&ctx, &uuid).await }).await
}

async fn unsay(ctx: &Context, uuid: &str) -> Result<()> {
    let activity = objects::own_activity(ctx, uuid).await?;
    hooks::review_taking_back(ctx, &activity).await?;
    let (activity, object) = attempt(ctx, || async {
        let activity = objects::own_activity(ctx, uuid).await?;
        let mut planner = desk(ctx, &activity).await?;
        let buried = buried(&mut planner, activity);
        Ok((planner.into_changes()?.0, buried))
    })
    .await?;
    let deed = Deed::new(&activity, object.as_ref());
    hooks::tell(ctx, &Event::TakenBack(deed));
    Ok(())
}

/// A desk for the caller, with what the activity is about, and what that replies to.
async fn desk<'a>(ctx: &'a Context, activity: &Object) -> Result<Planner<'a>> {
    let account = ctx.account().ok_or_else(Error::not_logged_in)?;
    let mut planner = Planner::new(ctx, people::person(ctx, account).await?, Vec::new());
    let object = activity.refers("object").map(|object| object.id);
    planner.load(object.clone()).await?;
    let object = object.and_then(|id| planner.find(&id));
    let parent = object.and_then(|object| object.refers("inReplyTo"));
    planner.load(parent.map(|parent| parent.id)).await?;
    Ok(planner)
}

/// What the activity is about, if that is stored.
fn object_of<'a>(planner: &'a Planner<'_>, activity: &Object) -> Option<&'a Object> {
    planner.find(&activity.refers("object")?.id)
}

/// Whether something is said of a property.
fn is_given(said: &Map<String, Value>, key: &str) -> bool {
    said.get(key).is_some_and(|value| !value.is_null())
}

/// What is said anew of an activity.
struct Anew {
    draft: Draft,
    /// To whom it was to go before the host was asked.
    asked: Recipients,
    /// As it was said.
    said: Map<String, Value>,
}

impl Anew {
    /// To whom it goes then: as before, where nobody said anything.
    fn recipients(&self, before: &Recipients) -> Recipients {
        let list = |key: &str, of: fn(&Recipients) -> &Vec<Reference>| {
            let (now, asked) = (of(&self.draft.recipients), of(&self.asked));
            let is_said = is_given(&self.said, key) || now != asked;
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

async fn merged(planner: &mut Planner<'_>, mut activity: Object, anew: &Anew) -> Result<Object> {
    let before = Recipients::of(&activity.body);
    let after = anew.recipients(&before);
    let mut rest = anew.draft.rest.clone();
    // Sent back as it was, it is not said anew.
    let told = activity.text("content").map(sanitise);
    if rest.get("content").and_then(Value::as_str) == told.as_deref() {
        rest.shift_remove("content");
    }
    if after != before {
        activity = readdress(planner, activity, &after).await?;
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
    require_room(&activity)?;
    planner.replace(activity.clone());
    Ok(activity)
}

/// Whether a property is the client's own, to be taken away by a `null`.
fn is_free(key: &str) -> bool {
    ![SERVER_SET, FIXED, ADDRESSES]
        .concat()
        .iter()
        .chain(&["content", "published"])
        .any(|fixed| *fixed == key)
}

/// Refuses what would make another activity of it. What is named again as it is may stand there.
fn refuse_another(activity: &Object, draft: &Draft, verb: bool) -> Result<()> {
    let id = |key: &str| activity.refers(key).map(|named| named.id);
    let differs = |said: Option<&str>, key: &str| said.is_some() && said != id(key).as_deref();
    let wrong = if verb && activity.text("verb") != Some(&draft.verb) {
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

/// What is left of the activity, and what it was about.
fn buried(planner: &mut Planner<'_>, mut activity: Object) -> (Object, Option<Object>) {
    let mut object = object_of(planner, &activity).cloned();
    if let Some(object) = &mut object
        && publishes(&activity, object)
    {
        object.audience.clear();
        object.post = None;
        planner.replace(object.clone());
    }
    bury_activity(&mut activity, &planner.actor.body, &planner.now);
    activity.audience.clear();
    planner.replace(activity.clone());
    (activity, object)
}
