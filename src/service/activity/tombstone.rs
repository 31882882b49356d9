//! What is left of what was deleted (pump-api 9.5).

use serde_json::{Value, json};

use crate::{
    model::{ACTIVITY, Object, Stream},
    protocol::as1::sentence,
};

/// What is left of a thing: a person keeps their name here, which their id tells anyway.
const THING: &[&str] = &[
    "objectType",
    "id",
    "published",
    "inReplyTo",
    "preferredUsername",
];

/// What is left of an activity: enough to be read as one.
const DOING: &[&str] = &[
    "objectType",
    "id",
    "published",
    "verb",
    "actor",
    "object",
    "links",
];

/// Makes a tombstone of an object.
pub(in crate::service) fn bury(object: &mut Object, now: &str) {
    let kept = if object.object_type == ACTIVITY {
        DOING
    } else {
        THING
    };
    object.body.retain(|key, _| kept.contains(&key.as_str()));
    for key in ["updated", "deleted"] {
        object.body.insert(key.into(), now.into());
    }
    if object.object_type == ACTIVITY {
        let actor = json!({ "objectType": "person" });
        let thing = object.refers("object");
        let thing = thing.map(|thing| json!({ "objectType": thing.object_type }));
        let verb = object.text("verb").unwrap_or("post");
        let content = sentence(&actor, verb, thing.as_ref(), None);
        object.body.insert("content".into(), content.into());
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
