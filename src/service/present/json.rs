//! JSON that is put together from texts that are there already: what is stored goes out as it was
//! stored.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::model::members_of;

/// JSON, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RenderedJson(String);

impl RenderedJson {
    /// The JSON.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The JSON, to be sent.
    pub(crate) fn into_string(self) -> String {
        self.0
    }

    /// As a tree, for those who look into it.
    pub(crate) fn to_value(&self) -> Value {
        serde_json::from_str(&self.0).unwrap_or_default()
    }
}

impl From<Value> for RenderedJson {
    fn from(value: Value) -> Self {
        Self(value.to_string())
    }
}

impl From<&str> for RenderedJson {
    fn from(text: &str) -> Self {
        Value::from(text).into()
    }
}

impl From<JsonObject<'_>> for RenderedJson {
    fn from(members: JsonObject<'_>) -> Self {
        let mut text = String::with_capacity(members.length());
        members.write(&mut text);
        Self(text)
    }
}

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum JsonNode<'a> {
    /// JSON.
    Raw(Cow<'a, str>),
    /// An object.
    Object(JsonObject<'a>),
    /// A list.
    List(Vec<JsonNode<'a>>),
}

/// The members of an object, in order. None is there twice. Names are as in JSON, without the
/// quotes.
#[derive(Clone, Debug, Default)]
pub(crate) struct JsonObject<'a>(Vec<(Cow<'a, str>, JsonNode<'a>)>);

impl<'a> JsonNode<'a> {
    /// JSON as it is.
    pub(crate) fn raw(json: &'a str) -> Self {
        Self::Raw(json.into())
    }

    fn length(&self) -> usize {
        match self {
            Self::Raw(json) => json.len(),
            Self::Object(members) => members.length(),
            Self::List(parts) => parts.iter().map(|part| part.length() + 1).sum::<usize>() + 2,
        }
    }

    fn write(&self, text: &mut String) {
        match self {
            Self::Raw(json) => text.push_str(json),
            Self::Object(members) => members.write(text),
            Self::List(parts) => {
                text.push('[');
                for (number, part) in parts.iter().enumerate() {
                    if number > 0 {
                        text.push(',');
                    }
                    part.write(text);
                }
                text.push(']');
            }
        }
    }
}

impl From<Value> for JsonNode<'_> {
    fn from(value: Value) -> Self {
        Self::Raw(value.to_string().into())
    }
}

impl From<RenderedJson> for JsonNode<'_> {
    fn from(rendered: RenderedJson) -> Self {
        Self::Raw(rendered.0.into())
    }
}

impl From<bool> for JsonNode<'_> {
    fn from(flag: bool) -> Self {
        Self::raw(if flag { "true" } else { "false" })
    }
}

impl From<u64> for JsonNode<'_> {
    fn from(count: u64) -> Self {
        Self::Raw(count.to_string().into())
    }
}

impl From<&str> for JsonNode<'_> {
    fn from(text: &str) -> Self {
        Value::from(text).into()
    }
}

impl<'a> From<JsonObject<'a>> for JsonNode<'a> {
    fn from(members: JsonObject<'a>) -> Self {
        Self::Object(members)
    }
}

impl<'a> From<Vec<JsonNode<'a>>> for JsonNode<'a> {
    fn from(parts: Vec<JsonNode<'a>>) -> Self {
        Self::List(parts)
    }
}

impl From<Map<String, Value>> for JsonObject<'_> {
    fn from(made: Map<String, Value>) -> Self {
        let made = Value::Object(made).to_string();
        Self::read(&Cow::Owned(made)).unwrap_or_default()
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for JsonObject<'a> {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(members: I) -> Self {
        let members = members.into_iter();
        Self(
            members
                .map(|(name, json)| (name.into(), JsonNode::raw(json)))
                .collect(),
        )
    }
}

impl<'a> JsonObject<'a> {
    /// The value of a name.
    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut JsonNode<'a>> {
        self.0
            .iter_mut()
            .find_map(|(known, part)| (*known == name).then_some(part))
    }

    /// Gives a name a value: in place of the one it has, or after all others.
    pub(crate) fn insert(&mut self, name: impl Into<Cow<'a, str>>, part: impl Into<JsonNode<'a>>) {
        let (name, part) = (name.into(), part.into());
        match self.get_mut(&name) {
            Some(there) => *there = part,
            None => self.0.push((name, part)),
        }
    }

    /// Takes a name out.
    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| *known != name);
    }

    /// Keeps the names that pass.
    pub(crate) fn retain(&mut self, passes: impl Fn(&str) -> bool) {
        self.0.retain(|(name, _)| passes(name));
    }

    /// Adds a member to the object that a name stands for, which is made if it is not there. A
    /// value that is not an object stays as it is.
    pub(crate) fn extend(&mut self, name: &'a str, inner: &'a str, part: impl Into<JsonNode<'a>>) {
        if self.get_mut(name).is_none() {
            self.0
                .push((name.into(), JsonNode::Object(JsonObject::default())));
        }
        let Some(outer) = self.get_mut(name) else {
            return;
        };
        if let JsonNode::Raw(json) = outer
            && let Ok(members) = Self::read(json)
        {
            *outer = JsonNode::Object(members);
        }
        if let JsonNode::Object(members) = outer {
            members.insert(inner, part);
        }
    }

    fn read(json: &Cow<'a, str>) -> serde_json::Result<Self> {
        Ok(match json {
            Cow::Borrowed(json) => members_of(json)?.into_iter().collect(),
            Cow::Owned(json) => {
                let members = members_of(json)?.into_iter();
                let owned = |json: &str| Cow::from(json.to_owned());
                Self(
                    members
                        .map(|(name, json)| (owned(name), JsonNode::Raw(owned(json))))
                        .collect(),
                )
            }
        })
    }

    fn length(&self) -> usize {
        let members = self.0.iter();
        members
            .map(|(name, part)| name.len() + part.length() + 4)
            .sum::<usize>()
            + 2
    }

    fn write(&self, text: &mut String) {
        text.push('{');
        for (number, (name, part)) in self.0.iter().enumerate() {
            text.push_str(if number > 0 { ",\"" } else { "\"" });
            text.push_str(name);
            text.push_str("\":");
            part.write(text);
        }
        text.push('}');
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn assembled_json_keeps_insertion_order() {
        let stored = json!({ "a": "\"", "likes": { "url": "u" }, "b": [1], "n": null });
        let stored = stored.to_string();
        let mut members: JsonObject = members_of(&stored).unwrap().into_iter().collect();
        members.insert("b", vec![JsonNode::from("é\u{1}"), JsonNode::from(2)]);
        members.extend("likes", "totalItems", 3);
        members.extend("likes", "totalItems", 4);
        members.extend("new", "yes", true);
        members.extend("n", "stays", true);
        members.insert("made", json!({ "x": 1 }));
        members.extend("made", "y", 2);
        members.remove("a");
        let expected = concat!(
            r#"{"likes":{"url":"u","totalItems":4},"b":["é\u0001",2],"n":null,"#,
            r#""new":{"yes":true},"made":{"x":1,"y":2}}"#
        );
        let length = members.length();
        let rendered = RenderedJson::from(members);
        assert_eq!(rendered.as_str(), expected);
        assert!(length >= expected.len());
    }
}
