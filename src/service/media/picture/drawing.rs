//! Drawings (SVG): they are copied without what editors note in them, and without scripts.

use std::ops::Range;

use quick_xml::{
    Reader, Writer, XmlVersion,
    escape::unescape,
    events::{BytesStart, BytesText, Event, attributes::Attribute},
    name::{Prefix, QName},
};

/// A text that is no drawing, or no XML.
#[derive(Debug, thiserror::Error)]
#[error("The drawing can't be read")]
pub(crate) struct BadDrawing;

/// Copies a drawing in UTF-8. Left out are comments, processing instructions, `metadata`, `script`,
/// handlers of events, and all elements and attributes of other vocabularies than the root's:
/// editors write names, places and paths there. So is all that runs or loads anything, or leads
/// elsewhere: references and styles are looked at, and entities
/// stand in declarations of namespaces only.
pub(crate) fn clean(file: &[u8]) -> Result<Vec<u8>, BadDrawing> {
    let text = std::str::from_utf8(file).map_err(|_| BadDrawing)?;
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = Reader::from_str(text);
    let mut writer = Writer::new(Vec::with_capacity(file.len()));
    let mut root: Option<Root> = None;
    let mut depth = 0_usize;
    loop {
        let event = reader.read_event().map_err(|_| BadDrawing)?;
        if let Event::Start(tag) | Event::Empty(tag) = &event {
            if root.is_none() && tag.local_name().as_ref() != "svg" {
                return Err(BadDrawing);
            }
            let root = root.get_or_insert_with(|| Root::new(tag));
            if !is_kept(tag, root) {
                if matches!(event, Event::Start(_)) {
                    reader.read_to_end(tag.name()).map_err(|_| BadDrawing)?;
                }
                continue;
            }
        }
        let event = match event {
            Event::Eof => break,
            Event::Comment(_) | Event::PI(_) => continue,
            // It is needed for the entities that it declares.
            Event::DocType(text) if !text.contains("<!ENTITY") => continue,
            // It can give elements attributes that nothing here sees, or load other declarations.
            Event::DocType(text) if text.contains("<!ATTLIST") || text.contains('%') => {
                return Err(BadDrawing);
            }
            // An entity can stand for elements.
            Event::GeneralRef(name) if !is_character(&name) => continue,
            Event::Start(tag) if tag.local_name().as_ref() == "style" => {
                let kept = with_kept_attributes(&tag)?;
                let span = reader.read_to_end(tag.name()).map_err(|_| BadDrawing)?;
                let (start, end) = (span.start.try_into(), span.end.try_into());
                let span = start.map_err(|_| BadDrawing)?..end.map_err(|_| BadDrawing)?;
                let style = text.get::<Range<usize>>(span).ok_or(BadDrawing)?;
                if is_safe_stylesheet(style) {
                    let (end, style) = (kept.to_end().into_owned(), BytesText::from_escaped(style));
                    for event in [Event::Start(kept), Event::Text(style), Event::End(end)] {
                        writer.write_event(event).map_err(|_| BadDrawing)?;
                    }
                }
                continue;
            }
            Event::Start(tag) => {
                depth += 1;
                Event::Start(with_kept_attributes(&tag)?)
            }
            Event::Empty(tag) => Event::Empty(with_kept_attributes(&tag)?),
            Event::End(tag) => {
                depth = depth.checked_sub(1).ok_or(BadDrawing)?;
                Event::End(tag)
            }
            other => other,
        };
        writer.write_event(event).map_err(|_| BadDrawing)?;
    }
    if root.is_none() || depth > 0 {
        return Err(BadDrawing);
    }
    Ok(writer.into_inner())
}

fn prefix_of(name: QName<'_>) -> &str {
    name.prefix().map(Prefix::into_inner).unwrap_or_default()
}

/// Vocabulary of a drawing: the prefix of its elements, and the attribute that declares it.
struct Root {
    prefix: String,
    namespace: Option<String>,
}

impl Root {
    fn new(tag: &BytesStart<'_>) -> Self {
        let prefix = prefix_of(tag.name()).to_owned();
        let namespace = namespace_of(tag, &prefix);
        Self { prefix, namespace }
    }
}

/// Returns what a tag declares a prefix to be.
fn namespace_of(tag: &BytesStart<'_>, prefix: &str) -> Option<String> {
    let name = match prefix {
        "" => "xmlns".to_owned(),
        prefix => format!("xmlns:{prefix}"),
    };
    let declaration = tag.try_get_attribute(&name).ok().flatten()?;
    Some(declaration.value.into_owned())
}

