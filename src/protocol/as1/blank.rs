//! Names that show nothing.

use serde_json::{Map, Value};

use crate::model::is_blank;

/// Takes names that show nothing out of what a client sent, wherever they stand. That of the thing
/// itself becomes null, so that an update takes the name away.
pub(super) fn drop_blank_names(thing: &mut Map<String, Value>) {
    if let Some(name) = thing.get_mut(NAME).filter(|name| shows_nothing(name)) {
        *name = Value::Null;
    }
    let own = thing
        .iter_mut()
        .filter(|(key, _)| !INNER_OBJECTS.contains(&key.as_str()));
    own.for_each(|(_, value)| drop_within(value));
}

/// Properties of an activity whose objects are cleaned by themselves.
const INNER_OBJECTS: &[&str] = &["object", "target"];

const NAME: &str = "displayName";

fn drop_within(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(drop_within),
        Value::Object(thing) => {
            if thing.get(NAME).is_some_and(shows_nothing) {
                thing.shift_remove(NAME);
            }
            thing.values_mut().for_each(drop_within);
        }
        _ => {}
    }
}

fn shows_nothing(name: &Value) -> bool {
    name.as_str().is_some_and(is_blank)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_blank_name_is_taken_out_wherever_it_stands() {
        let mut thing = json!({
            "displayName": "\u{200b}", "content": "", "location": { "displayName": " ", "id": "x" },
            "tags": [{ "displayName": "" }, { "displayName": "seen" }], "title": "",
            "object": { "displayName": "" },
        });
        drop_blank_names(thing.as_object_mut().unwrap());
        assert_eq!(
            thing,
            json!({
                "displayName": null, "content": "", "location": { "id": "x" },
                "tags": [{}, { "displayName": "seen" }], "title": "",
                "object": { "displayName": "" },
            })
        );
    }
}
