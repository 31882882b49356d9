//! The JSON of a stored thing: a text that is sent as it is, and a tree that is read and changed.

use std::{
    fmt,
    ops::{Deref, DerefMut, Range},
    sync::OnceLock,
};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Map, Value, value::RawValue};

/// An object of JSON. It is both a [`Map`] and [members](Self::raw_members) as text; each form is
/// made on first use.
#[derive(Clone, Default)]
pub struct Body {
    tree: OnceLock<Map<String, Value>>,
    text: OnceLock<RawJson>,
}

/// JSON, and where in it the members of the outermost object are.
#[derive(Clone)]
struct RawJson {
    json: Box<str>,
    members: Box<[MemberSpan]>,
}

/// Where a member is: its name without the quotes, and its value.
#[derive(Clone)]
struct MemberSpan {
    name: Range<usize>,
    value: Range<usize>,
}

impl Body {
    /// Takes the JSON of an object, as some other part of this library has written it.
    pub fn from_text(whole: impl Into<Box<str>>) -> serde_json::Result<Self> {
        let text = OnceLock::from(RawJson::parse(whole.into())?);
        Ok(Self {
            tree: OnceLock::new(),
            text,
        })
    }

    /// All of it as JSON.
    pub fn raw(&self) -> &str {
        &self.to_raw().json
    }

    /// The outermost names and values, in order, as JSON; names without their quotes.
    pub fn raw_members(&self) -> impl Iterator<Item = (&str, &str)> {
        let text = self.to_raw();
        let part = |range: &Range<usize>| &text.json[range.clone()];
        text.members
            .iter()
            .map(move |member| (part(&member.name), part(&member.value)))
    }

    /// The value of that name as JSON.
    pub fn raw_member(&self, name: &str) -> Option<&str> {
        self.raw_members()
            .find_map(|(known, value)| (known == name).then_some(value))
    }

    /// The tree, to be kept.
    pub fn into_map(self) -> Map<String, Value> {
        self.parsed();
        self.tree.into_inner().unwrap_or_default()
    }

    /// The tree, if it is there already.
    pub(crate) fn parsed_if_ready(&self) -> Option<&Map<String, Value>> {
        self.tree.get()
    }

    fn parsed(&self) -> &Map<String, Value> {
        self.tree.get_or_init(|| {
            let whole = self.text.get().map_or("{}", |text| &*text.json);
            serde_json::from_str(whole).unwrap_or_else(|error| {
                // It was whole when it was taken, so only its depth can be wrong.
                tracing::error!(%error, "stored JSON can't be read");
                Map::new()
            })
        })
    }

    fn to_raw(&self) -> &RawJson {
        self.text.get_or_init(|| {
            let whole = serde_json::to_string(self.parsed()).unwrap_or_else(|_| "{}".into());
            RawJson::parse(whole.into()).unwrap_or_else(|_| RawJson {
                json: "{}".into(),
                members: Box::default(),
            })
        })
    }
}

impl RawJson {
    fn parse(whole: Box<str>) -> serde_json::Result<Self> {
        let found = members_of(&whole)?;
        let start = whole.as_ptr() as usize;
        let place = |part: &str| {
            let from = part.as_ptr() as usize - start;
            from..from + part.len()
        };
        let members = found
            .into_iter()
            .map(|(name, value)| MemberSpan {
                name: place(name),
                value: place(value),
            })
            .collect();
        Ok(Self {
            json: whole,
            members,
        })
    }
}

/// The names, without quotes, and values of an object of JSON, as they are in it.
pub(crate) fn members_of(json: &str) -> serde_json::Result<Vec<(&str, &str)>> {
    let Members(members) = serde_json::from_str(json)?;
    Ok(members)
}

struct Members<'a>(Vec<(&'a str, &'a str)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::with_capacity(16);
                while let Some((name, value)) = map.next_entry::<&RawValue, &RawValue>()? {
                    let name = name.get();
                    let name = name.get(1..name.len() - 1).unwrap_or_default();
                    members.push((name, value.get()));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

impl Deref for Body {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Map<String, Value> {
        self.parsed()
    }
}

impl DerefMut for Body {
    #[allow(clippy::expect_used, reason = "the line before has put it there")]
    fn deref_mut(&mut self) -> &mut Map<String, Value> {
        self.parsed();
        self.text.take();
        self.tree.get_mut().expect("a tree that was just read")
    }
}

impl From<Map<String, Value>> for Body {
    fn from(tree: Map<String, Value>) -> Self {
        Self {
            tree: tree.into(),
            text: OnceLock::new(),
        }
    }
}

impl From<Body> for Value {
    fn from(body: Body) -> Self {
        Self::Object(body.into_map())
    }
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.raw())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tree(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn members_are_where_they_are_in_the_text() {
        let value = json!({ "a": 1, "b\\\"": { "c": [1, "}"] }, "": null, "é": "\u{1}\"" });
        let body = Body::from_text(value.to_string()).unwrap();
        let members: Vec<_> = body.raw_members().collect();
        let expected = [
            ("a", "1"),
            (r#"b\\\""#, r#"{"c":[1,"}"]}"#),
            ("", "null"),
            ("é", r#""\u0001\"""#),
        ];
        assert_eq!(members, expected);
        assert_eq!(body.raw_member("a"), Some("1"));
        assert_eq!(body.raw_member("c"), None);
        assert_eq!(*body, tree(&value));
    }

    #[test]
    fn body_change_shows_in_tree_and_text() {
        let mut body = Body::from_text(r#"{"a":1}"#).unwrap();
        body.insert("b".into(), 2.into());
        assert_eq!(body.raw(), r#"{"a":1,"b":2}"#);
        assert_eq!(body.raw_member("b"), Some("2"));
        body.shift_remove("a");
        assert_eq!(body.raw(), r#"{"b":2}"#);
        assert_eq!(body, Body::from(tree(&json!({ "b": 2 }))));
        assert_eq!(Body::default().raw(), "{}");
    }

    #[test]
    fn non_object_body_is_rejected() {
        for text in ["", "[]", "1", r#"{"a":}"#, r#"{"a":1"#, r#"{"a":1} {"#] {
            assert!(Body::from_text(text).is_err(), "{text}");
        }
    }
}
