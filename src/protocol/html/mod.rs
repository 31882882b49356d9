//! HTML that others wrote: made harmless, with its text kept (pump-api 9.7).

mod balance;
mod link;
#[cfg(feature = "web")]
mod page;
mod stray;
mod style;
#[cfg(feature = "web")]
mod typed;

use std::{collections::HashSet, sync::LazyLock};

use ammonia::Builder;

use balance::{balance, text_of};
pub(crate) use link::{is_link, is_script};
#[cfg(feature = "web")]
pub(crate) use page::for_page;
pub(crate) use stray::{begins_tag, escape_stray};
use style::harmless_style;
#[cfg(feature = "web")]
pub(crate) use typed::TextFormat;

/// Attributes that some elements keep, besides those ammonia keeps by default.
const ATTRIBUTES: &[(&str, &[&str])] = &[
    ("a", &["rel"]),
    ("audio", &["controls", "loop", "muted", "preload", "src"]),
    ("font", &["color", "face", "size"]),
    ("ol", &["reversed", "type"]),
    ("li", &["value"]),
    ("source", &["src", "type"]),
    ("time", &["datetime"]),
    ("track", &["kind", "label", "src", "srclang"]),
    (
        "video",
        &[
            "controls", "height", "loop", "muted", "poster", "preload", "src", "width",
        ],
    ),
];

/// How often HTML is cleaned before its text is all that is kept of it. Ordinary HTML is the same
/// after the second time; what keeps changing is made to be read differently each time.
const ROUNDS: usize = 4;

/// `class` and `id` are not kept: with them stored content could dress up as the server's own
/// pages.
static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder
        .add_tags(["audio", "big", "dir", "font", "source", "track", "video"])
        .rm_tags(["area", "map"])
        .add_generic_attributes(["dir", "style"])
        // Beside what ammonia knows to be an address.
        .attribute_filter(|_, attribute, value| match attribute {
            "style" => harmless_style(value).map(Into::into),
            "cite" => is_link(value).then(|| value.into()),
            _ => Some(value.into()),
        })
        .link_rel(None);
    for &(tag, attributes) in ATTRIBUTES {
        builder.add_tag_attributes(tag, attributes);
    }
    builder
});

/// The names of the elements that are kept.
static TAGS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| CLEANER.clone_tags());

/// Makes HTML harmless: formatting, links, images, media, lists, tables and harmless styles stay;
/// scripts, event handlers, frames, forms and odd URLs go. Text stays as it is, unless it is a
/// script's or a style sheet's. Idempotent.
///
/// Memory and time are linear in the length of the input, however it is nested. Elements nested too
/// deeply are removed, and their text kept.
pub(crate) fn sanitise(html: &str) -> String {
    if is_plain(html) {
        return html.into();
    }
    let mut clean = html.to_owned();
    for _ in 0..ROUNDS {
        let next = CLEANER.clean(&balance(&clean, &TAGS)).to_string();
        if next == clean {
            return clean;
        }
        clean = next;
    }
    text_of(html)
}

/// Whether it is text alone: without a `<` there is no element, and text is harmless however it is
/// written. Authors find it again as they wrote it, not as a parser would write it.
fn is_plain(html: &str) -> bool {
    !html.contains(['<', '\0'])
}

/// Text without markup, for a property that some clients show as text and others as HTML: it does
/// no harm in either. Text without a tag stays as it is.
pub(crate) fn without_markup(text: &str) -> String {
    let escaped = text_of(&escape_stray(text));
    // Of the escapes only those of brackets are needed.
    let quotes = escaped.replace("&quot;", "\"");
    quotes.replace("&nbsp;", "\u{a0}").replace("&amp;", "&")
}

/// Where a line of text begins or ends.
const BREAKS: &[&str] = &[
    "<br",
    "<p",
    "</p",
    "<div",
    "</div",
    "<li",
    "<tr",
    "<h",
    "</h",
    "<pre",
    "<blockquote",
];

/// The text of HTML for where no HTML is shown: lines without spaces around them, and none that is
/// empty.
pub(crate) fn plain(html: &str) -> String {
    let mut broken = html.to_owned();
    for tag in BREAKS {
        broken = broken.replace(tag, &format!("\n{tag}"));
    }
    let text = text_of(&broken);
    let mut lines = text
        .split(['\n', '\r'])
        .map(|line| {
            unescape(line)
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        })
        .filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    lines.fold(first, |text, line| text + "\n" + &line)
}

/// Reverses the escapes of the balancer.
fn unescape(text: &str) -> String {
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&nbsp;", " "),
        ("&#xFEFF;", ""),
        ("&#13;", " "),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (entity, is)| {
        text.replace(entity, is)
    })
}

/// Escapes text for HTML that we generate, as the other implementations do: `/` too (pump-api 7.6).
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#x27;"),
            '/' => escaped.push_str("&#x2F;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The first line of [`plain`] text.
#[cfg(feature = "web")]
pub(crate) fn first_line(html: &str) -> String {
    plain(html).lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
