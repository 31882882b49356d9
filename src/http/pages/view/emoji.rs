//! Custom emoji: small pictures in place of their names.

use std::{borrow::Cow, collections::HashMap};

use super::Thing;
use crate::protocol::html::escape;

/// Maximum pictures in one text.
const MAX_PICTURES: usize = 100;

impl<'a> Thing<'a> {
    /// Puts its emoji into HTML. Those that the reader can't get through this server stay names.
    pub(super) fn with_emoji(&self, html: Cow<'a, str>) -> Cow<'a, str> {
        let emoji = self.list("emoji").into_iter().filter_map(|emoji| {
            let picture = emoji.picture()?;
            Some((emoji.text("name"), picture.url))
        });
        let emoji: HashMap<&str, String> = emoji.collect();
        if emoji.is_empty() || !html.contains(':') {
            return html;
        }
        replace(&html, &emoji).into()
    }

    /// Returns the name of a person as HTML, with the emoji in it.
    pub(in crate::http::pages) fn name_html(&self) -> String {
        self.with_emoji(escape(&self.name()).into()).into_owned()
    }
}

/// Replaces names by pictures in the text of HTML, not in its tags.
fn replace(html: &str, emoji: &HashMap<&str, String>) -> String {
    let mut replaced = String::with_capacity(html.len());
    let mut left = MAX_PICTURES;
    let mut rest = html;
    while !rest.is_empty() {
        let (text, after) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
        replace_text(text, emoji, &mut left, &mut replaced);
        let (tag, after) = after.split_at(end_of_tag(after));
        replaced.push_str(tag);
        rest = after;
    }
    replaced
}

/// Returns the length of the tag at the beginning of HTML. Quotation marks may have a `>` in them.
fn end_of_tag(html: &str) -> usize {
    let mut quote = None;
    for (at, c) in html.char_indices() {
        match (quote, c) {
            (None, '>') => return at + 1,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
    }
    html.len()
}

fn replace_text(
    text: &str,
    emoji: &HashMap<&str, String>,
    left: &mut usize,
    replaced: &mut String,
) {
    let mut rest = text;
    while let Some(at) = rest.find(':').filter(|_| *left > 0) {
        let end = rest[at + 1..].find(':').map(|end| at + end + 2);
        let name = end.map(|end| &rest[at..end]);
        let known = name.and_then(|name| Some((name, emoji.get(name)?)));
        let taken = if let Some((name, url)) = known {
            *left -= 1;
            replaced.extend([&rest[..at], &picture(name, url)]);
            end.unwrap_or(rest.len())
        } else {
            replaced.push_str(&rest[..=at]);
            at + 1
        };
        rest = &rest[taken..];
    }
    replaced.push_str(rest);
}

fn picture(name: &str, url: &str) -> String {
    let (name, url) = (escape(name), escape(url));
    format!(
        "<img class=\"emoji\" src=\"{url}\" alt=\"{name}\" title=\"{name}\" width=\"20\" \
         height=\"20\" loading=\"lazy\" decoding=\"async\">"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(html: &str) -> String {
        let emoji = HashMap::from([(":cat:", "/api/proxy/1".to_owned())]);
        let shown = replace(html, &emoji);
        let picture = shown
            .split_once("<img class=")
            .and_then(|(_, rest)| Some(rest.split_once('>')?.0.to_owned()));
        match picture {
            Some(picture) => {
                assert!(
                    picture.contains("src=\"&#x2F;api&#x2F;proxy&#x2F;1\""),
                    "{shown}"
                );
                assert!(picture.contains("alt=\":cat:\""), "{shown}");
                shown.replace(&format!("<img class={picture}>"), "CAT")
            }
            None => shown,
        }
    }

    #[test]
    fn names_are_replaced_in_text_only() {
        for (html, expected) in [
            ("a :cat: b", "a CAT b"),
            ("a:cat::cat:b:", "aCATCATb:"),
            ("10:30 :cat: :dog:", "10:30 CAT :dog:"),
            (
                "<a href=\"x:cat:>y\">:cat:</a>",
                "<a href=\"x:cat:>y\">CAT</a>",
            ),
            ("no: <b>cat</b>:", "no: <b>cat</b>:"),
        ] {
            assert_eq!(shown(html), expected, "{html}");
        }
    }

    #[test]
    fn pictures_are_bounded() {
        let html = ":cat:".repeat(MAX_PICTURES + 5);
        assert_eq!(shown(&html).matches("CAT").count(), MAX_PICTURES);
    }
}
