//! Quotes: things that another one shows below its text (FEP-044f, and the forms before it).

use std::ops::Range;

use serde_json::{Map, Value, json};

use super::persons::Persons;
use crate::protocol::{
    as1::MAX_ID_BYTES,
    as2::{
        ACTIVITY_JSON, LD_JSON_ESSENCE, is_address,
        values::{entries, first, id_of, own_id, type_of},
    },
    html::escape,
};

/// Names of the property.
const NAMES: &[&str] = &["quote", "quoteUri", "quoteUrl", "_misskey_quote"];

/// Class of the text by which a quote is told to servers that show none.
const FALLBACK_CLASS: &str = "quote-inline";

/// Elements that have it.
const FALLBACK_ELEMENTS: &[&str] = &["p", "span"];

/// A quoted thing.
#[derive(Debug, PartialEq)]
pub(super) enum Quote<'a> {
    /// The thing at a URL.
    Thing(&'a str),
    /// A thing that is gone.
    Gone,
}

impl<'a> Quote<'a> {
    /// Reads what a thing quotes.
    pub(super) fn of(thing: &'a Map<String, Value>) -> Option<Self> {
        let named = NAMES.iter().find_map(|name| {
            let quoted = first(thing, name)?;
            match quoted {
                Value::Object(gone) if type_of(gone) == "Tombstone" => Some(Self::Gone),
                _ => address(quoted).map(Self::Thing),
            }
        });
        let linked = || {
            let mut tags = entries(thing, "tag").iter().filter_map(Value::as_object);
            let link = tags.find(|tag| is_quote_link(tag))?;
            address(link.get("href")?).map(Self::Thing)
        };
        let quote = named.or_else(linked)?;
        let is_itself = own_id(thing).is_some_and(|own| quote == Self::Thing(own));
        (!is_itself).then_some(quote)
    }

    /// Returns the property of a thing: a reference, or one to nothing.
    pub(super) fn reference(&self, persons: &Persons<'_>) -> Value {
        match self {
            Self::Thing(url) => persons.thing(url),
            Self::Gone => json!({ "objectType": "note" }),
        }
    }

    /// Returns it as HTML, for clients that know no quotes; empty if the content names it.
    pub(super) fn to_html(&self, content: &str) -> String {
        match self {
            Self::Thing(url) => {
                let escaped = url.replace('&', "&amp;");
                if content.contains(url) || content.contains(&escaped) {
                    return String::new();
                }
                let (href, text) = (escaped.replace('"', "%22"), escape(url));
                format!("<blockquote><p>RE: <a href=\"{href}\">{text}</a></p></blockquote>")
            }
            Self::Gone => "<blockquote><p>RE: a post that was deleted</p></blockquote>".into(),
        }
    }
}

fn address(value: &Value) -> Option<&str> {
    id_of(value).filter(|url| is_address(url) && url.len() <= MAX_ID_BYTES)
}

/// Whether a tag is a link to a thing (FEP-e232) that is quoted.
fn is_quote_link(tag: &Map<String, Value>) -> bool {
    let media_type = tag.get("mediaType").and_then(Value::as_str);
    let essence = media_type.and_then(|media_type| media_type.split(';').next());
    let is_thing = matches!(essence, Some(ACTIVITY_JSON | LD_JSON_ESSENCE));
    let mut relations = entries(tag, "rel").iter().filter_map(Value::as_str);
    let is_other = tag.contains_key("rel") && !relations.any(|rel| rel.contains("quote"));
    type_of(tag) == "Link" && is_thing && !is_other
}

/// Returns HTML without the text that tells of a quote.
pub(super) fn without_fallback(html: &str) -> String {
    let mut kept = String::new();
    let mut rest = html;
    while let Some(fallback) = find_fallback(rest) {
        kept.push_str(&rest[..fallback.start]);
        rest = &rest[fallback.end..];
    }
    kept + rest
}

