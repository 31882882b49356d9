//! The shape of what is said of a thing: refused by name where it is wrong.

use chrono::{DateTime, Datelike, Utc};
use serde_json::{Map, Value};
use url::Url;

use crate::protocol::{
    as1::{Malformed, bounds},
    html::{is_link, is_script},
};

/// Properties by which a thing that a client put into another one could pass for a thing of this
/// server: computed ones, its author, and where it is found.
const CLAIMS: &[&str] = &[
    "author",
    "deleted",
    "favorites",
    "followers",
    "following",
    "liked",
    "likes",
    "links",
    "lists",
    "members",
    "pump_io",
    "replies",
    "shares",
];

/// Properties that are times.
pub(super) const TIMES: &[&str] = &["published", "updated", "startTime", "endTime"];

/// Properties that are strings wherever they stand.
const STRING_PROPERTIES: &[&str] = &[
    "id",
    "objectType",
    "displayName",
    "url",
    "published",
    "updated",
    "startTime",
    "endTime",
    "content",
    "pageContent",
    "summary",
    "title",
    "verb",
];

/// Properties that clients may give as numbers.
const NUMBERED: &[&str] = &["content", "summary"];

/// Properties of an object that are files: `{"url", "width", "height"}`.
const FILE_PROPERTIES: &[&str] = &["image", "fullImage", "stream", "banner"];

/// Checks an object wherever it stands: bounds, types, times, addresses and files.
pub(super) fn shaped(mut object: Map<String, Value>) -> Result<Map<String, Value>, Malformed> {
    bounds::check(&object)?;
    numbers_to_text(&mut object);
    check_strings(&object)?;
    check_url(&object)?;
    times_as_on_the_wire(&mut object)?;
    for key in FILE_PROPERTIES {
        if let Some(file) = object.get(*key).filter(|file| !file.is_null()) {
            check_file(key, file)?;
        }
    }
    if let Some(url) = object.get("fileUrl").filter(|url| !url.is_null()) {
        check_address("fileUrl", url)?;
    }
    for key in ["attachments", "tags"] {
        if let Some(value) = object.get_mut(key).filter(|value| !value.is_null()) {
            check_list(key, value)?;
        }
    }
    if let Some(location) = object.get_mut("location").filter(|value| !value.is_null()) {
        let inner = object_of("location", location.take())?;
        *location = Value::Object(shaped_part(inner)?);
    }
    downstream_to_array(&mut object)?;
    Ok(object)
}

/// Shapes a thing that stands in another one: without what it claims to be, and without an address
/// that can't be followed.
pub(super) fn shaped_part(mut part: Map<String, Value>) -> Result<Map<String, Value>, Malformed> {
    drop_claims(&mut part);
    let url = part.get("url").and_then(Value::as_str);
    if url.is_some_and(|url| !url.is_empty() && !is_link(url)) {
        part.shift_remove("url");
    }
    shaped(part)
}

/// Takes out of a thing that is not stored by itself all by which it passes for one that is.
pub(crate) fn drop_claims(part: &mut Map<String, Value>) {
    part.retain(|key, _| !CLAIMS.contains(&key.as_str()));
}

fn check_list(key: &str, value: &mut Value) -> Result<(), Malformed> {
    let list = value
        .as_array_mut()
        .ok_or_else(|| Malformed(format!("'{key}' must be an array")))?;
    for entry in list {
        match std::mem::take(entry) {
            Value::Object(object) => *entry = Value::Object(check_entry(key, object)?),
            text @ Value::String(_) if key == "tags" => *entry = text,
            _ => return Err(Malformed(format!("'{key}' must be an array of objects"))),
        }
    }
    Ok(())
}

/// An attachment is found by what it is: peers refuse one that does not say (pump-api 7.8).
fn check_entry(key: &str, entry: Map<String, Value>) -> Result<Map<String, Value>, Malformed> {
    let says = |part: &str| entry.get(part).is_some_and(Value::is_string);
    if key == "attachments" && !(says("id") && says("objectType")) {
        return Err(Malformed(
            "'attachments' must have 'objectType' and 'id'".into(),
        ));
    }
    shaped_part(entry)
}

/// The sanitiser of the reference makes text of numbers, and clients came to send them.
fn numbers_to_text(object: &mut Map<String, Value>) {
    for key in NUMBERED {
        if let Some(number @ Value::Number(_)) = object.get_mut(*key) {
            *number = Value::String(number.to_string());
        }
    }
}

fn check_strings(object: &Map<String, Value>) -> Result<(), Malformed> {
    let wrong = STRING_PROPERTIES.iter().find(|key| {
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

/// Clients read and compare times as text, so there is one form for all of them: whole seconds in
/// UTC, of the years that RFC 3339 can write.
fn times_as_on_the_wire(object: &mut Map<String, Value>) -> Result<(), Malformed> {
    for key in TIMES {
        let Some(Value::String(time)) = object.get_mut(*key) else {
            continue;
        };
        let second = second_of(time)
            .ok_or_else(|| Malformed(format!("'{key}' must be a time, as 2027-01-15T08:00:00Z")))?;
        *time = second.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    }
    Ok(())
}

/// Reads a time, without the fraction, in which a leap second hides.
fn second_of(time: &str) -> Option<DateTime<Utc>> {
    let parsed = DateTime::parse_from_rfc3339(time).ok()?;
    let second = DateTime::from_timestamp(parsed.timestamp(), 0);
    second.filter(|second| (0..=9999).contains(&second.year()))
}

pub(super) fn is_time(text: &str) -> bool {
    second_of(text).is_some()
}

/// Returns whether a text can be an id. Ids are kept to the byte, so none may have what is cleaned
/// out of texts, or that ends a line. Spaces within are as old as the API.
pub(super) fn is_id(text: &str) -> bool {
    let is_odd = |c: char| c == '<' || c.is_control() || c.is_whitespace() && c != ' ';
    !text.is_empty() && text.trim() == text && !text.contains(is_odd) && !is_script(text)
}

/// An address that people follow, and a name, must not be a program that runs where they are.
fn check_url(object: &Map<String, Value>) -> Result<(), Malformed> {
    let text = |key| object.get(key).and_then(Value::as_str);
    let url = text("url").filter(|url| !url.is_empty());
    if url.is_some_and(|url| !is_link(url)) {
        return Err(Malformed("'url' must be the address of a page".into()));
    }
    text("id").map_or(Ok(()), check_id)
}

/// Refuses what can't be an id.
pub(super) fn check_id(id: &str) -> Result<(), Malformed> {
    if is_id(id) {
        return Ok(());
    }
    let message = "'id' must be a name or an address, without '<' and line breaks";
    Err(Malformed(message.into()))
}

pub(super) fn check_file(key: &str, file: &Value) -> Result<(), Malformed> {
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

/// URLs that clients load automatically must be web addresses.
fn check_address(key: &str, url: &Value) -> Result<(), Malformed> {
    let link = url.as_str().filter(|url| is_link(url));
    match link.and_then(|url| Url::parse(url).ok()) {
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

pub(super) fn object_of(key: &str, value: Value) -> Result<Map<String, Value>, Malformed> {
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(Malformed(format!("'{key}' must be an object"))),
    }
}
