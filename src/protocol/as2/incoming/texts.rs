//! Content of things: for clients that know nothing but HTML, and for pages, which show warnings
//! and polls by themselves.

use serde_json::{Map, Value};

use super::{attachment::attached_links, object::name_of, question::poll};
use crate::{
    model::is_blank,
    protocol::{
        as2::values::{first_object, natural, type_of},
        html::{escape, plain},
    },
};

/// Writes the content, and the warning that most servers have in `summary`.
pub(super) fn texts(
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
    let page_content = content(object);
    let mut content = String::new();
    if let Some(warning) = warning {
        let warning = escape(&plain(warning));
        content.extend(["<p><strong>", &warning, "</strong></p>"]);
    }
    content.push_str(&page_content);
    if let Some(poll) = poll(object) {
        content.push_str(&poll.to_html());
        poll.write(thing);
    }
    if content != page_content {
        thing.insert("pageContent".into(), page_content.into());
    }
    if !content.is_empty() {
        thing.insert("content".into(), content.into());
    }
}

/// Returns what a thing says, and the links that are attached to it.
fn content(object: &Map<String, Value>) -> String {
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