/// Finds the first element that tells of a quote, up to its end tag.
fn find_fallback(html: &str) -> Option<Range<usize>> {
    if !html.contains(FALLBACK_CLASS) {
        return None;
    }
    let mut tags = html.match_indices('<');
    let (start, name) = tags.find_map(|(at, _)| {
        let tag = html[at + 1..].split('>').next()?;
        let name = FALLBACK_ELEMENTS.iter().find(|name| begins(tag, name))?;
        let class = tag.split_once("class=")?.1;
        let class = class.get(1..)?.split(['"', '\'']).next()?;
        let mut classes = class.split_ascii_whitespace();
        classes
            .any(|class| class == FALLBACK_CLASS)
            .then_some((at, *name))
    })?;
    let mut depth = 0_usize;
    for (at, _) in html[start..].match_indices('<') {
        let tag = &html[start + at + 1..];
        if begins(tag, name) {
            depth += 1;
        } else if tag.strip_prefix('/').is_some_and(|tag| begins(tag, name)) {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                let length = tag.find('>')? + 1;
                return Some(start..start + at + 1 + length);
            }
        }
    }
    None
}

/// Whether a tag, without its `<`, is that of an element.
fn begins(tag: &str, name: &str) -> bool {
    let after = tag.strip_prefix(name);
    after.is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://q.example/1";

    fn quote(thing: &Value) -> Option<Value> {
        let thing = thing.as_object().unwrap();
        Quote::of(thing).map(|quote| match quote {
            Quote::Thing(url) => url.into(),
            Quote::Gone => Value::Null,
        })
    }

    #[test]
    fn quote_is_read_in_each_of_its_forms() {
        let link = |more: Value| {
            let mut link = json!({ "type": "Link", "href": URL, "mediaType": ACTIVITY_JSON });
            link.as_object_mut()
                .unwrap()
                .extend(more.as_object().cloned().unwrap());
            json!({ "tag": [{ "type": "Mention", "href": "https://q.example/ann" }, link] })
        };
        for named in [
            json!({ "quote": URL, "quoteUri": "https://q.example/2" }),
            json!({ "quote": { "type": "Note", "id": URL, "content": "x" } }),
            json!({ "quote": null, "quoteUri": URL }),
            json!({ "quoteUrl": URL }),
            json!({ "_misskey_quote": URL }),
            link(json!({ "mediaType": crate::protocol::as2::LD_JSON })),
            link(json!({ "rel": ["https://misskey-hub.net/ns#_misskey_quote"] })),
        ] {
            assert_eq!(quote(&named), Some(URL.into()), "{named}");
        }
        assert_eq!(
            quote(&json!({ "quote": { "type": "Tombstone" } })),
            Some(Value::Null)
        );
        for other in [
            json!({}),
            json!({ "quote": "x" }),
            json!({ "id": URL, "quote": URL }),
            link(json!({ "mediaType": "text/html" })),
            link(json!({ "rel": "next" })),
        ] {
            assert_eq!(quote(&other), None, "{other}");
        }
    }

    #[test]
    fn text_that_tells_of_a_quote_is_left_out() {
        for (html, left) in [
            ("<p>x</p>", "<p>x</p>"),
            (
                r#"<p class="quote-inline">RE: <a href="u"><span>u</span></a></p><p>x</p>"#,
                "<p>x</p>",
            ),
            (
                r#"<p>x<span class="a quote-inline"><br><span>RE</span>: u</span></p>"#,
                "<p>x</p>",
            ),
            (
                r#"<p>quote-inline<pre class="quote-inline">x</pre></p>"#,
                r#"<p>quote-inline<pre class="quote-inline">x</pre></p>"#,
            ),
            (
                r#"<p class="quote-inline">x"#,
                r#"<p class="quote-inline">x"#,
            ),
        ] {
            assert_eq!(without_fallback(html), left);
        }
    }

    #[test]
    fn quote_that_the_content_does_not_name_is_linked() {
        let quote = Quote::Thing("https://q.example/?a=1&b=\"");
        assert_eq!(
            quote.to_html(""),
            "<blockquote><p>RE: <a href=\"https://q.example/?a=1&amp;b=%22\">\
             https:&#x2F;&#x2F;q.example&#x2F;?a=1&amp;b=&quot;</a></p></blockquote>"
        );
        assert_eq!(quote.to_html("see https://q.example/?a=1&amp;b=\""), "");
    }
}
