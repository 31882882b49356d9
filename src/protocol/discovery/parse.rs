//! Discovery documents as peers send them: JRD or XRD, told apart by their first letter, since
//! media types are often missing or wrong.

use std::borrow::Cow;

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};
use serde_json::{Map, Value};

use super::{Document, Link, LinkTarget};

/// Maximum links that are read of a document.
const MAX_LINKS: usize = 200;

/// Maximum bytes of a link relation, a media type, a subject or a URL; longer ones are left out. So
/// are those with a NUL, which not every database can store.
const MAX_TEXT_BYTES: usize = 2048;

/// Why a text is no discovery document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    /// Not UTF-8.
    #[error("not UTF-8")]
    Encoding,
    /// It begins with something else than `{` or `<`.
    #[error("neither JSON nor XML")]
    Format,
    /// Bad JSON.
    #[error("malformed JSON")]
    Json,
    /// Bad XML, or XML of another vocabulary.
    #[error("malformed XRD")]
    Xml,
}

/// Property of a link to an actor: its type.
const ACTOR_TYPE: &str = "https://www.w3.org/ns/activitystreams#type";

impl Document {
    /// Reads a document. Links that can't be read are left out, and so is what is longer or more
    /// than any peer sends. XML entities other than those of XML itself are not expanded.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Unreadable> {
        let text = str::from_utf8(bytes).map_err(|_| Unreadable::Encoding)?;
        let text = text.trim_start_matches('\u{feff}').trim_start();
        match text.as_bytes().first() {
            Some(b'{') => parse_json(text),
            Some(b'<') => parse_xml(text),
            _ => Err(Unreadable::Format),
        }
    }

    /// The templates of links of that relation, those for JSON first.
    pub(crate) fn templates(&self, rel: &str) -> Vec<&str> {
        let links = self.links.iter().filter(|link| link.rel == rel);
        let mut templates: Vec<(bool, &str)> = links
            .filter_map(|link| match &link.place {
                LinkTarget::Template(template) => Some((!is_json(link), &**template)),
                LinkTarget::Href(_) => None,
            })
            .collect();
        templates.sort_by_key(|(is_other, _)| *is_other);
        templates
            .into_iter()
            .map(|(_, template)| template)
            .collect()
    }
}

fn is_json(link: &Link) -> bool {
    let media_type = link.media_type.as_deref().unwrap_or_default();
    media_type.contains("json")
}

