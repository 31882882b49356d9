//! JSON of which only some members are read: the rest takes no memory, however large and deep it
//! is.

use std::{borrow::Cow, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, value::RawValue};

/// Name of the member that stands for all those that were not read.
const PRUNED_MARK: &str = "";

/// Reads JSON with no other members than these, at any depth; `None` if it is no JSON, or too deep.
pub(super) fn read(json: &str, names: &[&str]) -> Option<Value> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    Pruned(names).deserialize(&mut deserializer).ok()
}

/// The items of a list, as JSON; `None` if it is no list.
pub(super) fn items_of(list: &str) -> Option<Vec<&str>> {
    let items: Vec<&RawValue> = serde_json::from_str(list).ok()?;
    Some(items.into_iter().map(RawValue::get).collect())
}

/// The JSON of an object with one member more, a list whose items are made and written one by one.
pub(super) fn with_list(
    object: Map<String, Value>,
    name: &str,
    items: impl Iterator<Item = Value>,
) -> String {
    let is_empty = object.is_empty();
    let mut json = Value::Object(object).to_string();
    json.pop();
    if !is_empty {
        json.push(',');
    }
    json.extend([&Value::from(name).to_string(), ":["]);
    for (number, item) in items.enumerate() {
        if number > 0 {
            json.push(',');
        }
        json.push_str(&item.to_string());
    }
    json.push_str("]}");
    json
}

#[derive(Clone, Copy)]
struct Pruned<'a>(&'a [&'a str]);

impl<'de> DeserializeSeed<'de> for Pruned<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Pruned<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Value, E> {
        Ok(flag.into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(self)? {
            items.push(item);
        }
        Ok(items.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            if self.0.contains(&&*name) {
                members.insert(name.into_owned(), map.next_value_seed(self)?);
            } else {
                map.next_value::<IgnoredAny>()?;
                members.insert(PRUNED_MARK.into(), Value::Null);
            }
        }
        Ok(members.into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_named_members_are_read_at_any_depth() {
        let json =
            json!({ "a": [{ "b": "é\n", "z": 1 }, 2.5, -1, true, null], "z": [[0]], "y": {} });
        let read = read(&json.to_string(), &["a", "b"]).unwrap();
        let expected = json!({ "a": [{ "b": "é\n", "": null }, 2.5, -1, true, null], "": null });
        assert_eq!(read, expected);
    }

    #[test]
    fn depth_matters_only_where_it_is_read() {
        let deep = |name| format!("{{\"{name}\":{}{}}}", "[".repeat(1000), "]".repeat(1000));
        assert_eq!(read(&deep("z"), &["a"]), Some(json!({ "": null })));
        assert_eq!(read(&deep("a"), &["a"]), None);
    }

    #[test]
    fn a_list_is_the_last_member() {
        let object = |value: Value| value.as_object().cloned().unwrap();
        for before in [json!({}), json!({ "a": "}" })] {
            for items in [vec![], vec![json!(1), json!({ "b": [] })]] {
                let json = with_list(object(before.clone()), "l", items.clone().into_iter());
                let mut expected = before.clone();
                expected["l"] = items.into();
                assert_eq!(json, expected.to_string());
            }
        }
    }

    #[test]
    fn items_are_those_of_a_list() {
        assert_eq!(items_of(r#"[1, {"a": 2}]"#), Some(vec!["1", r#"{"a": 2}"#]));
        assert_eq!(items_of(r#"{"a": 2}"#), None);
    }
}