fn is_kept(tag: &BytesStart<'_>, root: &Root) -> bool {
    let name = tag.local_name();
    let declared = namespace_of(tag, &root.prefix);
    let animates = tag.try_get_attribute("attributeName").ok().flatten();
    prefix_of(tag.name()) == root.prefix
        && (declared.is_none() || declared == root.namespace)
        && !matches!(
            name.as_ref(),
            "metadata" | "script" | "foreignObject" | "handler" | "listener"
        )
        && animates.is_none_or(|name| {
            let name = name.normalized_value(XmlVersion::Implicit1_0);
            let name = name.map(|name| name.to_ascii_lowercase());
            name.is_ok_and(|name| !name.contains("href") && !name.starts_with("on"))
        })
}

/// Whether a reference is to a character by its number, or to one that XML itself has names for.
fn is_character(name: &str) -> bool {
    name.starts_with('#') || matches!(name, "amp" | "lt" | "gt" | "quot" | "apos")
}

fn with_kept_attributes(tag: &BytesStart<'_>) -> Result<BytesStart<'static>, BadDrawing> {
    let mut kept = BytesStart::new(tag.name().0.to_owned());
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(|_| BadDrawing)?;
        if is_kept_attribute(&attribute, tag.local_name().as_ref()) {
            kept.push_attribute(attribute);
        }
    }
    Ok(kept)
}

fn is_kept_attribute(attribute: &Attribute<'_>, element: &str) -> bool {
    let name = attribute.key;
    let local = name.local_name();
    let prefix = name.prefix().map(Prefix::into_inner);
    if prefix == Some("xmlns") || prefix.is_none() && local.as_ref() == "xmlns" {
        return true;
    }
    let Ok(value) = attribute.normalized_value(XmlVersion::Implicit1_0) else {
        return false;
    };
    match (prefix, local.as_ref()) {
        (Some("xml"), local) => matches!(local, "space" | "lang" | "id"),
        (_, "href") => is_safe_link(value.trim(), element),
        (Some(_), _) | (None, "src" | "ping") => false,
        (None, local) => !local.to_ascii_lowercase().starts_with("on") && is_safe_style(&value),
    }
}

/// Whether a reference is within the drawing, or to pixels that stand in it; those of an `a` may be
/// to pages.
fn is_safe_link(link: &str, element: &str) -> bool {
    let begins = |start: &str| {
        let head = link.get(..start.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(start))
    };
    link.starts_with('#')
        || INNER_PICTURES.iter().any(|start| begins(start))
        || element == "a" && (begins("http://") || begins("https://"))
}

/// Beginnings of the addresses of pictures that stand in the address itself.
const INNER_PICTURES: &[&str] = &[
    "data:image/png",
    "data:image/jpeg",
    "data:image/gif",
    "data:image/webp",
];

/// Functions and rules of CSS that load something, besides `url(`.
const LOADING_STYLES: &[&str] = &["@import", "image-set(", "image(", "src(", "expression("];

/// Whether nothing in a style, or in an attribute that may be one, loads anything from elsewhere.
/// Escapes could hide it.
fn is_safe_style(style: &str) -> bool {
    if style.contains('\\') {
        return false;
    }
    let style = style.to_ascii_lowercase();
    let mut urls = style.split("url(").skip(1);
    let is_inner = |url: &str| {
        let url = url.trim_start().trim_start_matches(['"', '\'']);
        is_safe_link(url.trim_start(), "") || url.starts_with("data:font/")
    };
    urls.all(is_inner) && !LOADING_STYLES.iter().any(|word| style.contains(word))
}

