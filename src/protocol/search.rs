//! Text, hashtags and names by which a search finds an object.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate};
use serde_json::Value;

use super::html;
use crate::model::{Object, fold_tag};

/// The most bytes of text of an object that are searched.
const MAX_TEXT_BYTES: usize = 64 * 1024;

/// Types of tags that are hashtags; those of other types name persons and things.
const HASHTAG_TYPES: &[&str] = &["hashtag", "http://activityschema.org/object/hashtag"];

/// Title, summary, content and tags as plain text.
pub(crate) fn text_of(object: &Object) -> String {
    let properties = ["displayName", "summary", "content"];
    let texts = properties
        .iter()
        .filter_map(|name| object.text_property(name));
    let mut all = String::new();
    for text in texts.map(plain) {
        all.push_str(&text);
        all.push('\n');
    }
    for name in tag_names(object) {
        all.push_str(name);
        all.push('\n');
    }
    all.truncate(all.floor_char_boundary(MAX_TEXT_BYTES));
    all
}

/// Text without markup. Most text has none.
fn plain(text: &str) -> Cow<'_, str> {
    if text.contains(['<', '&']) {
        html::plain(text).into()
    } else {
        text.into()
    }
}

/// The hashtags of an object, folded, in the order of its `tags`.
pub(crate) fn hashtags_of(object: &Object) -> impl Iterator<Item = String> {
    tag_names(object).filter_map(fold_tag)
}

/// The names of tags that name no other object.
fn tag_names(object: &Object) -> impl Iterator<Item = &str> {
    let tags = object.body.get("tags").and_then(Value::as_array);
    tags.into_iter().flatten().filter_map(tag_name)
}

/// The name of a tag, if it may be a hashtag.
pub(crate) fn tag_name(tag: &Value) -> Option<&str> {
    if let Value::String(name) = tag {
        return Some(name);
    }
    let object_type = tag.get("objectType").and_then(Value::as_str);
    let is_name = object_type.is_none_or(|object_type| HASHTAG_TYPES.contains(&object_type));
    let name = tag.get("displayName")?.as_str()?;
    is_name.then_some(name)
}

/// The day on which an object was published, in UTC.
pub(crate) fn day_of(object: &Object) -> Option<NaiveDate> {
    let published = object.text_property("published")?;
    let published = DateTime::parse_from_rfc3339(published).ok()?;
    Some(published.to_utc().date_naive())
}

/// The names of an actor: title, nickname and address.
pub(crate) fn names_of(actor: &Object) -> impl Iterator<Item = &str> {
    let address = actor.id.strip_prefix("acct:");
    let names = ["displayName", "preferredUsername"];
    let names = names
        .into_iter()
        .filter_map(|name| actor.text_property(name));
    names.chain(address)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(body: &Value) -> Object {
        let body = body.as_object().unwrap().clone();
        Object::new("note", "n", "n", body)
    }

    #[test]
    fn text_is_of_title_summary_content_and_tags_without_markup() {
        let note = object(&json!({
            "displayName": "A <b>title</b>",
            "content": "<p>one</p><p>t<i>w</i>o &amp; three</p><script>four</script>",
            "tags": ["five", { "objectType": "person", "displayName": "six" }],
            "image": { "displayName": "seven" },
        }));
        assert_eq!(text_of(&note), "A title\none\ntwo & three\nfive\n");
        assert_eq!(text_of(&object(&json!({}))), "");
    }

    #[test]
    fn text_is_cut_between_characters() {
        let text = text_of(&object(&json!({ "content": "é€".repeat(20_000) })));
        assert!((MAX_TEXT_BYTES - 2..=MAX_TEXT_BYTES).contains(&text.len()));
    }

    #[test]
    fn hashtags_are_tags_that_name_nothing_else() {
        let note = object(&json!({ "tags": [
            "Tea", "two words", { "displayName": "#Milk" },
            { "objectType": "hashtag", "displayName": "Sugar", "url": "https://h/tag/sugar" },
            { "objectType": "http://activityschema.org/object/hashtag", "displayName": "x" },
            { "objectType": "person", "displayName": "Alice" }, 7, {},
        ] }));
        let tags: Vec<String> = hashtags_of(&note).collect();
        assert_eq!(tags, ["tea", "milk", "sugar", "x"]);
    }

    #[test]
    fn the_day_is_that_of_utc() {
        for (published, day) in [
            ("2026-01-31T23:30:00-02:00", Some("2026-02-01")),
            ("2026-01-31T23:30:00Z", Some("2026-01-31")),
            ("yesterday", None),
        ] {
            let day_of = day_of(&object(&json!({ "published": published })));
            assert_eq!(
                day_of.map(|day| day.to_string()).as_deref(),
                day,
                "{published}"
            );
        }
    }
}
