//! Hashtags in HTML that was sanitised: found in its text, and made links.

use percent_encoding::percent_decode_str;

use crate::model::{Urls, fold_tag, is_tag_char};

/// Elements in which a hashtag is no link: links, and text that is shown as it was typed.
const LITERAL: &[&str] = &["a", "code", "pre"];

/// HTML whose hashtags are links.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LinkedHtml {
    pub(crate) html: String,
    /// The hashtags, without `#`, as they are written first, each once.
    pub(crate) names: Vec<String>,
}

/// Makes the hashtags of a text links to pages whose addresses begin with `base`. Text that is in a
/// link, or in code, stays as it is. Links to such pages count as hashtags.
pub(crate) fn link_hashtags(html: &str, base: &str) -> LinkedHtml {
    let mut linked = Linker {
        base,
        html: String::with_capacity(html.len()),
        names: Vec::new(),
        literal: 0,
    };
    let mut rest = html;
    while let Some(at) = rest.find(['<', '#']) {
        let (text, from) = rest.split_at(at);
        linked.html.push_str(text);
        rest = match from.strip_prefix('#') {
            Some(after) => linked.hash(after),
            None => linked.tag(from),
        };
    }
    linked.html.push_str(rest);
    LinkedHtml {
        html: linked.html,
        names: linked.names,
    }
}

/// The address of the page of a hashtag, given how such addresses begin.
pub(crate) fn tag_url(base: &str, folded: &str) -> String {
    format!("{base}{}", Urls::encode(folded))
}

struct Linker<'a> {
    base: &'a str,
    html: String,
    names: Vec<String>,
    /// How many literal elements are open.
    literal: usize,
}

impl Linker<'_> {
    /// Writes what begins with a `#`, and returns the rest.
    fn hash<'h>(&mut self, after: &'h str) -> &'h str {
        let end = after.find(|c| !is_tag_char(c)).unwrap_or(after.len());
        let (name, rest) = after.split_at(end);
        // Within a word, an address or an escape it is none.
        let before = self.html.chars().next_back();
        let stands_alone = before.is_none_or(|c| !is_tag_char(c) && !"&#/".contains(c));
        if let Some(folded) = fold_tag(name).filter(|_| self.literal == 0 && stands_alone) {
            let url = tag_url(self.base, &folded);
            let link = ["<a href=\"", &url, "\" rel=\"tag\">#", name, "</a>"];
            self.html.extend(link);
            self.add(name, &folded);
        } else {
            self.html.extend(["#", name]);
        }
        rest
    }

    /// Writes a tag of HTML, or a `<` that begins none, and returns the rest.
    fn tag<'h>(&mut self, html: &'h str) -> &'h str {
        let (tag, rest) = html.split_at(end_of_tag(html));
        let inner = tag.trim_start_matches('<').trim_end_matches('>');
        let (is_end, inner) = match inner.strip_prefix('/') {
            Some(inner) => (true, inner),
            None => (false, inner),
        };
        let (name, attributes) = inner.split_once(' ').unwrap_or((inner, ""));
        if LITERAL.contains(&name) {
            self.literal = if is_end {
                self.literal.saturating_sub(1)
            } else {
                self.literal + 1
            };
        }
        if name == "a" && !is_end {
            self.known_link(attributes);
        }
        self.html.push_str(tag);
        rest
    }

    /// Notes the hashtag that a link leads to.
    fn known_link(&mut self, attributes: &str) {
        let address = attributes.split_once("href=\"").map(|(_, after)| after);
        let address = address.and_then(|after| after.split_once('"'));
        let name = address.and_then(|(address, _)| address.strip_prefix(self.base));
        let name = name.map(|name| percent_decode_str(name).decode_utf8_lossy());
        if let Some((name, folded)) = name.and_then(|name| Some((fold_tag(&name)?, name))) {
            self.add(&folded, &name);
        }
    }

    fn add(&mut self, name: &str, folded: &str) {
        let mut names = self.names.iter();
        if !names.any(|known| fold_tag(known).as_deref() == Some(folded)) {
            self.names.push(name.to_owned());
        }
    }
}

/// Length of the tag that HTML begins with: a `>` in an attribute does not end it.
fn end_of_tag(html: &str) -> usize {
    let mut is_quoted = false;
    let end = html.bytes().position(|byte| {
        is_quoted ^= byte == b'"';
        byte == b'>' && !is_quoted
    });
    end.map_or(html.len(), |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linked(html: &str) -> (String, Vec<String>) {
        let LinkedHtml { html, names } = link_hashtags(html, "https://h/tag/");
        let html = html.replace("<a href=\"https://h/tag/", "[");
        (html.replace("\" rel=\"tag\">", " "), names)
    }

    #[test]
    fn hashtags_of_text_become_links() {
        for (html, result, names) in [
            ("#Tea", "[tea #Tea</a>", vec!["Tea"]),
            (
                "<p>a (#tea), #TEA!</p>",
                "<p>a ([tea #tea</a>), [tea #TEA</a>!</p>",
                vec!["tea"],
            ),
            ("#né_1-x", "[n%C3%A9_1 #né_1</a>-x", vec!["né_1"]),
            (
                "&nbsp;#a<b>#b</b>",
                "&nbsp;[a #a</a><b>[b #b</a></b>",
                vec!["a", "b"],
            ),
            ("1 < 2 #a", "1 < 2 #a", vec![]),
        ] {
            let names = names.into_iter().map(str::to_owned).collect();
            assert_eq!(linked(html), (result.to_owned(), names), "{html}");
        }
    }

    #[test]
    fn other_hashes_stay_as_they_are() {
        for html in [
            "",
            "no. #1, #2026, a#b, ##a, #, # a",
            "https://h/x#part https://h/#part &#x27; &#39;",
            "<a href=\"https://h/x#y\" title=\">\">#a</a>",
            "<pre>#a <b>#b</b></pre><code>#c</code>",
            "<img alt=\"#a > #b\">",
        ] {
            assert_eq!(linked(html), (html.to_owned(), vec![]), "{html}");
        }
    }

    #[test]
    fn linked_hashtags_are_found_again() {
        let html = link_hashtags("<p>#Tea and #né</p>", "https://h/tag/").html;
        let again = link_hashtags(&html, "https://h/tag/");
        assert_eq!(again.html, html);
        assert_eq!(again.names, ["tea", "né"]);
    }
}
