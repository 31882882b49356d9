//! `<` in text that begins no tag.

use std::borrow::Cow;

use super::{TAGS, balance::HIDDEN};

/// Elements that are not kept, besides those of [`HIDDEN`].
const REMOVED: &[&str] = &[
    "applet",
    "area",
    "base",
    "body",
    "button",
    "canvas",
    "dialog",
    "embed",
    "fieldset",
    "form",
    "frame",
    "frameset",
    "head",
    "html",
    "input",
    "label",
    "link",
    "map",
    "marquee",
    "math",
    "meta",
    "noscript",
    "object",
    "option",
    "plaintext",
    "portal",
    "select",
    "svg",
    "template",
    "textarea",
    "title",
    "xmp",
];

/// Escapes each `<` that a parser would take for a tag, but that begins no complete tag of HTML.
/// The text after it would be lost otherwise.
pub(crate) fn escape_stray(text: &str) -> Cow<'_, str> {
    let mut escaped = String::new();
    let mut copied = 0;
    for (at, _) in text.match_indices('<') {
        let after = &text[at + 1..];
        if begins_tag(after) && !is_tag(after) {
            escaped.push_str(&text[copied..at]);
            escaped.push_str("&lt;");
            copied = at + 1;
        }
    }
    if copied == 0 {
        return text.into();
    }
    escaped.push_str(&text[copied..]);
    escaped.into()
}

/// Returns whether a parser takes a `<` for markup, by what follows it.
pub(crate) fn begins_tag(after: &str) -> bool {
    let next = after.bytes().next();
    next.is_none_or(|next| next.is_ascii_alphabetic() || b"/!?\0".contains(&next))
}

/// Whether this is a tag of an HTML element, or a declaration, up to its `>` and beyond.
fn is_tag(after: &str) -> bool {
    let name = after.strip_prefix('/').unwrap_or(after);
    let end = name.find(|c: char| !c.is_ascii_alphanumeric());
    let (name, attributes) = name.split_at(end.unwrap_or(name.len()));
    let name = name.to_ascii_lowercase();
    let name = name.as_str();
    let is_known = after.starts_with(['!', '?'])
        || TAGS.contains(name)
        || HIDDEN.contains(&name)
        || REMOVED.contains(&name);
    is_known && is_closed(attributes)
}

/// Whether a `>` ends the tag before the next one begins. In quotation marks neither counts.
fn is_closed(attributes: &str) -> bool {
    let mut quote = None;
    for b in attributes.bytes() {
        match (quote, b) {
            (Some(open), b) if b == open => quote = None,
            (None, b'"' | b'\'') => quote = Some(b),
            (None, b'>') => return true,
            (None, b'<') => return false,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_begins_no_complete_tag_is_escaped() {
        for (text, escaped) in [
            ("if a <b then c", "if a &lt;b then c"),
            ("if a <b then <i>c</i>", "if a &lt;b then <i>c</i>"),
            (
                "Vec<String> and <foo bar>",
                "Vec&lt;String> and &lt;foo bar>",
            ),
            ("1 < 2 <3 <", "1 < 2 <3 &lt;"),
            ("<a title=\"<b \">x</a>", "<a title=\"&lt;b \">x</a>"),
            ("<img src=x onerror='", "&lt;img src=x onerror='"),
            ("</ x> <\0script>", "&lt;/ x> &lt;\0script>"),
        ] {
            assert_eq!(escape_stray(text), escaped, "{text}");
        }
        for tags in [
            "<B>x</B>",
            "<script src=x>",
            "<br/>",
            "<!-- x -->",
            "<?x?>",
            "a & b",
        ] {
            assert_eq!(escape_stray(tags), tags);
        }
    }
}
