//! Tombstones of deleted objects (pump-api 9.5).

use serde_json::{Map, Value};

use crate::{
    model::{ACTIVITY, Object, Stream},
    protocol::as1::{placeholder, summary_sentence},
    service::present::REDACTED_ACTIVITY_PROPERTIES,
};

/// Properties of a tombstone. A person keeps the nickname, which the id reveals anyway.
const TOMBSTONE_PROPERTIES: &[&str] = &[
    "objectType",
    "id",
    "published",
    "inReplyTo",
    "preferredUsername",
];

/// Turns an object into a tombstone; an activity as by [`make_activity_tombstone`], with an unnamed
/// actor.
pub(crate) fn make_tombstone(object: &mut Object, now: &str) {
    if object.object_type == ACTIVITY {
        make_activity_tombstone(object, &placeholder("person"), now);
    } else {
        strip(object, TOMBSTONE_PROPERTIES, now);
    }
}

/// Turns an activity into a tombstone that names the verb and types, but no titles.
pub(super) fn make_activity_tombstone(
    activity: &mut Object,
    actor: &Map<String, Value>,
    now: &str,
) {
    let verb = activity.text_property("verb").unwrap_or("post");
    let thing = activity.reference_property("object");
    let thing = thing.map(|thing| placeholder(&thing.object_type));
    let content = summary_sentence(actor, verb, thing.as_ref(), None);
    strip(activity, REDACTED_ACTIVITY_PROPERTIES, now);
    activity.body.insert("content".into(), content.into());
}

fn strip(object: &mut Object, left: &[&str], now: &str) {
    object.body.retain(|key, _| left.contains(&key.as_str()));
    for key in ["updated", "deleted"] {
        object.body.insert(key.into(), now.into());
    }
    object.deleted = true;
}

/// Returns the streams that contain an object only while it exists.
pub(crate) fn counted_in_streams(object: &Object) -> Vec<Stream> {
    let owner = object.author.clone().unwrap_or_default();
    let replies = object
        .reference_property("inReplyTo")
        .map(|parent| Stream::Replies(parent.id));
    let kinds = object.body.get("objectTypes").and_then(Value::as_array);
    // A list is of one type; it may have lost its name, which made it one, since.
    let list = match kinds.map(Vec::as_slice) {
        Some([Value::String(kind)]) => Some(Stream::Lists {
            owner: owner.clone(),
            object_type: kind.clone(),
        }),
        _ => None,
    };
    list.into_iter()
        .chain(replies)
        .chain([Stream::Uploads(owner)])
        .collect()
}
