//! HTML for the pages of this server.

use std::borrow::Cow;

use ammonia::Builder;

/// Attributes whose value a browser loads.
const LOADED: [&str; 3] = ["poster", "src", "srcset"];

/// Returns stored HTML, which is harmless, so that a page may show it: a browser loads nothing from
/// other hosts for it, and the styles of the page apply. Of a picture elsewhere its description
/// stays.
///
/// `origin` is that of this server.
pub(crate) fn for_page<'a>(html: &'a str, origin: &str) -> Cow<'a, str> {
    let is_plain = !html.contains('<');
    if is_plain
        || !LOADED
            .iter()
            .chain(&["style"])
            .any(|name| html.contains(name))
    {
        return html.into();
    }
    let origin = origin.to_owned();
    let is_own = move |url: &str| {
        let rest = url.strip_prefix(&origin).unwrap_or(url);
        rest.starts_with('/') && !rest.starts_with("//")
    };
    let clean = super::CLEANER.clone_tags();
    let mut builder = Builder::default();
    builder
        .tags(clean)
        .add_tag_attributes("audio", ["controls", "src"])
        .add_tag_attributes("source", ["src", "type"])
        .add_tag_attributes("video", ["controls", "height", "poster", "src", "width"])
        .add_generic_attributes(["dir"])
        .attribute_filter(move |_, attribute, value| match attribute {
            name if LOADED.contains(&name) => is_own(value).then(|| value.into()),
            _ => Some(value.into()),
        })
        .link_rel(Some("nofollow noopener"));
    builder.clean(html).to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_server_is_asked_for_anything() {
        for (html, shown) in [
            ("a < b", "a < b"),
            ("<b>bold</b>", "<b>bold</b>"),
            (
                r#"<img src="https://other.example/x.png" alt="a cat">"#,
                r#"<img alt="a cat">"#,
            ),
            (
                r#"<img src="https://h.example/uploads/x.png">"#,
                r#"<img src="https://h.example/uploads/x.png">"#,
            ),
            (r#"<img src="//other.example/x.png">"#, "<img>"),
            (r#"<img src="https://h.example.evil.test/x.png">"#, "<img>"),
            (r#"<p style="color: red">text</p>"#, "<p>text</p>"),
            (
                r#"<video poster="https://other.example/x.png" controls=""></video>"#,
                r#"<video controls=""></video>"#,
            ),
        ] {
            assert_eq!(for_page(html, "https://h.example"), shown, "{html}");
        }
    }
}
