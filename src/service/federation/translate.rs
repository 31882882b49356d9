//! Activities as other servers write them, taken apart: sanitised, and with ids in the spelling
//! under which they are stored.

use serde_json::{Map, Value};

use super::speaker::host_of_actor;
use crate::{
    Context,
    context::timestamp,
    model::{Draft, OTHER, Recipients, Reference, host_of_id},
    protocol::as1::{
        MAX_TYPE_BYTES, drop_claims, not_in_the_future, received_references, sanitize_received,
    },
    service::{
        Error, Result,
        activity::{MAX_RECIPIENTS, ReceivedActivity, ReceivingInbox},
        remote,
    },
};

/// Properties of an activity that stay as its server has them.
const ENVELOPE: &[&str] = &["links", "url", "generator"];

/// Properties of an activity that are taken from nobody.
const COMPUTED: &[&str] = &[
    "id",
    "actor",
    "published",
    "updated",
    "received",
    "objectType",
    "verb",
    "inReplyTo",
    "members",
    "documents",
    "likes",
    "replies",
    "shares",
];

/// Properties of a generator that are kept.
const GENERATOR: &[&str] = &["objectType", "id", "displayName"];

/// Takes an activity apart.
///
/// Errors: 400 for one without an actor of another server, with an id of another host than the
/// actor's, about itself, or with too many recipients.
pub(super) async fn translate(
    ctx: &Context,
    mut activity: Map<String, Value>,
    inbox: ReceivingInbox,
) -> Result<ReceivedActivity> {
    let invalid = || Error::bad_request("Invalid actor");
    let mut actor = thing_of(&mut activity, "actor")?.ok_or_else(invalid)?;
    let id = actor
        .get("id")
        .and_then(Value::as_str)
        .ok_or_else(invalid)?;
    let id = ctx.urls().canonical_id(id).into_owned();
    let host = host_of_actor(ctx, &id)?;
    actor.insert("id".into(), id.into());
    let recipients = recipients_of(&mut activity)?;
    let object = thing_of(&mut activity, "object")?;
    let mut target = thing_of(&mut activity, "target")?;
    target.iter_mut().for_each(drop_claims);
    let verb = verb_of(&activity)?;
    let generator = thing_of(&mut activity, "generator").ok().flatten();
    let mut rest = sanitize_received(activity)?;
    let text = |key| rest.get(key).and_then(Value::as_str).map(str::to_owned);
    let (id, now) = (text("id"), timestamp(ctx.now()));
    if let Some(id) = &id
        && host_of_id(id).is_some_and(|other| other != host)
    {
        let message = format!("Activity '{id}' is not of the host of its actor");
        return Err(Error::bad_request(message));
    }
    not_in_the_future(&mut rest, &now);
    let published = rest.get("published").and_then(Value::as_str);
    let published = published.unwrap_or(&now).to_owned();
    let generator = generator.map(|mut generator| {
        generator.retain(|key, _| GENERATOR.contains(&key.as_str()));
        ("generator".to_owned(), Value::Object(generator))
    });
    let envelope = ENVELOPE.iter().filter_map(|key| {
        let value = rest.shift_remove(*key)?;
        Some(((*key).to_owned(), value))
    });
    let envelope = envelope.chain(generator).collect();
    rest.retain(|key, _| !COMPUTED.contains(&key.as_str()));
    for key in ["provider", "context", "source"] {
        if let Some(Value::Object(inner)) = rest.get_mut(key) {
            drop_claims(inner);
        }
    }
    let mut draft = Draft {
        verb,
        object,
        target,
        recipients,
        other_properties: rest,
    };
    draft.respell(ctx).await?;
    let parent = draft.parent().map(|parent| parent.id);
    let named = [draft.object_id(), draft.target_id(), parent.as_deref()];
    if id.is_some() && named.contains(&id.as_deref()) {
        return Err(Error::bad_request("The activity is about itself"));
    }
    Ok(ReceivedActivity {
        id,
        host,
        actor,
        draft,
        envelope,
        published,
        inbox,
    })
}

/// A thing within an activity, in either form of a reference, with its type.
fn thing_of(activity: &mut Map<String, Value>, key: &str) -> Result<Option<Map<String, Value>>> {
    let thing = match activity.shift_remove(key) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(id)) => Map::from_iter([("id".to_owned(), id.into())]),
        Some(Value::Object(thing)) => thing,
        Some(_) => return Err(Error::bad_request(format!("'{key}' must be an object"))),
    };
    let mut thing = sanitize_received(thing)?;
    if thing.contains_key("id") && key != "actor" {
        let object_type = remote::object_type_of(&thing).to_owned();
        thing.insert("objectType".into(), object_type.into());
    }
    Ok(Some(thing))
}

fn recipients_of(activity: &mut Map<String, Value>) -> Result<Recipients> {
    let mut list = |key: &str| {
        let list = activity.shift_remove(key).unwrap_or_default();
        let references = received_references(&list).into_iter();
        references.map(with_type).collect::<Vec<_>>()
    };
    let recipients = Recipients {
        to: list("to"),
        cc: list("cc"),
        bto: list("bto"),
        bcc: list("bcc"),
    };
    if recipients.iter().count() > MAX_RECIPIENTS {
        return Err(Error::bad_request(format!(
            "Can't address more than {MAX_RECIPIENTS} at once"
        )));
    }
    Ok(recipients)
}

/// An `acct:` id is a person's, whatever is said of it.
fn with_type(mut reference: Reference) -> Reference {
    if reference.object_type == OTHER && reference.id.starts_with("acct:") {
        reference.object_type = "person".into();
    }
    reference
}

fn verb_of(activity: &Map<String, Value>) -> Result<String> {
    match activity.get("verb") {
        None | Some(Value::Null) => Ok("post".into()),
        Some(Value::String(verb)) if (1..=MAX_TYPE_BYTES).contains(&verb.len()) => Ok(verb.clone()),
        Some(_) => Err(Error::bad_request("'verb' is unfit")),
    }
}
