//! Takes out what clients must not set and what does harm, and refuses what has the wrong shape.
//!
//! In a property that the API knows, the wrong type or an unfit address is refused. Elsewhere, at
//! any depth, what would do harm where it is shown is taken out, and the rest stays.

mod harmless;
mod received;
mod shape;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use serde_json::{Map, Value};

pub(crate) use self::harmless::disarm;
pub(crate) use self::received::{received_references, sanitize_received};
pub(crate) use self::shape::drop_claims;
use self::shape::{check_file, check_id, object_of, shaped, shaped_part};
use super::{Malformed, blank::drop_blank_names, bounds};
use crate::model::Reference;

/// Properties of objects that the server computes; what a client sends for them is dropped.
const COMPUTED_PROPERTIES: &[&str] = &[
    "likes", "replies", "shares", "members", "liked", "author", "deleted",
];

/// Properties of objects that are made of what servers of `ActivityPub` send.
const FOREIGN_PROPERTIES: &[&str] = &["emoji", "pageContent", "poll", "quote"];

/// Properties of objects that an update can't change (pump-api 8, and 18.2 no. 5 for `author`).
const IMMUTABLE_PROPERTIES: &[&str] = &[
    "id",
    "objectType",
    "published",
    "updated",
    "inReplyTo",
    "links",
    "url",
    "preferredUsername",
    "followers",
    "following",
    "favorites",
    "lists",
    "objectTypes",
];

/// Properties of an activity that are objects of their own.
const OBJECTS: &[&str] = &["object", "target"];

/// Cleans an object (not an activity) from a client: computed properties go, a blank `displayName`
/// is none, HTML is sanitised, addresses that are programs go, `inReplyTo` becomes a reference.
pub(crate) fn sanitize_object(
    mut object: Map<String, Value>,
) -> Result<Map<String, Value>, Malformed> {
    drop_blank_names(&mut object);
    let mut object = shaped(object)?;
    object.retain(|key, _| {
        let key = key.as_str();
        !COMPUTED_PROPERTIES.contains(&key) && !FOREIGN_PROPERTIES.contains(&key)
    });
    keep_full_image(&mut object)?;
    match object.get("inReplyTo") {
        None => {}
        Some(Value::Null) => {
            object.shift_remove("inReplyTo");
        }
        Some(parent) => {
            let parent = Reference::from_value(parent)
                .ok_or_else(|| Malformed("'inReplyTo' must be an object with an 'id'".into()))?;
            check_reference(&parent)?;
            object.insert("inReplyTo".into(), parent.to_value());
        }
    }
    disarm(&mut object);
    Ok(object)
}

/// Sanitises properties one by one, like
/// [`sanitize_object`]. Malformed ones are left out and reported by name to `left_out`.
pub(crate) fn sanitize_members(
    said: Map<String, Value>,
    mut left_out: impl FnMut(&str, Malformed),
) -> Map<String, Value> {
    let mut clean = Map::new();
    for (name, value) in said {
        let mut member = Map::from_iter([(name.clone(), value)]);
        drop_blank_names(&mut member);
        match shaped(member) {
            Ok(member) => clean.extend(member),
            Err(malformed) => left_out(&name, malformed),
        }
    }
    disarm(&mut clean);
    clean
}

/// Cleans an activity from a client as [`sanitize_object`] does an object, but for its `object` and
/// `target`, which are left as they are.
pub(crate) fn sanitize_activity(
    mut activity: Map<String, Value>,
) -> Result<Map<String, Value>, Malformed> {
    drop_blank_names(&mut activity);
    activity.retain(|_, value| !value.is_null());
    let objects = OBJECTS
        .iter()
        .map(|key| (*key, activity.shift_remove(*key)));
    let objects: Vec<_> = objects.collect();
    let mut activity = shaped(activity)?;
    for key in ["provider", "context", "source"] {
        if let Some(value) = activity.get_mut(key) {
            let inner = object_of(key, value.take())?;
            *value = Value::Object(shaped_part(inner)?);
        }
    }
    disarm(&mut activity);
    for (key, object) in objects {
        activity.extend(object.map(|object| (key.to_owned(), object)));
    }
    Ok(activity)
}

/// Merges the properties of an update into a stored object: shallow, `null` removes, and what
/// is immutable or computed stays as it is.
pub(crate) fn merge(stored: &mut Map<String, Value>, update: Map<String, Value>) {
    for (key, value) in update {
        if IMMUTABLE_PROPERTIES.contains(&key.as_str())
            || COMPUTED_PROPERTIES.contains(&key.as_str())
        {
            continue;
        }
        if value.is_null() {
            stored.shift_remove(&key);
        } else {
            stored.insert(key, value);
        }
    }
}

/// Reads a list of addressees: an array of objects with an `id`.
pub(crate) fn references(key: &str, value: &Value) -> Result<Vec<Reference>, Malformed> {
    let wrong = || {
        Malformed(format!(
            "'{key}' must be an array of objects with 'objectType' and 'id'"
        ))
    };
    let mut seen = HashSet::new();
    let mut references: Vec<Reference> = Vec::new();
    for entry in value.as_array().ok_or_else(wrong)? {
        let reference = Reference::from_value(entry).ok_or_else(wrong)?;
        check_reference(&reference)?;
        if seen.insert(reference.clone()) {
            references.push(reference);
        }
    }
    Ok(references)
}

fn check_reference(reference: &Reference) -> Result<(), Malformed> {
    check_id(&reference.id)?;
    bounds::check_reference(reference)
}

/// Of `pump_io`, which is the server's, a person may set one thing: the large form of their avatar,
/// or `null` for none.
fn keep_full_image(object: &mut Map<String, Value>) -> Result<(), Malformed> {
    let Some(mut extension) = object.remove("pump_io") else {
        return Ok(());
    };
    let image = extension.get_mut("fullImage").map(Value::take);
    let is_person = object.get("objectType").and_then(Value::as_str) == Some("person");
    let extension = match image.filter(|_| is_person) {
        None => return Ok(()),
        Some(Value::Null) => Value::Null,
        Some(image) => {
            check_file("fullImage", &image)?;
            serde_json::json!({ "fullImage": image })
        }
    };
    object.insert("pump_io".into(), extension);
    Ok(())
}
