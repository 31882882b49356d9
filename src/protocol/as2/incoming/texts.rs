//! Content of things: for clients that know nothing but HTML, and for pages, which show warnings,
//! polls and quotes by themselves.

use serde_json::{Map, Value};

use super::{
    attachment::{MAX_NAME_CHARS, attached_links},
    persons::Persons,
    question::poll,
    quote::{Quote, without_fallback},
};
use crate::{
    model::is_blank,
    protocol::{
        as2::values::{first_object, natural, type_of},
        html::{escape, plain},
        shortened,
    },
};

/// Maximum length of a language tag.
const MAX_TAG_BYTES: usize = 35;

/// Writes the content, and the warning that most servers have in `summary`.
pub(super) fn texts(
    persons: &Persons<'_>,
    object: &Map<String, Value>,
    object_type: &str,
    thing: &mut Map<String, Value>,
) {
    let is_sensitive = object.get("sensitive") == Some(&Value::Bool(true));
    // Misskey writes an empty warning as an invisible character.
    let summary = natural(object, "summary").filter(|summary| !is_blank(summary));
    // The summary of an article is mostly the beginning of it.
    let warning = summary.filter(|_| object_type != "article" || is_sensitive);
    if let Some(summary) = summary {
        thing.insert("summary".into(), summary.into());
    }
    if is_sensitive || warning.is_some() {
        thing.insert("sensitive".into(), true.into());
    }
    if let Some(language) = language(object) {
        thing.insert("language".into(), language.into());
    }
    let said = said(object);
    let mut content = String::new();
    if let Some(warning) = warning {
        let warning = escape(&plain(warning));
        content.extend(["<p><strong>", &warning, "</strong></p>"]);
    }
    content.push_str(&said);
    if let Some(poll) = poll(object) {
        content.push_str(&poll.to_html());
        poll.write(thing);
    }
    let mut page_content = said;
    if let Some(quote) = Quote::of(object) {
        content.push_str(&quote.to_html(&page_content));
        page_content = without_fallback(&page_content);
        thing.insert("quote".into(), quote.reference(persons));
    }
    if content != page_content {
        thing.insert("pageContent".into(), page_content.into());
    }
    if !content.is_empty() {
        thing.insert("content".into(), content.into());
    }
}

/// Returns what a thing says, and the links that are attached to it.
fn said(object: &Map<String, Value>) -> String {
    let mut content = String::new();
    if type_of(object) == "Event" {
        content.push_str(&occasion(object));
    }
    let text = natural(object, "content").unwrap_or_default();
    let media_type = object.get("mediaType").and_then(Value::as_str);
    if matches!(media_type, Some("text/plain" | "text/markdown")) {
        content.push_str(&escape(text).replace('\n', "<br>"));
    } else {
        content.push_str(text);
    }
    for link in attached_links(object) {
        let escaped = link.replace('&', "&amp;");
        if !content.contains(link) && !content.contains(&escaped) {
            let link = format!("<p><a href=\"{escaped}\">{escaped}</a></p>");
            content.push_str(&link);
        }
    }
    content
}

/// Returns the language of what a thing says, as a tag: that of the text that is read.
fn language(object: &Map<String, Value>) -> Option<&str> {
    let of_text = ["content", "summary", "name"].into_iter().find_map(|key| {
        let texts = object.get(&format!("{key}Map"))?.as_object()?;
        let read = natural(object, key)?;
        let mut texts = texts.iter();
        let (tag, _) = texts.find(|(_, text)| text.as_str() == Some(read))?;
        Some(tag.as_str())
    });
    // Lemmy and PeerTube.
    let of_thing = || {
        first_object(object, "language")?
            .get("identifier")?
            .as_str()
    };
    of_text.or_else(of_thing).filter(|tag| is_tag(tag))
}

/// Whether a text can be a language tag (RFC 5646).
fn is_tag(text: &str) -> bool {
    let is_fit = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (2..=MAX_TAG_BYTES).contains(&text.len()) && text.chars().all(is_fit)
}

/// Returns when and where an event is, as HTML.
fn occasion(event: &Map<String, Value>) -> String {
    let text = |key: &str| event.get(key).and_then(Value::as_str).map(str::to_owned);
    let location = first_object(event, "location").and_then(name_of);
    let parts = [text("startTime"), text("endTime"), location];
    let parts: Vec<String> = parts
        .into_iter()
        .flatten()
        .map(|part| escape(&part))
        .collect();
    if parts.is_empty() {
        return String::new();
    }
    format!("<p>{}</p>", parts.join(" – "))
}

/// Returns the name of a thing as one line of text.
pub(super) fn name_of(thing: &Map<String, Value>) -> Option<String> {
    let name = plain(natural(thing, "name")?).replace('\n', " ");
    (!is_blank(&name)).then(|| shortened(&name, MAX_NAME_CHARS))
}
