//! Takes out what clients must not set, sanitises what is HTML, and refuses what has the wrong shape.

use std::collections::HashSet;

use chrono::DateTime;
use serde_json::{Map, Value};
use url::Url;

use super::bounds;
use crate::{model::Reference, protocol::html::sanitise};

/// What a client sent has a shape we can't store. The text is for the client.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub struct Malformed(pub(super) String);

/// Properties of objects that the server computes; what a client sends for them is dropped.
const COMPUTED: &[&str] = &[
    "likes", "replies", "shares", "members", "liked", "author", "deleted",
];

/// Properties of objects that an update can't change (pump-api 8, and 18.2 no. 5 for `author`).
const IMMUTABLE: &[&str] = &[
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

/// Properties that are strings wherever they stand.
const STRINGS: &[&str] = &[
    "id",
    "objectType",
    "displayName",
    "url",
    "published",
    "updated",
    "content",
    "summary",
    "title",
    "verb",
];

/// Properties of an object that are HTML.
const HTML: &[&str] = &["content", "summary"];

/// Properties of an object that are files: `{"url", "width", "height"}`.
const FILES: &[&str] = &["image", "fullImage", "stream"];

/// Cleans an object (not an activity) from a client: keys that begin with `_` and computed
/// properties go, `content` and `summary` are sanitised, `inReplyTo` becomes a reference.
pub fn clean_object(object: Map<String, Value>) -> Result<Map<String, Value>, Malformed> {
    let mut object = clean_nested(object)?;
    object.retain(|key, _| !COMPUTED.contains(&key.as_str()));
    keep_full_image(&mut object)?;
    match object.get("inReplyTo") {
        None => {}
        Some(Value::Null) => {
            object.shift_remove("inReplyTo");
        }
        Some(parent) => {
            let parent = Reference::from_value(parent)
                .ok_or_else(|| Malformed("'inReplyTo' must be an object with an 'id'".into()))?;
            bounds::check_reference(&parent)?;
            object.insert("inReplyTo".into(), parent.to_value());
        }
    }
    Ok(object)
}

/// Cleans what else is said of a thing, member by member, like [`clean_object`]: what has the wrong shape is left out, and
/// given by its name to `left_out`, and the rest stays.
pub fn clean_members(
    said: Map<String, Value>,
    mut left_out: impl FnMut(&str, Malformed),
) -> Map<String, Value> {
    let mut clean = Map::new();
    for (name, value) in said {
        match clean_nested(Map::from_iter([(name.clone(), value)])) {
            Ok(member) => clean.extend(member),
            Err(malformed) => left_out(&name, malformed),
        }
    }
    clean
}

/// Cleans an activity from a client, but for its `object` and `target`, which
/// [`clean_object`] cleans.
pub fn clean_activity(mut activity: Map<String, Value>) -> Result<Map<String, Value>, Malformed> {
    activity.retain(|key, value| !key.starts_with('_') && !value.is_null());
    bounds::check(&activity)?;
    check_strings(&activity)?;
    times_as_on_the_wire(&mut activity)?;
    if let Some(Value::String(content)) = activity.get_mut("content") {
        *content = sanitise(content);
    }
    for key in ["provider", "context", "source", "location"] {
        if let Some(value) = activity.remove(key) {
            activity.insert(
                key.into(),
                Value::Object(clean_nested(object_of(key, value)?)?),
            );
        }
    }
    Ok(activity)
}

/// Merges the properties of an update into a stored object: shallow, `null` removes, and what
/// is immutable or computed stays as it is.
pub fn merge(stored: &mut Map<String, Value>, update: Map<String, Value>) {
    for (key, value) in update {
        if IMMUTABLE.contains(&key.as_str()) || COMPUTED.contains(&key.as_str()) {
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
pub fn references(key: &str, value: &Value) -> Result<Vec<Reference>, Malformed> {
    let wrong = || {
        Malformed(format!(
            "'{key}' must be an array of objects with 'objectType' and 'id'"
        ))
    };
    let mut seen = HashSet::new();
    let mut references: Vec<Reference> = Vec::new();
    for entry in value.as_array().ok_or_else(wrong)? {
        let reference = Reference::from_value(entry).ok_or_else(wrong)?;
        bounds::check_reference(&reference)?;
        if seen.insert(reference.clone()) {
            references.push(reference);
        }
    }
    Ok(references)
}

/// What holds for an object wherever it stands.
fn clean_nested(mut object: Map<String, Value>) -> Result<Map<String, Value>, Malformed> {
    object.retain(|key, _| !key.starts_with('_'));
    bounds::check(&object)?;
    numbers_to_text(&mut object);
    check_strings(&object)?;
    check_url(&object)?;
    times_as_on_the_wire(&mut object)?;
    for key in HTML {
        if let Some(Value::String(html)) = object.get_mut(*key) {
            *html = sanitise(html);
        }
    }
    for key in FILES {
        if let Some(file) = object.get(*key).filter(|file| !file.is_null()) {
            check_file(key, file)?;
        }
    }
    if let Some(url) = object.get("fileUrl").filter(|url| !url.is_null()) {
        check_address("fileUrl", url)?;
    }
    for key in ["attachments", "tags"] {
        if let Some(value) = object.get_mut(key).filter(|value| !value.is_null()) {
            clean_list(key, value)?;
        }
    }
    if let Some(location) = object.remove("location") {
        let location = if location.is_null() {
            location
        } else {
            Value::Object(clean_nested(object_of("location", location)?)?)
        };
        object.insert("location".into(), location);
    }
    downstream_to_array(&mut object)?;
    Ok(object)
}

fn clean_list(key: &str, value: &mut Value) -> Result<(), Malformed> {
    let list = value
        .as_array_mut()
        .ok_or_else(|| Malformed(format!("'{key}' must be an array")))?;
    for entry in list {
        match std::mem::take(entry) {
            Value::Object(object) => *entry = Value::Object(clean_entry(key, object)?),
            text @ Value::String(_) if key == "tags" => *entry = text,
            _ => return Err(Malformed(format!("'{key}' must be an array of objects"))),
        }
    }
    Ok(())
}

/// An attachment is found by what it is: peers refuse one that does not say (pump-api 7.8).
fn clean_entry(key: &str, entry: Map<String, Value>) -> Result<Map<String, Value>, Malformed> {
    let says = |part: &str| entry.get(part).is_some_and(Value::is_string);
    if key == "attachments" && !(says("id") && says("objectType")) {
        return Err(Malformed(
            "'attachments' must have 'objectType' and 'id'".into(),
        ));
    }
    clean_nested(entry)
}

/// The sanitiser of the reference makes text of numbers, and clients came to send them.
fn numbers_to_text(object: &mut Map<String, Value>) {
    for key in HTML {
        if let Some(number @ Value::Number(_)) = object.get_mut(*key) {
            *number = Value::String(number.to_string());
        }
    }
}

/// Of `pump_io`, which is the server's, a person may set one thing: the large form of their avatar.
fn keep_full_image(object: &mut Map<String, Value>) -> Result<(), Malformed> {
    let Some(mut extension) = object.remove("pump_io") else {
        return Ok(());
    };
    let image = extension
        .get_mut("fullImage")
        .map(Value::take)
        .filter(|image| !image.is_null());
    if let (Some("person"), Some(image)) = (object.get("objectType").and_then(Value::as_str), image)
    {
        check_file("fullImage", &image)?;
        object.insert("pump_io".into(), serde_json::json!({ "fullImage": image }));
    }
    Ok(())
}

fn check_strings(object: &Map<String, Value>) -> Result<(), Malformed> {
    let wrong = STRINGS.iter().find(|key| {
        object
            .get(**key)
            .is_some_and(|value| !value.is_string() && !value.is_null())
    });
    match wrong {
        Some(key) => Err(Malformed(format!("'{key}' must be a string"))),
        None if ["id", "objectType"]
            .iter()
            .any(|key| object.get(*key).and_then(Value::as_str) == Some("")) =>
        {
            Err(Malformed("'id' and 'objectType' must not be empty".into()))
        }
        None => Ok(()),
    }
}

/// Clients read and compare times as text, so there is one form for all of them.
fn times_as_on_the_wire(object: &mut Map<String, Value>) -> Result<(), Malformed> {
    for key in ["published", "updated"] {
        let Some(Value::String(time)) = object.get_mut(key) else {
            continue;
        };
        let parsed = DateTime::parse_from_rfc3339(time)
            .map_err(|_| Malformed(format!("'{key}' must be a time, as 2027-01-15T08:00:00Z")))?;
        *time = parsed.to_utc().format("%Y-%m-%dT%H:%M:%SZ").to_string();
    }
    Ok(())
}

/// An address that people follow must not be a program that runs where they are.
fn check_url(object: &Map<String, Value>) -> Result<(), Malformed> {
    let url = object
        .get("url")
        .and_then(Value::as_str)
        .unwrap_or_default();
    // Browsers pass over what can't be seen.
    let scheme: String = url
        .chars()
        .take_while(|c| *c != ':')
        .filter(|c| !c.is_control() && !c.is_whitespace())
        .map(|c| c.to_ascii_lowercase())
        .collect();
    match scheme.as_str() {
        "javascript" | "data" | "vbscript" => {
            Err(Malformed("'url' must be the address of a page".into()))
        }
        _ => Ok(()),
    }
}

fn check_file(key: &str, file: &Value) -> Result<(), Malformed> {
    let fits = file.is_object()
        && ["width", "height", "duration"].iter().all(|size| {
            file.get(*size)
                .is_none_or(|value| value.is_number() || value.is_null())
        });
    if !fits {
        return Err(Malformed(format!(
            "'{key}' must be an object with a 'url' and numbers for its size"
        )));
    }
    check_address(key, &file["url"])
}

/// What is loaded where people are, without their asking, is on the web.
fn check_address(key: &str, url: &Value) -> Result<(), Malformed> {
    let url = url.as_str().and_then(|url| Url::parse(url).ok());
    match url {
        Some(url) if matches!(url.scheme(), "http" | "https") => Ok(()),
        _ => Err(Malformed(format!(
            "'{key}' must have a 'url' that begins with http: or https:"
        ))),
    }
}

/// `upstreamDuplicates` and its counterpart are arrays of strings; some peers send the first as an
/// object with numbers for keys (pump-api 18.1 no. 32).
fn downstream_to_array(object: &mut Map<String, Value>) -> Result<(), Malformed> {
    for key in ["upstreamDuplicates", "downstreamDuplicates"] {
        let Some(value) = object.get_mut(key) else {
            continue;
        };
        if let Value::Object(numbered) = value {
            *value = numbered.values().cloned().collect();
        }
        if !value
            .as_array()
            .is_some_and(|list| list.iter().all(Value::is_string))
        {
            return Err(Malformed(format!("'{key}' must be an array of strings")));
        }
    }
    Ok(())
}

fn object_of(key: &str, value: Value) -> Result<Map<String, Value>, Malformed> {
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(Malformed(format!("'{key}' must be an object"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[allow(clippy::needless_pass_by_value, reason = "it reads like a literal")]
    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn what_the_server_computes_and_what_begins_with_an_underscore_is_dropped() {
        let cleaned = clean_object(map(json!({
            "objectType": "note", "content": "hi", "_uuid": "x", "likes": {"totalItems": 9},
            "author": {"id": "acct:mallory@h"}, "pump_io": {"shared": true}, "license": "CC0"
        })));
        assert_eq!(
            cleaned.unwrap(),
            map(json!({"objectType": "note", "content": "hi", "license": "CC0"}))
        );
    }

    #[test]
    fn scripts_are_taken_out_wherever_html_may_stand() {
        let evil = "<b>x</b><script>alert(1)</script>";
        let cleaned = clean_object(map(json!({
            "objectType": "note", "content": evil, "summary": evil,
            "attachments": [{"objectType": "image", "id": "x", "content": evil}],
            "location": {"objectType": "place", "content": evil}
        })))
        .unwrap();
        assert!(!serde_json::to_string(&cleaned).unwrap().contains("alert"));
        assert_eq!(cleaned["content"], "<b>x</b>");
    }

    #[test]
    fn wrong_types_are_refused_by_name() {
        for (object, name) in [
            (json!({"content": []}), "content"),
            (json!({"displayName": 5}), "displayName"),
            (json!({"inReplyTo": "x"}), "inReplyTo"),
            (json!({"attachments": {}}), "attachments"),
            (json!({"attachments": [3]}), "attachments"),
            (json!({"attachments": [{"id": "x"}]}), "attachments"),
            (
                json!({"attachments": [{"objectType": "image"}]}),
                "attachments",
            ),
            (json!({"image": "x"}), "image"),
            (
                json!({"image": {"url": "http://h/x", "width": "3"}}),
                "image",
            ),
            (json!({"image": {"url": "x"}}), "image"),
            (json!({"image": {"url": "data:image/png;base64,"}}), "image"),
            (json!({"image": {"width": 3}}), "image"),
            (
                json!({"fullImage": {"url": " javascript:alert(1)"}}),
                "fullImage",
            ),
            (json!({"stream": {"url": "file:///etc/passwd"}}), "stream"),
            (json!({"fileUrl": "ftp://h/x"}), "fileUrl"),
            (
                json!({"attachments": [{"id": "x", "objectType": "image", "image": {"url": "x"}}]}),
                "image",
            ),
            (json!({"location": "here"}), "location"),
            (json!({"id": ""}), "id"),
            (json!({"published": "yesterday"}), "published"),
            (json!({"url": " JavaScript:alert(1)"}), "url"),
            (json!({"url": "\u{1}java\nscript\t:alert(1)"}), "url"),
            (
                json!({"objectType": "person", "pump_io": {"fullImage": {"url": 1}}}),
                "fullImage",
            ),
            (json!({"upstreamDuplicates": [1]}), "upstreamDuplicates"),
        ] {
            let refused = clean_object(map(object)).unwrap_err();
            assert!(refused.to_string().contains(name), "{refused}");
        }
    }

    #[test]
    fn what_has_the_wrong_shape_is_left_out_of_members() {
        let mut left_out = Vec::new();
        let said = map(json!({
            "content": "<b>x</b><script>alert(1)</script>", "displayName": 5, "summary": null,
            "image": {"url": "javascript:alert(1)"}, "fullImage": {"url": "https://h/x.png", "width": 1},
        }));
        let clean = clean_members(said, |name, _| left_out.push(name.to_owned()));
        let wanted = json!({
            "content": "<b>x</b>", "summary": null, "fullImage": {"url": "https://h/x.png", "width": 1},
        });
        assert_eq!(clean, map(wanted));
        assert_eq!(left_out, ["displayName", "image"]);
    }

    #[test]
    fn times_are_kept_in_one_form() {
        let cleaned =
            clean_object(map(json!({"published": "2014-02-03T04:05:06.789+02:00"}))).unwrap();
        assert_eq!(cleaned["published"], "2014-02-03T02:05:06Z");
    }

    #[test]
    fn a_numbered_object_of_duplicates_becomes_an_array() {
        let cleaned =
            clean_object(map(json!({"upstreamDuplicates": {"0": "a", "1": "b"}}))).unwrap();
        assert_eq!(cleaned["upstreamDuplicates"], json!(["a", "b"]));
    }

    #[test]
    fn an_update_changes_neither_id_nor_author_and_null_removes() {
        let mut stored =
            map(json!({"id": "1", "content": "old", "displayName": "t", "published": "p"}));
        merge(
            &mut stored,
            map(
                json!({"id": "2", "content": "new", "displayName": null, "author": {}, "published": "q"}),
            ),
        );
        assert_eq!(
            stored,
            map(json!({"id": "1", "content": "new", "published": "p"}))
        );
    }

    #[test]
    fn addressees_are_read_once_each() {
        let list = json!([{"objectType": "person", "id": "a", "pump_io": {}}, {"objectType": "person", "id": "a"}]);
        assert_eq!(
            references("to", &list).unwrap(),
            [Reference::new("person", "a")]
        );
        assert!(references("to", &json!("acct:a@b")).is_err());
        assert!(references("to", &json!([{"objectType": "person"}])).is_err());
    }
}
