//! HTML as peers read it: with the title in it, and links that they know for mentions and hashtags.

use serde_json::{Map, Value};

use super::actors::{Actors, Person};
use crate::{
    model::is_blank,
    protocol::{
        as2::{is_address, text},
        hashtags::{LinkedHtml, link_hashtags},
        html::escape,
    },
};

/// Types that are shown whole; of others there is a link to their page, too.
const IN_FULL: &[&str] = &[
    "article", "audio", "comment", "file", "image", "note", "video",
];

/// Returns the content of a thing, and the names of the hashtags in it.
pub(in crate::protocol::as2) fn content_of(
    actors: &Actors<'_>,
    thing: &Map<String, Value>,
    mentions: &[Person],
) -> (String, Vec<String>) {
    let kind = text(thing, "objectType").unwrap_or_default();
    let mut html = String::new();
    if let Some(title) = title_of(thing).filter(|_| kind != "article") {
        html.extend(["<p><strong>", &escape(title), "</strong></p>"]);
    }
    html.push_str(text(thing, "content").unwrap_or_default());
    let target = text(thing, "targetUrl").or_else(|| text(thing, "url"));
    let target = target.filter(|url| is_address(url) && !IN_FULL.contains(&kind));
    if let Some(url) = target.map(escape_address) {
        html.extend(["<p><a href=\"", &url, "\">", &url, "</a></p>"]);
    }
    let LinkedHtml { html, names } = link_hashtags(&html, &actors.urls.tag(""));
    let html = html.replace(
        "\" rel=\"tag\">",
        "\" class=\"mention hashtag\" rel=\"tag\">",
    );
    (link_mentions(&html, mentions), names)
}

/// Returns the title of a thing, which is text and no HTML.
pub(in crate::protocol::as2) fn title_of(thing: &Map<String, Value>) -> Option<&str> {
    let title = text(thing, "displayName").or_else(|| text(thing, "title"));
    title.filter(|title| !is_blank(title))
}

/// Marks the links to persons who are mentioned, and makes their handles links.
fn link_mentions(html: &str, mentions: &[Person]) -> String {
    if mentions.is_empty() || !html.contains(['@', '<']) {
        return html.to_owned();
    }
    let mut linked = String::with_capacity(html.len());
    let (mut rest, mut is_in_link) = (html, false);
    while let Some(at) = rest.find(['<', '@']) {
        let (before, from) = rest.split_at(at);
        let stands_alone = before
            .chars()
            .next_back()
            .or_else(|| linked.chars().next_back());
        let stands_alone = stands_alone.is_none_or(|c| !c.is_alphanumeric() && c != '/');
        linked.push_str(before);
        if from.starts_with('<') {
            let end = from.find('>').map_or(from.len(), |end| end + 1);
            let (tag, after) = from.split_at(end);
            is_in_link &= !tag.starts_with("</a");
            let attributes = tag.strip_prefix("<a ");
            is_in_link |= attributes.is_some();
            match attributes.filter(|attributes| leads_to(attributes, mentions)) {
                Some(attributes) => linked.extend(["<a class=\"u-url mention\" ", attributes]),
                None => linked.push_str(tag),
            }
            rest = after;
            continue;
        }
        let is_part = |c: char| c.is_alphanumeric() || "@._-:".contains(c);
        let end = from.find(|c| !is_part(c)).unwrap_or(from.len());
        let word = from[..end].trim_end_matches(['.', ':', '-']);
        let mut known = mentions.iter();
        let known = known.find(|mention| mention.handle.eq_ignore_ascii_case(word));
        match known.filter(|_| stands_alone && !is_in_link) {
            Some(Person { url, handle, .. }) => {
                let url = escape_address(url);
                let handle = escape(handle);
                let link = [
                    "<a class=\"u-url mention\" href=\"",
                    &url,
                    "\">",
                    &handle,
                    "</a>",
                ];
                linked.extend(link);
            }
            None => linked.push_str(word),
        }
        rest = &from[word.len()..];
    }
    linked.push_str(rest);
    linked
}

/// Whether a link with these attributes leads to a person who is mentioned.
fn leads_to(attributes: &str, mentions: &[Person]) -> bool {
    let href = attributes.split_once("href=\"").map(|(_, after)| after);
    let href = href.and_then(|after| after.split_once('"'));
    let href = href.map(|(href, _)| href.replace("&amp;", "&"));
    href.is_some_and(|href| {
        let is_of = |mention: &Person| mention.url == href || mention.page.as_ref() == Some(&href);
        mentions.iter().any(is_of)
    })
}

/// Escapes an address for an attribute or the text of a link.
pub(super) fn escape_address(url: &str) -> String {
    let url = url.replace('&', "&amp;").replace('"', "&quot;");
    url.replace('<', "&lt;")
}
