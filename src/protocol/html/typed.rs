//! Texts as people type them.

use linkify::{LinkFinder, LinkKind};
use pulldown_cmark::{
    CowStr, Event, LinkType, Options, Parser, Tag, TagEnd, TextMergeStream, html::push_html,
};
use serde_json::{Map, Value, json};

use super::sanitise;

/// Form in which a text is typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TextFormat {
    /// Markdown as of `CommonMark`, with tables and struck text. Line breaks count, and addresses
    /// become links.
    #[default]
    Markdown,
    /// Text as it is.
    Plain,
    /// HTML of another program, which has no source.
    Html,
}

impl TextFormat {
    /// Reads the name of a format in a form; Markdown if it is none.
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "plain" => Self::Plain,
            "html" => Self::Html,
            _ => Self::Markdown,
        }
    }

    /// Returns the name of a format in a form.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Plain => "plain",
            Self::Html => "html",
        }
    }

    /// Returns a text of this format as HTML that does no harm.
    pub(crate) fn render(self, text: &str) -> String {
        match self {
            Self::Markdown => sanitise(&markdown(text)),
            Self::Plain => sanitise(&plain_lines(text)),
            Self::Html => sanitise(text),
        }
    }

    /// Returns a text as the `source` of its object, as in ActivityStreams 2; `null` for HTML. It
    /// is escaped, so that it does no harm where it is taken for HTML.
    pub(crate) fn source(self, text: &str) -> Value {
        let media_type = match self {
            Self::Markdown => "text/markdown",
            Self::Plain => "text/plain",
            Self::Html => return Value::Null,
        };
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
        json!({ "mediaType": media_type, "content": escaped })
    }

    /// Returns the text of an object as it was typed; its HTML if that is not what the source says,
    /// such as after an edit by a client.
    pub(crate) fn typed(object: &Map<String, Value>) -> (Self, String) {
        let text = |object: &Map<String, Value>, name: &str| {
            let text = object.get(name).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let html = text(object, "content");
        let source = object.get("source").and_then(Value::as_object);
        let known = source.and_then(|source| {
            let format = match text(source, "mediaType").as_str() {
                "text/markdown" => Self::Markdown,
                "text/plain" => Self::Plain,
                _ => return None,
            };
            let typed = text(source, "content");
            let typed = typed.replace("&lt;", "<").replace("&amp;", "&");
            (format.render(&typed) == html).then_some((format, typed))
        });
        match known {
            Some(known) => known,
            None if html.is_empty() => (Self::Markdown, html),
            None => (Self::Html, html),
        }
    }
}

fn markdown(text: &str) -> String {
    let parser = Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES);
    let mut is_linked = false;
    let events = TextMergeStream::new(parser).flat_map(|event| {
        match &event {
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_)) => {
                is_linked = true;
            }
            Event::End(TagEnd::Link | TagEnd::Image | TagEnd::CodeBlock) => is_linked = false,
            _ => {}
        }
        match event {
            Event::SoftBreak => vec![Event::HardBreak],
            Event::Text(text) if !is_linked => with_links(&text),
            other => vec![other],
        }
    });
    let mut html = String::with_capacity(text.len() * 3 / 2);
    push_html(&mut html, events);
    html.trim_end().to_owned()
}

/// Makes links of the addresses in a text.
fn with_links(text: &str) -> Vec<Event<'static>> {
    let owned = |text: &str| CowStr::from(text.to_owned());
    let spans = finder()
        .spans(text)
        .map(|span| (span.kind().is_some(), span.as_str().to_owned()));
    let events = spans.flat_map(|(is_link, text)| {
        let shown = Event::Text(owned(&text));
        if !is_link {
            return vec![shown];
        }
        let link = Tag::Link {
            link_type: LinkType::Autolink,
            dest_url: owned(&text),
            title: CowStr::Borrowed(""),
            id: CowStr::Borrowed(""),
        };
        vec![Event::Start(link), shown, Event::End(TagEnd::Link)]
    });
    events.collect()
}

/// Returns text as HTML in which each line is a line, and addresses are links.
fn plain_lines(text: &str) -> String {
    let mut html = String::with_capacity(text.len() * 3 / 2);
    for span in finder().spans(text) {
        let shown = escaped(span.as_str()).replace('\n', "<br>\n");
        match span.kind() {
            Some(_) => html.extend(["<a href=\"", &shown, "\">", &shown, "</a>"]),
            None => html.push_str(&shown),
        }
    }
    html
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('"', "&quot;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}

fn finder() -> LinkFinder {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    finder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_text_becomes_harmless_html() {
        let (markdown, plain) = (TextFormat::Markdown, TextFormat::Plain);
        for (format, typed, html) in [
            (
                markdown,
                "**bold** & _fine_",
                "<p><strong>bold</strong> &amp; <em>fine</em></p>",
            ),
            (markdown, "one\ntwo", "<p>one<br>\ntwo</p>"),
            (
                markdown,
                "see https://h.example/a_b_c.",
                "<p>see <a href=\"https://h.example/a_b_c\">https://h.example/a_b_c</a>.</p>",
            ),
            (
                markdown,
                "`https://h.example/`",
                "<p><code>https://h.example/</code></p>",
            ),
            (markdown, "<script>alert(1)</script>x", "x"),
            (markdown, "[x](javascript:alert(1))", "<p><a>x</a></p>"),
            (plain, "1 < 2\n**no**", "1 &lt; 2<br>\n**no**"),
            (
                plain,
                "http://h.example/",
                "<a href=\"http://h.example/\">http://h.example/</a>",
            ),
        ] {
            assert_eq!(format.render(typed), html, "{typed}");
        }
    }

    #[test]
    fn source_gives_back_what_was_typed() {
        for format in [TextFormat::Markdown, TextFormat::Plain] {
            for typed in ["a < b &lt; c && d", "`<b>` **x**", "<script>", ""] {
                let (content, source) = (format.render(typed), format.source(typed));
                assert!(!source.to_string().contains('<'));
                let object = json!({ "content": content, "source": source });
                let object = object.as_object().unwrap();
                let found = TextFormat::typed(object);
                if !content.is_empty() {
                    assert_eq!(found, (format, typed.into()));
                }
            }
        }
    }

    #[test]
    fn content_that_a_client_changed_is_shown_for_its_source() {
        let source = TextFormat::Markdown.source("old");
        let object = json!({ "content": "<p>new</p>", "source": source });
        let found = TextFormat::typed(object.as_object().unwrap());
        assert_eq!(found, (TextFormat::Html, "<p>new</p>".into()));
    }
}
