//! Discovery documents: the links of a host, a person or an object, as JRD (RFC 7033) and as XRD
//! 1.0.

mod parse;

use std::borrow::Cow;

use quick_xml::escape::escape;
use serde::Serialize;

/// The content type of an XRD.
pub(crate) const XRD: &str = "application/xrd+xml";

/// The content type of a JRD here. Clients and peers were written for this one, not for
/// `application/jrd+json` (pump-api 2.3).
pub(crate) const JRD: &str = "application/json";

/// The content type of a JRD for those who ask for it (RFC 7033 section 10.2).
pub(crate) const JRD_BY_NAME: &str = "application/jrd+json";

/// A document of links, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Document {
    /// The id of what the links are of, unless that is the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Other names of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The links.
    pub links: Vec<Link>,
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Link {
    /// Link relation.
    pub rel: Cow<'static, str>,
    /// The media type of what is there.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub media_type: Option<Cow<'static, str>>,
    /// Where it leads.
    #[serde(flatten)]
    pub place: LinkTarget,
    /// The type of the actor that is there, of links that are read: Lemmy has a person and a group
    /// of one name.
    #[serde(skip)]
    pub actor_type: Option<String>,
}

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LinkTarget {
    /// To a URL.
    Href(String),
    /// To the URL that this is when `{uri}` is replaced.
    Template(String),
}

impl Link {
    /// A link to a URL.
    pub(crate) fn to(rel: impl Into<Cow<'static, str>>, href: impl Into<String>) -> Self {
        Self {
            rel: rel.into(),
            media_type: None,
            place: LinkTarget::Href(href.into()),
            actor_type: None,
        }
    }

    /// A link to what a template gives.
    pub(crate) fn template(rel: &'static str, template: impl Into<String>) -> Self {
        Self {
            rel: rel.into(),
            media_type: None,
            place: LinkTarget::Template(template.into()),
            actor_type: None,
        }
    }

    /// The link, with the media type of what is there.
    #[must_use]
    pub(crate) fn of_type(mut self, media_type: &'static str) -> Self {
        self.media_type = Some(media_type.into());
        self
    }
}

impl Document {
    /// The document as a JRD.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        serde_json::json!(self)
    }

    /// The document as an XRD. Links with characters that XML has no way to write are left out.
    pub(crate) fn to_xml(&self) -> String {
        let mut xml = String::from(concat!(
            r#"<?xml version="1.0" encoding="UTF-8"?>"#,
            "\n",
            r#"<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">"#,
            "\n"
        ));
        if let Some(subject) = self.subject.as_deref().filter(|id| id.chars().all(is_xml)) {
            xml.extend(["  <Subject>", &escape(subject), "</Subject>\n"]);
        }
        for alias in self.aliases.iter().filter(|id| id.chars().all(is_xml)) {
            xml.extend(["  <Alias>", &escape(alias), "</Alias>\n"]);
        }
        for link in &self.links {
            let (name, place) = match &link.place {
                LinkTarget::Href(href) => ("href", href),
                LinkTarget::Template(template) => ("template", template),
            };
            let attributes = [
                ("rel", Some(&*link.rel)),
                ("type", link.media_type.as_deref()),
                (name, Some(place)),
            ];
            if !link.rel.chars().chain(place.chars()).all(is_xml) {
                continue;
            }
            xml.push_str("  <Link");
            for (name, value) in attributes {
                if let Some(value) = value {
                    xml.extend([" ", name, "=\"", &escape(value), "\""]);
                }
            }
            xml.push_str("/>\n");
        }
        xml.push_str("</XRD>\n");
        xml
    }
}

/// Whether XML 1.0 can have this character in an attribute.
fn is_xml(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Document {
        Document {
            subject: Some("acct:a&b@h.example".into()),
            aliases: vec!["https://h.example/a&b".into()],
            links: vec![
                Link::template("lrdd", "https://h.example/lrdd?a=b&resource={uri}").of_type(XRD),
                Link::to("self", "https://h.example/'\"<é>"),
            ],
        }
    }

    #[test]
    fn a_jrd_has_its_links_in_order_and_nothing_that_is_not_set() {
        assert_eq!(
            document().to_json().to_string(),
            concat!(
                r#"{"subject":"acct:a&b@h.example","aliases":["https://h.example/a&b"],"#,
                r#""links":[{"rel":"lrdd","#,
                r#""type":"application/xrd+xml","template":"https://h.example/lrdd?a=b&resource={uri}"},"#,
                r#"{"rel":"self","href":"https://h.example/'\"<é>"}]}"#
            )
        );
    }

    #[test]
    fn defect_18_apostrophes_in_xrd_are_escaped() {
        let link = Link::to("self", "http://pump.example/it's&<x>");
        let xml = Document {
            links: vec![link],
            ..Document::default()
        }
        .to_xml();
        let escaped = r#"href="http://pump.example/it&apos;s&amp;&lt;x&gt;""#;
        assert!(xml.contains(escaped), "{xml}");
    }

    #[test]
    fn an_xrd_is_escaped_once_and_rightly() {
        let mut document = document();
        document
            .links
            .push(Link::to("bad", "https://h.example/\u{1}"));
        assert_eq!(
            document.to_xml(),
            r#"<?xml version="1.0" encoding="UTF-8"?>
<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">
  <Subject>acct:a&amp;b@h.example</Subject>
  <Alias>https://h.example/a&amp;b</Alias>
  <Link rel="lrdd" type="application/xrd+xml" template="https://h.example/lrdd?a=b&amp;resource={uri}"/>
  <Link rel="self" href="https://h.example/&apos;&quot;&lt;é&gt;"/>
</XRD>
"#
        );
    }
}
