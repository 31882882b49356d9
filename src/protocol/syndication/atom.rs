//! Feeds as Atom.

use quick_xml::escape::escape;

use super::{FeedAuthor, FeedEntry, SyndicationFeed};

impl SyndicationFeed {
    /// The feed as Atom, found at `address` with these arguments.
    pub(crate) fn to_atom(&self, address: &str, arguments: &str) -> String {
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
        xml.push_str("<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
        element(&mut xml, "id", &self.id);
        element(&mut xml, "title", &self.title);
        element(&mut xml, "updated", &self.updated);
        person(&mut xml, &self.author);
        if let Some(picture) = &self.author.picture {
            element(&mut xml, "logo", picture);
        }
        let itself = with(address, arguments);
        link(
            &mut xml,
            &[
                ("rel", "self"),
                ("type", "application/atom+xml"),
                ("href", &itself),
            ],
        );
        if let Some(page) = &self.author.url {
            link(
                &mut xml,
                &[("rel", "alternate"), ("type", "text/html"), ("href", page)],
            );
        }
        if let Some(next) = &self.next {
            link(&mut xml, &[("rel", "next"), ("href", &with(address, next))]);
        }
        for entry in &self.entries {
            write(&mut xml, entry);
        }
        xml.push_str("</feed>\n");
        xml
    }
}

/// An address with arguments, if there are any.
pub(super) fn with(address: &str, arguments: &str) -> String {
    match arguments {
        "" => address.into(),
        arguments => format!("{address}?{arguments}"),
    }
}

fn write(xml: &mut String, entry: &FeedEntry) {
    xml.push_str("<entry>\n");
    element(xml, "id", &entry.id);
    element(xml, "title", &entry.title);
    element(xml, "published", &entry.published);
    element(xml, "updated", &entry.updated);
    if let Some(author) = &entry.author {
        person(xml, author);
    }
    if let Some(page) = &entry.url {
        link(
            xml,
            &[("rel", "alternate"), ("type", "text/html"), ("href", page)],
        );
    }
    for file in &entry.files {
        link(
            xml,
            &[
                ("rel", "enclosure"),
                ("type", &file.media_type),
                ("href", &file.url),
            ],
        );
    }
    for tag in &entry.tags {
        empty(xml, "category", &[("term", tag)]);
    }
    xml.push_str("<content type=\"html\">");
    text(xml, &entry.content);
    xml.push_str("</content>\n</entry>\n");
}

fn person(xml: &mut String, author: &FeedAuthor) {
    xml.push_str("<author>\n");
    element(xml, "name", &author.name);
    if let Some(page) = &author.url {
        element(xml, "uri", page);
    }
    xml.push_str("</author>\n");
}

fn link(xml: &mut String, attributes: &[(&str, &str)]) {
    empty(xml, "link", attributes);
}

fn empty(xml: &mut String, name: &str, attributes: &[(&str, &str)]) {
    xml.extend(["<", name]);
    for (name, value) in attributes {
        xml.extend([" ", name, "=\""]);
        text(xml, value);
        xml.push('"');
    }
    xml.push_str("/>\n");
}

fn element(xml: &mut String, name: &str, value: &str) {
    xml.extend(["<", name, ">"]);
    text(xml, value);
    xml.extend(["</", name, ">\n"]);
}

/// Text, without the characters that XML 1.0 has no way to write.
fn text(xml: &mut String, value: &str) {
    if value.chars().all(is_xml) {
        xml.push_str(&escape(value));
    } else {
        let value: String = value.chars().filter(|c| is_xml(*c)).collect();
        xml.push_str(&escape(&value));
    }
}

fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'))
}
