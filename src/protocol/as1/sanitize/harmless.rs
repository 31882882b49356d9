//! Takes out of JSON, at any depth, what would do harm where a client shows it.

use serde_json::{Map, Value};

use super::shape::{TIMES, is_id, is_time};
use crate::protocol::html::{
    begins_tag, escape_stray, is_link, is_script, sanitise, without_markup,
};

/// Properties that are HTML.
const HTML_PROPERTIES: &[&str] = &["content", "pageContent", "summary"];

/// Properties that are text, which clients show as it is.
const TEXT: &[&str] = &["choice", "displayName", "name", "preferredUsername"];

/// Properties with an address in them, besides those whose name ends with `url` or `uri`.
const ADDRESSES: &[&str] = &[
    "href",
    "src",
    "icon",
    "image",
    "fullImage",
    "stream",
    "banner",
];

/// Takes out of an object, and of all that is in it, what would do harm where it is shown.
///
/// Markup is sanitised in every string that isn't known to be plain text, and taken out of titles,
/// which may be either. `pump_io` goes from all things within, as do odd ids and times. An address
/// stays if it is a link (`http:`, `mailto:` and the like) or a name (`acct:`, `urn:`, `tag:`). A
/// string that begins like a program goes wherever it is no text for people. Members whose names
/// begin with `_` or have markup in them go too.
pub(crate) fn disarm(object: &mut Map<String, Value>) {
    object.retain(|key, value| !key.starts_with('_') && !key.contains('<') && is_kept(key, value));
}

/// Disarms a value, and tells whether anything of it may stay.
fn is_kept(key: &str, value: &mut Value) -> bool {
    match value {
        Value::Object(object) => {
            object.shift_remove("pump_io");
            disarm(object);
        }
        Value::Array(list) => list.retain_mut(|entry| is_kept(key, entry)),
        Value::String(_) if TEXT.contains(&key) => {}
        Value::String(text) => {
            match key {
                "id" => return is_id(text),
                key if TIMES.contains(&key) => return is_time(text),
                _ => {}
            }
            if is_address(key) {
                return text.is_empty() || is_link(text);
            }
            let is_html = HTML_PROPERTIES.contains(&key);
            if !is_html && key != "title" && is_script(text) {
                return false;
            }
            if !has_markup(text, is_html) {
                return true;
            }
            *text = match key {
                "title" => without_markup(text),
                _ if is_html => sanitise(text),
                _ => sanitise_unless_stray(text),
            };
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    true
}

/// Whether there is anything to sanitise; in HTML a `<` is to be escaped wherever it stands.
fn has_markup(text: &str, is_html: bool) -> bool {
    let mut brackets = text.match_indices('<');
    brackets.any(|(at, _)| is_html || begins_tag(&text[at + 1..])) || text.contains('\0')
}

/// Sanitises text that need not be HTML.
fn sanitise_unless_stray(text: &str) -> String {
    let escaped = escape_stray(text);
    if has_markup(&escaped, false) {
        return sanitise(&escaped);
    }
    escaped.into_owned()
}

fn is_address(key: &str) -> bool {
    let ending = key.len().checked_sub(3).and_then(|at| key.get(at..));
    let is_url = |end: &str| end.eq_ignore_ascii_case("url") || end.eq_ignore_ascii_case("uri");
    ending.is_some_and(is_url) || ADDRESSES.contains(&key)
}
