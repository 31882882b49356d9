//! What is left of what was deleted (pump-api 9.5).

use serde_json::{Map, Value};

use crate::{
    model::{ACTIVITY, Object, Stream},
    protocol::as1::{kind, sentence},
    service::present::LEFT_OF_ACTIVITY,
};

/// What is left of a thing: a person keeps their name here, which their id tells anyway.
const LEFT_OF_THING: &[&str] = &[
    "objectType",
    "id",
    "published",
    "inReplyTo",
    "preferredUsername",
];

/// Makes a tombstone of an object; of an activity as [`bury_activity`] does, by somebody.
pub(in crate::service) fn bury(object: &mut Object, now: &str) {
    if object.object_type == ACTIVITY {
        bury_activity(object, &kind("person"), now);
    } else {
        strip(object, LEFT_OF_THING, now);
    }
}

/// Makes a tombstone of an activity, which still tells who did what, but not what that is called.
pub(super) fn bury_activity(activity: &mut Object, actor: &Map<String, Value>, now: &str) {
    let verb = activity.text("verb").unwrap_or("post");
    let thing = activity.refers("object");
    let thing = thing.map(|thing| kind(&thing.object_type));
    let content = sentence(actor, verb, thing.as_ref(), None);
    strip(activity, LEFT_OF_ACTIVITY, now);
    activity.body.insert("content".into(), content.into());
}

fn strip(object: &mut Object, left: &[&str], now: &str) {
    object.body.retain(|key, _| left.contains(&key.as_str()));
    for key in ["updated", "deleted"] {
        object.body.insert(key.into(), now.into());
    }
    object.deleted = true;
}

/// The streams that count an object only while it is there.
pub(in crate::service) fn counted(object: &Object) -> Vec<Stream> {
    let owner = object.author.clone().unwrap_or_default();
    let replies = object
        .refers("inReplyTo")
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
