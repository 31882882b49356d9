//! Bounds of what is said of one thing: what a client sends beyond them is refused.

use serde_json::{Map, Value};

use super::Malformed;
use crate::model::Reference;

/// The most bytes of an id or an address.
pub(crate) const MAX_ID_BYTES: usize = 2048;

/// The most bytes of a type or a verb, which may be an address.
pub(crate) const MAX_TYPE_BYTES: usize = 256;

/// The most bytes of a name or a title.
pub(crate) const MAX_NAME_BYTES: usize = 1024;

/// The most attachments, and the most tags, of one thing.
pub(crate) const MAX_PARTS: usize = 200;

/// The most properties of one thing.
pub(crate) const MAX_PROPERTIES: usize = 256;

/// How deep arrays and objects may stand in each other.
pub(crate) const MAX_DEPTH: usize = 32;

/// Refuses a thing with a name, an id or a list that is too long, or with too many properties. The
/// things that stand in it are looked at on their own.
pub(super) fn check(thing: &Map<String, Value>) -> Result<(), Malformed> {
    if thing.len() > MAX_PROPERTIES {
        return refuse(format!(
            "A thing may have {MAX_PROPERTIES} properties and no more"
        ));
    }
    for (key, value) in thing {
        match value {
            Value::String(text) => check_length(key, text)?,
            Value::Array(parts)
                if parts.len() > MAX_PARTS && matches!(&**key, "attachments" | "tags") =>
            {
                return refuse(format!("There may be {MAX_PARTS} '{key}' and no more"));
            }
            Value::Array(types) if key == "objectTypes" => {
                let mut types = types.iter().filter_map(Value::as_str);
                types.try_for_each(|kind| check_length("objectType", kind))?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Refuses a reference with an id or a type that is too long.
pub(super) fn check_reference(reference: &Reference) -> Result<(), Malformed> {
    check_length("id", &reference.id)?;
    check_length("objectType", &reference.object_type)
}

fn check_length(key: &str, text: &str) -> Result<(), Malformed> {
    let most = match key {
        "id" | "url" => MAX_ID_BYTES,
        "objectType" | "verb" => MAX_TYPE_BYTES,
        "displayName" | "preferredUsername" | "title" => MAX_NAME_BYTES,
        _ => return Ok(()),
    };
    if text.len() <= most {
        return Ok(());
    }
    refuse(format!("'{key}' may have {most} bytes and no more"))
}

fn refuse(why: String) -> Result<(), Malformed> {
    Err(Malformed(why))
}

/// Puts now in place of a time that is to come, which would keep a thing the newest of all.
pub(crate) fn not_in_the_future(body: &mut Map<String, Value>, now: &str) {
    for key in ["published", "updated"] {
        if let Some(Value::String(time)) = body.get_mut(key)
            && time.as_str() > now
        {
            now.clone_into(time);
        }
    }
}

/// Whether arrays and objects stand in each other no deeper than [`MAX_DEPTH`].
pub(crate) fn is_flat_enough(value: &Value) -> bool {
    fits(value, MAX_DEPTH)
}

fn fits(value: &Value, levels: usize) -> bool {
    let inner = |value| levels > 0 && fits(value, levels - 1);
    match value {
        Value::Array(items) => levels > 0 && items.iter().all(inner),
        Value::Object(members) => levels > 0 && members.values().all(inner),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::protocol::as1::sanitize_object;

    fn nested(levels: usize) -> Value {
        (1..levels).fold(json!({}), |inner, _| json!([inner]))
    }

    #[test]
    fn depth_is_counted_in_arrays_and_objects() {
        assert!(is_flat_enough(&nested(MAX_DEPTH)));
        assert!(!is_flat_enough(&nested(MAX_DEPTH + 1)));
        assert!(!is_flat_enough(&json!({ "a": nested(MAX_DEPTH) })));
        assert!(is_flat_enough(&json!("text")));
    }

    #[test]
    fn bounds_hold_wherever_a_thing_stands() {
        let long = |bytes: usize| "x".repeat(bytes);
        for (key, most) in [
            ("id", MAX_ID_BYTES),
            ("url", MAX_ID_BYTES),
            ("objectType", MAX_TYPE_BYTES),
            ("verb", MAX_TYPE_BYTES),
            ("displayName", MAX_NAME_BYTES),
            ("preferredUsername", MAX_NAME_BYTES),
            ("title", MAX_NAME_BYTES),
        ] {
            for (bytes, is_fine) in [(most, true), (most + 1, false)] {
                let mut part = json!({ "objectType": "image", "id": "i" });
                let scheme = if key == "url" { "https://h/" } else { "" };
                part[key] = format!("{scheme}{}", long(bytes - scheme.len())).into();
                for thing in [
                    part.clone(),
                    json!({ "attachments": [part] }),
                    json!({ "tags": [part] }),
                    json!({ "location": part }),
                ] {
                    let cleaned = sanitize_object(thing.as_object().unwrap().clone());
                    assert_eq!(cleaned.is_ok(), is_fine, "{key} of {bytes} bytes");
                }
            }
        }
        let parent = json!({ "inReplyTo": { "objectType": "note", "id": long(MAX_ID_BYTES + 1) } });
        assert!(sanitize_object(parent.as_object().unwrap().clone()).is_err());
    }

    #[test]
    fn lists_and_properties_are_counted() {
        let image = json!({ "objectType": "image", "id": "i" });
        for (count, is_fine) in [(MAX_PARTS, true), (MAX_PARTS + 1, false)] {
            for thing in [
                json!({ "attachments": vec![image.clone(); count] }),
                json!({ "tags": vec!["tag"; count] }),
            ] {
                let cleaned = sanitize_object(thing.as_object().unwrap().clone());
                assert_eq!(cleaned.is_ok(), is_fine, "{count}");
            }
        }
        for (bytes, is_fine) in [(MAX_TYPE_BYTES, true), (MAX_TYPE_BYTES + 1, false)] {
            let list = json!({ "objectTypes": ["x".repeat(bytes)] });
            let cleaned = sanitize_object(list.as_object().unwrap().clone());
            assert_eq!(cleaned.is_ok(), is_fine, "{bytes}");
        }
        for (count, is_fine) in [(MAX_PROPERTIES, true), (MAX_PROPERTIES + 1, false)] {
            let many = (0..count).map(|number| (format!("p{number}"), json!(1)));
            assert_eq!(sanitize_object(many.collect()).is_ok(), is_fine, "{count}");
        }
    }
}
