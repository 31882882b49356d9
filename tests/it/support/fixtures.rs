//! Common fragments of requests.

use hydraulics::model::PUBLIC;
use serde_json::{Value, json};

/// Everyone, as someone who is addressed.
pub(crate) fn public() -> Value {
    json!({ "objectType": "collection", "id": PUBLIC })
}

/// Recipients of a public activity.
pub(crate) fn everyone() -> Value {
    json!({ "to": [public()] })
}

/// A thing by its name only.
pub(crate) fn named(thing: &Value) -> Value {
    json!({ "objectType": thing["objectType"], "id": thing["id"] })
}

/// An activity about a thing that is there.
pub(crate) fn about(verb: &str, object: &Value) -> Value {
    json!({ "verb": verb, "object": named(object) })
}
