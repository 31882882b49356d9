//! Values of AS2 as peers write them: one or many, absent or null, an IRI or an object.

use std::slice;

use serde_json::{Map, Value};
use url::Url;

use super::{PUBLIC_ADDRESS, is_address};
use crate::protocol::as1::MAX_ID_BYTES;

/// Spellings of the public collection (`ActivityPub`, 5.6).
const PUBLIC_SPELLINGS: &[&str] = &[PUBLIC_ADDRESS, "as:Public", "Public"];

/// Returns the values of a property.
pub(super) fn entries<'a>(thing: &'a Map<String, Value>, key: &str) -> &'a [Value] {
    match thing.get(key) {
        None | Some(Value::Null) => &[],
        Some(Value::Array(entries)) => entries,
        Some(one) => slice::from_ref(one),
    }
}

/// Returns the first value of a property.
pub(super) fn first<'a>(thing: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    entries(thing, key).iter().find(|entry| !entry.is_null())
}

/// Returns the first value of a property, if it is an object.
pub(super) fn first_object<'a>(
    thing: &'a Map<String, Value>,
    key: &str,
) -> Option<&'a Map<String, Value>> {
    first(thing, key).and_then(Value::as_object)
}

/// Returns the id that a value is or has; of a link, its address.
pub(super) fn id_of(value: &Value) -> Option<&str> {
    let id = match value {
        Value::String(id) => Some(id.as_str()),
        Value::Object(thing) => ["id", "href"]
            .iter()
            .find_map(|key| thing.get(*key).and_then(Value::as_str)),
        _ => None,
    };
    id.filter(|id| !id.is_empty() && id.len() <= MAX_ID_BYTES)
}

/// Returns the ids of the values of a property.
pub(super) fn ids<'a>(
    thing: &'a Map<String, Value>,
    key: &str,
) -> impl Iterator<Item = &'a str> + use<'a> {
    entries(thing, key).iter().filter_map(id_of)
}

/// Returns the first id of a property.
pub(super) fn first_id<'a>(thing: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    ids(thing, key).next()
}

/// Returns the id of a thing, if it is the address of a document.
pub(super) fn own_id(thing: &Map<String, Value>) -> Option<&str> {
    let id = thing.get("id").and_then(Value::as_str);
    id.filter(|id| is_address(id) && id.len() <= MAX_ID_BYTES)
}

/// Returns the type of a thing: the first one of many.
pub(super) fn type_of(thing: &Map<String, Value>) -> &str {
    let types = entries(thing, "type").iter().filter_map(Value::as_str);
    let mut types = types.map(|kind| kind.strip_prefix("as:").unwrap_or(kind));
    types.next().unwrap_or_default()
}

/// Returns a text, or without it the first one of its language map.
pub(super) fn natural<'a>(thing: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    let by_language = || {
        let texts = thing.get(&format!("{key}Map"))?.as_object()?.values();
        texts
            .filter_map(Value::as_str)
            .find(|text| !text.is_empty())
    };
    let text = first(thing, key).and_then(Value::as_str);
    text.filter(|text| !text.is_empty()).or_else(by_language)
}

/// Returns whether an address is the public one, in any spelling.
pub(super) fn is_public(address: &str) -> bool {
    PUBLIC_SPELLINGS.contains(&address)
}

/// Returns whether two addresses have one origin.
pub(super) fn same_origin(one: &str, other: &str) -> bool {
    let origin = |address: &str| {
        let url = Url::parse(address).ok().filter(Url::has_host)?;
        Some(url.origin().ascii_serialization())
    };
    origin(one).is_some_and(|one| origin(other) == Some(one))
}
