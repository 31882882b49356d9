//! Drawings (SVG): they are copied without what editors note in them, and without scripts.

use quick_xml::{
    Reader, Writer,
    events::{BytesStart, Event, attributes::Attribute},
    name::{Prefix, QName},
};

/// A text that is no drawing, or no XML.
#[derive(Debug, thiserror::Error)]
#[error("The drawing can't be read")]
pub struct BadDrawing;

/// Copies a drawing in UTF-8. Left out are comments, processing instructions, `metadata`, `script`,
/// handlers of events, and all elements and attributes of other vocabularies than the root's:
/// editors write names, places and paths there.
pub fn clean(file: &[u8]) -> Result<Vec<u8>, BadDrawing> {
    let text = std::str::from_utf8(file).map_err(|_| BadDrawing)?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut writer = Writer::new(Vec::with_capacity(file.len()));
    let mut root: Option<String> = None;
    let mut depth = 0_usize;
    loop {
        let event = reader.read_event().map_err(|_| BadDrawing)?;
        if let Event::Start(tag) | Event::Empty(tag) = &event {
            if root.is_none() && tag.local_name().as_ref() != "svg" {
                return Err(BadDrawing);
            }
            let prefix = root.get_or_insert_with(|| prefix_of(tag.name()).to_owned());
            if !is_kept(tag.name(), prefix) {
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

fn is_kept(name: QName<'_>, prefix: &str) -> bool {
    let local = name.local_name();
    prefix_of(name) == prefix && !matches!(local.as_ref(), "metadata" | "script")
}

fn with_kept_attributes(tag: &BytesStart<'_>) -> Result<BytesStart<'static>, BadDrawing> {
    let mut kept = BytesStart::new(tag.name().0.to_owned());
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(|_| BadDrawing)?;
        if is_kept_attribute(&attribute) {
            kept.push_attribute(attribute);
        }
    }
    Ok(kept)
}

fn is_kept_attribute(attribute: &Attribute<'_>) -> bool {
    let name = attribute.key;
    let local = name.local_name();
    match name.prefix().map(Prefix::into_inner) {
        None => !local.as_ref().to_ascii_lowercase().starts_with("on"),
        Some("xml" | "xmlns") => true,
        Some(_) => local.as_ref() == "href",
    }
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
<metadata><rdf:RDF><dc:creator>Alice</dc:creator></rdf:RDF></metadata><script>go()</script><sodipodi:namedview a="Alice"/>
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