/// The same of what stands in a `style`, as text or as CDATA. Anything else in it parts words that
/// are one for who reads them.
fn is_safe_stylesheet(raw: &str) -> bool {
    let text = raw.replace("<![CDATA[", "").replace("]]>", "");
    let unescaped = unescape(&text);
    !text.contains('<')
        && is_safe_style(&text)
        && unescaped.is_ok_and(|unescaped| is_safe_style(&unescaped))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(svg: &str) -> String {
        String::from_utf8(clean(svg.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn a_drawing_keeps_its_shapes_and_loses_what_editors_note() {
        let svg = r##"<?xml version="1.0" encoding="UTF-8"?>
<!-- Alice, at home --><?editor path="/home/alice"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="x" xmlns:inkscape="i" inkscape:export-filename="/home/alice/a.png" onload="go()">
<metadata><rdf:RDF><dc:creator>Alice</dc:creator></rdf:RDF></metadata><script>go()</script>
<sodipodi:namedview a="Alice"/>
<title>A &amp; B</title><use xlink:href="#a"/><path d="M0 0" style="fill:red"/></svg>"##;
        let kept = cleaned(svg);
        for gone in ["lice", "go()", "metadata", "namedview", "onload"] {
            assert!(!kept.contains(gone), "{gone}: {kept}");
        }
        for stays in [
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
            "<title>A &amp; B</title>",
            "<use xlink:href=\"#a\"/>",
            "<path d=\"M0 0\" style=\"fill:red\"/></svg>",
        ] {
            assert!(kept.contains(stays), "{stays}: {kept}");
        }
    }

    #[test]
    fn a_drawing_may_have_a_prefix_of_its_own_and_entities() {
        let svg = "<!DOCTYPE svg [<!ENTITY s \"http://www.w3.org/2000/svg\">]>\
                   <s:svg xmlns:s=\"&s;\"><s:g><s:path d=\"M0\"/></s:g><x:y/></s:svg>";
        assert_eq!(cleaned(svg), svg.replace("<x:y/>", ""));
        assert_eq!(cleaned("<svg/>"), "<svg/>");
    }

    #[test]
    fn nothing_in_a_drawing_runs_or_loads_from_elsewhere() {
        for evil in [
            r#"<a href="javascript:evil()">x</a>"#,
            r#"<a xlink:href="&#106;ava&#x0a;script:evil()"/>"#,
            r#"<a href="&evil;"/>"#,
            "<text>&evil;</text>",
            "<style>@import url(http://evil)</style>",
            "<style>@im<!-- -->port 'evil'</style>",
            "<style><![CDATA[@im]]><![CDATA[port 'evil']]></style>",
            "<style>&#64;import 'evil'</style>",
            "<style>&evil;</style>",
            r"<style>a { fill: u\72l(evil) }</style>",
            r#"<image href="http://evil"/>"#,
            r#"<image href="//evil"/>"#,
            r#"<image href="data:image/svg+xml,evil"/>"#,
            r#"<use href="evil.svg#a"/>"#,
            r#"<animate attributeName="href" to="javascript:evil()"/>"#,
            r#"<set attributeName="xlink:href" to="evil"/>"#,
            r#"<set attributeName="onclick" to="evil()"/>"#,
            r#"<set attributeName="fill" to="url(http://evil)"/>"#,
            r#"<path fill="url(http://evil)"/>"#,
            r#"<path style="fill:URL( 'http://evil')"/>"#,
            r#"<path fill="url(#a) url(evil)"/>"#,
            r#"<path style="fill:image-set('http://evil' 1x)"/>"#,
            r#"<path xml:base="http://evil"/>"#,
            "<foreignObject><body>evil</body></foreignObject>",
            r#"<iframe xmlns="http://www.w3.org/1999/xhtml" title="evil"/>"#,
            r#"<handler type="x">evil</handler>"#,
        ] {
            let svg = format!(
                "<!DOCTYPE svg [<!ENTITY x 'y'>]>\
                 <svg xmlns=\"s\" xmlns:xlink=\"l\">{evil}<g/></svg>"
            );
            let kept = cleaned(&svg);
            assert!(!kept.contains("evil"), "{evil}: {kept}");
            assert!(kept.ends_with("<g/></svg>"), "{evil}: {kept}");
        }
        for doctype in [
            "<!ENTITY % x SYSTEM 'y'> %x;",
            "<!ENTITY x 'y'><!ATTLIST svg onload CDATA 'x'>",
        ] {
            assert!(clean(format!("<!DOCTYPE svg [{doctype}]><svg/>").as_bytes()).is_err());
        }
    }

    #[test]
    fn references_and_styles_within_a_drawing_stay() {
        for kept in [
            r##"<use href="#a"/>"##,
            r#"<a href="https://pump.example/">x &lt; y &#233;</a>"#,
            r#"<image xlink:href="data:image/png;base64,AAAA"/>"#,
            "<style>.a > .b { fill: url(#g) } /* & */</style>"
                .replace('&', "&amp;")
                .as_str(),
            "<style type=\"text/css\"><![CDATA[.a{fill:red}]]></style>",
            r#"<path style="fill:url('#g')" clip-path="url(#c)"/>"#,
            r#"<animate attributeName="fill" to="red"/>"#,
        ] {
            let svg = format!("<svg xmlns=\"s\" xmlns:xlink=\"l\">{kept}</svg>");
            assert_eq!(cleaned(&svg), svg);
        }
    }

    #[test]
    fn what_is_no_drawing_is_refused() {
        for bad in [
            "",
            "words",
            "<html/>",
            "<svg>",
            "<svg><g></svg>",
            "<svg a=\"/>",
        ] {
            assert!(clean(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(clean(b"<svg>\xff</svg>").is_err());
    }
}