fn parse_json(text: &str) -> Result<Document, Unreadable> {
    let json: Map<String, Value> = serde_json::from_str(text).map_err(|_| Unreadable::Json)?;
    let links = match json.get("links") {
        Some(Value::Array(links)) => &**links,
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let of_json = |link: &Value| {
        let text = |name| short(link.get(name)?.as_str()?);
        let actor_type = || short(link.get("properties")?.get(ACTOR_TYPE)?.as_str()?);
        Some(Link {
            actor_type: actor_type(),
            ..link_of(text)?
        })
    };
    Ok(Document {
        subject: json.get("subject").and_then(Value::as_str).and_then(short),
        links: links.iter().filter_map(of_json).take(MAX_LINKS).collect(),
        ..Document::default()
    })
}

fn parse_xml(text: &str) -> Result<Document, Unreadable> {
    let mut reader = Reader::from_str(text);
    let mut document = Document::default();
    let mut depth = 0_usize;
    let mut subject: Option<String> = None;
    loop {
        let event = reader.read_event().map_err(|_| Unreadable::Xml)?;
        if let Event::Start(tag) | Event::Empty(tag) = &event {
            match (depth, tag.local_name().as_ref()) {
                (0, "XRD") => {}
                (0, _) => return Err(Unreadable::Xml),
                (1, "Link") if document.links.len() < MAX_LINKS => {
                    document.links.extend(link_of(|name| attribute(tag, name)));
                }
                _ => {}
            }
            let is_subject = depth == 1 && tag.local_name().as_ref() == "Subject";
            if is_subject && matches!(event, Event::Start(_)) {
                subject = Some(String::new());
            }
        }
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                if depth == 1
                    && let Some(text) = subject.take()
                {
                    document.subject = document.subject.or_else(|| short(text.trim()));
                }
            }
            Event::Text(text) => push(&mut subject, &text.xml10_content()),
            Event::CData(text) => push(&mut subject, &text.xml10_content()),
            Event::GeneralRef(name) => {
                let character = match name.resolve_char_ref() {
                    Ok(Some(character)) => character.to_string().into(),
                    _ => Cow::Borrowed(predefined(&name)),
                };
                push(&mut subject, &character);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if depth > 0 {
        return Err(Unreadable::Xml);
    }
    Ok(document)
}

/// Adds to the text of the element that is being read, up to one byte more than it may have.
fn push(text: &mut Option<String>, part: &str) {
    if let Some(text) = text.as_mut().filter(|text| text.len() <= MAX_TEXT_BYTES) {
        text.push_str(part);
    }
}

/// The character of an entity of XML itself; nothing for all others.
fn predefined(name: &str) -> &'static str {
    match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => "",
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = tag.attributes().filter_map(Result::ok);
    let found = attributes.find(|attribute| attribute.key.as_ref() == name)?;
    // Fails for an entity that XML doesn't define.
    short(&found.normalized_value(XmlVersion::Implicit1_0).ok()?)
}

/// Makes a link of what is said of it.
fn link_of(text: impl Fn(&'static str) -> Option<String>) -> Option<Link> {
    let place = text("href").map(LinkTarget::Href);
    let place = place.or_else(|| text("template").map(LinkTarget::Template))?;
    Some(Link {
        rel: text("rel")?.into(),
        media_type: text("type").map(Cow::Owned),
        place,
        actor_type: None,
    })
}

fn short(text: &str) -> Option<String> {
    let is_fine = !text.is_empty() && text.len() <= MAX_TEXT_BYTES && !text.contains('\0');
    is_fine.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn href<'a>(document: &'a Document, rel: &str) -> Option<&'a str> {
        let mut links = document.links.iter().filter(|link| link.rel == rel);
        links.find_map(|link| match &link.place {
            LinkTarget::Href(href) => Some(&**href),
            LinkTarget::Template(_) => None,
        })
    }

    #[test]
    fn documents_that_we_write_are_read_as_they_were() {
        let document = Document {
            subject: Some("acct:a&b@h.example".into()),
            links: vec![
                Link::template("lrdd", "https://h.example/?a=b&r={uri}")
                    .of_type("application/json"),
                Link::to("self", "https://h.example/'\"<é>"),
            ],
            ..Document::default()
        };
        for text in [document.to_json().to_string(), document.to_xml()] {
            assert_eq!(Document::parse(text.as_bytes()), Ok(document.clone()));
        }
        assert_eq!(href(&document, "self"), Some("https://h.example/'\"<é>"));
        assert_eq!(href(&document, "lrdd"), None);
    }

    #[test]
    fn text_with_nul_is_left_out() {
        for text in [
            r#"{"subject":"a\u0000b","links":[{"rel":"a\u0000","href":"x"},
                {"rel":"self","href":"\u0000"},{"rel":"self","href":"x"}]}"#,
            "<XRD><Subject>a\0b</Subject><Link rel='\0' href='x'/><Link rel='self' href='x'/></XRD>",
        ] {
            let document = Document::parse(text.as_bytes()).unwrap();
            assert_eq!(document.subject, None, "{text}");
            assert_eq!(document.links, [Link::to("self", "x")], "{text}");
        }
    }

    #[test]
    fn json_links_may_be_one_or_many_or_odd() {
        let self_link = [Link::to("self", "x")];
        for text in [
            r#"{"links":{"rel":"self","href":"x"}}"#,
            "\u{feff} {\"links\":[{\"rel\":\"self\",\"href\":\"x\"}]}",
            r#"{"links":[null,7,{"rel":1,"href":"y"},{"rel":"self"},{"rel":"self","href":"x"}]}"#,
        ] {
            assert_eq!(
                Document::parse(text.as_bytes()).unwrap().links,
                self_link,
                "{text}"
            );
        }
        assert!(Document::parse(b"{}").unwrap().links.is_empty());
    }

    #[test]
    fn xrd_may_have_prefixes_titles_and_character_references() {
        let text = r#"<?xml version='1.0'?>
            <x:XRD xmlns:x='http://docs.oasis-open.org/ns/xri/xrd-1.0'>
              <x:Subject>acct:a&amp;b&#64;h.example</x:Subject>
              <x:Link rel='lrdd' type='application/xrd+xml' template='u?r={uri}'>
                <x:Title>Subject</x:Title><x:Link rel="no" href="no"/>
              </x:Link>
              <x:Link rel='lrdd' type='application/json' template='j?r={uri}'/>
            </x:XRD>"#;
        let document = Document::parse(text.as_bytes()).unwrap();
        assert_eq!(document.subject.as_deref(), Some("acct:a&b@h.example"));
        assert_eq!(document.templates("lrdd"), ["j?r={uri}", "u?r={uri}"]);
        assert_eq!(href(&document, "no"), None);
    }

    #[test]
    fn entities_are_not_expanded() {
        let text = r#"<!DOCTYPE XRD [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>
            <XRD><Subject>x&b;y</Subject><Link rel="self" href="&b;"/>
            <Link rel="a" href="b"/></XRD>"#;
        let document = Document::parse(text.as_bytes()).unwrap();
        assert_eq!(document.subject.as_deref(), Some("xy"));
        assert_eq!(document.links, [Link::to("a", "b")]);
    }

    #[test]
    fn what_is_no_document_is_refused() {
        let deep = "[".repeat(100_000);
        for (text, reason) in [
            ("", Unreadable::Format),
            ("not found", Unreadable::Format),
            (&*deep, Unreadable::Format),
            ("{\"links\":", Unreadable::Json),
            ("<html><body>no</body></html>", Unreadable::Xml),
            ("<XRD><Link rel='a' href='b'/>", Unreadable::Xml),
        ] {
            assert_eq!(Document::parse(text.as_bytes()), Err(reason), "{text:.20}");
        }
        let deep = format!("{{\"links\":{deep}");
        assert_eq!(Document::parse(deep.as_bytes()), Err(Unreadable::Json));
        assert_eq!(Document::parse(b"\xff"), Err(Unreadable::Encoding));
    }

    #[test]
    fn many_and_long_links_are_bounded() {
        let many = r#"<Link rel="a" href="b"/>"#.repeat(10_000);
        let long = format!(r#"<Link rel="self" href="{}"/>"#, "x".repeat(3000));
        let text = format!("<XRD>{long}{many}</XRD>");
        let document = Document::parse(text.as_bytes()).unwrap();
        assert_eq!(document.links.len(), MAX_LINKS);
        assert_eq!(href(&document, "self"), None);
    }
}
