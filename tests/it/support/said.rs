//! What clients say again and again.

use serde_json::{Value, json};

/// A thing by its name only.
pub(crate) fn named(thing: &Value) -> Value {
    json!({ "objectType": thing["objectType"], "id": thing["id"] })
}

/// An activity about a thing that is there.
pub(crate) fn about(verb: &str, object: &Value) -> Value {
    json!({ "verb": verb, "object": named(object) })
}
